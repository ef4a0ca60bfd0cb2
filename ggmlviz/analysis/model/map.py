"""Where everything lies in a model: read from its files, or from what a trace tells of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ggmlviz.analysis.blocks import CATEGORIES, category_of, layer_of
from ggmlviz.analysis.model.file_layout import FileLayout, ModelFile, layout_of
from ggmlviz.analysis.model.gguf_cursor import Value
from ggmlviz.analysis.model.gguf_file import MOST_DIMENSIONS, TableEntry
from ggmlviz.analysis.model.parts import read_parts
from ggmlviz.analysis.model.recorded_files import layouts_of
from ggmlviz.analysis.model.regions import GAPS, REGION, Piece, RegionKind, cover
from ggmlviz.analysis.model.tensor_size import type_name
from ggmlviz.format.legacy import LegacyRecording
from ggmlviz.format.recording import Recording

NO_LAYER = -1
TENSOR = np.dtype(
    [
        ("file", "i4"),
        ("name", "O"),
        ("offset", "i8"),  # from the start of its file
        ("size", "i8"),  # without the padding behind it
        ("type", "i4"),  # ggml_type
        ("dimensions", "u1"),
        ("ne", "i8", (MOST_DIMENSIONS,)),  # the innermost first; 1 where it has no such dimension
        ("layer", "i4"),  # NO_LAYER: none
        ("category", "u1"),  # index into CATEGORIES
    ]
)


@dataclass(frozen=True, eq=False)
class ModelMap:
    """Tensors and regions are in the order of files and of places in them. Nothing in it can be changed."""

    files: tuple[ModelFile, ...]
    tensors: np.ndarray  # TENSOR
    regions: np.ndarray  # REGION: every byte of every file is in exactly one
    metadata: Mapping[str, Value]  # of the first file; empty if a trace told of it

    @classmethod
    def of_file(cls, path: str | os.PathLike[str]) -> ModelMap:
        """All parts of a split model, whichever of them is named."""
        return cls._of_layouts([layout_of(part) for part in read_parts(path)])

    @classmethod
    def of_recording(cls, recording: Recording | LegacyRecording) -> ModelMap:
        """All GGUF files that the traced program had open or mapped; that can be more than one model."""
        return cls._of_layouts(layouts_of(recording))

    @classmethod
    def _of_layouts(cls, layouts: Sequence[FileLayout]) -> ModelMap:
        rows, regions = [], [np.empty(0, REGION)]
        for number, layout in enumerate(layouts):
            places = enumerate(layout.tensors, len(rows))
            pieces = [Piece(entry.offset, entry.size, RegionKind.TENSOR, index) for index, entry in places]
            rows += [_row(number, entry) for entry in layout.tensors]
            regions.append(cover(number, layout.file.size, layout.front + pieces, layout.alignment))
        return cls(
            tuple(layout.file for layout in layouts),
            _unchangeable(np.array(rows, TENSOR)),
            _unchangeable(np.concatenate(regions)),
            MappingProxyType(dict(layouts[0].metadata)),
        )

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    @property
    def gaps(self) -> np.ndarray:
        """The regions that hold nothing."""
        return self.regions[np.isin(self.regions["kind"], GAPS)]

    def of_one_file(self, number: int) -> np.ndarray:
        """Its tensors."""
        return self.tensors[self.tensors["file"] == number]


def shape_of(tensor: np.void) -> list[int]:
    """As many dimensions as the file gives it."""
    return tensor["ne"][: tensor["dimensions"]].tolist()


def describe(tensor: np.void) -> str:
    return f"{type_name(int(tensor['type']))} {'×'.join(map(str, shape_of(tensor))) or 'scalar'}"


def _row(file: int, entry: TableEntry) -> tuple:
    ne = entry.ne + (1,) * (MOST_DIMENSIONS - len(entry.ne))
    category = CATEGORIES.index(category_of(entry.name))
    layer = layer_of(entry.name)
    place = (file, entry.name, entry.offset, entry.size, entry.type, len(entry.ne), ne)
    return (*place, NO_LAYER if layer is None else layer, category)


def _unchangeable(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
