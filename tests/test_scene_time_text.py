"""Ranges of time as text, both ways."""

from __future__ import annotations

import pytest

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.time_text import range_of_text, range_text


@pytest.mark.parametrize(
    ("text", "range"),
    [
        ("0.912 s – 1.204 s", (912_000_000, 1_204_000_000)),
        ("0.5-1", (500_000_000, 1_000_000_000)),
        ("900 ms – 1.2 s", (900_000_000, 1_200_000_000)),
        ("10us to 20us", (10_000, 20_000)),
        (" 7 ns - 9 ns ", (7, 9)),
        ("-1 s – 1 s", (-1_000_000_000, 1_000_000_000)),
    ],
)
def test_what_people_write_is_understood(text, range):
    assert range_of_text(text) == TimeRange(*range)


@pytest.mark.parametrize(
    "text", ["", "now", "1 s", "2 s – 1 s", "1 s – 1 s", "1e300 – 2e300", "1 h – 2 h", "1 – 2 – 3"]
)
def test_what_is_no_range_is_refused(text):
    assert range_of_text(text) is None


@pytest.mark.parametrize("length", [1, 100, 12_345, 10**6, 10**9, 3 * 10**12])
@pytest.mark.parametrize("begin", [0, 1_234_567_891, 10**13 + 7])
def test_what_is_written_can_be_read_again(begin, length):
    range = TimeRange(begin, begin + length)
    back = range_of_text(range_text(range))
    assert abs(back.begin - range.begin) <= max(1, length // 1000)
    assert abs(back.end - range.end) <= max(1, length // 1000)


def test_digits_follow_the_length():
    assert range_text(TimeRange(912_000_000, 1_204_000_000)) == "0.9120 s – 1.2040 s"
    assert range_text(TimeRange(1_000, 2_000)) == "0.000001000 s – 0.000002000 s"
