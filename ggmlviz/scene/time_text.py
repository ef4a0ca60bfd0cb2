"""A range of time as people write it: 0.912 s – 1.204 s."""

from __future__ import annotations

import math
import re

from ggmlviz.analysis.time_range import TimeRange

DASH = "–"
_UNITS = {"": 1e9, "s": 1e9, "ms": 1e6, "µs": 1e3, "us": 1e3, "ns": 1.0}
_MOMENT = r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*(s|ms|µs|us|ns|)"
_RANGE = re.compile(rf"\s*{_MOMENT}\s*(?:{DASH}|-|to|\s)\s*{_MOMENT}\s*")
LONGEST = 4e18  # ns: what is beyond fits no 64 bits


def range_text(range: TimeRange) -> str:
    """With as many digits as tell its ends apart to a thousandth of its length."""
    length = max(1, range.end - range.begin) / 1e9
    digits = min(9, max(3, 3 - math.floor(math.log10(length))))
    return f"{range.begin / 1e9:.{digits}f} s {DASH} {range.end / 1e9:.{digits}f} s"


def range_of_text(text: str) -> TimeRange | None:
    """A number without a unit means seconds. None: it is no range, or an empty one."""
    match = _RANGE.fullmatch(text)
    if not match:
        return None
    begin, end = float(match[1]) * _UNITS[match[2]], float(match[3]) * _UNITS[match[4]]
    if not (abs(begin) < LONGEST and abs(end) < LONGEST and round(begin) < round(end)):
        return None
    return TimeRange(round(begin), round(end))
