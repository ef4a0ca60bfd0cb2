"""Which row each item of a level goes into: below all that it reads, and no higher than its readers need it."""

from __future__ import annotations

from typing import NamedTuple

from ggmlviz.analysis.graph.layout_level import IN, OUT, Level

MOST_BENDS = 40_000  # places kept free for lines that pass rows; lines beyond that go straight through


class Rows(NamedTuple):
    """Vertices: first the items, then the ports, then the bends of lines that pass rows."""

    row: list[int]
    above: list[
        list[tuple[int, float, float]]
    ]  # for each vertex: who is joined to it from above, and where (dx of both)
    below: list[list[tuple[int, float, float]]]
    links: list[tuple[int, int, float, float, int, int, int]]  # from, to, dx of both, net, target or -1, count
    ports_in: dict[int, int]  # vertex by wire
    ports_out: dict[int, int]
    items: int


def rows_of(level: Level) -> Rows:
    row, last = _rows_of_items(level)
    ports_in, ports_out, spans = {}, {}, []
    ends: list[tuple[int, list[tuple[int, float, int, int]]]] = []
    for net in level.nets:
        source = net.source
        if source == IN:
            source = ports_in[net.wire] = len(row)
            row.append(0)
        targets = []
        for target, dx, count in net.targets:
            vertex = target
            if target == OUT:
                vertex = ports_out[net.wire] = len(row)
                row.append(last + 1)
            targets.append((vertex, dx, count, target))
        ends.append((source, sorted(targets, key=lambda one: row[one[0]])))
        spans.append(max(row[vertex] for vertex, *_ in targets) - row[source] - 1)
    bent = _affordable(spans)
    above: list[list[tuple[int, float, float]]] = [[] for _ in row]
    below: list[list[tuple[int, float, float]]] = [[] for _ in row]
    links = []
    for number, (net, (source, targets)) in enumerate(zip(level.nets, ends, strict=True)):
        at, at_dx = source, net.source_dx
        for vertex, dx, count, target in targets:
            while bent[number] and row[at] + 1 < row[vertex]:
                bend = len(row)
                row.append(row[at] + 1)
                above.append([(at, at_dx, 0.0)])
                below.append([])
                below[at].append((bend, at_dx, 0.0))
                links.append((at, bend, at_dx, 0.0, number, -1, 0))
                at, at_dx = bend, 0.0
            if row[vertex] == row[at] + 1:
                above[vertex].append((at, at_dx, dx))
                below[at].append((vertex, at_dx, dx))
            links.append((at, vertex, at_dx, dx, number, target if target >= 0 else -1, count))
    return Rows(row, above, below, links, ports_in, ports_out, len(level.extents))


def _rows_of_items(level: Level) -> tuple[list[int], int]:
    """Row 0 is for ports; a second pass moves down what would wait long for its reader."""
    count = len(level.extents)
    sources: list[list[int]] = [[] for _ in range(count)]
    readers: list[list[int]] = [[] for _ in range(count)]
    fed = [0] * count
    for net in level.nets:
        for target, _, _ in net.targets:
            if target >= 0:
                fed[target] += net.source == IN
            # A graph cut out of another may read what comes later in it: that line goes up and asks for no row.
            if net.source >= 0 and target > net.source:
                sources[target].append(net.source)
                readers[net.source].append(target)
    row = [1] * count
    for item in range(count):
        row[item] = max((row[source] + 1 for source in sources[item]), default=1)
    for item in range(count - 1, -1, -1):
        if readers[item] and len(sources[item]) + fed[item] <= len(readers[item]):
            row[item] = max(row[item], min(row[reader] for reader in readers[item]) - 1)
    return row, max(row, default=0)


def _affordable(spans: list[int]) -> list[bool]:
    """Short lines first."""
    bent, left = [False] * len(spans), MOST_BENDS
    for number in sorted(range(len(spans)), key=spans.__getitem__):
        left -= max(spans[number], 0)
        bent[number] = left >= 0
    return bent
