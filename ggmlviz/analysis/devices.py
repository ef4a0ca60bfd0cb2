"""Backends that tell no times of nodes, as those of GPUs: what the calls into them took, and the waits for them.

A device computes after the call that hands work to it has returned, unless the program serialises it. So the time in
calls is no time of computing; together with the waits it is what the device cost the thread that drives it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.run_before import run_before
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, happened_in
from ggmlviz.trace.trace import Trace


class Device(NamedTuple):
    name: str
    splits: int  # with no CPU section in them
    nodes: int  # given to it
    calls: int  # ns in the calls that handed these over
    waits: int  # how often it was waited for
    waited: int  # ns


class Transfers(NamedTuple):
    count: int
    bytes: int
    time: int  # ns


def devices(trace: Trace, range: TimeRange = EVERYTHING) -> list[Device]:
    """Those that were given any nodes, the most costly first."""
    splits, syncs = trace.splits, trace.syncs
    splits = splits[happened_in(trace, splits, range) & ~_with_sections(trace, splits)]
    syncs = syncs[happened_in(trace, syncs, range)]
    found = []
    for backend in np.unique(splits["backend"]).tolist():
        mine, waits = splits[splits["backend"] == backend], syncs[syncs["backend"] == backend]
        calls, waited = (int((table["end"] - table["begin"]).sum()) for table in (mine, waits))
        name = backend_name(trace, backend)
        found.append(Device(name, len(mine), int(mine["nodes"].sum()), calls, len(waits), waited))
    return sorted(found, key=lambda one: -(one.calls + one.waited))


def transfers_in(trace: Trace, range: TimeRange = EVERYTHING) -> Transfers:
    found = trace.transfers[happened_in(trace, trace.transfers, range)]
    return Transfers(len(found), int(found["bytes"].sum()), int((found["end"] - found["begin"]).sum()))


class Driven(NamedTuple):
    """The most costly device of some runs, as the threads saw it that drive it."""

    name: str
    share: float  # of the time from these runs to those that follow: calls into it, and waits for it


def driven(trace: Trace, runs: np.ndarray) -> Driven | None:
    """Of the runs of this mask; None where no device was given any of their nodes."""
    on_devices = trace.splits[~_with_sections(trace, trace.splits)]
    used, lanes = np.unique(on_devices["backend"]), np.unique(on_devices["lane"])
    spent, period = np.zeros(len(used), np.int64), 0
    for lane in lanes.tolist():
        of_lane = trace.runs["lane"] == lane
        begins = trace.runs["begin"][of_lane]
        ends = np.append(begins[1:], trace.runs["end"][of_lane][-1:])
        period += int((ends - begins)[runs[of_lane]].sum())
    for table in (on_devices, trace.syncs[np.isin(trace.syncs["backend"], used)]):
        run = run_before(trace, table)
        there = table[np.isin(table["lane"], lanes) & (run >= 0) & np.append(runs, False)[run]]
        np.add.at(spent, np.searchsorted(used, there["backend"]), there["end"] - there["begin"])
    if not period:
        return None
    most = int(spent.argmax())
    return Driven(backend_name(trace, int(used[most])), int(spent[most]) / period)


def graphs_on_devices(trace: Trace) -> set[int]:
    """Those of which at least one run was computed by a device, in part or as a whole."""
    run = run_before(trace, trace.splits[~_with_sections(trace, trace.splits)])
    return set(trace.runs["graph"][run[run >= 0]].tolist())


def backend_name(trace: Trace, backend: int) -> str:
    known = backend < len(trace.definitions.backends)
    return trace.definitions.strings[trace.definitions.backends["name"][backend]] if known else "(unknown)"


def _with_sections(trace: Trace, splits: np.ndarray) -> np.ndarray:
    """Whether the CPU backend began to compute during each split."""
    computing = np.zeros(len(splits), bool)
    for lane in np.unique(splits["lane"]).tolist():
        mine = splits["lane"] == lane
        begins = np.sort(trace.sections["begin"][trace.sections["lane"] == lane])
        first = np.searchsorted(begins, splits["begin"][mine])
        computing[mine] = np.searchsorted(begins, splits["end"][mine], "right") > first
    return computing
