"""The card of a tensor: what it is, where it lies and came from, and who reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ggmlviz.analysis.memory.tensor_accesses import NEVER
from ggmlviz.analysis.model.placement import ORIGINS
from ggmlviz.scene.drawing import Shape
from ggmlviz.scene.heatmap.names import ENOUGH, Names
from ggmlviz.scene.heatmap.strips import Kind
from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme
from ggmlviz.scene.sketch import Sketch
from ggmlviz.scene.units import amount, duration

if TYPE_CHECKING:
    from ggmlviz.scene.heatmap.scene import HeatmapPicture, Hit

CARD_WIDTH, LEAST_WIDTH = 520.0, 280.0
LINE, MARGIN, TEXT = 15.0, 7.0, 12.0


class Card(NamedTuple):
    title: str
    size: str
    share: float  # of the largest in its strip: the bar
    lines: list[str]

    def height(self, scale: float) -> float:
        return (2 * MARGIN + LINE * (2 + len(self.lines))) * scale

    def width(self, scale: float) -> float:
        widest = max(text_width(line, TEXT * scale) for line in [self.title, *self.lines]) + 2 * MARGIN * scale
        return min(max(widest, LEAST_WIDTH * scale), CARD_WIDTH * scale)

    def text(self) -> str:
        return "\n".join([self.title, self.size, *self.lines])


def card_of(picture: HeatmapPicture, hit: Hit, opened: Opened, names: Names) -> Card:
    band = picture.bands[hit.band]
    strip, cell = band.strip, hit.cell
    row = strip.cells[cell]
    size = int(row["size"])
    share = size / max(1, int(strip.cells["size"].max()))
    lines = []
    tensors = band.strip.cells["kind"][band.layout.members(hit.group)] == Kind.TENSOR
    if tensors.sum() > 1:
        lines.append(f"one of {tensors.sum()} tensors that share this place in the picture")
    if row["kind"] == Kind.TENSOR:
        layer = names.layer_of(strip, cell)
        lines.append(names.type_of(strip, cell) + (f" · layer {layer}" if layer is not None else ""))
    lines += _where(strip, row, opened)
    if row["kind"] == Kind.TENSOR:
        lines += _use(picture, hit, opened, names)
    return Card(names.of_cell(strip, cell), f"{amount(size)} ({size:,} bytes)", share, lines)


def _where(strip, row: np.void, opened: Opened) -> list[str]:
    places, begin = opened.places, int(row["begin"])
    lines = [f"at {begin:#x} of {strip.about}"]
    if row["kind"] != Kind.TENSOR:
        return lines
    table = places.table
    if strip.track == "disk":
        for place in np.flatnonzero((table["source"] == row["tensor"]) & (table["file"] < 0)).tolist():
            lines.append(f"read from a copy: {_buffer(opened, place)}{_copied(opened, int(row['tensor']))}")
        return lines
    place = table[int(row["tensor"])]
    if place["file"] >= 0:
        lines.append(f"mapped from {_file(opened, int(place['file']))} @ {int(place['file_offset']):#x}")
    elif place["source"] >= 0:
        tensor = places.model_map.tensors[place["source"]]
        path = places.model_map.files[tensor["file"]].path.rpartition("/")[2]
        how = ORIGINS[place["origin"]]
        when = _copied(opened, int(place["source"]))
        lines.append(f"copied from {path} @ {int(tensor['offset']):#x}{when}, as its {how} tells")
    return lines


def _copied(opened: Opened, tensor: int) -> str:
    at = int(opened.memory_strips.copied_at[tensor])
    return f", made at {duration(at)}" if at != NEVER else ""


def _buffer(opened: Opened, place: int) -> str:
    row, trace = opened.places.table[place], opened.trace
    type = trace.definitions.strings[trace.buffers["type"][row["buffer"]]]
    return f"buffer {row['buffer']} ({type}) @ {int(row['buffer_offset']):#x}"


def _file(opened: Opened, number: int) -> str:
    definitions = opened.trace.definitions
    return definitions.strings[definitions.files["path"][number]].rpartition("/")[2]


def _use(picture: HeatmapPicture, hit: Hit, opened: Opened, names: Names) -> list[str]:
    done = picture.done[hit.band][hit.cell]
    if not done["count"]:
        return ["not touched in these runs"]
    count, reads, writes = int(done["count"]), int(done["reads"]), int(done["writes"])
    parts = [f"read {_times(reads)}, {amount(int(done['read']))}"] if reads else []
    parts += [f"written {_times(writes)}, {amount(int(done['written']))}"] if writes else []
    lines = [" · ".join(parts)]
    if done["not_modelled"]:
        lines.append(f"bytes of {int(done['not_modelled']):,} of these {count:,} ops are not modelled")
    when = f"first {duration(int(done['first']))}, last {duration(int(done['last']))}"
    lines.append(when + (f" · in ops of {duration(int(done['time']))}" if done["time"] >= 0 else ""))
    strip = picture.bands[hit.band].strip
    places = strip.place[strip.cell_of_place == hit.cell]
    graphs = [picture.subject.graph] if picture.subject.graph >= 0 else []
    readers = names.readers(opened.facts, places, graphs)
    named = [f"{count}× {what}" if count > 1 else what for what, count in readers.by_op[:ENOUGH]]
    more = f" and {len(readers.by_op) - ENOUGH} more" if len(readers.by_op) > ENOUGH else ""
    return [*lines, f"in a run: {', '.join(named)}{more}"] if named else lines


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def card_shapes(card: Card, left: float, top: float, theme: Theme, scale: float) -> list[Shape]:
    width, height = card.width(scale), card.height(scale)
    sketch = Sketch(left + width, top + height, theme, scale)
    sketch.rectangle(left, top, left + width, top + height, theme.raised, theme.line, 4 * scale)
    x, room = left + MARGIN * scale, width - 2 * MARGIN * scale
    y = top + (MARGIN + LINE / 2) * scale
    sketch.fitted(x, y, card.title, room, theme.text, TEXT + 1, bold=True)
    y += LINE * scale
    bar = 90 * scale
    sketch.rectangle(x, y - 4 * scale, x + bar, y + 4 * scale, theme.line)
    sketch.rectangle(x, y - 4 * scale, x + max(1.0, bar * card.share), y + 4 * scale, theme.accent)
    sketch.fitted(x + bar + 8 * scale, y, card.size, room - bar - 8 * scale, theme.text, TEXT)
    for line in card.lines:
        y += LINE * scale
        sketch.fitted(x, y, line, room, theme.text, TEXT)
    return list(sketch.picture().drawing.shapes)
