"""What one GGUF file says of itself: its metadata and its table of tensors. No weight is ever touched."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import NamedTuple

from gguf import GGUF_DEFAULT_ALIGNMENT, GGUF_MAGIC, GGUFValueType
from gguf.gguf_reader import READER_SUPPORTED_VERSIONS

from ggmlviz.analysis.model.gguf_cursor import Cursor, Value
from ggmlviz.analysis.model.tensor_size import ImpossibleTensor, bytes_of, is_known
from ggmlviz.errors import DamagedModel, NewerModel, NotAModel, UnreadableModel
from ggmlviz.format.regular_file import open_regular

MAGIC = GGUF_MAGIC.to_bytes(4, "little")
WHISPER_MAGIC = b"lmgg"
ALIGNMENT_KEY = "general.alignment"
MOST_DIMENSIONS = 4
MOST_TENSORS = 1 << 20  # the shim's limit, too: far more than there are, and not too many to keep
LEAST_PAIR_BYTES, LEAST_TENSOR_BYTES = 13, 24
ORDERS = {"little": "<", "big": ">"}


class TableEntry(NamedTuple):
    """A tensor as the table has it, its offset counted from the start of the file."""

    name: str
    type: int
    ne: tuple[int, ...]
    offset: int
    size: int


class GgufFile(NamedTuple):
    path: Path
    size: int
    metadata: dict[str, Value]
    tensors: list[TableEntry]
    alignment: int
    metadata_begin: int
    table_begin: int
    table_end: int


def read_gguf(path: str | os.PathLike[str]) -> GgufFile:
    path = Path(path)
    descriptor = open_regular(path, UnreadableModel, "name a model file")
    try:
        if not os.fstat(descriptor).st_size:
            raise NotAModel(path, "the file is empty", "copy or download it again")
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as data:
            return _read(path, data)
    finally:
        os.close(descriptor)


def _read(path: Path, data: memoryview) -> GgufFile:
    cursor = Cursor(path, data, _byte_order(path, data))
    cursor.skip(len(MAGIC))
    (version, tensors, pairs) = cursor.take("IQQ")
    if version not in READER_SUPPORTED_VERSIONS:
        advice = "update the gguf package" if version > max(READER_SUPPORTED_VERSIONS) else "convert the model again"
        raise NewerModel(path, f"its GGUF version {version} is not one that the gguf package reads", advice)
    metadata_begin = cursor.at
    metadata = _read_metadata(cursor, pairs)
    alignment = _alignment(cursor, metadata)
    table_begin = cursor.at
    entries = _read_table(cursor, tensors)
    data_begin = -(-cursor.at // alignment) * alignment
    placed = [entry._replace(offset=data_begin + entry.offset) for entry in entries]
    return GgufFile(path, len(data), metadata, placed, alignment, metadata_begin, table_begin, cursor.at)


def _byte_order(path: Path, data: memoryview) -> str:
    """Versions are small numbers: one that has nothing in its low half was written by a big-endian machine."""
    begin = bytes(data[:8])
    if begin[:4] == WHISPER_MAGIC:
        raise NotAModel(
            path, "it is a model in whisper.cpp's own format, which has no table of tensors", "name a GGUF file"
        )
    if begin[:4] != MAGIC:
        raise NotAModel(path, "it is not a GGUF model", "name a GGUF file, or a trace that tells of one")
    if len(begin) < 8:
        raise DamagedModel(path, f"it ends inside its header, after {len(begin)} bytes", "copy or download it again")
    return ORDERS["little" if int.from_bytes(begin[4:], "little") & 0xFFFF else "big"]


def _read_metadata(cursor: Cursor, pairs: int) -> dict[str, Value]:
    cursor.part = "metadata"
    cursor.expect(pairs, LEAST_PAIR_BYTES)
    metadata: dict[str, Value] = {}
    for _ in range(pairs):
        key = cursor.text()
        (type,) = cursor.take("I")
        if key in metadata:
            raise cursor.damaged(f"has the key {key!r:.100} twice")
        metadata[key] = cursor.value(type)
        if key == ALIGNMENT_KEY and type != GGUFValueType.UINT32:
            raise cursor.damaged(f"has a {ALIGNMENT_KEY} that is no 32-bit number")
    return metadata


def _alignment(cursor: Cursor, metadata: dict[str, Value]) -> int:
    alignment = metadata.get(ALIGNMENT_KEY, GGUF_DEFAULT_ALIGNMENT)
    if alignment.bit_count() != 1:
        raise cursor.damaged(f"has a {ALIGNMENT_KEY} of {alignment}, which is no power of two")
    return alignment


def _read_table(cursor: Cursor, tensors: int) -> list[TableEntry]:
    """Offsets are left as they are in the table: counted from where the data begin."""
    cursor.part = "table of tensors"
    cursor.expect(tensors, LEAST_TENSOR_BYTES)
    if tensors > MOST_TENSORS:
        raise cursor.damaged(f"should have {tensors:,} entries, and {MOST_TENSORS:,} are the most")
    entries: dict[str, TableEntry] = {}
    for _ in range(tensors):
        entry = _read_entry(cursor)
        if entry.name in entries:
            raise cursor.damaged(f"has {entry.name!r:.100} twice")
        entries[entry.name] = entry
    return list(entries.values())


def _read_entry(cursor: Cursor) -> TableEntry:
    name = cursor.text()
    (dimensions,) = cursor.take("I")
    if dimensions > MOST_DIMENSIONS:
        raise cursor.damaged(f"gives {name!r:.100} {dimensions} dimensions, and ggml has {MOST_DIMENSIONS}")
    ne = cursor.take(f"{dimensions}Q")
    type, offset = cursor.take("IQ")
    if not is_known(type):
        what = f"tensor {name!r:.100} has the type {type}, which the gguf package does not know"
        raise NewerModel(cursor.path, what, "update gguf, or if that does not help copy the model again")
    try:
        return TableEntry(name, type, ne, offset, bytes_of(type, ne))
    except ImpossibleTensor as error:
        raise cursor.damaged(f"is wrong: {name!r:.100} {error}") from None
