"""What of a model is in memory and how its files lie on the disk: for people, and added to the JSON of its map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ggmlviz.analysis.memory.file_pages import UNKNOWN, FileState, Fragments, Residency
from ggmlviz.analysis.model.map import NO_LAYER, ModelMap

BY_LAYER = "{:>14}  {:>6}  {:>14}  {}"
PIECE = "{:>14}  {:>14}  {:>16}"


def with_states(document: dict, model_map: ModelMap, states: Sequence[FileState]) -> dict:
    """`tensors` are in the order of the map, as the JSON of the map has them."""
    for number, (file, state) in enumerate(zip(document["files"], states, strict=True)):
        if state.residency:
            file |= {"page_bytes": state.residency.page, "resident_bytes": state.residency.bytes}
            tensors = np.flatnonzero(model_map.tensors["file"] == number).tolist()
            resident = _resident(model_map, number, state.residency).tolist()
            for tensor, count in zip(tensors, resident, strict=True):
                document["tensors"][tensor]["resident_bytes"] = count
        if state.fragments:
            file["pieces"] = state.fragments.pieces
            file["extents"] = [
                {"offset_start": begin, "size_bytes": size, "disk_offset": None if place == UNKNOWN else place}
                for begin, size, place in state.fragments.extents.tolist()
            ]
    return document


def lines(model_map: ModelMap, states: Sequence[FileState]) -> Iterator[str]:
    for number, state in enumerate(states):
        path = model_map.files[number].path
        if state.residency:
            yield from _residency_lines(model_map, number, path, state.residency)
        if state.fragments:
            yield from _fragment_lines(path, state.fragments)


def _residency_lines(model_map: ModelMap, number: int, path: str, residency: Residency) -> Iterator[str]:
    part = residency.bytes / residency.size if residency.size else 0.0
    yield ""
    yield f"{path}: {residency.bytes:,} of {residency.size:,} bytes are in memory now ({part:.1%})"
    yield ""
    yield BY_LAYER.format("IN MEMORY", "SHARE", "OF BYTES", "LAYER")
    tensors, resident = model_map.of_one_file(number), _resident(model_map, number, residency)
    for layer in np.unique(tensors["layer"]).tolist():
        mine = tensors["layer"] == layer
        there, size = int(resident[mine].sum()), int(tensors["size"][mine].sum())
        name = "none" if layer == NO_LAYER else str(layer)
        yield BY_LAYER.format(f"{there:,}", f"{there / size if size else 0:.1%}", f"{size:,}", name)


def _fragment_lines(path: str, fragments: Fragments) -> Iterator[str]:
    pieces = f"{fragments.pieces} piece{'s' * (fragments.pieces != 1)}"
    holes = f", and {fragments.holes:,} bytes are holes" if fragments.holes else ""
    yield ""
    yield f"{path}: {fragments.size:,} bytes lie on the disk in {pieces}{holes}"
    yield ""
    yield PIECE.format("OFFSET", "BYTES", "PLACE ON DISK")
    for begin, size, place in fragments.extents.tolist():
        yield PIECE.format(f"{begin:,}", f"{size:,}", "unknown" if place == UNKNOWN else f"{place:,}")


def _resident(model_map: ModelMap, number: int, residency: Residency) -> np.ndarray:
    tensors = model_map.of_one_file(number)
    return residency.bytes_of(tensors["offset"], tensors["size"])
