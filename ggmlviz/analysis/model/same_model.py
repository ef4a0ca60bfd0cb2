"""Is a model file the one that was traced? By tables and sizes: a trace has no weights to compare."""

from __future__ import annotations

import os.path
from itertools import zip_longest

import numpy as np

from ggmlviz.analysis.model.map import ModelMap, describe
from ggmlviz.errors import AnotherModel
from ggmlviz.format.legacy import LegacyRecording
from ggmlviz.format.recording import Recording


def check_same(model_map: ModelMap, recording: Recording | LegacyRecording) -> None:
    """Each of its files must be among those that were traced; others may be, too."""
    recorded = ModelMap.of_recording(recording)
    for number, file in enumerate(model_map.files):
        candidates = _likely_first(model_map, number, recorded)
        differences = [_difference(model_map, number, recorded, candidate) for candidate in candidates]
        if all(differences):
            traced = recorded.files[candidates[0]].path
            advice = f"name {traced}, or the trace of this model"
            raise AnotherModel(file.path, f"this is not the model that was traced: {differences[0]}", advice)


def _likely_first(model_map: ModelMap, number: int, recorded: ModelMap) -> list[int]:
    """A model may have been moved or renamed, so the name only tells which difference is worth telling."""
    name = os.path.basename(model_map.files[number].path)
    names = [os.path.basename(file.path) for file in recorded.files]
    return sorted(range(len(names)), key=lambda other: (names[other] != name, abs(other - number)))


def _difference(here: ModelMap, number: int, there: ModelMap, other: int) -> str:
    """The first one, in the order of the files; empty if there is none."""
    for tensor, traced in zip_longest(here.of_one_file(number), there.of_one_file(other)):
        if found := _difference_of(tensor, traced):
            return found
    size, traced_size = here.files[number].size, there.files[other].size
    return "" if size == traced_size else f"it has {size:,} bytes, and the traced one had {traced_size:,}"


def _difference_of(tensor: np.void | None, traced: np.void | None) -> str:
    if tensor is None:
        return f"it has no {traced['name']}"
    if traced is None:
        return f"the traced one had no {tensor['name']}"
    if tensor["name"] != traced["name"]:
        return f"it has {tensor['name']} where the traced one had {traced['name']}"
    if describe(tensor) != describe(traced):
        return f"its {tensor['name']} is {describe(tensor)}, and was {describe(traced)}"
    if tensor["offset"] != traced["offset"]:
        return f"its {tensor['name']} begins at byte {tensor['offset']:,}, and did at {traced['offset']:,}"
    return ""
