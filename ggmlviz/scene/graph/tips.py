"""What is told of the part of a graph that is under the mouse."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.graph.outcomes import Outcome
from ggmlviz.scene.graph.hits import Hit
from ggmlviz.scene.graph.subject import SOURCES, GraphSubject
from ggmlviz.scene.units import amount, duration, share

MOST_NAMES = 4


def tip(subject: GraphSubject, times: np.ndarray, hit: Hit) -> str:
    if hit.what in ("group", "frame"):
        return _of_group(subject, times, hit.number, hit.what == "group")
    return _of_member(subject, times, hit.number)


def _of_member(subject: GraphSubject, times: np.ndarray, member: int) -> str:
    tensor = subject.graph.tensors[member]
    size = int(tensor["bytes"])
    lines = [
        f"{subject.kinds[member]}  {subject.names[member] or '(no name)'}",
        f"{subject.forms[member]}, {amount(size)} ({size:,} bytes), {SOURCES[subject.sources[member]]}",
    ]
    if member < subject.graph.nodes:
        lines.append(_time(times, member, member + 1) or subject.note(member))
        if subject.outcomes[member] == Outcome.COMPUTED and member + 1 < len(times):
            fused = subject.outcomes[member + 1] == Outcome.FUSED
            lines.append(f"computed together with {_name(subject, member + 1)}" if fused else "")
        lines.append(_names(subject, "reads", subject.ways.sources(member)))
    lines.append(_names(subject, "read by", subject.ways.readers(member)))
    return "\n".join(line for line in lines if line)


def _of_group(subject: GraphSubject, times: np.ndarray, number: int, closed: bool) -> str:
    group = subject.groups.groups[number]
    lines = [
        f"{group.title}: {group.end - group.first:,} nodes",
        _time(times, group.first, group.end),
        subject.about(subject.groups.item(number)) if group.kind != "repeat" else f"{len(group.children)} built alike",
        "double-click opens it" if closed else "a click on the title closes it",
    ]
    return "\n".join(line for line in lines if line)


def _time(times: np.ndarray, first: int, end: int) -> str:
    here = times[first:end]
    if np.isnan(here).all():
        return ""
    time = float(np.nansum(here))
    return f"{duration(time)} ({time:,.0f} ns), {share(time, float(np.nansum(times)))} of the graph"


def _names(subject: GraphSubject, what: str, members: list[int]) -> str:
    if not members:
        return ""
    more = f" and {len(members) - MOST_NAMES} more" if len(members) > MOST_NAMES else ""
    return f"{what} {', '.join(_name(subject, member) for member in members[:MOST_NAMES])}{more}"


def _name(subject: GraphSubject, member: int) -> str:
    return subject.names[member] or subject.kinds[member]
