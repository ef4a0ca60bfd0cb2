"""The live thread and the window's frames: one state for each."""

from __future__ import annotations

import pytest

pytest.importorskip("dearpygui")
from ggmlviz.app.live.thread import LiveThread, Look


class NoFeeds:
    wanted = ""

    def choices(self) -> list:
        return []

    def newcomers(self) -> list:
        return []


@pytest.fixture
def thread() -> LiveThread:
    return LiveThread(NoFeeds(), lambda: None)


def test_it_goes_on_when_what_it_told_is_drawn(thread):
    thread._tell(Look(None, failure="first"))
    assert not thread._drawn.is_set()
    thread.drawn()
    assert not thread._drawn.is_set()  # that frame had begun before
    assert thread.take().failure == "first"
    thread.drawn()
    assert thread._drawn.is_set()


def test_what_is_new_waits_for_its_own_frame(thread):
    thread._tell(Look(None, failure="first"))
    thread.take()
    thread._tell(Look(None, failure="second"))
    thread.drawn()
    assert not thread._drawn.is_set() and thread.take().failure == "second"
