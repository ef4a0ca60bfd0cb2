"""Which parts of the model files were touched when: by nodes that read mapped weights, or when they were copied from.

That a page was touched does not tell that the disk was read: it may have been in memory. Faults tell, and they are
counted for each run as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ggmlviz.analysis.alike_sections import alike_sections
from ggmlviz.analysis.memory.tensor_accesses import NEVER, TensorAccesses, rows_of
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, runs_in
from ggmlviz.format.layout import Transfer
from ggmlviz.trace.trace import Trace

TOUCH = np.dtype(
    [
        ("mapped", "?"),  # nodes read it from the mapped file
        ("copied", "?"),  # nodes read a copy of it in a buffer, made from it before
        ("copied_at", "i8"),  # ns: when that copy was made; NEVER: not recorded
        ("copied_bytes", "i8"),
        ("count", "i8"),  # executions that read it from the mapped file
        ("read", "i8"),  # bytes
        ("first", "i8"),  # ns; NEVER
        ("last", "i8"),
        ("read_from_copy", "i8"),  # bytes
    ]
)
FAULTS = np.dtype([("run", "i8"), ("begin", "i8"), ("minor", "i8"), ("major", "i8")])


def disk_touches(trace: Trace, accesses: TensorAccesses, range: TimeRange = EVERYTHING) -> np.ndarray:
    """TOUCH of every tensor of the model, in the order of the map; empty where no GGUF is known."""
    return touches_of(trace, accesses, accesses.within(range, timed=False))


def touches_of(trace: Trace, accesses: TensorAccesses, done: np.ndarray) -> np.ndarray:
    """The same, from accesses that were summed up before."""
    model_map, places = accesses.places.model_map, accesses.places.table
    touches = np.zeros(len(model_map.tensors) if model_map else 0, TOUCH)
    for field in ("copied_at", "first", "last"):
        touches[field] = NEVER
    from_file, from_copy = _placed(accesses)
    source = places["source"]
    touches["mapped"][source[from_file]] = touches["copied"][source[from_copy]] = True
    for field in ("count", "read"):
        np.add.at(touches[field], source[from_file], done[field][from_file])
    np.add.at(touches["read_from_copy"], source[from_copy], done["read"][from_copy])
    np.maximum.at(touches["last"], source[from_file], done["last"][from_file])
    seen = from_file[done["count"][from_file] > 0]
    earliest = np.full(len(touches), np.iinfo(np.int64).max)
    np.minimum.at(earliest, source[seen], done["first"][seen])
    touches["first"] = np.where(touches["count"] > 0, earliest, NEVER)
    for place, at, size in _copies(trace, accesses, from_copy):
        touches["copied_at"][source[place]], touches["copied_bytes"][source[place]] = at, size
    return touches


def touched_over_time(trace: Trace, accesses: TensorAccesses, edges: np.ndarray) -> np.ndarray:
    """Bytes read from the mapped file, by tensor of the model and by the time between two edges.

    All that a run's section reads counts at the section's begin: it is shorter than what a picture can show.
    """
    model_map, places = accesses.places.model_map, accesses.places.table
    found = np.zeros((len(model_map.tensors) if model_map else 0, len(edges) - 1), np.int64)
    mapped = np.zeros(len(places), bool)
    mapped[_placed(accesses)[0]] = True
    sections = trace.sections
    for alike in alike_sections(trace):
        if alike.graph < 0 or (alike.nodes < 0).any():
            continue
        rows, _ = rows_of(accesses.nodes.of_graph(alike.graph), alike.nodes, alike.fused)
        rows = rows[mapped[rows["place"]]]
        read = np.zeros(len(found), np.int64)
        np.add.at(read, places["source"][rows["place"]], rows["read"])
        at = np.searchsorted(sections["first_execution"], alike.first, "right") - 1
        found += read[:, None] * np.histogram(sections["begin"][at], edges)[0]
    return found


def faults_of_runs(trace: Trace, range: TimeRange = EVERYTHING) -> np.ndarray:
    """FAULTS of the runs of which they are told, in the order of time."""
    runs = trace.runs
    told = np.flatnonzero(runs_in(trace, range) & (runs["minor_faults"] >= 0))
    told = told[np.argsort(runs["begin"][told], kind="stable")]
    faults = np.zeros(len(told), FAULTS)
    faults["run"], faults["begin"] = told, runs["begin"][told]
    faults["minor"], faults["major"] = runs["minor_faults"][told], runs["major_faults"][told]
    return faults


def _placed(accesses: TensorAccesses) -> tuple[np.ndarray, np.ndarray]:
    """Places whose tensor of the model is known: those in its file, and those in buffers alone."""
    places = accesses.places.table
    known = places["source"] >= 0
    return np.flatnonzero(known & (places["file"] >= 0)), np.flatnonzero(known & (places["file"] < 0))


def _copies(trace: Trace, accesses: TensorAccesses, copies: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Transfers that filled one of these places: they name the tensor and the buffer."""
    places, transfers = accesses.places.table, trace.transfers
    by_name = {
        (name, buffer): place
        for name, buffer, place in zip(
            places["name"][copies].tolist(), places["buffer"][copies].tolist(), copies.tolist(), strict=True
        )
    }
    filling = transfers[(transfers["direction"] == Transfer.SET) & np.isin(transfers["name"], places["name"][copies])]
    for name, buffer, begin, size in filling[["name", "buffer", "begin", "bytes"]].tolist():
        if (name, buffer) in by_name:
            yield by_name[name, buffer], begin, size
