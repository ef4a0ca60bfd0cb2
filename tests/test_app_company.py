"""Who is followed beside the main program, and what is made of it; the feeds are read from files."""

from __future__ import annotations

from pathlib import Path

import pytest
from told_runs import ToldRuns

from ggmlviz.app.live import company as of_company
from ggmlviz.app.live.company import MOST, Company
from ggmlviz.capture.feed import News
from ggmlviz.errors import UnreadableTrace
from ggmlviz.format.recording import Recording
from ggmlviz.trace.live import LiveTrace

SECOND = 1_000_000_000


class Told:
    """A feed of which the test says what is new."""

    def __init__(self, path: Path):
        self.path, self.state, self.over, self.looked = path, "live", False, 0
        self.fails = False
        self.news = LiveTrace(Recording.open(path)).trace

    def look(self) -> News:
        if self.fails:
            raise UnreadableTrace(self.path, "it is gone", "look elsewhere")
        self.looked += 1
        news, self.news = self.news, None
        return News(news, self.state, 0)


class ToldFeeds:
    def __init__(self):
        self.feeds: dict[Path, Told] = {}
        self.new: list[Path] = []

    def follow(self, path: Path) -> Told:
        if not path.exists():
            raise UnreadableTrace(path, "it is gone", "look elsewhere")
        self.feeds[path] = Told(path)
        return self.feeds[path]

    def newcomers(self) -> list[Path]:
        new, self.new = self.new, []
        return new


@pytest.fixture
def now(monkeypatch):
    """The clock; each look at it takes as long as the test says."""

    class Now:
        time = 100.0

        def monotonic(self) -> float:
            return self.time

        def thread_time(self) -> float:
            return self.time

    clock = Now()
    monkeypatch.setattr(of_company, "time", clock)
    return clock


def recorded(folder: Path, name: str) -> Path:
    made = ToldRuns()
    made.run(0)
    return made.write(folder / name)


def test_those_that_are_wanted_are_followed(tmp_path, now):
    a, b, main = (recorded(tmp_path, name) for name in ("a", "b", "main"))
    feeds = ToldFeeds()
    company = Company(feeds)
    assert company.step(main, SECOND, True) == ()
    company.add(a, b)
    assert [it.full.path for it in company.step(main, SECOND, True)] == [a]  # one at a time
    assert [it.full.path for it in company.step(main, SECOND, True)] == [a, b]
    assert company.step(main, SECOND, True) == company.step(main, SECOND, True)  # nothing is due
    assert [feeds.feeds[path].looked for path in (a, b)] == [1, 1]
    company.remove(a)
    assert [it.full.path for it in company.step(main, SECOND, True)] == [b]


def test_the_main_one_is_not_beside_itself(tmp_path, now):
    a, main = recorded(tmp_path, "a"), recorded(tmp_path, "main")
    company = Company(feeds := ToldFeeds())
    company.add(a, main)
    company.step(main, SECOND, True)
    assert set(feeds.feeds) == {a}


def test_one_that_becomes_the_main_one_changes_places(tmp_path, now):
    a, b, main = (recorded(tmp_path, name) for name in ("a", "b", "main"))
    company = Company(feeds := ToldFeeds())
    company.add(a, b)
    for _ in range(2):
        company.step(main, SECOND, True)
    before = Told(main)
    assert company.exchange(a, before) is feeds.feeds[a]
    assert company.wanted == (main, b)
    assert [it.full.path for it in company.step(a, SECOND, True)] == [main, b]
    assert before.looked == 1  # it is read on where it was left
    assert company.exchange(recorded(tmp_path, "c"), None) is None


def test_how_often(tmp_path, now):
    a, main = recorded(tmp_path, "a"), recorded(tmp_path, "main")
    company = Company(feeds := ToldFeeds())
    company.add(a)
    for span, pause in ((SECOND // 100, 0.05), (SECOND, 0.1), (10 * SECOND, 0.2)):
        now.time += 1
        company.step(main, span, True)
        looked = feeds.feeds[a].looked
        now.time += pause - 0.01
        company.step(main, span, True)
        assert feeds.feeds[a].looked == looked
        now.time += 0.02
        company.step(main, span, True)
        assert feeds.feeds[a].looked == looked + 1


def test_when_nobody_watches_it_is_read_and_not_shown(tmp_path, now):
    a, main = recorded(tmp_path, "a"), recorded(tmp_path, "main")
    company = Company(feeds := ToldFeeds())
    company.add(a)
    (shown,) = company.step(main, SECOND, True)
    feeds.feeds[a].news = shown.full.trace
    (last,) = company.step(main, SECOND, False)  # up to the moment at which the person stopped it
    assert last is not shown and last.full.trace is shown.full.trace
    now.time += 1
    feeds.feeds[a].news = shown.full.trace
    assert company.step(main, SECOND, False) == (last,)
    feeds.feeds[a].state = "stopped"
    now.time += 1
    (told,) = company.step(main, SECOND, False)
    assert told.state == "stopped" and told.full is last.full
    now.time += 1
    (on,) = company.step(main, SECOND, True)
    assert on.full is not last.full  # what came meanwhile


@pytest.mark.parametrize("how", ["ended", "fails"])
def test_one_that_ends_stays_with_its_last_state(tmp_path, now, how):
    a, main = recorded(tmp_path, "a"), recorded(tmp_path, "main")
    company = Company(feeds := ToldFeeds())
    company.add(a)
    (shown,) = company.step(main, SECOND, True)
    feed = feeds.feeds[a]
    feed.over, feed.state, feed.fails = how == "ended", "ended", how == "fails"
    for _ in range(3):
        now.time += 1
        (last,) = company.step(main, SECOND, True)
        assert last.full is shown.full
    assert last.state == ("ended" if how == "ended" else "no longer readable")
    assert feed.looked == (2 if how == "ended" else 1)  # and is not looked at again


def test_newcomers_that_were_asked_for(tmp_path, now):
    paths = [recorded(tmp_path, f"{number}") for number in range(MOST + 2)]
    main, others = paths[0], paths[1:]
    company = Company(feeds := ToldFeeds())
    feeds.new = [main, *others[:2]]
    company.step(main, SECOND, True)
    assert company.wanted == tuple(others[:2])
    company.remove(others[0])
    now.time += 2
    company.step(main, SECOND, True)
    assert company.wanted == (others[1],)  # a person does not want it
    assert company.left_out == 0
    company.add(*others)
    assert len(company.wanted) == MOST and company.left_out == len(others) - MOST
    company.remove(others[1])
    company.add(tmp_path / "gone")
    company.step(main, SECOND, True)
    assert tmp_path / "gone" not in company.wanted


def test_the_next_of_a_program_that_has_ended_is_left_to_whoever_watched_that(tmp_path, now):
    main, after = (recorded(tmp_path, name) for name in ("main", "after"))
    feeds = ToldFeeds()
    company = Company(feeds)
    feeds.new = [after]
    assert company.step(main, SECOND, True, newcomers=False) == () and not company.wanted
    company.step(main, SECOND, True)
    assert company.wanted == (after,)
