"""The heatmap of real captures: every tensor where the gguf package says that it is, and none out of reach."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from gguf_truth import tensors_of
from support import llama, needs_llama, needs_whisper, python, traced
from told_runs import ToldRuns

from ggmlviz.analysis.model.regions import RegionKind
from ggmlviz.scene.drawing import Rectangles, Texts
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.heatmap.drawing import heatmap_drawing
from ggmlviz.scene.heatmap.intensity import MEASURES
from ggmlviz.scene.heatmap.lens import TIMES, lens, magnified
from ggmlviz.scene.heatmap.memory_chart import alive_at
from ggmlviz.scene.heatmap.names import Names
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.heatmap.run_ruler import run_at
from ggmlviz.scene.heatmap.scene import accesses_of, heatmap_picture
from ggmlviz.scene.heatmap.strips import Kind
from ggmlviz.scene.heatmap.subject import subject_of
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import DARK, LIGHT
from ggmlviz.scene.selection import of_execution, of_run, of_tensor

COMPACT, FULL = (1040, 150), (1600, 800)


@pytest.fixture(scope="module")
def recorded(models, tmp_path_factory):
    folder, found = tmp_path_factory.mktemp("heatmap"), {}
    commands = {
        "tiny": lambda: llama(models.tiny, "--tokens", 4),
        "quantized": lambda: llama(models.quantized, "--tokens", 3),
        "split": lambda: llama(models.split[0], "--tokens", 2),
        "whisper": lambda: python("whisper_transcribe.py", models.whisper),
    }

    def opened(name):
        if name not in found:
            found[name] = Opened(traced(commands[name](), folder / f"{name}.ggmlviz")[1])
        return found[name]

    return opened


def picture(opened, size=FULL, focus=None, theme=DARK, **options):
    focus = focus or Focus(opened.whole)
    chosen = HeatmapOptions(full=size[1] > 300, **options)
    subject = subject_of(opened, focus, chosen)
    return heatmap_picture(opened, focus, chosen, subject, accesses_of(opened, subject, chosen), size, theme)


def bands(found, track):
    return [band for band in found.bands if band.strip.track == track]


def cell_of(found, opened, track, name):
    """Its band and its number."""
    names = Names(opened.trace, opened.accesses)
    for band in bands(found, track):
        for cell in range(len(band.strip.cells)):
            if names.of_cell(band.strip, cell) == name:
                return band, cell
    raise AssertionError(name)


def box_of(band, cell):
    return band.boxes[band.layout.group_of[cell]]


@needs_llama
@pytest.mark.parametrize("size", [COMPACT, FULL])
def test_the_disk_is_as_the_file(recorded, models, size):
    opened, truth = recorded("tiny"), tensors_of(models.tiny)
    found, seen = picture(opened, size), {}
    tensors = opened.places.model_map.tensors
    for band in bands(found, "disk"):
        cells = band.strip.cells
        assert (np.diff(cells["begin"]) > 0).all()
        for cell in cells[cells["kind"] == Kind.TENSOR]:
            seen[tensors["name"][cell["tensor"]]] = (int(cell["begin"]), int(cell["size"]))
    assert seen == {name: (placed.offset, placed.bytes) for name, placed in truth.items()}
    whole = sum(int(band.strip.cells["size"].sum()) for band in bands(found, "disk"))
    assert whole == models.tiny.stat().st_size


@needs_llama
def test_one_row_for_each_layer(recorded):
    labels = [band.strip.label for band in bands(picture(recorded("tiny")), "disk")]
    assert labels == ["embedding", "layer 0", "layer 1", "layer 2", "output"]
    assert len(bands(picture(recorded("tiny"), COMPACT), "disk")) == 1


@needs_llama
@pytest.mark.parametrize("size", [COMPACT, FULL, (500, 150), (700, 500), (2400, 1300)])
@pytest.mark.parametrize("name", ["tiny", "quantized"])
def test_nothing_overlaps_and_all_can_be_hit(recorded, name, size):
    found = picture(recorded(name), size)
    for number, band in enumerate(found.bands):
        boxes = band.boxes
        assert (boxes[1:, 0] >= boxes[:-1, 2] - 1e-3).all() and (boxes[:, 2] <= size[0]).all()
        tensors = band.kinds == Kind.TENSOR
        assert (boxes[tensors, 2] - boxes[tensors, 0] >= 5 - 1e-3).all()
        middle = (band.top + band.bottom) / 2
        for group in np.flatnonzero(tensors).tolist():
            hit = found.at((boxes[group, 0] + boxes[group, 2]) / 2, middle)
            assert hit is not None and (hit.band, hit.group) == (number, group)
            members = band.layout.members(group)
            assert members.start <= hit.cell < members.stop
    rows = sorted((band.top, band.bottom, band.boxes[0, 0], band.boxes[-1, 2]) for band in found.bands)
    for (_, bottom, _, right), (top, _, left, _) in pairwise(rows):
        assert top >= bottom or left >= right


@needs_llama
def test_wide_tensors_are_as_wide_as_their_bytes(recorded, models):
    found, truth = picture(recorded("tiny")), tensors_of(models.tiny)
    boxes = [box_of(*cell_of(found, recorded("tiny"), "disk", f"blk.1.{name}.weight")) for name in ("ffn_up", "attn_k")]
    widths = [float(box[2] - box[0]) for box in boxes]
    ratio = truth["blk.1.ffn_up.weight"].bytes / truth["blk.1.attn_k.weight"].bytes
    assert widths[0] / widths[1] == pytest.approx(ratio, rel=1e-4)


@needs_llama
def test_every_tensor_that_was_put_together_is_under_some_pixel(recorded):
    opened = recorded("tiny")
    found = picture(opened, (160, 150))  # far too narrow for 30 tensors of 5 pixels
    (band,) = bands(found, "disk")
    assert len(band.crowded())
    y = (band.top + band.bottom) / 2
    hit = {found.at(x / 8, y).cell for x in range(8 * 80, 8 * 150) if found.at(x / 8, y)}
    assert set(np.flatnonzero(band.strip.cells["kind"] == Kind.TENSOR).tolist()) <= hit


@needs_llama
def test_heat_is_what_was_read(recorded, models):
    opened, truth = recorded("tiny"), tensors_of(models.tiny)
    found = picture(opened)
    runs = len(opened.trace.runs)
    for name in ("blk.0.ffn_down.weight", "output.weight"):
        for track in ("disk", "buffer"):
            band, cell = cell_of(found, opened, track, name)
            done = found.done[found.bands.index(band)][cell]
            assert (int(done["count"]), int(done["read"])) == (runs, runs * truth[name].bytes)
            assert band.heat[cell] == pytest.approx((done["read"] / found.scale.most) ** 0.5)
    assert found.scale.most == max(float(done["read"].max()) for done in found.done)


@needs_llama
@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_has_its_own_most(recorded, measure):
    found = picture(recorded("tiny"), measure=measure)
    hottest = max(float(band.heat.max()) for band in found.bands)
    assert hottest == 1 and found.scale.measure == measure


@needs_llama
def test_one_run_alone(recorded):
    opened = recorded("tiny")
    run = int(opened.runs_by_time[2])
    found = picture(opened, focus=Focus(opened.whole).on(of_run(opened.trace, run)), one_run=True)
    band, cell = cell_of(found, opened, "disk", "blk.0.ffn_down.weight")
    done = found.done[found.bands.index(band)][cell]
    begin, end = int(opened.trace.runs["begin"][run]), int(opened.trace.runs["end"][run])
    assert done["count"] == 1 and begin < done["last"] <= end and found.subject.run == run


@needs_llama
def test_what_an_op_reads_and_writes_is_outlined(recorded):
    opened = recorded("tiny")
    trace = opened.trace
    graph = trace.graph(int(trace.runs["graph"][-1]))
    node = graph.names.index("ffn_up-1")
    section = np.flatnonzero(trace.sections["run"] == len(trace.runs) - 1)[0]
    first, count = trace.sections[["first_execution", "executions"]][section].tolist()
    execution = first + int(np.flatnonzero(trace.ops.node[first : first + count] == node)[0])
    found = picture(opened, focus=Focus(opened.whole).on(of_execution(trace, execution)))
    touched = found.subject.touched
    names = Names(trace, opened.accesses)
    assert {names.of_place(place) for place in touched["place"][touched["reads"]].tolist()} == {
        "blk.1.ffn_up.weight",
        "ffn_norm-1",
    }
    assert [names.of_place(place) for place in touched["place"][touched["writes"]].tolist()] == ["ffn_up-1"]
    outlined = {
        kind: [
            tuple(box)
            for shape in found.drawing.shapes
            if isinstance(shape, Rectangles) and shape.edge is not None and not shape.fill[:, 3].any()
            for box, edge in zip(shape.box.tolist(), shape.edge.tolist(), strict=True)
            if tuple(edge) == colour
        ]
        for kind, colour in (("read", DARK.text), ("written", DARK.found))
    }
    for name, kind in (("blk.1.ffn_up.weight", "read"), ("ffn_norm-1", "read"), ("ffn_up-1", "written")):
        tracks = ("disk", "buffer") if name.startswith("blk") else ("buffer",)
        for track in tracks:
            assert tuple(box_of(*cell_of(found, opened, track, name)).tolist()) in outlined[kind]


@needs_llama
def test_a_repacked_weight_tells_both_its_places(recorded):
    opened = recorded("quantized")
    found = picture(opened)
    assert found.copied
    texts = {}
    for track in ("disk", "buffer"):
        band, cell = cell_of(found, opened, track, "blk.0.ffn_up.weight")
        box = box_of(band, cell)
        x, y = float(box[0] + box[2]) / 2, (band.top + band.bottom) / 2
        shown = lens(found, found.at(x, y), x, opened, FULL, DARK, 1.0)
        assert not shown.tip
        texts[track] = [text for shape in shown.shapes if isinstance(shape, Texts) for text in shape.texts]
    assert "blk.0.ffn_up.weight" in texts["disk"] and "blk.0.ffn_up.weight" in texts["buffer"]
    assert any("read from a copy: buffer" in text and "CPU_REPACK" in text for text in texts["disk"])
    assert any("copied from quantized.gguf @ 0x" in text and "its name" in text for text in texts["buffer"])


@needs_llama
def test_the_lens_is_five_times_as_wide(recorded):
    found = picture(recorded("tiny"))
    band, cell = cell_of(found, recorded("tiny"), "disk", "blk.1.ffn_norm.weight")
    box = box_of(band, cell)
    x = float(box[0] + box[2]) / 2
    hit = found.at(x, (band.top + band.bottom) / 2)
    cells, spans = magnified(band, hit, x, 320.0)
    mine = spans[cells == cell][0]
    assert mine[1] - mine[0] == pytest.approx((box[2] - box[0]) * TIMES, rel=1e-3)
    assert (mine[0] + mine[1]) / 2 == pytest.approx(160, abs=1e-3)
    assert spans.min() == 0 and spans.max() == 320 and (spans[1:, 0] >= spans[:-1, 1] - 1e-6).all()


@needs_llama
def test_where_the_card_has_no_room_it_is_told_beside_the_mouse(recorded):
    opened = recorded("tiny")
    found = picture(opened, (1040, 70))
    band, cell = cell_of(found, opened, "disk", "blk.1.ffn_up.weight")
    x = float(box_of(band, cell)[[0, 2]].mean())
    shown = lens(found, found.at(x, (band.top + band.bottom) / 2), x, opened, (1040, 70), DARK, 1.0)
    assert shown.tip.startswith("blk.1.ffn_up.weight\n64.0 KiB (65,536 bytes)\nF16 128×256 · layer 1\n")


@needs_llama
def test_gaps_are_named(recorded):
    opened = recorded("split")
    regions = opened.places.model_map.regions
    found = picture(opened)
    names = Names(opened.trace, opened.accesses)
    told = [names.of_cell(band.strip, cell) for band in bands(found, "disk") for cell in range(len(band.strip.cells))]
    assert told.count("header") == np.count_nonzero(regions["kind"] == RegionKind.FRONT)
    assert told.count("alignment") == np.count_nonzero(regions["kind"] == RegionKind.ALIGNMENT)


@needs_whisper
def test_without_a_table_of_tensors_only_buffers_are_shown(recorded):
    opened = recorded("whisper")
    found = picture(opened)
    assert not bands(found, "disk") and {band.strip.label for band in found.bands} == {"weights", "kv cache", "compute"}
    texts = [text for shape in found.drawing.shapes if isinstance(shape, Texts) for text in shape.texts]
    assert any("whisper.bin" in text and "has no table of tensors" in text for text in texts)
    weights = next(number for number, band in enumerate(found.bands) if band.strip.label == "weights")
    assert found.done[weights]["read"].sum() > 0


@pytest.mark.parametrize(
    "name", [pytest.param("tiny", marks=needs_llama), pytest.param("whisper", marks=needs_whisper)]
)
@pytest.mark.parametrize("size", [COMPACT, FULL])
def test_the_same_in_the_light(recorded, name, size):
    opened = recorded(name)
    dark, light = (picture(opened, size, theme=theme) for theme in (DARK, LIGHT))
    for a, b in zip(dark.bands, light.bands, strict=True):
        assert (a.boxes == b.boxes).all()
    drawing = heatmap_drawing(opened, Focus(opened.whole), HeatmapOptions(full=size == FULL), *size, DARK)
    assert (drawing.width, drawing.height) == size and len(drawing.shapes) == len(dark.drawing.shapes)


@needs_llama
def test_rows_that_do_not_fit_are_scrolled(recorded):
    opened = recorded("tiny")
    low = (900, 301)
    found = picture(opened, low)
    assert found.frame.overflow == 0 or found.bands[-1].bottom > found.frame.rows[1]
    scrolled = picture(opened, low, scroll=5.0)
    assert scrolled.bands[0].top == found.bands[0].top - 5.0
    assert found.at(300, found.frame.rows[1] + 1) is None


def two_buffers(tmp_path):
    told = ToldRuns()
    cache = told.buffer(100, "CPU", 5000, 0)
    told.run(1000)
    told.free(cache, 1500)
    told.run(2000)
    return Opened(told.trace(tmp_path))


def test_what_was_alive(tmp_path):
    opened = two_buffers(tmp_path)
    assert alive_at(opened, 1200) == [
        "alive at 1.20 µs: 11.1 KiB in 2 buffers",
        "6.2 KiB  weights, CPU, buffer 0",
        "4.9 KiB  other, CPU, buffer 1",
    ]
    assert alive_at(opened, 1500) == ["alive at 1.50 µs: 6.2 KiB in 1 buffer", "6.2 KiB  weights, CPU, buffer 0"]


def test_the_chart_is_as_high_as_the_bytes(tmp_path):
    opened = two_buffers(tmp_path)
    found = picture(opened, focus=Focus(replace_range(opened, 0, 2500)))
    areas = [shape for shape in found.drawing.shapes if isinstance(shape, Rectangles) and len(shape.box)]
    x = found.times.x(np.array([100, 1500]))
    second = [area.box[0] for area in areas if np.allclose(area.box[0, [0, 2]], x, atol=0.01)]
    first = [
        area.box
        for area in areas
        if abs(area.box[0, 0] - found.times.left) < 0.01 and len(area.box) == 3 and area.box[0, 2] == second[0][0]
    ]
    assert len(second) == 1 and len(first) == 1
    heights = (first[0][:, 3] - first[0][:, 1]).tolist()
    assert heights == pytest.approx([heights[0]] * 3, rel=1e-5)
    assert (second[0][3] - second[0][1]) / heights[0] == pytest.approx(5000 / 6400, rel=1e-4)
    assert second[0][3] == pytest.approx(first[0][0, 1])


def replace_range(opened, begin, end):
    return type(opened.whole)(begin, end)


def test_the_ruler_finds_runs(tmp_path):
    opened = two_buffers(tmp_path)
    times = replace(picture(opened).times, range=replace_range(opened, 1000, 3000), left=0.0, width=200.0)
    assert [run_at(opened, times, x) for x in (0, 10, 99, 100, 150, -5)] == [0, 0, 0, 1, 1, 0]


@needs_llama
def test_a_click_on_a_weight_is_its_tensor(recorded):
    opened = recorded("tiny")
    found = picture(opened)
    band, cell = cell_of(found, opened, "disk", "blk.0.attn_q.weight")
    tensor = Names(opened.trace, opened.accesses).tensor_of(band.strip, cell)
    selection = of_tensor(opened.trace, tensor, found.subject.run)
    assert opened.trace.graph(selection.graph).names[selection.member] == "blk.0.attn_q.weight"
    assert selection.execution is None
