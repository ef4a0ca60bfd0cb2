"""Which rings are meant by the words of `--live`: pids, parts of commands, growing files, or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from told_runs import ToldRuns

from ggmlviz.capture import feed
from ggmlviz.capture.feed import Feeds
from ggmlviz.capture.rings import Ring, RingState


def ring(pid: int, command: str, state: RingState = RingState.LIVE, seconds: float = 1.0, reason: str = "") -> Ring:
    return Ring(Path(f"/none/ggmlviz-{pid}"), pid, state, command, seconds=seconds, reason=reason)


@pytest.fixture
def machine(monkeypatch) -> list[Ring]:
    """Its rings; a test changes them."""
    there: list[Ring] = []
    monkeypatch.setattr(feed, "rings", lambda: list(there))
    monkeypatch.setattr(feed, "ring_files", lambda: {ring.path: ring.pid for ring in there})
    return there


def pids(choices) -> list[int]:
    return [choice.pid for choice in choices]


def numbers(paths) -> list[int]:
    return [int(path.name.removeprefix("ggmlviz-")) for path in paths]


def test_any(machine):
    feeds = Feeds()
    assert feeds.the_one(feeds.choices()) is None
    machine[:] = [ring(1, "llama-server", seconds=9), ring(2, "llama-cli"), ring(3, "whisper", RingState.CRASHED)]
    assert pids(feeds.choices()) == [2, 1, 3]  # what goes on first, the newest of that first
    assert feeds.the_one(feeds.choices()) is None and feeds.newcomers() == []  # a person has to choose
    del machine[0]
    assert feeds.the_one(feeds.choices()).pid == 2


def test_numbers(machine):
    machine[:] = [ring(1, "a"), ring(2, "b", RingState.ENDED), ring(3, "c"), ring(4, "d")]
    feeds = Feeds(["3", "1", "2"])
    assert not feeds.by_name and pids(feeds.choices()) == [3, 1, 2]
    assert feeds.the_one(feeds.choices()).pid == 3
    assert numbers(feeds.newcomers()) == [3, 1, 2]  # one that has ended was asked for, too
    assert feeds.newcomers() == []
    ended = Feeds(["2"])
    assert ended.the_one(ended.choices()).pid == 2
    newer = Feeds(["5"])
    assert newer.the_one(newer.choices()) is None
    machine.append(ring(5, "e", RingState.UNREADABLE, reason="its format is newer"))
    assert newer.the_one(newer.choices()) is None and newer.newcomers() == []


def test_names(machine):
    machine[:] = [ring(1, "llama-server -m a"), ring(2, "x/llama-server -m b", seconds=0.5), ring(3, "whisper")]
    machine += [ring(4, "llama-server -m c", RingState.CRASHED)]
    feeds = Feeds(["llama-server", "whisper"])
    assert feeds.by_name and feeds.wanted == "llama-server whisper"
    assert pids(feeds.choices()) == [2, 1, 3, 4]
    assert feeds.the_one(feeds.choices()).pid == 2
    assert sorted(numbers(feeds.newcomers())) == [1, 2, 3]  # what has ended was not meant by a name
    machine += [ring(5, "whisper later"), ring(6, "sleep")]
    assert numbers(feeds.newcomers()) == [5]
    machine.append(ring(7, ""))  # it has not said yet what it is
    assert feeds.newcomers() == []
    machine[-1] = ring(7, "llama-server -m d")
    assert numbers(feeds.newcomers()) == [7] and feeds.newcomers() == []


def test_files(machine, tmp_path):
    made = ToldRuns()
    made.run(0)
    path = made.write(tmp_path / "growing.ggmlviz")
    machine[:] = [ring(1, "a")]
    feeds = Feeds([str(path)])
    assert not feeds.by_name and [choice.path for choice in feeds.choices()] == [path]
    assert feeds.the_one(feeds.choices()).path == path
    both = Feeds([str(path), "1"])
    assert [choice.path for choice in both.choices()] == [path, machine[0].path]
    assert both.newcomers() == [path, machine[0].path] and both.newcomers() == []
