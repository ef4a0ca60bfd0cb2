"""The model files of a traced program, as its trace tells of them: no model is needed."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.model.file_layout import FileLayout, ModelFile, in_place
from ggmlviz.analysis.model.gguf_file import MOST_DIMENSIONS, TableEntry
from ggmlviz.analysis.model.regions import Piece, RegionKind
from ggmlviz.analysis.model.tensor_size import ImpossibleTensor, bytes_of, is_known
from ggmlviz.errors import DamagedModel, NewerModel, NotAModel
from ggmlviz.format.layout import FileKind
from ggmlviz.format.legacy import LegacyRecording
from ggmlviz.format.recording import Recording

LARGEST_FILE = 2**63 - 1
_NAME_THE_MODEL = "name the model file itself"


def layouts_of(recording: Recording | LegacyRecording) -> list[FileLayout]:
    if isinstance(recording, LegacyRecording):
        raise NotAModel(recording.path, "this old format tells nothing of model files", _NAME_THE_MODEL)
    definitions = recording.definitions
    ids = np.flatnonzero(definitions.files["kind"] == FileKind.GGUF).tolist()
    if not ids:
        raise NotAModel(recording.path, *_why_none(recording))
    return [_layout_of(recording, number) for number in ids]


def _layout_of(recording: Recording, number: int) -> FileLayout:
    definitions, strings = recording.definitions, recording.definitions.strings
    record = definitions.files[number]
    file = ModelFile(strings[record["path"]], int(record["size"]), number)
    table = definitions.file_tensors[definitions.file_tensors["file"] == number]
    if len(table) != record["tensors"]:
        what = f"it tells of {len(table)} of the {record['tensors']} tensors of {file.path}"
        raise DamagedModel(recording.path, what, _NAME_THE_MODEL)
    if file.size > LARGEST_FILE:
        raise DamagedModel(recording.path, f"it gives {file.path} a size that no file can have", _NAME_THE_MODEL)
    tensors = in_place(file, [_entry(recording, tensor, file) for tensor in table])
    alignment = _shared_alignment([tensor.offset for tensor in tensors])
    front = [Piece(0, tensors[0].offset if tensors else file.size, RegionKind.FRONT)]
    return FileLayout(file, tensors, front, alignment, {})


def _entry(recording: Recording, record: np.ndarray, file: ModelFile) -> TableEntry:
    name, type = recording.definitions.strings[record["name"]], int(record["type"])
    dimensions = min(int(record["dimensions"]), MOST_DIMENSIONS)
    ne = tuple(record["ne"][:dimensions].tolist())
    if not is_known(type):
        what = f"{file.path} has a tensor {name!r} of the type {type}, which the gguf package does not know"
        raise NewerModel(recording.path, what, "update gguf")
    try:
        return TableEntry(name, type, ne, int(record["offset"]), bytes_of(type, ne))
    except ImpossibleTensor as error:
        raise DamagedModel(recording.path, f"the tensor {name!r} of {file.path} {error}", _NAME_THE_MODEL) from None


def _shared_alignment(offsets: list[int]) -> int:
    """The alignment is in the metadata, which a trace does not have; but every tensor begins at a multiple of it."""
    bits = int(np.bitwise_or.reduce(np.array(offsets, np.int64))) if offsets else 0
    return bits & -bits or 1


def _why_none(recording: Recording) -> tuple[str, str]:
    """And what to do."""
    files = recording.definitions.files
    if not len(files):
        return "it tells of no model file", _NAME_THE_MODEL
    path = recording.definitions.strings[files["path"][0]]
    if files["kind"][0] == FileKind.GGUF_UNREADABLE:
        return f"the table of tensors of {path} could not be read when it was traced", _NAME_THE_MODEL
    return f"it tells only of {path}, which has no table of tensors", "only GGUF files have one"
