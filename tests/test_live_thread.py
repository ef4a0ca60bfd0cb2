"""The live thread and the window's frames: one state for each."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

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


class Ended:
    """The feed of a program whose end is known."""

    over = True

    def __init__(self, path: Path):
        self.path = path


class OneCame(NoFeeds):
    """A program of the name that was asked for has come; whoever asks first for newcomers is told."""

    by_name = True
    came = SimpleNamespace(path=Path("came"), goes_on=True)

    def choices(self) -> list:
        return [self.came]

    def newcomers(self) -> list:
        return [self.came.path]

    def follow(self, path: Path) -> Ended:
        return Ended(path)


def test_the_next_of_the_same_program_becomes_the_main_one():
    thread = LiveThread(OneCame(), lambda: None)
    thread._feed, thread._next_due = Ended(Path("gone")), float("inf")
    thread._look_for_the_next()  # too early to look
    assert not thread.company.wanted
    thread._next_due = 0.0
    thread._look_for_the_next()
    assert thread._feed.path == Path("came") and not thread.company.wanted


def test_its_end_is_waited_for(thread):
    thread.start()
    thread.end()
    assert not thread._thread.is_alive()
