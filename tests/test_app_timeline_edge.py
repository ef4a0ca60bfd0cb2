"""Whether the timeline moves along with the newest edge, and where a person may have gone without losing it."""

from types import SimpleNamespace

import pytest

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.app.timeline.edge import Edge
from ggmlviz.scene.selection import NOTHING

END, SPAN = 10_000, 2000


def newest(end: int) -> SimpleNamespace:
    return SimpleNamespace(full=SimpleNamespace(whole=TimeRange(500, end)), span=SPAN)


@pytest.fixture
def edge() -> Edge:
    edge = Edge()
    edge.move(newest(END), NOTHING, 500)
    return edge


def test_nothing_is_seen_before_all_begins():
    edge = Edge()
    edge.move(newest(1200), NOTHING, 500)
    assert edge.view == TimeRange(500, 1200)
    edge.move(newest(1200), NOTHING, -300)  # where another program had begun before
    assert edge.view == TimeRange(-300, 1200)


def test_another_width_at_the_edge_is_kept(edge):
    edge.look_at(TimeRange(END - 4000, END + 300))  # another program was read a moment later
    assert edge.view == TimeRange(END - 4000, END + 300)
    edge.move(newest(END + 1000), NOTHING, 500)
    assert edge.view == TimeRange(END + 1000 - 4300, END + 1000)


@pytest.mark.parametrize("view", [TimeRange(END - 2001, END - 1), TimeRange(END - 1000, END + 1000)])
def test_whoever_goes_away_from_it_stays_there(edge, view):
    """Back in time, or to what another program did later."""
    edge.look_at(view)
    assert not edge.following
