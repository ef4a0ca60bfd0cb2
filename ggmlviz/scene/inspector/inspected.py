"""What is told of a selected thing: facts in sections, some with a chart. Every number has its exact value with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ggmlviz.analysis.executions_of_node import ExecutionsOfNode
from ggmlviz.scene.selection import Selection


@dataclass(frozen=True)
class Fact:
    label: str
    text: str
    exact: str = ""  # in the tooltip and when copied; empty: the text is exact
    target: Selection | None = None  # what a click on it selects


@dataclass(frozen=True, eq=False)
class Strip:
    """The times of a node, run by run; a click selects one."""

    times: ExecutionsOfNode
    targets: np.ndarray  # what the run of each is called
    chosen: int | None = None  # the one that is selected, as a place in them


@dataclass(frozen=True)
class Shares:
    """Work and wait, line by line."""

    names: tuple[str, ...]
    work: tuple[int, ...]  # ns
    wait: tuple[int, ...]


@dataclass(frozen=True)
class Section:
    title: str
    facts: tuple[Fact, ...] = ()
    chart: Strip | Shares | None = None


@dataclass(frozen=True)
class Inspected:
    title: str
    about: str = ""  # a line below it
    op: str = ""  # gives the colour
    sections: tuple[Section, ...] = field(default=())

    def as_text(self) -> str:
        """For other programs, with exact values."""
        lines = [self.title, *([self.about] if self.about else [])]
        for section in self.sections:
            lines += ["", section.title]
            lines += [f"{fact.label}\t{fact.exact or fact.text}" for fact in section.facts]
            if isinstance(section.chart, Shares):
                shares = section.chart
                rows = zip(shares.names, shares.work, shares.wait, strict=True)
                lines += [f"{name}\twork {work} ns\twait {wait} ns" for name, work, wait in rows]
            if isinstance(section.chart, Strip):
                strip = section.chart
                rows = zip(strip.targets.tolist(), strip.times.duration.tolist(), strict=True)
                lines += [f"run {number}\t{time} ns" for number, time in rows]
        return "\n".join(lines) + "\n"
