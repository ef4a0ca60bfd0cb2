"""Places for the items of one level and lines between them, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ggmlviz.analysis.graph.layout_columns import columns
from ggmlviz.analysis.graph.layout_level import Level, PlacedLevel
from ggmlviz.analysis.graph.layout_order import ordered
from ggmlviz.analysis.graph.layout_rows import Rows, rows_of

NARROW, WIDE = 26.0, 120.0  # between two rows, the more the further lines go sideways there
SLOPE = 0.09


def placed(level: Level, progress: Callable[[float], None]) -> PlacedLevel:
    """`progress` gets a share from 0 to 1, and may raise to stop this."""
    rows = rows_of(level)
    lines = ordered(rows, lambda share: progress(0.1 + 0.4 * share))
    at = columns(rows, lines, level.extents, lambda share: progress(0.5 + 0.45 * share))
    return _finished(level, rows, np.array(at, np.float64))


def _finished(level: Level, rows: Rows, x: np.ndarray) -> PlacedLevel:
    extents = np.array(level.extents, np.float64).reshape(-1, 4)
    items, row = rows.items, np.array(rows.row, np.int64)
    heights = np.zeros(int(row.max(initial=0)) + 1)
    np.maximum.at(heights, row[:items], extents[:, 2])
    lowest = (x[:items] - extents[:, 0]).min(initial=np.inf)
    x -= min(lowest, x[items:].min(initial=np.inf)) if len(x) else 0.0
    width = max((x[:items] + extents[:, 1]).max(initial=0.0), x[items:].max(initial=0.0))
    links = np.array(rows.links, np.float64).reshape(-1, 7)
    source, target, net = (links[:, column].astype(np.int64) for column in (0, 1, 4))
    x0, x1 = x[source] + links[:, 2], x[target] + links[:, 3]
    tops = _tops(heights, row[source], np.abs(x1 - x0), rows)
    middle = tops[row] + heights[row] / 2
    half = np.zeros(len(row))
    half[:items] = extents[:, 3] / 2
    ends = middle[source] + half[source], middle[target] - half[target]
    gap = tops[row[source]] + heights[row[source]], tops[row[target]]
    up = row[target] <= row[source]  # reads what comes later: straight
    gap_begin, gap_end = np.where(up, ends[0], gap[0]), np.where(up, ends[1], gap[1])
    # Straight down out of the box, across between the rows, straight down into the next.
    pieces = [(x0, ends[0], x0, gap_begin), (x0, gap_begin, x1, gap_end), (x1, gap_end, x1, ends[1])]
    segments = np.concatenate([np.stack(piece, 1) for piece in pieces]) if len(links) else np.empty((0, 4))
    # Through a row goes the line of each bend.
    bends = np.arange(items, len(row))
    through = np.stack([x[bends], tops[row[bends]], x[bends], tops[row[bends]] + heights[row[bends]]], 1)
    net_of_bend = np.zeros(len(row), np.int64)
    net_of_bend[target] = net
    all_lines, nets = np.concatenate([segments, through]), np.concatenate([net, net, net, net_of_bend[bends]])
    ends_in = links[:, 5].astype(np.int64)
    line_target = np.concatenate([ends_in, ends_in, ends_in, np.full(len(bends), -1)])
    long = (np.abs(all_lines[:, :2] - all_lines[:, 2:]) > 1e-3).any(axis=1)
    into = ends_in >= 0
    return PlacedLevel(
        x=x[:items].astype(np.float32),
        y=middle[:items].astype(np.float32),
        lines=all_lines[long].astype(np.float32),
        line_net=nets[long],
        line_target=line_target[long],
        tips=np.stack([x1, ends[1]], 1)[into].astype(np.float32),
        tip_net=net[into],
        tip_target=ends_in[into],
        tip_count=links[into, 6].astype(np.int64),
        ports_in={wire: float(x[vertex]) for wire, vertex in rows.ports_in.items()},
        ports_out={wire: float(x[vertex]) for wire, vertex in rows.ports_out.items()},
        width=float(width),
        height=float(tops[-1] + heights[-1]),
    )


def _tops(heights: np.ndarray, row: np.ndarray, sideways: np.ndarray, rows: Rows) -> np.ndarray:
    """Where each row begins. Rows for ports are empty, and are there only where ports are."""
    furthest = np.zeros(len(heights))
    np.maximum.at(furthest, row, sideways)
    gaps = np.clip(SLOPE * furthest, NARROW, WIDE)
    if not rows.ports_in:
        gaps[0] = 0.0
    if rows.ports_in and heights[0] == 0:
        gaps[0] = max(gaps[0] - NARROW / 2, NARROW / 2)
    return np.concatenate([[0.0], np.cumsum(heights[:-1] + gaps[:-1])])
