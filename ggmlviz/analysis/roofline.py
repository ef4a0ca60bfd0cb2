"""How near each kind of node comes to what the machine can do: operations for each byte against operations in a second.

A kind is what the layers of a model have in common: the op with the tensor's name without its numbers. Prompt and
generation are apart, as many tokens use the same weights in one and one token does in the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ggmlviz.analysis.node_facts import UNNAMED
from ggmlviz.analysis.totals import Node

_NUMBERS = re.compile(r"[-._ ]?\d+")


@dataclass(frozen=True)
class Dot:
    name: str
    op: str
    phase: str
    count: int
    time: int  # ns
    flops: int
    bytes: int

    @property
    def intensity(self) -> float:
        """Operations for each byte."""
        return self.flops / self.bytes

    @property
    def gflops(self) -> float:
        return self.flops / self.time

    @property
    def gbytes(self) -> float:
        return self.bytes / self.time


@dataclass(frozen=True)
class Roofline:
    dots: list[Dot]  # the longest first
    time: int  # ns, of all nodes
    without_arithmetic: int  # ns of it: what only moves bytes has no place on logarithmic scales
    not_modelled: int


def roofline(nodes: Iterable[Node]) -> Roofline:
    sums: dict[tuple[str, str, str], list[int]] = {}
    time = without = missed = 0
    for node in nodes:
        work = node.facts.work
        time += node.time
        if work is None:
            missed += node.time
        elif not work.flops or not work.read + work.written or not node.time:
            without += node.time
        else:
            of_kind = sums.setdefault((kind_of(node), node.facts.op, node.phase), [0, 0, 0, 0])
            done = (node.count, node.time, node.count * work.flops, node.count * (work.read + work.written))
            for index, value in enumerate(done):
                of_kind[index] += value
    dots = [Dot(*key, *values) for key, values in sums.items()]
    return Roofline(sorted(dots, key=lambda dot: -dot.time), time, without, missed)


def kind_of(node: Node) -> str:
    name = node.facts.tensor
    if not name or name.startswith((*UNNAMED, " ")):
        return node.facts.op
    return f"{node.facts.op} {_NUMBERS.sub('', name.partition(' ')[0])}"
