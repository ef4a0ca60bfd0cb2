"""The model files as strips: one for all of them, or one for each layer."""

from __future__ import annotations

import os.path
from itertools import groupby

import numpy as np

from ggmlviz.analysis.blocks import CATEGORIES
from ggmlviz.analysis.model.map import NO_LAYER, ModelMap
from ggmlviz.scene.heatmap.strips import CELL, KIND_OF_REGION, NOTHING, Kind, Strip
from ggmlviz.scene.units import amount


def disk_strips(model_map: ModelMap, places: np.ndarray, by_layer: bool) -> list[Strip]:
    """`places` is the table of MemoryPlaces."""
    regions = model_map.regions
    layers = _layers(model_map)
    strips = []
    for file in range(len(model_map.files)):
        mine = np.flatnonzero(regions["file"] == file)
        runs = [list(run) for _, run in groupby(mine.tolist(), lambda region: layers[region])]
        if by_layer:
            strips += [_strip(model_map, places, file, run, [run], layers) for run in _joined(runs, layers)]
        else:
            strips.append(_strip(model_map, places, file, mine.tolist(), runs, layers))
    return strips


def _layers(model_map: ModelMap) -> list[int]:
    """The layer of each region; what is no tensor goes with the tensor before it."""
    found, before = [], NO_LAYER
    for tensor in model_map.regions["tensor"].tolist():
        before = int(model_map.tensors["layer"][tensor]) if tensor >= 0 else before
        found.append(before)
    return found


def _joined(runs: list[list[int]], layers: list[int]) -> list[list[int]]:
    """A layer that lies in several places is one strip; what is of no layer stays where it is."""
    by_layer: dict[object, list[int]] = {}
    for number, run in enumerate(runs):
        layer = layers[run[0]]
        by_layer.setdefault(layer if layer != NO_LAYER else ("none", number), []).extend(run)
    return list(by_layer.values())


def _strip(
    model_map: ModelMap, places: np.ndarray, file: int, chosen: list[int], parts: list[list[int]], layers: list[int]
) -> Strip:
    regions = model_map.regions[chosen]
    cells = np.zeros(len(regions), CELL)
    cells["begin"], cells["size"] = regions["begin"], regions["size"]
    cells["kind"] = [KIND_OF_REGION.get(kind, Kind.FRONT) for kind in regions["kind"].tolist()]
    cells["tensor"] = np.where(regions["tensor"] >= 0, regions["tensor"], NOTHING)
    cell_of_tensor = np.full(len(model_map.tensors) + 1, NOTHING)
    held = cells["tensor"] != NOTHING
    cell_of_tensor[cells["tensor"][held]] = np.flatnonzero(held)
    cell_of_place = cell_of_tensor[places["source"]]
    place = np.flatnonzero(cell_of_place != NOTHING)
    name = os.path.basename(model_map.files[file].path)
    size = int(cells["size"].sum())
    whole = len(parts) > 1 or len(chosen) == np.count_nonzero(model_map.regions["file"] == file)
    labels = tuple(_label(model_map, part, layers) for part in parts)
    section = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return Strip(
        "disk",
        file,
        name if whole else labels[0],
        f"{name}, {amount(size)}" if whole else f"{labels[0]} in {name}, {amount(size)}",
        size,
        cells,
        place,
        cell_of_place[place],
        section,
        labels,
    )


def _label(model_map: ModelMap, part: list[int], layers: list[int]) -> str:
    if layers[part[0]] != NO_LAYER:
        return f"layer {layers[part[0]]}"
    tensors = model_map.regions["tensor"][part]
    tensors = tensors[tensors >= 0]
    if not len(tensors):
        return "header"
    sizes = np.bincount(model_map.tensors["category"][tensors], model_map.tensors["size"][tensors], len(CATEGORIES))
    return CATEGORIES[int(np.argmax(sizes))]
