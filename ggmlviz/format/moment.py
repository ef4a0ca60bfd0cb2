"""One moment read on three clocks."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Moment(NamedTuple):
    ticks: int
    monotonic_ns: int
    realtime_ns: int

    @classmethod
    def of(cls, record) -> Moment:
        """From a `struct ggmlviz_sync`."""
        return cls(*(int(record[name]) for name in cls._fields))

    def date(self, later_ns: int = 0) -> datetime:
        """The UTC date of this moment, or of one so many nanoseconds later."""
        return EPOCH + timedelta(microseconds=(self.realtime_ns + later_ns) // 1000)
