"""Between numbers and pixels where equal ratios take equal room, with the numbers that are written beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class LogScale:
    low: float
    high: float
    begin: float  # pixel of the low end; may be larger than that of the high one
    end: float

    @classmethod
    def around(cls, values: Iterable[float], begin: float, end: float, margin: float = 1.6) -> LogScale:
        known = [value for value in values if value > 0]
        low, high = (min(known), max(known)) if known else (1.0, 10.0)
        return cls(low / margin, high * margin, begin, end)

    def at(self, value: float) -> float:
        part = math.log(value / self.low) / math.log(self.high / self.low)
        return self.begin + part * (self.end - self.begin)

    def marks(self, most: int = 8) -> list[float]:
        """Round numbers in it."""
        low, high = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for steps in ((1, 2, 5), (1, 3), (1,)):
            found = [step * 10.0**power for power in range(low, high + 1) for step in steps]
            found = [value for value in found if self.low <= value <= self.high]
            if len(found) <= most:
                return found
        return found[:: math.ceil(len(found) / most)]


def short_number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:g}"
