"""Where in its row each vertex stands: as near below and above its neighbours as the others in the row allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ggmlviz.analysis.graph.layout_level import Extent
from ggmlviz.analysis.graph.layout_rows import Rows

SWEEPS = 6
GAP = 22.0  # between boxes
BEND_ROOM = 7.0  # to each side of a line that passes a row
STRAIGHT = 8.0  # how much more a bend wants to be straight than a box wants to be in the middle
ROWS_AT_ONCE = 64


def columns(
    rows: Rows, lines: list[list[int]], extents: Sequence[Extent], progress: Callable[[float], None]
) -> list[float]:
    count = len(rows.row)
    left, right = [BEND_ROOM] * count, [BEND_ROOM] * count
    for item, extent in enumerate(extents):
        left[item], right[item] = extent.left + GAP / 2, extent.right + GAP / 2
    x = [0.0] * count
    for line in lines:
        at = -sum(left[vertex] + right[vertex] for vertex in line) / 2
        for vertex in line:
            x[vertex] = at + left[vertex]
            at += left[vertex] + right[vertex]
    for sweep in range(SWEEPS):
        down = sweep % 2 == 1  # the last one: what follows from one thing stands straight below it
        for step, row in enumerate(range(len(lines)) if down else range(len(lines) - 1, -1, -1)):
            if step % ROWS_AT_ONCE == 0:
                progress((sweep + step / len(lines)) / SWEEPS)
            line = lines[row]
            wished, weights = [], []
            for vertex in line:
                joined = (rows.above if down else rows.below)[vertex] or (rows.below if down else rows.above)[vertex]
                wish, weight = _wish(vertex, joined, rows, x)
                wished.append(wish)
                weights.append(weight)
            _settle(line, wished, weights, left, right, x)
    return x


def _wish(vertex: int, joined: list[tuple[int, float, float]], rows: Rows, x: list[float]) -> tuple[float, float]:
    if not joined:
        return x[vertex], 0.1
    is_bend, total, weights = vertex >= rows.items, 0.0, 0.0
    for other, other_dx, dx in joined:
        if vertex < rows.items and other < rows.items:
            # Boxes stand in columns: following ports, layers would wander off to one side.
            total, weights = total + x[other], weights + 1.0
        else:
            weight = STRAIGHT if is_bend and other >= rows.items else 1.0
            total, weights = total + weight * (x[other] + other_dx - dx), weights + weight
    # The first bend of a line makes room for boxes; from there on it is to be straight.
    straight = is_bend and all(other >= rows.items for other, _, _ in joined)
    return total / weights, STRAIGHT if straight else 1.0


def _settle(
    line: list[int], wished: list[float], weights: list[float], left: list[float], right: list[float], x: list[float]
) -> None:
    """The least squares of all wishes that keeps the order and the distances: neighbours in each other's way share
    the mean of what they wish, until none is in another's way."""
    offsets, at = [], 0.0
    for place, vertex in enumerate(line):
        if place:
            at += right[line[place - 1]] + left[vertex]
        offsets.append(at)
    heaps: list[tuple[float, float, int]] = []  # mean, weight, how many
    for wish, weight, offset in zip(wished, weights, offsets, strict=True):
        mean, count = wish - offset, 1
        while heaps and heaps[-1][0] >= mean:
            before, before_weight, before_count = heaps.pop()
            mean = (before * before_weight + mean * weight) / (before_weight + weight)
            weight += before_weight
            count += before_count
        heaps.append((mean, weight, count))
    place = 0
    for mean, _, count in heaps:
        for _ in range(count):
            x[line[place]] = mean + offsets[place]
            place += 1
