"""All that is said of the nodes in a range of time, as one table: by op, tensor, layer, thread …"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ggmlviz.analysis.node_facts import FactsOfGraphs
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange
from ggmlviz.analysis.totals import Node, backend_totals, nodes_of, thread_totals, totals
from ggmlviz.analysis.work_done import work_done
from ggmlviz.trace.trace import Trace

OF_NODES = ("op", "tensor", "layer", "block", "phase")
KINDS = (*OF_NODES, "backend", "thread")


@dataclass(frozen=True)
class Line:
    """None is what is not known, or means nothing here."""

    name: str
    count: int
    time: int  # ns; of a thread, its work and its wait
    share: float  # of the time of all lines
    mean: float  # ns
    wait: int | None  # ns: of thread 0 in barriers, of a thread its own
    gbytes: float | None  # 10⁹ bytes in a second, of what is modelled; so is gflops
    gflops: float | None
    intensity: float | None  # operations for each byte

    @property
    def wait_share(self) -> float | None:
        return None if self.wait is None else self.wait / self.time if self.time else 0.0


def statistics(trace: Trace, by: str, range: TimeRange = EVERYTHING, facts: FactsOfGraphs | None = None) -> list[Line]:
    """The longest first."""
    if by == "backend":
        return [
            Line(one.name, one.count, one.time, one.share, one.time / one.count, None, None, None, None)
            for one in backend_totals(trace, range)
        ]
    return _of_threads(trace, range) if by == "thread" else lines_of(nodes_of(trace, range, facts), by)


def lines_of(nodes: Sequence[Node], by: str, whole: int | None = None) -> list[Line]:
    """`whole`: ns that shares are of, where these are not all nodes."""
    whole = sum(node.time for node in nodes) if whole is None else whole
    rates = {done.name: done for done in work_done(nodes, by)}
    found = []
    for total in totals(nodes, by):
        done = rates[total.name]
        modelled = done.modelled_time > 0
        rate = (done.gbytes, done.gflops, done.intensity if done.bytes else None) if modelled else (None,) * 3
        mean = total.time / total.count if total.count else 0.0
        found.append(
            Line(total.name, total.count, total.time, total.time / whole if whole else 0.0, mean, total.wait, *rate)
        )
    return found


def _of_threads(trace: Trace, range: TimeRange) -> list[Line]:
    threads = thread_totals(trace, range)
    whole = sum(one.work + one.wait for one in threads)
    found = []
    for one in threads:
        time = one.work + one.wait
        share = time / whole if whole else 0.0
        found.append(Line(one.name, one.sections, time, share, time / one.sections, one.wait, None, None, None))
    return sorted(found, key=lambda line: -line.time)
