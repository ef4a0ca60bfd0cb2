"""The writer of format 2, read back by the reader and compared with the twin, which shares no code with either."""

import numpy as np
import pytest
from twin import LOST, MARK, TSC, Twin

from ggmlviz.errors import GgmlVizError
from ggmlviz.format.layout import ROW, RowKind
from ggmlviz.format.moment import Moment
from ggmlviz.format.record_bytes import meta_record, string_record
from ggmlviz.format.recording import Recording
from ggmlviz.format.text import dump
from ggmlviz.format.writer import Facts, Writer
from ggmlviz.trace.validate import validate


def marks(count: int, begin: int = 0) -> np.ndarray:
    rows = np.zeros(count, ROW)
    rows["kind"], rows["time"], rows["value"] = RowKind.MARK, 1000 + begin + np.arange(count), begin + np.arange(count)
    return rows


def joined(lane) -> np.ndarray:
    return np.concatenate([piece.rows for piece in lane.pieces])


@pytest.mark.parametrize("step", [1, 7, 251, 252, 253, 5000])
def test_rows_come_back(tmp_path, step):
    """252 rows fit into the smallest segment."""
    with Writer(tmp_path / "t", segment_bytes=4096) as writer:
        for begin in range(0, 5000, step):
            writer.rows(0, marks(min(step, 5000 - begin), begin))
        writer.rows(3, marks(10))
    recording = Recording.open(tmp_path / "t")
    assert validate(recording).good and recording.closed
    assert [lane.number for lane in recording.lanes] == [0, 3]
    assert np.array_equal(joined(recording.lanes[0]), marks(5000))
    assert [piece.first for piece in recording.lanes[0].pieces] == list(range(0, 5000, 252))


def test_the_same_as_the_twin_writes(tmp_path):
    twin = Twin(clock=TSC)
    twin.start, twin.latest = (1000, 1000, 10**18), (9000, 5000, 10**18 + 4000)
    for n in range(600):
        twin.row(0, 1000 + n, MARK, value=n)
    for n in range(200):
        twin.string("x" * n)
    (tmp_path / "twin").write_bytes(twin.close().bytes())
    theirs = Recording.open(tmp_path / "twin")
    facts = Facts.of(theirs.header)
    assert facts.start == Moment(*twin.start) and facts.latest == Moment(*twin.latest) and facts.pid == 4242
    with Writer(tmp_path / "ours", facts, 4096) as writer:
        writer.definitions(b"".join(string_record(n, text) for n, text in enumerate(theirs.definitions.strings)))
        writer.rows(0, marks(600))
    ours = Recording.open(tmp_path / "ours")
    assert validate(ours).good and ours.experiment == theirs.experiment and ours.clock.ns(9000) == 4000
    assert list(dump(ours)) == list(dump(theirs))


def test_definitions_fill_several_segments(tmp_path):
    texts = ["", *(f"text {n} é" * (n % 40) for n in range(1, 500))]
    with Writer(tmp_path / "t", segment_bytes=4096) as writer:
        for n, text in enumerate(texts):
            writer.definitions(string_record(n, text))
        writer.definitions(meta_record(1, 2) + meta_record(3, 4))
    definitions = Recording.open(tmp_path / "t").definitions
    assert definitions.strings == texts and not list(definitions.problems)
    assert definitions.meta == {texts[1]: texts[2], texts[3]: texts[4]}


def test_losses_are_counted_where_they_were(tmp_path):
    rows = marks(600)
    rows["kind"][[100, 400]], rows["value"][[100, 400]] = LOST, [5, 7]
    with Writer(tmp_path / "t", segment_bytes=4096) as writer:
        writer.rows(0, rows[:300])
        writer.rows(0, rows[300:])
    recording = Recording.open(tmp_path / "t")
    assert recording.loss.lost == 12 and not recording.loss.damaged and not list(recording.problems)
    assert np.array_equal(joined(recording.lanes[0]), rows)


def test_an_empty_trace(tmp_path):
    with Writer(tmp_path / "t"):
        pass
    assert validate(Recording.open(tmp_path / "t")).good


def test_what_fails_leaves_nothing(tmp_path):
    (tmp_path / "t").write_bytes(b"before")
    with pytest.raises(ValueError, match="impossible length"), Writer(tmp_path / "t") as writer:
        writer.rows(0, marks(100_000))
        writer.definitions(b"\1\0\0\0\7\0\0\0")
    with pytest.raises(ValueError, match="does not fit"), Writer(tmp_path / "t", segment_bytes=4096) as writer:
        writer.definitions(string_record(0, "x" * 5000))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]
    with pytest.raises(GgmlVizError, match="it cannot be written"):
        Writer(tmp_path / "missing" / "t")
