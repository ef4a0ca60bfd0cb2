"""A model's memory map as JSON, as CSV, and as a table for people."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from itertools import accumulate
from typing import TextIO

import numpy as np

from ggmlviz.analysis.blocks import CATEGORIES
from ggmlviz.analysis.model.gguf_cursor import LongList, Value
from ggmlviz.analysis.model.map import NO_LAYER, ModelMap, shape_of
from ggmlviz.analysis.model.regions import GAPS, RegionKind
from ggmlviz.analysis.model.tensor_size import type_name
from ggmlviz.export.formats import Choices
from ggmlviz.export.progress import Progress
from ggmlviz.trace.trace import Trace

COLUMNS = (
    "file",
    "kind",
    "name",
    "offset_start",
    "offset_end",
    "size_bytes",
    "shape",
    "dtype",
    "layer_id",
    "category",
)
TABLE = "{:>14}  {:>13}  {:<6}  {:>18}  {:>5}  {:<9}  {}"
TOTALS = "{:>14}  {:>6}  {:>7}  {}"


def as_json(model_map: ModelMap) -> dict:
    """Offsets count through all files as if they lay behind each other; `files` tells where each of them begins."""
    begins = [0, *accumulate(file.size for file in model_map.files)]
    spans = [_span(region, begins) for region in model_map.regions]
    kinds = [RegionKind(kind) for kind in model_map.regions["kind"].tolist()]
    numbered = list(zip(kinds, spans, model_map.regions["tensor"].tolist(), strict=True))
    return {
        "total_size_bytes": model_map.size,
        "num_tensors": len(model_map.tensors),
        "metadata": {key: _plain(value) for key, value in model_map.metadata.items()},
        "tensors": [
            _tensor(model_map.tensors[tensor], span) for kind, span, tensor in numbered if kind is RegionKind.TENSOR
        ],
        "gaps": [{"kind": kind.label} | span for kind, span, _ in numbered if kind in GAPS],
        "tables": [
            {"kind": kind.label} | span for kind, span, _ in numbered if kind not in GAPS and kind != RegionKind.TENSOR
        ],
        "files": [
            {"path": file.path, "offset_start": begin, "size_bytes": file.size}
            for file, begin in zip(model_map.files, begins, strict=False)
        ],
    }


def _span(region: np.void, begins: list[int]) -> dict[str, int]:
    begin, size = begins[region["file"]] + int(region["begin"]), int(region["size"])
    return {"offset_start": begin, "offset_end": begin + size, "size_bytes": size}


def _tensor(tensor: np.void, span: dict[str, int]) -> dict:
    layer = int(tensor["layer"])
    return {
        "name": tensor["name"],
        **span,
        "shape": shape_of(tensor),
        "dtype": type_name(int(tensor["type"])),
        "layer_id": None if layer == NO_LAYER else layer,
        "category": CATEGORIES[tensor["category"]],
    }


def _plain(value: Value) -> object:
    """JSON has no infinities, and its readers need not choke on them."""
    if isinstance(value, LongList):
        return value._asdict()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def write_csv(model_map: ModelMap, output: TextIO) -> None:
    """A line for every region, in the order of the files; offsets count from the start of each file."""
    writer = csv.DictWriter(output, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for region in model_map.regions:
        kind = RegionKind(region["kind"])
        row = {"file": model_map.files[region["file"]].path, "kind": kind.label, **_span(region, [0] * len(COLUMNS))}
        if kind is RegionKind.TENSOR:
            row |= _tensor(model_map.tensors[region["tensor"]], {})
            row["shape"] = "x".join(map(str, row["shape"]))
        writer.writerow(row)


def lines(model_map: ModelMap) -> Iterator[str]:
    """For people: each file with its regions, then what they add up to."""
    for number, file in enumerate(model_map.files):
        regions = model_map.regions[model_map.regions["file"] == number]
        tensors = np.count_nonzero(regions["kind"] == RegionKind.TENSOR)
        yield f"{file.path}: {file.size:,} bytes, {tensors:,} tensors"
        yield ""
        yield TABLE.format("OFFSET", "BYTES", "TYPE", "SHAPE", "LAYER", "CATEGORY", "NAME")
        yield from (_line(model_map, region) for region in regions)
        yield ""
    yield from _totals("CATEGORY", _by_category(model_map), model_map.size)
    yield ""
    yield from _totals("LAYER", _by_layer(model_map), model_map.size)


def _line(model_map: ModelMap, region: np.void) -> str:
    begin, size, kind = f"{region['begin']:,}", f"{region['size']:,}", RegionKind(region["kind"])
    if kind is not RegionKind.TENSOR:
        return TABLE.format(begin, size, "", "", "", "", f"({kind.label})")
    tensor = _tensor(model_map.tensors[region["tensor"]], {})
    layer = "" if tensor["layer_id"] is None else tensor["layer_id"]
    shape = "×".join(map(str, tensor["shape"]))
    return TABLE.format(begin, size, tensor["dtype"], shape, layer, tensor["category"], tensor["name"])


def _totals(what: str, groups: list[tuple[str, np.ndarray]], total: int) -> Iterator[str]:
    yield TOTALS.format("BYTES", "SHARE", "COUNT", what)
    for name, sizes in groups:
        if len(sizes):
            size = int(sizes.sum())
            yield TOTALS.format(f"{size:,}", f"{size / total:.1%}", f"{len(sizes):,}", name)


def _by_category(model_map: ModelMap) -> list[tuple[str, np.ndarray]]:
    tensors = model_map.tensors
    return [(name, tensors["size"][tensors["category"] == number]) for number, name in enumerate(CATEGORIES)] + [
        (f"({kind.label})", model_map.regions["size"][model_map.regions["kind"] == kind])
        for kind in RegionKind
        if kind is not RegionKind.TENSOR
    ]


def _by_layer(model_map: ModelMap) -> list[tuple[str, np.ndarray]]:
    tensors = model_map.tensors
    names = {layer: "none" if layer == NO_LAYER else str(layer) for layer in np.unique(tensors["layer"]).tolist()}
    return [(name, tensors["size"][tensors["layer"] == layer]) for layer, name in names.items()]


def write(trace: Trace, output: TextIO, choices: Choices, progress: Progress) -> None:
    json.dump(as_json(ModelMap.of_recording(trace.recording)), output, indent=2)
    output.write("\n")
