"""Tables with names in place of numbers, in chunks of columns: what CSV, JSON and Parquet are written from.

Times are nanoseconds since the start of the trace. What is not known is masked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ggmlviz.export.described_graph import DescribedGraphs
from ggmlviz.export.lanes import threads_of_lanes
from ggmlviz.export.progress import Progress
from ggmlviz.trace.trace import Trace

CHUNK = 1 << 16
Columns = dict[str, np.ndarray]


class Joins:
    """What the tables look names up in."""

    def __init__(self, trace: Trace):
        self.trace = trace
        self.graphs = DescribedGraphs(trace)

    @cached_property
    def strings(self) -> np.ndarray:
        return objects(self.trace.definitions.strings)

    @cached_property
    def thread_names(self) -> np.ndarray:
        return objects([thread.name for thread in threads_of_lanes(self.trace)])

    @cached_property
    def tids(self) -> np.ndarray:
        return np.array([thread.tid for thread in threads_of_lanes(self.trace)], np.int64)

    @cached_property
    def backends(self) -> np.ndarray:
        return self.strings[self.trace.definitions.backends["name"]]

    def numbers_of(self, runs: np.ndarray) -> np.ndarray:
        """The numbers of runs given by their indices, -1 for none."""
        return looked_up(self.trace.runs["number"], runs, -1)


class Table(NamedTuple):
    types: dict[str, type]
    count: Callable[[Trace], int]
    columns: Callable[[Joins, slice], Columns]

    def chunks(self, joins: Joins, progress: Progress, name: str) -> Iterator[Columns]:
        """At least one, of which an empty table has the columns."""
        count = self.count(joins.trace)
        for begin in range(0, max(count, 1), CHUNK):
            progress.tell(name, begin, count)
            yield self.columns(joins, slice(begin, min(begin + CHUNK, count)))


def known(values: np.ndarray) -> np.ma.MaskedArray:
    """Without those below 0, which say that it is not known."""
    values = np.asarray(values, np.int64)
    return np.ma.array(values, mask=values < 0)


def looked_up(values: np.ndarray, at: np.ndarray, otherwise: object) -> np.ndarray:
    """The values at these places; `otherwise` where there is no such place."""
    extended = np.append(values, np.array([otherwise], values.dtype))
    at = np.asarray(at, np.int64)
    return extended[np.where((at >= 0) & (at < len(values)), at, len(values))]


def objects(texts: list) -> np.ndarray:
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


def words_of(enum: type) -> np.ndarray:
    """The words of an enum by their numbers."""
    words = objects([f"unknown {number}" for number in range(256)])
    for member in enum:
        words[int(member)] = member.name.lower()
    return words


def times_of(table: np.ndarray) -> Columns:
    return {"begin_ns": table["begin"], "end_ns": table["end"], "duration_ns": table["end"] - table["begin"]}


def threads_of(joins: Joins, lanes: np.ndarray) -> Columns:
    return {"lane": lanes, "thread": joins.thread_names[lanes], "tid": known(joins.tids[lanes])}


TIMES = {"begin_ns": int, "end_ns": int, "duration_ns": int}
THREAD = {"lane": int, "thread": str, "tid": int}
