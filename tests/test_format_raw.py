"""Records that are copied as bytes are what they were."""

import numpy as np

from ggmlviz.format.layout import ROW
from ggmlviz.format.raw import chosen, copied, joined, raw


def some_rows(count: int) -> np.ndarray:
    rows = np.zeros(count, ROW)
    rows["time"], rows["value"], rows["kind"] = np.arange(count), 7 * np.arange(count), np.arange(count) % 19
    return rows


def test_copies():
    rows = some_rows(100)
    copy = copied(rows[10:])
    assert copy.dtype == ROW and np.array_equal(copy, rows[10:]) and not np.shares_memory(copy, rows)
    assert np.array_equal(copied(rows[::3]), rows[::3])


def test_some_of_them():
    rows = some_rows(100)
    assert np.array_equal(chosen(rows, np.array([3, 50, 4])), rows[[3, 50, 4]])
    assert np.array_equal(chosen(rows, rows["kind"] == 2), rows[rows["kind"] == 2])
    assert len(chosen(rows, np.zeros(100, bool))) == 0


def test_one_after_the_other():
    rows = some_rows(100)
    whole = joined([rows[:30], rows[30:30], rows[30:]], ROW)
    assert whole.dtype == ROW and np.array_equal(whole, rows)
    assert joined([], ROW).dtype == ROW and len(joined([], ROW)) == 0
    assert np.array_equal(joined([np.arange(3), np.arange(2)], np.int64), [0, 1, 2, 0, 1])


def test_what_has_no_fields_is_left_as_it_is():
    numbers = np.arange(5)
    assert raw(numbers) is numbers
