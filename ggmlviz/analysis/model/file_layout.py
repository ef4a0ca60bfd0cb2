"""One model file as its map is made from it: checked, whoever told us of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ggmlviz.analysis.model.gguf_cursor import Value
from ggmlviz.analysis.model.gguf_file import GgufFile, TableEntry
from ggmlviz.analysis.model.regions import Piece, RegionKind
from ggmlviz.errors import DamagedModel

NOT_RECORDED = -1


class ModelFile(NamedTuple):
    path: str
    size: int
    definition: int = NOT_RECORDED  # its id in the trace that tells of it


class FileLayout(NamedTuple):
    file: ModelFile
    tensors: list[TableEntry]  # in the order of their places
    front: list[Piece]  # what lies before them
    alignment: int
    metadata: Mapping[str, Value]


def layout_of(gguf: GgufFile) -> FileLayout:
    front = [
        Piece(0, gguf.metadata_begin, RegionKind.HEADER),
        Piece(gguf.metadata_begin, gguf.table_begin - gguf.metadata_begin, RegionKind.METADATA),
        Piece(gguf.table_begin, gguf.table_end - gguf.table_begin, RegionKind.TENSOR_TABLE),
    ]
    file = ModelFile(str(gguf.path), gguf.size)
    return FileLayout(file, in_place(file, gguf.tensors), front, gguf.alignment, gguf.metadata)


def in_place(file: ModelFile, tensors: list[TableEntry]) -> list[TableEntry]:
    """Sorted by their places, once it is sure that each has one of its own."""
    in_order = sorted(tensors, key=lambda entry: (entry.offset, entry.size))
    end, before = 0, ""
    for entry in in_order:
        if entry.offset + entry.size > file.size:
            what = f"it ends after {file.size:,} bytes, and its tensor {entry.name!r:.100} would end at "
            raise DamagedModel(file.path, f"{what}{entry.offset + entry.size:,}", "copy or download it again")
        if entry.offset < end:
            what = f"its tensors {before!r:.100} and {entry.name!r:.100} overlap"
            raise DamagedModel(file.path, what, "copy or download it again")
        end, before = entry.offset + entry.size, entry.name
    return in_order
