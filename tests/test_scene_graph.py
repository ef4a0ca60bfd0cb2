"""The picture of a graph: colours, labels, what is lit and what a place in it stands for, at any zoom."""

from __future__ import annotations

import numpy as np
import pytest
from support import llama, needs_llama, traced

from ggmlviz.analysis.graph.layout import laid_out
from ggmlviz.analysis.graph.outcomes import Outcome, mean_times
from ggmlviz.export.png import image
from ggmlviz.export.svg import svg
from ggmlviz.scene.drawing import Lines, Raster, Rectangles, Texts, Triangles
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.graph.camera import Camera, first_view, fit, showing
from ggmlviz.scene.graph.colours import COLOURINGS, UNKNOWN_FILL, item_times
from ggmlviz.scene.graph.drawing import GraphOptions, graph_drawing
from ggmlviz.scene.graph.hits import Hit, hit
from ggmlviz.scene.graph.picture import GraphPicture, Marks
from ggmlviz.scene.graph.raster import painted
from ggmlviz.scene.graph.subject import SOURCES, GraphSubject, graph_to_show
from ggmlviz.scene.graph.tips import tip
from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import COMPUTED_WHITE, DARK, FAMILIES, INPUT_PINK, LIGHT, heat
from ggmlviz.scene.selection import of_member

MOST_SHAPES = 2500  # a drawn item costs time in every frame
pytestmark = needs_llama


@pytest.fixture(scope="module")
def opened(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("graph") / "llama.ggmlviz"
    return Opened(traced(llama(models.tiny, "--tokens", 3), path)[1])


@pytest.fixture(scope="module")
def subject(opened):
    return GraphSubject(opened, graph_to_show(opened, None))


@pytest.fixture(scope="module")
def times(subject):
    return mean_times(subject.opened.trace, subject.number)


def layout_of(subject, opened="all"):
    return laid_out(subject.groups, frozenset(range(1, len(subject.groups.groups)) if opened == "all" else opened))


@pytest.fixture(scope="module")
def picture(subject, times):
    return GraphPicture(subject, layout_of(subject), times, "plain", DARK)


def whole(picture, width=1600, height=900):
    return fit((0, 0, picture.layout.width, picture.layout.height), width, height)


def count(shape):
    return (
        1
        if isinstance(shape, Raster)
        else len(getattr(shape, {Rectangles: "box", Lines: "ends", Texts: "texts", Triangles: "corners"}[type(shape)]))
    )


def test_inputs_are_pink_and_computations_white(subject, picture):
    fills = picture.fills
    assert {tuple(fill) for fill in fills.leafs.tolist()} == {INPUT_PINK}
    assert {tuple(fill) for fill in fills.items.tolist()} == {COMPUTED_WHITE}
    shown = picture.boxes.colours[: len(picture.layout.items)]
    computed = subject.outcomes[picture.layout.items] == Outcome.COMPUTED
    assert (shown[computed] == COMPUTED_WHITE).all()
    assert (shown[~computed][:, :3] < 255).all()


def test_ops_have_the_colour_of_their_family(subject, times):
    picture = GraphPicture(subject, layout_of(subject), times, "op", DARK)
    place = picture.layout.box_of_item[subject.ops.index("MUL_MAT")]
    assert tuple(picture.fills.items[place].tolist()) == FAMILIES["matmul"]
    assert dict(picture.fills.legend)["matmul"] == FAMILIES["matmul"]


def test_closed_groups_tell_what_they_are_made_of(subject, times):
    picture = GraphPicture(subject, layout_of(subject, ()), times, "op", DARK)
    groups = subject.groups
    for place, item in enumerate(picture.layout.items.tolist()):
        shares = picture.fills.shares[place]
        group = groups.group_of(item)
        if group is None:
            assert not shares.any()
            continue
        here = times[group.first : group.end]
        families = subject.families[group.first : group.end]
        for family, share in enumerate(shares.tolist()):
            mine = np.nansum(here[families == family])
            assert share == pytest.approx(mine / np.nansum(here), abs=1e-9)


def test_heat_goes_with_the_time(subject, times):
    layout = layout_of(subject)
    picture = GraphPicture(subject, layout, times, "time", DARK)
    of_items = item_times(subject, layout, times)
    assert picture.fills.heat_to == np.nanmax(times)
    longest = int(np.nanargmax(of_items))
    assert (picture.fills.items[longest] == heat(np.array(1.0))).all()
    assert (picture.fills.items[np.isnan(of_items)] == UNKNOWN_FILL).all()


def test_the_times_of_groups_are_the_sums_of_theirs(subject, times):
    layout = layout_of(subject, ())
    assert np.nansum(item_times(subject, layout, times)) == pytest.approx(np.nansum(times))


def test_memory_is_that_of_the_buffers(subject):
    names = subject.names
    where = {name: SOURCES[subject.sources[member]] for member, name in enumerate(names)}
    assert where["cache_k_l0"] == "kv cache"
    assert where["blk.0.attn_q.weight"] in ("model file", "weights")
    assert where["Qcur-0"] == "compute"


@pytest.mark.parametrize("colouring", COLOURINGS)
@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("zoom", [0.01, 0.1, 0.3, 0.5, 1.0, 3.0])
def test_few_shapes_and_the_same_kinds_at_any_zoom(subject, times, colouring, theme, zoom):
    picture = GraphPicture(subject, layout_of(subject), times, colouring, theme)
    kinds = set()
    for left, top in ((0, 0), (300, 2000)):
        shapes = picture.shot(Camera(zoom, left, top), 520, 440, Marks(3, frozenset([1, 2]), "a note")).drawing.shapes
        kinds.add(tuple(type(shape) for shape in shapes))
        assert sum(count(shape) for shape in shapes) <= MOST_SHAPES
    assert len(kinds) == 1  # so that each slot of a canvas keeps its kind of items


def test_what_is_out_of_view_is_not_drawn(picture):
    shot = picture.shot(Camera(1.0, -10_000, -10_000), 520, 440, Marks())
    texts = [text for shape in shot.drawing.shapes if isinstance(shape, Texts) for text in shape.texts]
    assert not any("blk." in text for text in texts)


@pytest.mark.parametrize("zoom", [0.4, 0.62, 0.8, 1.0, 1.7])
def test_labels_stay_in_their_boxes(picture, zoom):
    at = picture.layout.boxes[5]
    camera = Camera(zoom, float(at[0]) - 300, float(at[1]) - 100)
    shapes = picture.shot(camera, 1000, 700, Marks()).drawing.shapes
    boxes = camera.boxes(picture.boxes.boxes)
    names = set(picture.subject.names) - {group.title for group in picture.subject.groups.groups}
    found = 0
    for shape in shapes:
        if isinstance(shape, Texts) and shape.anchor in ("left", "centre"):
            for (x, y), text in zip(shape.at.tolist(), shape.texts, strict=True):
                if text in names:
                    wide = text_width(text, shape.size, shape.bold)
                    left = x - wide / 2 if shape.anchor == "centre" else x
                    inside = (boxes[:, 0] <= left) & (left + wide <= boxes[:, 2] + 0.5)
                    assert (inside & (boxes[:, 1] <= y) & (y <= boxes[:, 3])).any(), text
                    found += 1
    assert found > 3


def test_what_is_fused_says_so(picture):
    subject = picture.subject
    node = int(np.flatnonzero(subject.outcomes == Outcome.FUSED)[0])
    label = picture.labels.of_item(node)
    assert f"fused into {subject.names[node - 1]}" in label.third
    assert label.time == ""
    view = int(np.flatnonzero(subject.outcomes == Outcome.VIEW)[0])
    assert picture.labels.of_item(view).time == "view"


def test_every_box_is_hit_in_its_middle(picture):
    layout, camera = picture.layout, Camera(0.7, 12, 34)
    for item, (left, top, right, bottom) in zip(
        layout.items.tolist(), camera.boxes(layout.boxes).tolist(), strict=True
    ):
        assert hit(layout, camera, (left + right) / 2, (top + bottom) / 2) == Hit("node", item)
    for leaf, (left, top, right, bottom) in zip(
        layout.leafs.tolist(), camera.boxes(layout.leaf_boxes).tolist(), strict=True
    ):
        assert hit(layout, camera, (left + right) / 2, (top + bottom) / 2) == Hit("leaf", leaf)
    last = layout.frame_boxes[-1]
    corner = camera.boxes(np.array([last]))[0]
    assert hit(layout, camera, corner[0] + 2, corner[3] - 2) == Hit("frame", int(layout.frames[-1]))
    assert hit(layout, camera, -1e6, 0) is None


def test_the_selected_node_is_outlined_wherever_it_is_shown(picture):
    subject = picture.subject
    leaf = subject.names.index("inp_pos")
    shown = picture.layout.where(leaf)
    assert len(shown) > 1
    shot = picture.shot(whole(picture), 1600, 900, Marks(leaf))
    outlines = [
        shape
        for shape in shot.drawing.shapes
        if isinstance(shape, Rectangles)
        and shape.edge is not None
        and (shape.edge == DARK.accent).all()
        and len(shape.box)
    ]
    assert sum(len(shape.box) for shape in outlines) == 3 * len(shown)


def test_of_a_closed_group_its_box_is_outlined(subject, times):
    picture = GraphPicture(subject, layout_of(subject, ()), times, "plain", DARK)
    node = subject.names.index("ffn_out-0")
    box = picture.layout.where(node)
    assert len(box) == 1 and subject.groups.group_of(picture.item_of(node)).title == "layers 0–1"


def test_all_that_a_search_finds_is_lit(picture):
    subject = picture.subject
    found = subject.found("mul_mat ffn")
    names = subject.names
    assert {names[member] for member in found} == {
        f"ffn_{part}-{layer}" for part in ("gate", "up", "out") for layer in range(3)
    }
    assert subject.found("") == subject.found("  ") == []
    shot = picture.shot(whole(picture), 1600, 900, Marks(found=frozenset(found)))
    lit = [
        shape.box
        for shape in shot.drawing.shapes
        if isinstance(shape, Rectangles)
        and shape.edge is not None
        and len(shape.box)
        and (shape.edge == DARK.found).all()
    ]
    assert sum(len(boxes) for boxes in lit) == 2 * len(found)


def test_zoom_keeps_what_is_under_the_cursor():
    camera = Camera(0.5, 100, 200)
    place = camera.place(70, 80)
    for factor in (1.5, 0.2, 1e9):
        assert camera.zoomed(factor, 70, 80).place(70, 80) == pytest.approx(place)
    assert camera.panned(10, -20).place(80, 60) == pytest.approx(place)


def test_views_of_a_layout():
    camera = fit((0, 0, 4000, 1000), 800, 600)
    left, top, right, bottom = camera.seen(800, 600)
    assert left <= 0 and top <= 0 and right >= 4000 and bottom >= 1000
    assert first_view(800, 600, 300, 200).zoom == 1.0
    assert first_view(800, 600, 300, 90_000).seen(800, 600)[1] < 0
    for first, left in ((100, -12 / 0.62), (1000, 1000 - 400 / 0.62), (1990, 2000 + 12 / 0.62 - 800 / 0.62)):
        assert first_view(800, 600, 2000, 90_000, first=first).left == pytest.approx(left)
    near = Camera(1.0, 0, 0)
    assert showing(near, (10, 10, 50, 50), 800, 600) == near
    moved = showing(near, (5000, 7000, 5100, 7050), 800, 600)
    assert moved.place(400, 300) == pytest.approx((5050, 7025))


def test_pixels_have_the_mean_of_what_is_in_them():
    boxes = np.array([(0, 0, 2, 2), (1, 0, 3, 1), (7.2, 3.2, 7.4, 3.4)], np.float32)
    fills = np.array([(200, 0, 0, 255), (100, 50, 0, 255), (9, 9, 9, 255)], np.uint8)
    pixels = painted(boxes, fills, 8, 4)
    assert pixels[0, 0].tolist() == [200, 0, 0, 255]
    assert pixels[0, 1].tolist() == [150, 25, 0, 255]
    assert pixels[0, 2].tolist() == [100, 50, 0, 255]
    assert pixels[3, 7].tolist() == [9, 9, 9, 255]
    assert (pixels[..., 3] > 0).sum() == 6


def test_the_map_shows_where_one_is(picture):
    camera = Camera(1.0, 500, 900)
    assert picture.minimap.is_of_use(camera, 520, 440)
    assert not picture.minimap.is_of_use(whole(picture, 520, 440), 520, 440)
    left, top, right, bottom = picture.minimap.box(520, 440)
    assert 0 < left < right <= 520 and 0 < top < bottom <= 440
    assert picture.minimap.place(left, top, 520, 440) == pytest.approx((0, 0))
    assert picture.minimap.place(left - 1, top, 520, 440) is None


def test_tips_tell_all_of_a_node(subject, times):
    node = subject.names.index("ffn_out-0")
    text = tip(subject, times, Hit("node", node))
    for part in ("MUL_MAT", "ffn_out-0", f"{times[node]:,.0f} ns", "blk.0.ffn_down.weight", "read by l_out-0"):
        assert part in text
    fused = int(np.flatnonzero(subject.outcomes == Outcome.FUSED)[0])
    assert f"fused into {subject.names[fused - 1]}" in tip(subject, times, Hit("node", fused))
    assert "computed together with" in tip(subject, times, Hit("node", fused - 1))
    repeat = next(group for group in subject.groups.groups if group.kind == "repeat")
    assert "2 built alike" in tip(subject, times, Hit("group", repeat.number))


def test_the_graph_of_the_selected_run_is_shown(opened):
    runs = opened.trace.runs["graph"]
    for run in range(len(runs)):
        assert graph_to_show(opened, run) == runs[run]
    assert graph_to_show(opened, None) == np.bincount(runs).argmax()


def test_a_picture_without_a_window(opened, subject):
    focus = Focus(opened.whole).on(of_member(opened.trace, subject.number, subject.names.index("ffn_out-1")))
    drawing = graph_drawing(opened, focus, GraphOptions(layers=(1,)), 1200, 900, LIGHT)
    assert (drawing.width, drawing.height) == (1200, 900)
    texts = [text for shape in drawing.shapes if isinstance(shape, Texts) for text in shape.texts]
    assert "layer 1" in texts
    large = graph_drawing(opened, focus, GraphOptions(layers=(1,)), 1600, 4000, LIGHT)
    assert "ffn_out-1" in [text for shape in large.shapes if isinstance(shape, Texts) for text in shape.texts]
    assert "".join(svg(drawing)).count("<rect") > 50
    assert image(drawing).size == (1200, 900)
