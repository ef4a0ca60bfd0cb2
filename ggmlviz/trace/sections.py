"""CPU sections: the times when the CPU backend's threads compute nodes of a run, and the nodes they computed."""

from __future__ import annotations

import numpy as np

from ggmlviz.format.clock import Clock
from ggmlviz.format.layout import NONE, CpuFlag, RowKind
from ggmlviz.trace.lane_rows import LaneRows, pair

SECTION = np.dtype(
    [
        ("run", "i8"),  # index into the runs, -1 for none
        ("lane", "i4"),
        ("begin", "i8"),  # ns since the start of the trace
        ("end", "i8"),
        ("first", "i8"),  # index of its first node in the run's graph, -1 unknown
        ("nodes", "i8"),  # how many nodes it was given
        ("threads", "i4"),
        ("timed", "?"),
        ("status", "u1"),
        ("pool", "u8"),  # address of the thread pool, 0 unknown
        ("barriers", "i8"),  # how many barriers thread 0 left
        ("first_execution", "i8"),  # its part of the executions
        ("executions", "i8"),
        ("first_row", "i8"),  # positions in the lane
        ("last_row", "i8"),
    ]
)

EXECUTION = np.dtype(
    [
        ("section", "i8"),
        ("node", "i8"),  # index in the run's graph, -1 unattributed
        ("begin", "i8"),  # ns: the end of the node before, or of the section's begin
        ("end", "i8"),  # ns: when the node had ended for all threads
        ("wait", "i8"),  # ns thread 0 waited in barriers meanwhile
        ("flags", "u1"),  # RowFlag
    ]
)


def sections_of_lane(index: int, lane: LaneRows, runs: np.ndarray, offset: int, clock: Clock) -> np.ndarray:
    """The finished sections of a lane whose runs begin at `offset` in the runs of the trace."""
    begins, ends = pair(lane.of(RowKind.CPU_BEGIN), lane.of(RowKind.CPU_END))
    good = lane.whole(begins, ends)
    begins, ends = begins[good], ends[good]
    rows = lane.rows
    sections = np.zeros(len(begins), SECTION)
    run = np.searchsorted(runs["first_row"], begins, "right") - 1
    inside = run >= 0
    inside[inside] = begins[inside] < runs["last_row"][run[inside]]
    sections["run"] = np.where(inside, run + offset, -1)
    sections["lane"] = index
    sections["begin"] = clock.ns(rows["time"][begins])
    sections["end"] = clock.ns(rows["time"][ends])
    first = rows["value"][begins].astype(np.int64)
    sections["first"] = np.where(first == NONE, -1, first)
    sections["nodes"] = rows["value"][ends]
    sections["threads"] = rows["extra"][begins]
    sections["timed"] = rows["flags"][begins] & CpuFlag.TIMED != 0
    sections["status"] = rows["flags"][ends]
    sections["first_row"], sections["last_row"] = begins, ends
    barriers = lane.of(RowKind.NODE, RowKind.BARRIER)
    sections["barriers"] = np.searchsorted(barriers, ends) - np.searchsorted(barriers, begins)
    pools = lane.of(RowKind.POOL)
    sections["pool"] = lane.filled(RowKind.POOL, lane.wide(pools), ends, 0)
    return sections


def executions_of_lane(lane: LaneRows, sections: np.ndarray, first_section: int, clock: Clock) -> np.ndarray:
    """The computed nodes of these sections, in order; fills in the sections' parts of them (from 0)."""
    nodes = lane.of(RowKind.NODE)
    begins = np.searchsorted(nodes, sections["first_row"])
    counts = np.searchsorted(nodes, sections["last_row"]) - begins
    sections["executions"] = counts
    sections["first_execution"] = np.cumsum(counts) - counts
    section = np.repeat(np.arange(len(sections)), counts)
    at = nodes[np.arange(len(section)) + np.repeat(begins - sections["first_execution"], counts)]

    executions = np.zeros(len(at), EXECUTION)
    executions["section"] = section + first_section
    executions["node"] = -1
    executions["flags"] = lane.rows["flags"][at]
    executions["end"] = clock.ns(lane.rows["time"][at])
    executions["begin"][1:] = executions["end"][:-1]
    started = counts > 0
    executions["begin"][sections["first_execution"][started]] = sections["begin"][started]
    executions["wait"] = _waits_up_to(lane, at, sections["first_row"][section], clock)
    return executions


def _waits_up_to(lane: LaneRows, nodes: np.ndarray, section_begins: np.ndarray, clock: Clock) -> np.ndarray:
    """What thread 0 waited in the barriers inside each node and in the one at its end."""
    barriers = lane.of(RowKind.NODE, RowKind.BARRIER)
    times = lane.rows["time"][barriers]
    waits = clock.ns(times) - clock.ns(times - lane.waits(barriers))
    total = np.concatenate([[0], np.cumsum(waits)])
    last = np.searchsorted(barriers, nodes, "right")
    before = np.empty_like(last)
    before[1:], before[:1] = last[:-1], 0
    return total[last] - total[np.maximum(before, np.searchsorted(barriers, section_begins))]
