"""Arrays that grow while others read them, and rows that are forgotten."""

import random

import numpy as np
import pytest

from ggmlviz.format.lane import Piece
from ggmlviz.format.layout import ROW, RowKind
from ggmlviz.trace.grown import LEAST, Grown
from ggmlviz.trace.kept_rows import CHUNK, SPARES, KeptRows
from ggmlviz.trace.row_scan import scan_of


def test_what_was_given_stays():
    grown, given, next_number = Grown(np.int64), [], 0
    for count in (1, 5, LEAST, 3 * LEAST, 0, 7):
        grown.extend(np.arange(next_number, next_number + count))
        next_number += count
        given.append((grown.rows, next_number))
    for rows, count in given:
        assert np.array_equal(rows, np.arange(count))
        assert not rows.flags.writeable


def test_forgetting_and_counting_anew():
    grown = Grown(np.int64)
    grown.extend(np.arange(100))
    before = grown.rows
    grown.forget(40)
    assert grown.rows[0] == 40 and len(grown) == 60
    moved = grown.moved()
    moved -= 40
    assert np.array_equal(grown.rows, np.arange(60))
    assert np.array_equal(before, np.arange(100))
    grown.extend(np.array([60]))
    assert np.array_equal(grown.rows, np.arange(61))


def test_a_store_is_used_again_only_when_nobody_reads_it():
    grown = Grown(np.int64)
    grown.extend(np.arange(10))
    read = grown.rows
    stores = []
    for _ in range(3):
        grown.moved()
        stores.append(grown.rows.base if grown.rows.base is not None else grown.rows)
        assert np.array_equal(read, np.arange(10)) and np.array_equal(grown.rows, np.arange(10))
    addresses = [store.ctypes.data for store in stores]
    assert read.base.ctypes.data not in addresses


@pytest.mark.parametrize("seed", range(20))
def test_it_is_what_a_list_would_be(seed):
    """Whatever is done in which order, and what was read before stays."""
    chance, grown, expected, read = random.Random(seed), Grown(np.int64), np.empty(0, np.int64), []
    for step in range(300):
        match chance.choice(["extend"] * 14 + ["forget"] * 3 + ["moved", "replace"]):
            case "extend":
                rows = np.arange(step, step + chance.choice([0, 1, 5, 700, 5000]))
                grown.extend(rows)
                expected = np.append(expected, rows)
            case "forget":
                count = chance.choice([chance.randint(0, len(expected)), min(len(expected), 10)])
                grown.forget(count)
                expected = expected[count:]
            case "moved":
                moved = grown.moved()
                moved += 1
                expected = expected + 1
            case "replace":
                expected = expected * 2
                grown.replace(expected.copy())
        assert np.array_equal(grown.rows, expected)
        read = [*read, (grown.rows, expected.copy())][-chance.randint(0, 5) :]
        assert all(np.array_equal(rows, once) for rows, once in read)


def test_never_is_much_copied_at_once(monkeypatch):
    """Of a history of which the oldest is forgotten, one who waits for the newest must not wait for all of it."""
    added, kept, copied = 1000, 200_000, []
    copy = Grown._copy
    monkeypatch.setattr(Grown, "_copy", lambda grown, count: copied.append(count) or copy(grown, count))
    grown = Grown(np.int64)
    for number in range(3000):
        if number == 1000:
            copied.clear()  # while it fills it moves as a whole, now and then
        grown.extend(np.full(added, number))
        if len(grown) > 1.25 * kept:
            grown.forget(len(grown) - kept)
    assert sum(copied) > 5 * kept and max(copied) < 10 * added


def rows_of(kinds: list[int]) -> np.ndarray:
    rows = np.zeros(len(kinds), ROW)
    rows["kind"], rows["time"], rows["value"] = kinds, np.arange(len(kinds)), np.arange(len(kinds))
    return rows


def test_kept_rows_are_scanned_as_others_are():
    chance = np.random.default_rng(0)
    usual = (RowKind.NODE, RowKind.BARRIER, RowKind.BARRIER, RowKind.RUN_BEGIN, RowKind.POOL, RowKind.THREAD)
    rows = rows_of(chance.choice(usual, 3 * CHUNK).tolist())
    kept, at = KeptRows(0), 0
    while at < len(rows):
        end = min(len(rows), at + int(chance.integers(1, CHUNK)))
        kept.add([Piece(at, rows[at:end])])
        at = end
    for forgotten in (0, 1, 1000, CHUNK + 5):
        kept.forget(forgotten)
        rows = rows[forgotten:]
        lane = kept.all()
        assert np.array_equal(lane.rows, rows)
        for mine, theirs in zip(lane._scan, scan_of([rows], len(rows)), strict=True):
            assert np.array_equal(mine, theirs)
    for since in (0, 1, 17, CHUNK, len(rows)):
        part = kept.since(since)
        for mine, theirs in zip(part._scan, scan_of([rows[since:]], len(rows) - since), strict=True):
            assert np.array_equal(mine, theirs)
        before = rows[:since]
        threads = before["value"][before["kind"] == RowKind.THREAD]
        if len(threads):
            assert part.before.thread == threads[-1]


def test_gaps_are_kept_apart():
    kept = KeptRows(3)
    rows = rows_of([RowKind.NODE] * 10)
    kept.add([Piece(0, rows), Piece(20, rows), Piece(30, rows)])
    assert [(piece.first, len(piece.rows)) for piece in kept.pieces] == [(0, 10), (20, 20)]
    assert kept.all().breaks.tolist() == [10]
    kept.forget(15)
    assert [(piece.first, len(piece.rows)) for piece in kept.pieces] == [(25, 15)]


def test_stores_are_used_again_though_somebody_looks_at_an_old_state():
    kept, stores = KeptRows(0), set()
    rows = rows_of([RowKind.NODE] * CHUNK)
    kept.add([Piece(0, rows)])
    looked_at = kept.pieces
    for number in range(1, 4 * SPARES):
        kept.add([Piece(number * CHUNK, rows)])
        kept.forget(CHUNK)
        stores.add(kept.pieces[0].rows.ctypes.data)
    assert len(stores) <= SPARES + 1
    assert np.array_equal(looked_at[0].rows, rows)
