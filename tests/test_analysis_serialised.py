"""Graphs whose nodes were handed over one by one are told from those that were computed as they always are."""

from __future__ import annotations

import pytest
from told_runs import MAIN, RUN_END, SPLIT_BEGIN, SPLIT_END, START, ToldRuns
from twin import RUN_BEGIN

from ggmlviz.analysis.serialised import FEWEST, serialised_runs
from ggmlviz.analysis.shortcomings import shortcomings


def handed_over(runs: ToldRuns, number: int, pieces: list[tuple[int, int, int]]) -> None:
    """`pieces`: backend, first node and how many, one behind the other."""
    at = START + number * 1000
    runs.twin.row(MAIN, at, RUN_BEGIN, value=number)
    for backend, first, nodes in pieces:
        runs.twin.row(MAIN, at := at + 1, SPLIT_BEGIN, extra=backend, value=first)
        runs.twin.row(MAIN, at := at + 1, SPLIT_END, value=nodes)
    runs.twin.row(MAIN, at + 1, RUN_END, value=number)


ONE_BY_ONE = [(0, node, 1) for node in range(20)]
USUAL = [(0, 0, 20)]


def test_runs_of_single_nodes(tmp_path):
    runs = ToldRuns()
    for number, pieces in enumerate((ONE_BY_ONE, USUAL, ONE_BY_ONE)):
        handed_over(runs, number, pieces)
    trace = runs.trace(tmp_path)
    assert serialised_runs(trace).tolist() == [True, False, True]
    assert shortcomings(trace)[0].startswith("2 of 3 graph runs were serialised: ")


@pytest.mark.parametrize(
    "pieces",
    [
        [(0, 0, 5), (0, 5, 5), (0, 10, 5), (0, 15, 5)],  # in pieces, none of them a node
        [(node % 2, node, 1) for node in range(20)],  # from backend to backend: so the scheduler has to
        [(0, 2 * node, 1) for node in range(20)],  # something lies between
        [*((0, node, 1) for node in range(9)), (0, 9, 40)],  # most of it came together
        [(0, node, 1) for node in range(FEWEST)],
    ],
)
def test_what_may_have_another_reason_is_not_called_so(tmp_path, pieces):
    runs = ToldRuns()
    runs.twin.backend(runs.text("GPU"), runs.library)
    for number in range(3):
        handed_over(runs, number, pieces)
    trace = runs.trace(tmp_path)
    assert not serialised_runs(trace).any()
    assert shortcomings(trace) == ()


def test_runs_without_splits(tmp_path):
    runs = ToldRuns()
    runs.run(0)
    assert serialised_runs(runs.trace(tmp_path)).tolist() == [False]
