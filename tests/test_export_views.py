"""Views of the window as pictures, without a window."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from export_support import STEP, exported, write_known, write_without_ops
from PIL import Image
from support import llama, needs_llama, traced

from ggmlviz.errors import UnsuitableTrace
from ggmlviz.export.errors import WrongOptions
from ggmlviz.export.formats import VIEWS
from ggmlviz.scene.selection import of_name
from ggmlviz.trace.trace import Trace

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def captured(models, tmp_path_factory) -> Path:
    """A mixture of experts, which has something to show in every view."""
    path = tmp_path_factory.mktemp("views") / "x.ggmlviz"
    traced(llama(models.experts, "--tokens", 8), path)
    return path


@pytest.fixture(scope="module")
def of_views(captured) -> dict[str, dict[str, object]]:
    """What a view must be told beside its name."""
    return {"compare": {"other": captured}, "inspector": {"tensor": "ffn_moe_out-1"}}


@pytest.fixture
def known(tmp_path) -> Path:
    return write_known(tmp_path / "known.ggmlviz", runs=2, layers=3, closed=True)


@needs_llama
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_as_svg_and_png(captured, of_views, tmp_path, view):
    size = {"view": view, "size": (900, 600)} | of_views.get(view, {})
    picture = ElementTree.parse(exported(captured, "svg", tmp_path / "x.svg", **size)).getroot()
    assert (picture.get("width"), picture.get("height")) == ("900", "600")
    words = [text.text for text in picture.iter(f"{SVG}text")]
    assert len(words) > 3 and all(words)
    for theme, is_light in (("light", True), ("dark", False)):
        path = exported(captured, "png", tmp_path / f"{theme}.png", theme=theme, **size)
        pixels = np.asarray(Image.open(path))
        assert pixels.shape == (600, 900, 3)
        assert (pixels[-1, -1].mean() > 128) == is_light
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 8


def words_of(trace: Path, folder: Path, **choices: object) -> str:
    picture = ElementTree.parse(exported(trace, "svg", folder / "x.svg", replace=True, **choices))
    return " ".join(text.text for text in picture.getroot().iter(f"{SVG}text"))


@needs_llama
def test_what_is_written_is_in_the_picture(captured, tmp_path):
    def words(**choices):
        return words_of(captured, tmp_path, **choices)

    assert "MUL_MAT" in words(view="statistics")
    assert "MUL_MAT" not in words(view="statistics", by="layer")
    assert "layer 0" in words(view="experts")
    assert "attention" not in words(view="graph") and "attention" in words(view="graph", layer=0)
    second = Trace.open(captured).runs["begin"][1] / 1e9
    assert "token_embd.weight" in words(view="log") and words(view="log") != words(view="log", begin=second)


def test_two_traces_beside_each_other(tmp_path):
    a = write_known(tmp_path / "a.ggmlviz", runs=20, layers=3, closed=True)
    b = write_known(tmp_path / "b.ggmlviz", runs=20, layers=4, closed=True)
    compared = words_of(a, tmp_path, view="compare", other=b)
    assert "A: a.ggmlviz, B: b.ggmlviz" in compared and "A: median 900 ns of 20" in compared
    assert "B: median 1.00 µs of 20" in compared and "ADD" in compared
    assert "ffn_up-3 (ADD) 4×3×2×1: only in B" in words_of(a, tmp_path, view="compare", other=b, by="structure")
    one = words_of(a, tmp_path, view="compare", other=b, tensor="ffn_up-1")
    assert "ADD ffn_up-1, each time" in one and f"A: median {STEP} ns of 20" in one


def test_all_that_is_known_of_a_tensor(known, tmp_path):
    path = exported(known, "svg", tmp_path / "x.svg", view="inspector", tensor="ffn_up-1")
    picture = ElementTree.parse(path).getroot()
    texts = list(picture.iter(f"{SVG}text"))
    words = " ".join(text.text for text in texts)
    assert words.startswith("ADD ffn_up-1") and "In 2 runs" in words and "ADD ffn_up-2" in words
    # As high as it needs: the last line is in it, and nothing is below.
    lowest, height = max(float(text.get("y")) for text in texts), float(picture.get("height"))
    assert picture.get("width") == "480" and height - 40 < lowest < height
    assert "disk" not in words_of(known, tmp_path, view="inspector", tensor="blk.0.ffn_up.weight")


def test_a_name_is_looked_for_in_the_order_of_runs(known):
    trace = Trace.open(known)
    selection = of_name(trace, "ffn_up-1")
    assert (selection.run, selection.graph, selection.member) == (0, 0, 1)
    assert trace.ops.node[selection.execution] == 1 and trace.ops.section[selection.execution] == 0
    assert of_name(trace, "blk.2.ffn_up.weight").execution is None
    assert of_name(trace, "ffn_up") is None


def test_a_range_is_what_is_drawn(known, tmp_path):
    whole = exported(known, "svg", tmp_path / "whole.svg", view="timeline").read_text()
    part = exported(known, "svg", tmp_path / "part.svg", view="timeline", begin=1e-6, end=1.4e-6).read_text()
    assert whole != part
    with pytest.raises(WrongOptions, match="nothing is recorded in that range"):
        exported(known, "svg", tmp_path / "none.svg", view="timeline", begin=5.0)


def test_what_cannot_be_drawn_is_said(known, tmp_path):
    with pytest.raises(WrongOptions, match="--view with one of timeline, graph"):
        exported(known, "png", tmp_path / "x.png")
    with pytest.raises(WrongOptions, match="no graph 7"):
        exported(known, "png", tmp_path / "x.png", view="graph", graph=7)
    for choices, told in (
        ({"view": "compare"}, "of two traces: --with OTHER"),
        ({"view": "compare", "other": known, "by": "thread"}, "--by of --view compare is one of op, block"),
        ({"view": "compare", "other": known, "begin": 0.0}, "--from says nothing to --view compare, only to timeline"),
        ({"view": "statistics", "by": "colour"}, "--by of --view statistics is one of op, tensor"),
        ({"view": "inspector"}, "--tensor NAME"),
        ({"view": "inspector", "tensor": "nobody"}, "nothing in the trace is called `nobody`"),
        ({"view": "heatmap", "layer": 1}, "--layer says nothing to --view heatmap, only to graph"),
        ({"view": "log", "other": known}, "--with says nothing to --view log, only to compare"),
    ):
        with pytest.raises(WrongOptions, match=told):
            exported(known, "png", tmp_path / "x.png", **choices)
    with pytest.raises(UnsuitableTrace):
        exported(write_without_ops(tmp_path / "bare.ggmlviz"), "svg", tmp_path / "x.svg", view="graph")
    assert not list(tmp_path.glob("x.*"))


def test_pixels_on_stdout(known):
    command = [
        sys.executable,
        "-m",
        "ggmlviz.cli",
        "export",
        str(known),
        "--to",
        "png",
        "--view",
        "timeline",
        "-o",
        "-",
    ]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert Image.open(io.BytesIO(done.stdout)).size == (1600, 900)
