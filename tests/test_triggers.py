"""What the flight recorder waits for: how it is written, and when it has happened."""

import pytest
from told_runs import ToldRuns

from ggmlviz.analysis.triggers import ENOUGH, TriggerError, Watcher, parse


@pytest.mark.parametrize(
    ("text", "subject", "limit", "relative"),
    [
        ("tpot > 2x median", "tpot", 2, True),
        ("tpot>1.5 x median", "tpot", 1.5, True),
        ("op > 50ms", "op", 50_000_000, False),
        ("run > 1.5 s", "run", 1_500_000_000, False),
        ("op > 200us", "op", 200_000, False),
        ("major_faults > 100", "major_faults", 100, False),
        ("exit", "exit", 0, False),
        (" crash ", "crash", 0, False),
    ],
)
def test_how_it_is_written(text, subject, limit, relative):
    trigger = parse(text)
    assert (trigger.subject, trigger.limit, trigger.relative) == (subject, limit, relative)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no condition"),
        ("op", "no condition"),
        ("op < 5ms", "no condition"),
        ("foo > 5ms", "`foo` is not known"),
        ("op > 5", "with its unit"),
        ("op > 5 apples", "with its unit"),
        ("op > 2x median", "name a time"),
        ("op > 5.5.5ms", "no number"),
        ("major_faults > 100ms", "leave `ms` out"),
    ],
)
def test_mistakes_are_explained(text, why):
    with pytest.raises(TriggerError, match=why):
        parse(text)


class Growing:
    """Runs told one after the other; each look sees those until then."""

    def __init__(self, folder, *conditions: str):
        self.runs, self.at, self.folder = ToldRuns(), 0, folder
        self.watcher = Watcher([parse(condition) for condition in conditions])

    def run(self, **how) -> None:
        self.at = self.runs.run(self.at, **how) + 10

    def look(self) -> str:
        return self.watcher.look(self.runs.trace(self.folder))


def test_what_was_there_before_is_not_new(tmp_path):
    growing = Growing(tmp_path, "major_faults > 5")
    growing.run(major_faults=10)
    assert growing.look() == ""
    growing.run(major_faults=5)
    assert growing.look() == ""
    growing.run(major_faults=6)
    assert growing.look() == "major_faults > 5: 6 major page faults in run 2"
    growing.run()
    assert growing.look() == ""


def test_an_op(tmp_path):
    growing = Growing(tmp_path, "op > 1us", "run > 1s")
    growing.run()
    growing.look()
    growing.run(arrivals=((70, 90), (30, 989)))
    assert growing.look() == ""  # 999 ns
    growing.run(arrivals=((70, 90), (30, 991)))
    assert growing.look() == "op > 1us: ADD l_out-3 took 0.001 ms, run 2"


def test_against_the_median(tmp_path):
    growing = Growing(tmp_path, "tpot > 2x median")
    growing.run(tokens=4)
    growing.look()
    for _ in range(ENOUGH - 1):
        growing.run()
    growing.run(after=10_000)
    assert growing.look() == ""  # none before them whose median could be taken
    growing.run(after=10_000)
    assert growing.look().startswith("tpot > 2x median: a token took 0.0")
    growing.run()
    assert growing.look() == ""
