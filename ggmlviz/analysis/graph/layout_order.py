"""Who stands left of whom in each row: everybody near the middle of those it is joined to."""

from __future__ import annotations

from collections.abc import Callable

from ggmlviz.analysis.graph.layout_rows import Rows

SWEEPS = 6
ROWS_AT_ONCE = 64


def ordered(rows: Rows, progress: Callable[[float], None]) -> list[list[int]]:
    """The vertices of each row from left to right."""
    lines: list[list[int]] = [[] for _ in range(max(rows.row, default=-1) + 1)]
    for vertex, row in enumerate(rows.row):
        lines[row].append(vertex)
    place = [0.0] * len(rows.row)
    for line in lines:
        _number(line, place)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        joined = rows.above if down else rows.below
        for step, row in enumerate(range(len(lines)) if down else range(len(lines) - 1, -1, -1)):
            if step % ROWS_AT_ONCE == 0:
                progress((sweep + step / len(lines)) / SWEEPS)
            line = lines[row]
            if len(line) > 1:
                wished = {vertex: _middle(joined[vertex], place, place[vertex]) for vertex in line}
                line.sort(key=wished.__getitem__)  # stable: those with the same wish stay as they were
                _number(line, place)
    return lines


def _number(line: list[int], place: list[float]) -> None:
    for at, vertex in enumerate(line):
        place[vertex] = at - (len(line) - 1) / 2


def _middle(joined: list[tuple[int, float, float]], place: list[float], otherwise: float) -> float:
    """Where a line leaves its box breaks ties between those that have the same source."""
    if not joined:
        return otherwise
    return sum(place[other] + 1e-4 * dx for other, dx, _ in joined) / len(joined)
