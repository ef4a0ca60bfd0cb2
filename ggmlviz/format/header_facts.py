"""What the header of a trace says of the traced process and of its clock, as a writer needs it."""

from __future__ import annotations

from dataclasses import dataclass

from ggmlviz.format.header import Header
from ggmlviz.format.layout import ClockKind, Detail
from ggmlviz.format.moment import Moment

NEVER = Moment(0, 0, 0)


@dataclass(frozen=True)
class Facts:
    clock: int = ClockKind.MONOTONIC_NS
    start: Moment = NEVER
    latest: Moment = NEVER
    detail: int = Detail.THREAD
    experiment: bytes = bytes(16)
    pid: int = 0
    uid: int = 0
    parent: int = 0
    pid_started: int = 0
    lost_calls: int = 0
    lost_definitions: int = 0

    @classmethod
    def of(cls, header: Header) -> Facts:
        numbers = ("clock", "detail", "pid", "uid", "parent", "pid_started", "lost_calls", "lost_definitions")
        return cls(
            start=header.start,
            latest=header.latest or NEVER,
            experiment=header.fields["experiment"].tobytes(),
            **{name: header[name] for name in numbers},
        )
