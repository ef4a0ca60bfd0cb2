"""What is a double click, in time, in frames and in place."""

from ggmlviz.app.toolkit.double_click import FRAMES, LATE, NEAR, QUICK, DoubleClick, Press

HERE, THERE = object(), object()
FIRST = Press(HERE, "left", (10.0, 20.0), frame=100, second=5.0)


def doubled(**changed) -> bool:
    clicks = DoubleClick()
    assert not clicks.ended_by(FIRST)
    return clicks.ended_by(FIRST._replace(frame=150, second=5.1)._replace(**changed))


def test_in_time():
    assert doubled(second=5.0 + 0.9 * QUICK)
    assert not doubled(second=5.0 + 1.1 * QUICK)


def test_late_frames_count_as_what_came_together():
    assert doubled(frame=100 + FRAMES, second=5.0 + 0.9 * LATE)
    assert not doubled(frame=101 + FRAMES, second=5.0 + 0.9 * LATE)
    assert not doubled(frame=100 + FRAMES, second=5.0 + 1.1 * LATE)


def test_at_one_place_with_one_button():
    assert doubled(place=(10.0, 20.0 + NEAR))
    assert not doubled(place=(10.0, 21.0 + NEAR))
    assert not doubled(button="right")
    assert not doubled(where=THERE)


def test_a_third_press_begins_anew():
    clicks = DoubleClick()
    assert [clicks.ended_by(FIRST) for _ in range(5)] == [False, True, False, True, False]
