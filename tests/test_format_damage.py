"""Whatever happens to a trace: it opens as far as it is good, or a GgmlVizError says why not. Nothing else."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_format_legacy import one_of_everything
from twin import RING, Twin, crc32c, small_trace

from ggmlviz.errors import GgmlVizError
from ggmlviz.format.recording import Recording
from ggmlviz.format.text import dump

CLOSED = small_trace().close().bytes()
KILLED = small_trace().bytes()
LEGACY = one_of_everything().bytes()
HEADER = Twin(mode=RING).header()
BASES = {"closed": CLOSED, "killed": KILLED, "legacy": LEGACY}
MOST_BYTES = 8_000_000
FLIPS = st.lists(st.integers(0, 8 * len(CLOSED) - 1), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("damage") / "x.ggmlviz"


def read(path: Path, data: bytes) -> list[str] | None:
    """Everything that can be got out of it; None if it was refused."""
    path.write_bytes(data)
    tracemalloc.start()
    try:
        lines = list(dump(Recording.open(path)))
        Recording.open(path, verify=False)
    except GgmlVizError as error:
        assert str(error).count("\n") == 0
        return None
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < MOST_BYTES
    return lines


def rows_of(lines: list[str]) -> set[str]:
    return {line for line in lines if line.startswith("row ")}


def flipped(data: bytes, bits: list[int]) -> bytes:
    changed = bytearray(data)
    for bit in bits:
        changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("base", BASES)
@settings(deadline=None)
@given(length=st.integers(0, len(CLOSED)))
def test_truncated_anywhere(path, base, length):
    whole, lines = read(path, BASES[base]), read(path, BASES[base][:length])
    if lines is not None:
        assert rows_of(lines) <= rows_of(whole)


@settings(deadline=None)
@given(bits=FLIPS)
def test_flipped_bits_of_a_closed_trace_never_change_a_row(path, bits):
    lines = read(path, flipped(CLOSED, bits))
    if lines is not None:
        assert rows_of(lines) <= rows_of(read(path, CLOSED))


@pytest.mark.parametrize("base", BASES)
@settings(deadline=None)
@given(bits=FLIPS)
def test_flipped_bits_anywhere(path, base, bits):
    read(path, flipped(BASES[base], bits))


@settings(deadline=None)
@given(noise=st.binary(max_size=3 * 4096))
def test_noise_behind_a_good_header(path, noise):
    read(path, HEADER + noise)
    read(path, LEGACY[:12] + noise)


SEGMENT_NUMBERS = st.sampled_from([0, 1, 2, 7, 16, 4032, 4033, 2**31, 2**32 - 1, 2**63, 2**64 - 1])


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from([4, 8, 12, 16, 24, 40, 48]), SEGMENT_NUMBERS), max_size=6))
def test_segment_headers_full_of_lies(path, lies):
    data = bytearray(KILLED)
    for segment, field, number in lies:
        size = 4 if field < 16 else 8
        data[segment * 4096 + field :][:size] = b""
        at = segment * 4096 + field
        data[at : at + size] = (number % 2 ** (8 * size)).to_bytes(size, "little")
    read(path, bytes(data))


@settings(deadline=None)
@given(st.integers(0, 500), st.binary(min_size=1, max_size=300))
def test_noise_among_the_definitions(path, at, noise):
    data = bytearray(KILLED)
    begin = 4096 + 64 + 8 * at
    data[begin : begin + len(noise)] = noise
    read(path, bytes(data[: len(KILLED)]))


@settings(deadline=None)
@given(st.sampled_from([8, 12, 16, 20, 24, 28, 64, 72, 80, 88]), st.integers(0, 2**32 - 1))
def test_header_that_lies_under_a_good_checksum(path, field, number):
    data = bytearray(CLOSED)
    data[field : field + 4] = number.to_bytes(4, "little")
    data[96:100] = crc32c(bytes(data[:96])).to_bytes(4, "little")
    read(path, bytes(data))


def with_number(data: bytes, at: int, size: int, number: int) -> bytes:
    return data[:at] + number.to_bytes(size, "little") + data[at + size :]


# Cases that once went wrong, or that chance would hardly find again.
FOUND = {
    "first row of a lane at the end of numbers": with_number(KILLED, 2 * 4096 + 16, 8, 2**64 - 1),
    "sealed length beyond the segment": with_number(CLOSED, 2 * 4096 + 24, 8, 2**40),
    "definitions numbered at the end of numbers": with_number(KILLED, 4096 + 16, 8, 2**64 - 1),
    "header bytes beyond the file": with_number(CLOSED, 16, 4, 2**32 - 64),
    "largest segments": with_number(CLOSED, 20, 4, 2**31),
    "latest half-written": with_number(CLOSED, 128, 4, 1),
    "latest in the far future": with_number(CLOSED, 136, 8, 2**64 - 1),
    "start in the far future": with_number(CLOSED, 88, 8, 2**64 - 1),
}


@pytest.mark.parametrize("name", FOUND)
def test_cases_found(path, name):
    data = bytearray(FOUND[name])
    data[96:100] = crc32c(bytes(data[:96])).to_bytes(4, "little")
    lines = read(path, bytes(data))
    assert lines is not None
    assert rows_of(lines) <= rows_of(read(path, KILLED)) or name.startswith("first row")
    recording = Recording.open(path)
    recording.clock.date(recording.clock.ns(2**64 - 1))
