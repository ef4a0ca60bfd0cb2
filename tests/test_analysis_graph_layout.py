"""Layers, blocks and repeats of graphs, where their boxes are placed, and ways through them."""

from __future__ import annotations

import numpy as np
import pytest
from graph_support import assert_good, flat, large
from support import llama, needs_llama, needs_whisper, python, traced

from ggmlviz.analysis.graph.groups import WHOLE, groups_of, only
from ggmlviz.analysis.graph.layout import laid_out
from ggmlviz.analysis.graph.outcomes import Outcome, mean_times, outcomes, splits_of, times_in_run
from ggmlviz.analysis.graph.paths import Ways
from ggmlviz.analysis.node_facts import FactsOfGraphs

DIAMOND = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)]


def every_group(groups):
    return frozenset(range(1, len(groups.groups)))


@pytest.fixture(scope="module")
def llama_trace(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("graph") / "llama.ggmlviz"
    return traced(llama(models.tiny, "--tokens", 3), path)[1]


@pytest.fixture(scope="module")
def moe_trace(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("graph") / "moe.ggmlviz"
    return traced(llama(models.experts, "--tokens", 2), path)[1]


@pytest.fixture(scope="module")
def whisper_trace(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("graph") / "whisper.ggmlviz"
    return traced(python("whisper_transcribe.py", models.whisper), path)[1]


def groups_in(trace, number):
    return groups_of(trace.graph(number), FactsOfGraphs(trace))


def last_graph(trace):
    return int(trace.runs["graph"][trace.runs["number"].argmax()])


def test_a_diamond_has_three_rows_and_its_sides_beside_each_other():
    layout = laid_out(flat(4, DIAMOND))
    assert_good(layout)
    top, left, right, bottom = layout.boxes
    assert left[1] == right[1]
    assert top[3] < left[1] and left[3] < bottom[1]
    assert left[2] < (top[0] + top[2]) / 2 < right[2]


def test_what_follows_from_one_thing_stands_straight_below_it():
    layout = laid_out(flat(5, [(0, 1), (1, 2), (2, 3), (3, 4)]))
    assert len(set(layout.boxes[:, 0].tolist())) == 1
    assert len(set(np.diff(layout.boxes[:, 1]).round(2).tolist())) == 1


def test_what_only_a_late_node_reads_is_placed_just_above_it():
    layout = laid_out(flat(5, [(0, 1), (1, 2), (2, 4), (3, 4)]))
    assert layout.boxes[3][1] == layout.boxes[2][1]


def test_a_long_line_passes_no_box():
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)]
    layout = laid_out(flat(5, edges))
    assert_good(layout)
    for x0, y0, x1, y1 in layout.lines[layout.line_sources == 0].tolist():
        for left, top, right, bottom in layout.boxes[1:4].tolist():
            if x0 == x1:
                assert not (left < x0 < right and min(y0, y1) < bottom and top < max(y0, y1))


def test_leafs_lie_left_of_their_reader_in_columns():
    layout = laid_out(flat(2, [(0, 1)], [1] * 6))
    assert_good(layout)
    lefts = sorted(set(layout.leaf_boxes[:, 0].tolist()))
    assert len(lefts) == 2
    assert layout.leaf_boxes[:, 2].max() < layout.boxes[1][0]
    assert (layout.leaf_boxes[:, 0] == lefts[1]).sum() == 3
    ends = layout.leaf_lines[layout.leaf_line_ends > 0]
    assert len(ends) == 6 and (ends[:, 2] == layout.boxes[1][0]).all()
    for x0, y0, x1, y1 in layout.leaf_lines.tolist():  # none runs through another leaf
        for left, top, right, bottom in layout.leaf_boxes.tolist():
            assert not (y0 == y1 and top < y0 < bottom and x0 < right and left < x1)


def test_a_reader_before_its_source_is_drawn_and_does_no_harm():
    layout = laid_out(flat(3, [(0, 1), (2, 1), (1, 2)]))
    assert len(layout.tips) == 3


def test_a_graph_of_ten_thousand_nodes():
    layout = laid_out(large(10_000))
    assert len(layout.boxes) == 10_000
    assert_good(layout)


def test_it_can_be_stopped_at_any_time():
    class Stop(Exception):
        pass

    groups, shares = large(2_000), []
    laid_out(groups, progress=shares.append)
    assert shares == sorted(shares) and len(shares) > 10
    for last in (0, len(shares) // 2, len(shares) - 1):
        calls = []

        def progress(share, calls=calls, last=last):
            calls.append(share)
            if len(calls) > last:
                raise Stop

        with pytest.raises(Stop):
            laid_out(groups, progress=progress)
        assert len(calls) == last + 1


@needs_llama
def test_layers_of_llama_that_are_alike_are_one_group(llama_trace):
    groups = groups_in(llama_trace, last_graph(llama_trace))
    top = [groups.group_of(item) for item in groups.groups[WHOLE].children]
    assert [group.title if group else "node" for group in top] == ["embedding", "layers 0–1", "layer 2", "norm", "node"]
    repeat = top[1]
    layers = [groups.group_of(item) for item in repeat.children]
    assert [layer.title for layer in layers] == ["layer 0", "layer 1"]
    names = groups.graph.names
    for number, layer in enumerate(layers):
        assert names[layer.first] == f"norm-{number}" and names[layer.end - 1] == f"l_out-{number}"
        blocks = [groups.group_of(item).title for item in layer.children]
        assert blocks == ["norm", "attention", "norm", "ffn"]


@needs_llama
def test_every_node_is_in_one_place(llama_trace, moe_trace):
    for trace in (llama_trace, moe_trace):
        groups = groups_in(trace, last_graph(trace))

        def nodes(number, groups=groups):
            for item in groups.groups[number].children:
                group = groups.group_of(item)
                if group:
                    assert [*nodes(group.number)] == list(range(group.first, group.end))
                    yield from range(group.first, group.end)
                else:
                    yield item

        assert list(nodes(WHOLE)) == list(range(groups.graph.nodes))


@needs_llama
@pytest.mark.parametrize("opened", ["none", "repeat", "one", "all"])
def test_a_llama_and_a_mixture_of_experts_are_laid_out(llama_trace, moe_trace, opened):
    for trace in (llama_trace, moe_trace):
        groups = groups_in(trace, last_graph(trace))
        repeat = next(group for group in groups.groups if group.kind == "repeat")
        one = groups.group_of(repeat.children[0])
        chosen = {
            "none": frozenset(),
            "repeat": frozenset([repeat.number]),
            "one": frozenset([repeat.number, *groups.below(one.number)]),
            "all": every_group(groups),
        }[opened]
        layout = laid_out(groups, chosen)
        assert_good(layout)
        assert set(layout.frames.tolist()) == chosen
        if opened == "all":
            assert layout.items.tolist() != [] and set(layout.items.tolist()) == set(range(groups.graph.nodes))


@needs_whisper
def test_parts_of_whisper_are_found_without_names(whisper_trace):
    encoder = next(
        number
        for number in range(len(whisper_trace.definitions.graphs))
        if "FLASH_ATTN_EXT" in whisper_trace.graph(number).ops
    )
    groups = groups_in(whisper_trace, encoder)
    repeat = next(group for group in groups.groups if group.kind == "repeat")
    parts = [groups.group_of(item) for item in repeat.children]
    assert len(parts) == groups.graph.ops.count("FLASH_ATTN_EXT")
    ops = groups.graph.ops
    assert len({tuple(ops[part.first : part.end]) for part in parts}) == 1
    assert ops[parts[0].first] == "NORM"
    for chosen in (frozenset(), every_group(groups)):
        assert_good(laid_out(groups, chosen))


@needs_llama
def test_neighbours_keep_their_order_when_a_group_is_opened(llama_trace):
    groups = groups_in(llama_trace, last_graph(llama_trace))
    before = {number: frozenset() for number in every_group(groups)}
    for number in before:
        around = frozenset(groups.around(groups.groups[number].first)) & frozenset(range(number))
        closed, opened = laid_out(groups, around), laid_out(groups, around | {number})
        kept = [item for item in closed.items.tolist() if item != groups.item(number)]

        def sequence(layout, kept=kept):
            boxes = dict(zip(layout.items.tolist(), layout.boxes.tolist(), strict=True))
            parents = {item: group.number for group in groups.groups for item in group.children if item in boxes}
            rows = [(parents[item], round(sum(boxes[item][1::2])), boxes[item][0], item) for item in kept]
            return [(parent, item) for parent, _, _, item in sorted(rows)]

        assert sequence(closed) == sequence(opened)


@needs_llama
def test_equal_layers_look_equal(llama_trace):
    groups = groups_in(llama_trace, last_graph(llama_trace))
    layout = laid_out(groups, every_group(groups))
    repeat = next(group for group in groups.groups if group.kind == "repeat")
    first, second = (groups.group_of(item) for item in repeat.children)
    boxes = dict(zip(layout.items.tolist(), layout.boxes, strict=True))
    corner = [layout.frame_boxes[layout.frames == group.number][0][:2] for group in (first, second)]
    for offset in range(first.end - first.first):
        places = [boxes[group.first + offset][:2] - at for group, at in zip((first, second), corner, strict=True)]
        assert places[0] == pytest.approx(places[1], abs=0.1)


@needs_llama
def test_outcomes_and_times_are_those_of_the_trace(llama_trace):
    number = last_graph(llama_trace)
    graph, found = llama_trace.graph(number), outcomes(llama_trace, number)
    runs = np.flatnonzero(llama_trace.runs["graph"] == number)
    executions = llama_trace.executions
    run_of = llama_trace.sections["run"][executions["section"]]
    mine = executions[np.isin(run_of, runs)]
    assert set(np.flatnonzero(found == Outcome.COMPUTED).tolist()) == set(mine["node"].tolist())
    fused = np.flatnonzero(found == Outcome.FUSED)
    assert {graph.ops[node] for node in fused} == {"MUL"} and {graph.ops[node - 1] for node in fused} == {"RMS_NORM"}
    assert {graph.ops[node] for node in np.flatnonzero(found == Outcome.VIEW)} <= {"RESHAPE", "VIEW", "PERMUTE"}
    times = mean_times(llama_trace, number)
    for node in (int(mine["node"][0]), int(mine["node"][-1])):
        took = mine[mine["node"] == node]
        assert times[node] == pytest.approx((took["end"] - took["begin"]).mean())
    assert np.isnan(times[fused]).all()
    one = executions[run_of == runs[-1]]
    assert np.nansum(times_in_run(llama_trace, int(runs[-1]))) == (one["end"] - one["begin"]).sum()
    splits = splits_of(llama_trace, number)
    assert splits.names[0] == "CPU" and (splits.backend == 0).all() and (splits.of_node == 0).all()


def test_neighbours_and_ways():
    ways = Ways(flat(5, [*DIAMOND, (3, 4)], [1, 4]))
    assert ways.near(4, 1) == {3, 4, 6}
    assert ways.near(4, 2) == {0, 1, 2, 3, 4, 6}
    assert ways.near(5, 1) == {1, 5}
    assert ways.shortest(0, 4) == [0, 3, 4]
    assert ways.shortest(4, 0) == [0, 3, 4]
    assert ways.shortest(1, 2) == []
    assert ways.all_between(0, 4) == {0, 1, 2, 3, 4}


def test_a_leaf_that_many_read_makes_no_neighbours_of_them():
    groups = flat(2, [], [0])
    groups.leaf_edges = np.array([[2, 0], [2, 1]])
    assert Ways(groups).near(0, 5) == {0, 2}
    assert Ways(groups).near(2, 1) == {0, 1, 2}


def test_a_part_of_a_graph_has_what_flows_inside_of_it():
    groups = only(flat(5, [*DIAMOND, (3, 4)], [1, 4]), {0, 1, 3, 5})
    layout = laid_out(groups)
    assert_good(layout)
    assert sorted(layout.items.tolist()) == [0, 1, 3]
    assert layout.leafs.tolist() == [5]
    assert layout.shown.edges.tolist() == [[0, 1, 1], [0, 3, 1], [1, 3, 1]]
