"""The text dump, whole: the oracle that other tests hold the recorder against."""

from __future__ import annotations

import twin
from twin import LegacyTwin, Twin

from ggmlviz.format.layout import RowKind
from ggmlviz.format.recording import Recording
from ggmlviz.format.text import dump
from ggmlviz.format.text_row import COLUMNS, row_text

BUFFER = (
    'def buffer id=0 type="a \\"b\\"\\n" origin=ALLOCATED usage=ANY ticks=5 requested=64 size=64 address=4096 '
    "file=none library=none file_offset=0 thread=none"
)
TENSOR = (
    'def tensor id=0 name="a \\"b\\"\\n" op="" description="" type=0 type_name="" flags=16 library=none ne=4,3,2,1 '
    "nb=4,16,48,96 bytes=96 view_offset=0 address=8192 buffer=0 file=none buffer_offset=32 file_offset=0 "
    "op_params=-1,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14"
)


def dumped(tmp_path, data: bytes) -> list[str]:
    (tmp_path / "x").write_bytes(data)
    return list(dump(Recording.open(tmp_path / "x")))


def test_whole_dump(tmp_path):
    writer = Twin(clock=twin.TSC)
    name = writer.string('a "b"\n')
    writer.buffer(name, 64)
    writer.buffer_usage(0, 256, 7)
    writer.tensor(name, 0, buffer=0)
    writer.topology(1, 0, 1)
    writer.edges(0, (0, 0, 255))
    writer.members(writer.graph(0, 1), 0)
    writer.row(3, 1000, twin.THREAD, value=0)
    writer.row(3, 1010, twin.NODE, flags=1, extra=3, value=12)
    writer.row(3, 1020, twin.LOST, flags=1, value=5)
    writer.drop(3, 5)
    lines = dumped(tmp_path, writer.bytes())
    crc = int.from_bytes(writer.header()[96:100], "little")
    assert lines == [
        'header magic="GGMLVIZ1"',
        "header version=2",
        "header oldest_reader=2",
        "header header_bytes=4096",
        "header segment_bytes=4096",
        "header mode=FILE",
        "header clock=TSC",
        "header experiment=00010203-0405-0607-0809-0a0b0c0d0e0f",
        "header pid=4242",
        "header uid=1000",
        "header pid_started=999",
        "header detail=OP",
        "header parent=0",
        "header start.ticks=1000",
        "header start.monotonic_ns=1000",
        "header start.realtime_ns=1700000000000000000",
        f"header fixed_crc={crc}",
        "header state=OPEN",
        "header flags=none",
        "header segments=2",
        "header lost_calls=0",
        "header lost_definitions=0",
        "header latest_writing=0",
        "header latest.ticks=0",
        "header latest.monotonic_ns=0",
        "header latest.realtime_ns=0",
        'def string id=0 text=""',
        'def string id=1 text="a \\"b\\"\\n"',
        BUFFER,
        "def buffer_usage buffer=0 usage=OUTPUT ticks=7",
        TENSOR,
        "def topology id=0 nodes=1 leafs=0 edges=1",
        "def edge topology=0 reader=0 source=0 slot=VIEW",
        "def graph id=0 topology=0 library=none members=1",
        "def member graph=0 index=0 tensor=0",
        "row lane=3 n=0 t=1000 kind=THREAD thread=0",
        "row lane=3 n=1 t=1010 kind=NODE ordinal=3 wait=12 flags=node_fused",
        "row lane=3 n=2 t=1020 kind=LOST rows=5 cause=1",
        "lane lane=3 end=3 lost=5 overwritten=0 damaged=0",
        "loss lost=5 overwritten=0 damaged=0 definitions=0 calls=0",
    ]


def test_gaps_and_problems_are_lines_of_their_own(tmp_path):
    writer = Twin()
    for n in range(600):
        writer.row(0, n, twin.MARK, value=n)
    writer.close()
    writer.segments[1].payload[0] ^= 1
    lines = dumped(tmp_path, writer.bytes())
    assert "gap lane=0 n=0 overwritten=0 damaged=252" in lines
    assert lines.index("gap lane=0 n=0 overwritten=0 damaged=252") + 1 == lines.index(
        "row lane=0 n=252 t=252 kind=MARK value=252"
    )
    assert lines[-2:] == [
        "loss lost=0 overwritten=0 damaged=252 definitions=0 calls=0",
        "problem segment 1 of lane 0 is damaged: its checksum does not fit",
    ]


def test_every_kind_of_row_has_its_columns():
    assert set(COLUMNS) == set(RowKind)


def test_rows_show_every_bit():
    assert row_text(5, RowKind.BARRIER, 128, 0, 3) == "t=5 kind=BARRIER wait=3072 flags=wait_scaled"
    assert (
        row_text(5, RowKind.NODE, 64 + 3, 1, 0) == "t=5 kind=NODE ordinal=1 wait=0 flags=node_fused|node_no_barrier|64"
    )
    assert row_text(5, RowKind.RUN_GRAPH, 0, 2, 7) == "t=5 kind=RUN_GRAPH describing=2048 graph=7"
    assert row_text(5, RowKind.RSS, 0, 2, 1) == "t=5 kind=RSS bytes=8589934593 age=0"
    assert row_text(5, RowKind.RUN_END, 1, 0, 4) == "t=5 kind=RUN_END run=4 status=ABORTED"
    assert row_text(5, RowKind.TRANSFER_BEGIN, 3, 1, 2) == "t=5 kind=TRANSFER_BEGIN buffer=1 name=2 transfer=COPY"
    assert row_text(5, RowKind.RUN_BEGIN, 7, 8, 9) == "t=5 kind=RUN_BEGIN extra=8 run=9 flags=7"
    assert row_text(5, 200, 1, 2, 3) == "t=5 kind=200 extra=2 value=3 flags=1"


def test_version_1(tmp_path):
    old = LegacyTwin()
    old.graph(0, 100, 10, 1, 4)
    old.op(2, 110, 11, 27, 64, "mul mat")
    old.memory(4, 120, 12, 99)
    assert dumped(tmp_path, old.bytes() + b"\x02") == [
        "header version=1",
        "header op_times_reliable=false",
        "event n=0 ns=100 type=GRAPH_BEGIN thread=7 pointer=10 nodes=1 threads=4 graph_backend=0",
        'event n=1 ns=110 type=OP_BEGIN thread=7 pointer=11 op=27 op_size=64 op_backend=0 label="mul mat"',
        "event n=2 ns=120 type=ALLOC thread=7 pointer=12 bytes=99",
        "problem the file ends inside event 3, which was left out",
    ]
