"""Which node each computed node was, told for any of them without the others."""

from __future__ import annotations

import numpy as np
import pytest

from ggmlviz.trace.node_column import NodeColumn
from ggmlviz.trace.patterns import SectionPattern

# Sections of 3, 0, 2, 3 and 2 computed nodes; of the third it is not known which they were.
FIRSTS = np.array([0, 3, 3, 5, 8])
WHOLE = [4, 5, 9, -1, -1, 4, 5, 9, 0, 1]


def pattern(sections: list[int], nodes: list[int] | None) -> SectionPattern:
    computed = len(nodes or [0, 0])
    return SectionPattern(0, np.array(sections), computed, np.zeros(computed, bool), True, nodes and np.array(nodes))


@pytest.fixture
def column() -> NodeColumn:
    return NodeColumn(FIRSTS, 10, [pattern([0, 3], [4, 5, 9]), pattern([2], None), pattern([4], [0, 1])])


def test_all_of_them(column):
    assert column[:].tolist() == WHOLE and np.asarray(column).tolist() == WHOLE and len(column) == 10


def test_any_part_is_that_of_the_whole(column, monkeypatch):
    monkeypatch.setattr("ggmlviz.trace.node_column.AT_ONCE", 4)
    for begin in range(11):
        for end in range(12):
            assert column[begin:end].tolist() == WHOLE[begin:end]


def test_one_and_some_in_any_order(column):
    assert [int(column[at]) for at in range(10)] == WHOLE
    assert column[np.array([9, 2, 3])].tolist() == [1, 9, -1] and column[np.empty(0, np.int64)].tolist() == []
    assert column[np.arange(10) % 4 == 1].tolist() == [5, 4, 1]


def test_what_is_not_there_is_an_error(column):
    with pytest.raises(IndexError):
        column[10]


def test_where_nothing_is_known():
    column = NodeColumn(np.array([0]), 2, [])
    assert column[:].tolist() == [-1, -1] and column[1] == -1
