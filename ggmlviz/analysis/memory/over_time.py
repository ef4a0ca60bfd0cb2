"""Buffers of backends as they come and go: how much was alive when, for what, and what was never freed."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, runs_in
from ggmlviz.trace.buffers import ROLES
from ggmlviz.trace.trace import Trace

_CACHE = re.compile(r"cache_k_l\d+$")


@dataclass(frozen=True)
class BufferAlive:
    number: int
    size: int
    type: str
    role: str


@dataclass(frozen=True)
class Memory:
    peak: int  # bytes
    peak_at: int  # ns since the start of the trace
    peak_by_role: dict[str, int]
    alive_at_peak: list[BufferAlive]  # the largest first
    allocated: int  # bytes, of all buffers that began
    freed: int
    never_freed: list[BufferAlive]  # without those that were alive when a program ended that recorded on


@dataclass(frozen=True)
class KvCache:
    bytes: int  # at the peak
    cells: int  # of the largest cache; 0: unknown
    attended: int  # most cells that attention looked at, which is at least as many as were in use

    @property
    def occupancy(self) -> float | None:
        return min(1.0, self.attended / self.cells) if self.cells and self.attended else None


def live_bytes(trace: Trace, by: str = "role") -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Times at which buffers came or went, and the bytes alive from then on, by role or by type of buffer."""
    times, deltas, owner = _changes(trace.buffers)
    names = np.array([_name(trace, buffer, by) for buffer in trace.buffers], object)
    return times, {
        name: np.cumsum(np.where(names[owner] == name, deltas, 0)) for name in sorted(set(names[owner].tolist()))
    }


def _changes(buffers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """In the order of time; of those at the same time the ones that came are first."""
    freed = np.flatnonzero(buffers["end"] >= 0)
    times = np.concatenate([buffers["begin"], buffers["end"][freed]])
    deltas = np.concatenate([buffers["size"], -buffers["size"][freed]])
    owner = np.concatenate([np.arange(len(buffers)), freed])
    order = np.argsort(times, kind="stable")
    return times[order], deltas[order], owner[order]


def _name(trace: Trace, buffer: np.void, by: str) -> str:
    return ROLES[buffer["role"]] if by == "role" else trace.definitions.strings[buffer["type"]]


def memory(trace: Trace, range: TimeRange = EVERYTHING) -> Memory:
    """The peak is that of the range; what was alive at its begin counts."""
    buffers = trace.buffers
    times, deltas, _ = _changes(buffers)
    alive = np.cumsum(deltas)
    inside = range.has(times)
    if len(times):
        inside[max(0, int(np.searchsorted(times, range.begin, "right")) - 1)] = True
    peak = int(np.argmax(np.where(inside, alive, -1))) if len(alive) else -1
    # Of changes at one moment, the last that adds is the peak: what came then and what had not yet gone.
    at = int(times[peak]) if peak >= 0 else 0
    there = (buffers["begin"] <= at) & ((buffers["end"] < 0) | (buffers["end"] >= at))
    came, went = range.has(buffers["begin"]), (buffers["end"] >= 0) & range.has(buffers["end"])
    by_role = np.bincount(buffers["role"][there], buffers["size"][there], len(ROLES)).astype(np.int64).tolist()
    return Memory(
        peak=int(alive[peak]) if peak >= 0 else 0,
        peak_at=at,
        peak_by_role={role: size for role, size in zip(ROLES, by_role, strict=True) if size},
        alive_at_peak=_described(trace, there),
        allocated=int(buffers["size"][came].sum()),
        freed=int(buffers["size"][went].sum()),
        never_freed=_described(trace, buffers["end"] < 0) if trace.recording.closed else [],
    )


def _described(trace: Trace, chosen: np.ndarray) -> list[BufferAlive]:
    numbers = np.flatnonzero(chosen & (trace.buffers["size"] > 0))
    numbers = numbers[np.argsort(-trace.buffers["size"][numbers], kind="stable")]
    return [
        BufferAlive(number, int(buffer["size"]), _name(trace, buffer, "type"), _name(trace, buffer, "role"))
        for number, buffer in zip(numbers.tolist(), trace.buffers[numbers], strict=True)
    ]


def kv_cache(trace: Trace, range: TimeRange = EVERYTHING) -> KvCache | None:
    """None where no buffer is known to be one."""
    size = memory(trace, range).peak_by_role.get("kv cache", 0)
    if not size:
        return None
    tensors, strings = trace.definitions.tensors, trace.definitions.strings
    named = np.array([_CACHE.match(text) is not None for text in strings], bool)
    caches = tensors[named[tensors["name"]]]
    cells = int((caches["ne"][:, 1] * caches["ne"][:, 2]).max()) if len(caches) else 0
    attended = trace.phases["attended"][runs_in(trace, range)]
    return KvCache(size, cells, int(attended.max()) if len(attended) else 0)
