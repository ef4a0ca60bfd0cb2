"""From when to when a trace goes, and which part of that is shown first."""

from __future__ import annotations

from told_runs import MAIN, START, TRANSFER_BEGIN, TRANSFER_END, ToldRuns

from ggmlviz.scene.opened import Opened

LOADED, RUN = 10_000, 170


def loading(folder, runs: int) -> Opened:
    """A tensor is written into a buffer long before the first run."""
    made = ToldRuns()
    made.twin.row(MAIN, START + 100, TRANSFER_BEGIN, flags=1, extra=made.weights, value=made.text("w"))
    made.twin.row(MAIN, START + 900, TRANSFER_END, value=6400)
    for number in range(runs):
        made.run(LOADED + number * 1000)
    return Opened(made.trace(folder))


def test_the_loading_of_a_model_belongs_to_the_whole(tmp_path):
    opened = loading(tmp_path, 3)
    assert opened.whole == (100, LOADED + 2000 + RUN)
    assert opened.first_view == (LOADED, LOADED + 2000 + RUN)


def test_short_loading_is_shown_at_once(tmp_path):
    opened = loading(tmp_path, 200)
    assert opened.first_view == opened.whole == (100, LOADED + 199_000 + RUN)
