"""Widths of things in a row: exact shares, none too narrow, and none over another."""

from __future__ import annotations

import numpy as np
import pytest

from ggmlviz.analysis.memory.file_pages import EXTENT, Fragments, Residency
from ggmlviz.scene.heatmap.band import LEAST, Band
from ggmlviz.scene.heatmap.intensity import COLD, Scale
from ggmlviz.scene.heatmap.layout import laid_out, widths_of
from ggmlviz.scene.heatmap.strips import Kind, Strip, apart, covered

FIVE = 5.0


def widths(sizes, width, least=FIVE):
    sizes = np.array(sizes, np.int64)
    layout = laid_out(sizes, np.full(len(sizes), least), 10.0, width)
    assert layout.edges[0] == 10.0
    return np.diff(layout.edges).round(9).tolist(), layout


def test_shares_where_all_are_wide_enough():
    assert widths([10, 20, 70], 200)[0] == [20, 40, 140]


def test_the_wide_pay_for_the_narrow():
    # 5 of 100 go to the first; what is left is shared as 33 to 66
    assert widths([1, 33, 66], 100)[0] == pytest.approx([5, 95 / 3, 190 / 3])


def test_paying_makes_others_narrow_in_turn():
    # 51 of 1000 would be 5.1 pixels, but of what the two small ones leave it is less than 5
    found, _ = widths([1, 1, 51, 947], 100)
    assert found == [5, 5, 5, 85]


def test_just_enough_room():
    assert widths([1, 1000, 1, 1000], 20)[0] == [5, 5, 5, 5]


def test_neighbours_are_put_together_where_there_is_no_room():
    found, layout = widths([1, 1, 1, 1000, 1, 1, 1], 16)
    assert layout.groups == 3 and min(found) >= FIVE
    assert [layout.members(group) for group in range(3)] == [slice(0, 3), slice(3, 4), slice(4, 7)]
    assert layout.group_of.tolist() == [0, 0, 0, 1, 2, 2, 2]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("count", "width"), [(1, 50), (7, 40), (190, 1000), (220, 1000), (5000, 900), (60_000, 700)])
def test_whatever_the_sizes(seed, count, width):
    random = np.random.default_rng(seed)
    sizes = (random.pareto(0.7, count) * 1000 + 1).astype(np.int64)
    least = np.where(random.random(count) < 0.3, 0.0, FIVE)
    layout = laid_out(sizes, least, 3.0, width)
    found = np.diff(layout.edges)
    assert found.sum() == pytest.approx(width) and (found >= 0).all()
    assert (found >= np.maximum.reduceat(least, layout.first[:-1]) - 1e-6).all()
    assert layout.first[0] == 0 and layout.first[-1] == count and (np.diff(layout.first) > 0).all()
    if least.sum() <= width:
        assert layout.groups == count
    middles = (layout.edges[:-1] + layout.edges[1:]) / 2
    assert [layout.at(x) for x in middles[found > 0].tolist()] == np.flatnonzero(found > 0).tolist()
    assert layout.at(2.9) is None and layout.at(3.0 + width + 0.1) is None


def test_the_order_of_sizes_is_that_of_widths():
    sizes = np.array([3, 1, 9, 200, 80, 5, 4000])
    found = widths_of(sizes, np.full(7, FIVE), 300)
    assert (np.diff(found[np.argsort(sizes)]) >= -1e-9).all()


def test_between_tensors_are_alignment_and_room():
    cells = covered(np.array([200, 0]), np.array([50, 168]), np.array([7, 8]), 1000)
    assert cells[["begin", "size", "kind", "tensor"]].tolist() == [
        (0, 168, Kind.TENSOR, 8),
        (168, 32, Kind.GAP, -1),
        (200, 50, Kind.TENSOR, 7),
        (250, 750, Kind.FREE, -1),
    ]


def test_the_later_of_two_in_one_place_is_shown():
    begins, sizes = np.array([0, 100, 50, 300]), np.array([100, 100, 100, 10])
    assert apart(begins, sizes).tolist() == [2, 3]
    assert apart(begins[:2], sizes[:2]).tolist() == [0, 1]


def band(sizes, width, kinds=None):
    sizes = np.array(sizes)
    cells = covered(np.cumsum(sizes) - sizes, sizes, np.arange(len(sizes)), int(sizes.sum()))
    if kinds:
        cells["kind"] = kinds
    numbers = np.arange(len(sizes))
    strip = Strip("disk", 0, "", "", int(sizes.sum()), cells, numbers, numbers)
    return Band.of(strip, (0.0, 10.0, width, 30.0), np.full(len(sizes), 0.5), 1.0)


def test_gaps_give_way_to_tensors():
    kinds = [Kind.TENSOR, Kind.GAP, Kind.TENSOR, Kind.GAP]
    assert np.diff(band([1, 1, 1, 1], 12.0, kinds).layout.edges).round(6).tolist() == [5, 1, 5, 1]
    tight = band([1, 1, 1, 1], 11.0, kinds)
    assert tight.layout.groups == 4 and np.diff(tight.layout.edges)[[0, 2]].min() >= LEAST[Kind.TENSOR]


def test_resident_pages_are_where_the_bytes_are():
    found = band([300, 100, 400], 80.0)
    resident = Residency(100, 800, np.array([0, 0, 1, 1, 0, 0, 1, 1], bool))
    assert found.resident_lines(resident).tolist() == [[20, 40], [60, 80]]
    # the first is 5 pixels in place of 1: its bytes are on all five
    found = band([10, 790], 80.0)
    resident = Residency(10, 800, np.arange(80) == 0)
    assert found.resident_lines(resident).tolist() == [[0, 5]]


def test_pieces_of_a_file_are_below_their_bytes():
    found = band([300, 100, 400], 80.0)
    extents = np.array([(0, 200, 1000), (200, 100, 1200), (300, 100, 5000), (600, 200, 9000)], EXTENT)
    lines, pieces = found.piece_lines(Fragments(800, extents))
    assert lines.tolist() == [[0, 20], [20, 30], [30, 40], [60, 80]]  # a hole from 400 to 600
    assert pieces.tolist() == [0, 0, 1, 2]
    outside = Fragments(2000, np.array([(0, 400, 1), (1000, 100, 9)], EXTENT))
    assert found.piece_lines(outside)[0].tolist() == [[0, 40]]


def access(**fields):
    from ggmlviz.analysis.memory.tensor_accesses import ACCESS

    done = np.zeros(len(next(iter(fields.values()))), ACCESS)
    for name, values in fields.items():
        done[name] = values
    return done


def test_heat_of_bytes():
    done = access(read=[0, 25, 100, 0], count=[1, 1, 1, 0])
    assert Scale("bytes", 100.0).heat(done).tolist() == [0, 0.5, 1, COLD]
    assert Scale("bytes", 100.0).labels() == ("0", "25 B", "100 B")


def test_heat_of_recency():
    done = access(last=[1_000_000, 999_000, 0, -1], count=[1, 1, 1, 0])
    heat = Scale("recency", 1_000_000.0, 1_000_000).heat(done)
    assert heat[0] == 1 and heat[2] == 0 and heat[3] == COLD and 0.85 < heat[1] < 1
    assert Scale("recency", 1_000_000.0, 1_000_000).labels()[::2] == ("1.00 ms ago", "now")
