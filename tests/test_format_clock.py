"""From ticks to nanoseconds and dates."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ggmlviz.format.clock import Clock
from ggmlviz.format.layout import ClockKind
from ggmlviz.format.moment import Moment

START = Moment(1_000_000, 500, 1_700_000_000_000_000_000)


def test_monotonic_ticks_are_nanoseconds():
    clock = Clock(ClockKind.MONOTONIC_NS, START)
    assert clock.calibrated
    assert clock.ns(np.array([1_000_000, 1_000_007, 999_990], np.uint64)).tolist() == [0, 7, -10]
    assert clock.ns(2_000_000) == 1_000_000


def test_lines_between_moments_and_beyond_the_last():
    clock = Clock(ClockKind.TSC, START, [Moment(1_006_000, 4500, 0), Moment(1_003_000, 1500, 0)])
    assert clock.calibrated
    ticks = np.array([1_000_000, 1_001_500, 1_003_000, 1_004_500, 1_006_000, 1_009_000, 999_997], np.uint64)
    assert clock.ns(ticks).tolist() == [0, 500, 1000, 2500, 4000, 7000, -1]


def test_days_of_ticks_are_exact_to_the_nanosecond():
    day = 86_400_000_000_000
    clock = Clock(ClockKind.TSC, START, [Moment(1_000_000 + 3 * day, 500 + day, 0)])
    assert clock.ns(1_000_000 + 3 * (day - 1)) == day - 1
    assert clock.ns(1_000_000 + 3 * (day + 12_345)) == day + 12_345


def test_one_moment_gives_no_rate():
    for nothing in ([], [Moment(0, 0, 0)], [START], [Moment(2_000_000, 500, 0)]):
        clock = Clock(ClockKind.TSC, START, nothing)
        assert not clock.calibrated
        assert clock.ns(np.array([1_000_123], np.uint64)).tolist() == [123]


def test_moments_that_go_back_are_left_out():
    clock = Clock(ClockKind.TSC, START, [Moment(1_002_000, 1500, 0), Moment(1_003_000, 1400, 0)])
    assert clock.ns(1_004_000) == 2000


def test_dates():
    clock = Clock(ClockKind.MONOTONIC_NS, START)
    assert clock.date(1_500_000_000).isoformat() == "2023-11-14T22:13:21.500000+00:00"


NUMBERS = st.integers(0, 2**64 - 1)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=5), st.lists(NUMBERS, min_size=2, max_size=20))
def test_any_numbers_give_a_clock_that_never_goes_back(moments, ticks):
    clock = Clock(ClockKind.TSC, START, [Moment(*moment) for moment in moments])
    near = np.array(sorted(tick % 2**63 + START.ticks for tick in ticks), np.uint64)
    assert (np.diff(clock.ns(near)) >= 0).all()
    clock.date(clock.ns(2**64 - 1))
