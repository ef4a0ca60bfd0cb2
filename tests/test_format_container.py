"""Lanes, segments and loss: what is read from a trace that the twin wrote is what the twin was given."""

from __future__ import annotations

import os

import pytest
import twin
from twin import Twin

from ggmlviz.errors import DamagedTrace, NewerTrace, NotATrace, UnreadableTrace
from ggmlviz.format.header import Header
from ggmlviz.format.layout import SEGMENT
from ggmlviz.format.recording import Loss, Recording
from ggmlviz.format.segments import Segments
from ggmlviz.format.source import Source

ROWS_PER_SEGMENT = (4096 - 64) // 16


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.ggmlviz"


def opened(path, data: bytes, verify: bool = True) -> Recording:
    path.write_bytes(data)
    return Recording.open(path, verify)


def values(recording: Recording, lane: int = 0) -> list[int]:
    return [value for piece in recording.lanes[lane].pieces for value in piece.rows["value"].tolist()]


def marks(writer: Twin, lane: int, begin: int, end: int) -> Twin:
    for n in range(begin, end):
        writer.row(lane, 1000 + n, twin.MARK, value=n)
    return writer


def test_closed_trace_gives_every_row_of_every_lane(path):
    writer = Twin()
    for n in range(600):
        writer.row(n % 2 * 5, 1000 + n, twin.MARK, flags=3, extra=n % 65536, value=n)
    recording = opened(path, writer.close().bytes())
    assert [lane.number for lane in recording.lanes] == [0, 5]
    assert values(recording, 0) == list(range(0, 600, 2))
    assert values(recording, 1) == list(range(1, 600, 2))
    assert [(piece.first, len(piece.rows)) for piece in recording.lanes[0].pieces] == [(0, 252), (252, 48)]
    assert recording.lanes[1].pieces[0].rows[0].tolist() == (1001, twin.MARK, 3, 1, 1)
    assert recording.loss == Loss(0, 0, 0, 0)
    assert list(recording.problems) == []


def test_header_facts(path):
    recording = opened(path, Twin(mode=twin.RING, clock=twin.TSC).close().bytes())
    assert recording.experiment == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert (recording.pid, recording.mode.name, recording.detail.name) == (4242, "RING", "OP")
    assert recording.closed
    assert recording.started.isoformat() == "2023-11-14T22:13:20+00:00"


def test_rows_of_a_file_are_views_of_it(path):
    recording = opened(path, marks(Twin(), 0, 0, 10).close().bytes())
    rows = recording.lanes[0].pieces[0].rows
    assert not rows.flags.owndata
    assert not rows.flags.writeable


def test_killed_writer_leaves_all_it_published(path):
    recording = opened(path, marks(Twin(), 0, 0, 300).bytes())
    assert values(recording) == list(range(300))
    assert not recording.closed
    assert list(recording.problems) == []


def test_ring_tells_how_many_rows_it_overwrote(path):
    writer = marks(Twin(mode=twin.RING, places=4), 0, 0, 5 * ROWS_PER_SEGMENT + 10)
    recording = opened(path, writer.bytes())
    kept = 2 * ROWS_PER_SEGMENT + 10
    assert values(recording) == list(range(3 * ROWS_PER_SEGMENT, 5 * ROWS_PER_SEGMENT + 10))
    with path.open("r+b") as ring:
        ring.write(bytes(len(writer.bytes())))
    assert recording.lanes[0].pieces[0].rows["value"][0] == 3 * ROWS_PER_SEGMENT  # a copy: the program writes on
    assert recording.loss == Loss(0, 5 * ROWS_PER_SEGMENT + 10 - kept, 0, 0)


def test_file_that_went_on_as_a_ring_counts_overwritten_rows(path):
    writer = marks(Twin(places=3), 0, 0, 3 * ROWS_PER_SEGMENT)
    writer.flags = 1
    assert opened(path, writer.close().bytes()).loss == Loss(0, ROWS_PER_SEGMENT, 0, 0)


def test_lost_rows_count_once(path):
    writer = marks(Twin(), 0, 0, ROWS_PER_SEGMENT)
    writer.drop(0, 7)  # the LOST row that follows repeats these
    writer.row(0, 5000, twin.LOST, flags=1, value=7)
    writer.drop(0, 30)
    writer.lost_calls, writer.lost_definitions = 400, 5
    recording = opened(path, writer.close().bytes())
    assert recording.lanes[0].lost == 37
    assert recording.loss == Loss(37, 0, 0, 5, 400)


def test_damaged_segment_drops_just_its_rows(path):
    writer = marks(Twin(), 0, 0, 3 * ROWS_PER_SEGMENT).close()
    writer.segments[2].payload[8] ^= 1
    recording = opened(path, writer.bytes())
    assert values(recording) == [*range(ROWS_PER_SEGMENT), *range(2 * ROWS_PER_SEGMENT, 3 * ROWS_PER_SEGMENT)]
    assert recording.lanes[0].gaps == [(ROWS_PER_SEGMENT, 0, ROWS_PER_SEGMENT)]
    assert recording.loss == Loss(0, 0, ROWS_PER_SEGMENT, 0)
    assert list(recording.problems) == ["segment 2 of lane 0 is damaged: its checksum does not fit"]
    assert values(opened(path, writer.bytes(), verify=False)) == list(range(3 * ROWS_PER_SEGMENT))


def test_rows_missing_from_a_file_are_damaged_even_if_no_segment_claims_them(path):
    data = bytearray(marks(Twin(), 0, 0, 3 * ROWS_PER_SEGMENT).close().bytes())
    data[3 * 4096] ^= 1
    assert opened(path, data).lanes[0].gaps == [(ROWS_PER_SEGMENT, 0, ROWS_PER_SEGMENT)]


def test_rows_of_a_damaged_last_segment_are_counted(path):
    writer = marks(Twin(), 0, 0, ROWS_PER_SEGMENT + 20).close()
    writer.segments[2].payload[8] ^= 1
    assert opened(path, writer.bytes()).loss == Loss(0, 0, 20, 0)


def test_damage_in_a_ring_is_not_called_overwritten(path):
    writer = marks(Twin(mode=twin.RING, places=4), 0, 0, 5 * ROWS_PER_SEGMENT).close()
    middle = next(segment for segment in writer.segments if segment.first == 3 * ROWS_PER_SEGMENT)
    middle.payload[8] ^= 1
    recording = opened(path, writer.bytes())
    assert recording.lanes[0].gaps == [
        (0, 2 * ROWS_PER_SEGMENT, 0),
        (3 * ROWS_PER_SEGMENT, 0, ROWS_PER_SEGMENT),
    ]


def test_seal_counts_after_the_end_and_use_before_it(path):
    writer = marks(Twin(), 0, 0, 10)
    writer.segments[1].seal()
    marks(writer, 0, 10, 12)
    assert values(opened(path, writer.bytes())) == list(range(12))
    writer.state = twin.CLOSED
    assert values(opened(path, writer.bytes())) == list(range(10))


def test_file_cut_inside_a_segment_keeps_whole_rows(path):
    data = marks(Twin(), 0, 0, 2 * ROWS_PER_SEGMENT).close().bytes()
    recording = opened(path, data[: 4096 * 3 + 64 + 16 * 100 + 5])
    assert values(recording) == list(range(ROWS_PER_SEGMENT + 100))
    assert recording.loss == Loss(0, 0, ROWS_PER_SEGMENT - 100, 0)
    assert list(recording.problems) == ["segment 2 of lane 0 lies partly behind the end of the file"]


def test_missing_segments_are_counted(path):
    data = marks(Twin(), 0, 0, 3 * ROWS_PER_SEGMENT).close().bytes()
    recording = opened(path, data[: 4096 * 3])
    assert list(recording.problems) == ["the file ends early: 2 of 4 segments are not there"]
    assert values(recording) == list(range(ROWS_PER_SEGMENT))


def test_impossible_use_ends_at_the_last_row_that_was_written(path):
    data = bytearray(marks(Twin(), 0, 0, 10).bytes())
    data[2 * 4096 + 40 + 3] = 1  # `used` of the rows' segment, plus 16 MiB
    recording = opened(path, data)
    assert values(recording) == list(range(10))
    assert list(recording.problems) == ["segment 1 of lane 0 is damaged: it says that it holds more than it can"]


def test_overlapping_rows_are_left_out(path):
    writer = marks(Twin(), 0, 0, ROWS_PER_SEGMENT + 5)
    writer.segments[2].first = 100
    recording = opened(path, writer.bytes())
    assert values(recording) == list(range(ROWS_PER_SEGMENT))
    assert list(recording.problems) == ["lane 0 has 5 rows from 100 on twice: it keeps the first"]


def test_places_that_cannot_be_used_are_named(path):
    writer = marks(Twin(), 0, 0, 10)
    marks(writer, 1, 0, 10)
    data = bytearray(writer.close().bytes())
    data[2 * 4096] ^= 1
    data[3 * 4096 + 4] = 9
    assert list(opened(path, data).problems) == [
        "segment 1 is damaged: it does not begin like one",
        "segment 2 is damaged or of a newer kind: it was left out",
    ]


def test_file_is_followed_while_it_grows(path):
    writer = marks(Twin(), 0, 0, 200)
    recording = opened(path, writer.bytes())
    marks(writer, 0, 200, 700)
    writer.string("later")
    rewrite(path, writer.bytes())
    recording.refresh()
    assert values(recording) == list(range(700))
    assert [piece.first for piece in recording.lanes[0].pieces] == [0, 200, 252, 504]
    assert recording.definitions.strings == ["", "later"]
    rewrite(path, writer.close().bytes())
    recording.refresh()
    assert values(recording) == list(range(700))
    assert recording.closed


def test_follower_of_a_ring_keeps_what_it_saw_and_counts_what_it_missed(path):
    writer = marks(Twin(mode=twin.RING, places=3), 0, 0, 100)
    recording = opened(path, writer.bytes())
    marks(writer, 0, 100, 4 * ROWS_PER_SEGMENT)
    rewrite(path, writer.bytes())
    recording.refresh()
    assert values(recording) == [*range(100), *range(2 * ROWS_PER_SEGMENT, 4 * ROWS_PER_SEGMENT)]
    assert recording.lanes[0].gaps == [(100, 2 * ROWS_PER_SEGMENT - 100, 0)]


def test_place_reused_during_the_copy_is_not_believed(path, monkeypatch):
    writer = marks(Twin(mode=twin.RING, places=3), 0, 0, 2 * ROWS_PER_SEGMENT)
    data = writer.bytes()
    path.write_bytes(data)
    marks(writer, 0, 2 * ROWS_PER_SEGMENT, 2 * ROWS_PER_SEGMENT + 1)
    copy = Segments.payload

    def reuse_before_copy(self, *arguments):
        rewrite(path, writer.bytes())
        return copy(self, *arguments)

    monkeypatch.setattr(Segments, "payload", reuse_before_copy)
    recording = Recording.open(path, verify=False)
    assert values(recording) == list(range(ROWS_PER_SEGMENT, 2 * ROWS_PER_SEGMENT))
    assert recording.loss.overwritten == ROWS_PER_SEGMENT


def rewrite(path, data: bytes) -> None:
    """In place, as a writer that has the file mapped would do it."""
    with open(path, "r+b") as file:
        file.write(data)


def test_newer_version_is_read_if_it_says_so(path):
    writer = marks(Twin(), 0, 0, 3).close()
    writer.version = 7
    assert values(opened(path, writer.bytes())) == [0, 1, 2]
    writer.oldest_reader = 3
    with pytest.raises(
        NewerTrace, match=r"its format is version 7, and this ggml-viz reads up to 2; update ggml-viz\.$"
    ):
        opened(path, writer.bytes())


def test_latest_moment_counts_unless_it_is_half_written(path):
    writer = Twin(clock=twin.TSC)
    writer.latest, writer.latest_writing = (4000, 2000, 0), 6
    assert opened(path, writer.bytes()).clock.calibrated
    writer.latest_writing = 7
    recording = opened(path, writer.bytes())
    assert recording.header.latest is None
    assert not recording.clock.calibrated


def test_file_that_is_cut_at_its_end_is_not_called_damaged(path, monkeypatch):
    """The writer lowers the count, then cuts off what was prepared and never used; we look at it in between."""
    writer = marks(Twin(), 0, 0, 10)
    writer.segments.append(twin.Segment())
    path.write_bytes(writer.bytes())
    writer.segments.pop()
    refresh = Source.refresh

    def cut_before_looking(self):
        rewrite(path, writer.bytes())
        os.truncate(path, len(writer.bytes()))
        refresh(self)

    monkeypatch.setattr(Source, "refresh", cut_before_looking)
    recording = Recording.open(path)
    assert values(recording) == list(range(10))
    assert list(recording.problems) == []


@pytest.mark.parametrize("field", ["kind", "lane", "first", "used", "generation"])
def test_place_that_changes_in_any_way_is_not_there_any_more(path, field):
    path.write_bytes(marks(Twin(mode=twin.RING), 0, 0, 10).bytes())
    source = Source(path)
    segments = Segments(source, Header(source))
    assert segments.still_there(1)
    data = bytearray(path.read_bytes())
    at = 2 * 4096 + SEGMENT.fields[field][1]
    data[at] = data[at] - 16 if field == "used" else data[at] + 1
    rewrite(path, data)
    assert not segments.still_there(1)


def test_larger_header_is_skipped(path):
    writer = marks(Twin(), 0, 0, 3).close()
    writer.header_bytes = 8192
    assert values(opened(path, writer.bytes())) == [0, 1, 2]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("segment_bytes", 2048), ("segment_bytes", 4096 * 3), ("header_bytes", 128), ("header_bytes", 4100), ("mode", 9)],
)
def test_impossible_header_is_refused(path, attribute, value):
    writer = Twin().close()
    data = writer.bytes()
    setattr(writer, attribute, value)
    path.write_bytes(writer.header()[:160] + data[160:])
    with pytest.raises(DamagedTrace, match="its header is damaged"):
        Recording.open(path)


def test_what_is_no_trace_is_said_in_one_sentence(path, tmp_path):
    path.write_bytes(b"")
    with pytest.raises(NotATrace, match="the file is empty"):
        Recording.open(path)
    path.write_bytes(b"GGUF" + bytes(5000))
    with pytest.raises(NotATrace, match="it is not a ggml-viz trace"):
        Recording.open(path)
    path.write_bytes(Twin().bytes()[:100])
    with pytest.raises(DamagedTrace, match="it ends inside its header, after 100 bytes"):
        Recording.open(path)
    with pytest.raises(UnreadableTrace, match="it is a directory"):
        Recording.open(tmp_path)
    with pytest.raises(UnreadableTrace, match="there is no such file"):
        Recording.open(tmp_path / "missing")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableTrace, match="it is a device or a pipe"):
        Recording.open(tmp_path / "pipe")


def test_forbidden_file(path, monkeypatch):
    def refuse(*_):
        raise PermissionError  # not by chmod: root may read everything

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UnreadableTrace, match="reading it is not permitted"):
        Recording.open(path)
