"""Views of the window as pictures, without a window."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from export_support import exported, write_known, write_without_ops
from PIL import Image
from support import llama, needs_llama, traced

from ggmlviz.errors import UnsuitableTrace
from ggmlviz.export.errors import WrongOptions
from ggmlviz.export.formats import VIEWS

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def captured(models, tmp_path_factory) -> Path:
    """A mixture of experts, which has something to show in every view."""
    path = tmp_path_factory.mktemp("views") / "x.ggmlviz"
    traced(llama(models.experts, "--tokens", 8), path)
    return path


@pytest.fixture
def known(tmp_path) -> Path:
    return write_known(tmp_path / "known.ggmlviz", runs=2, layers=3, closed=True)


@needs_llama
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_as_svg_and_png(captured, tmp_path, view):
    size = {"view": view, "size": (900, 600)}
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


@needs_llama
def test_what_is_written_is_in_the_picture(captured, tmp_path):
    def words(**choices):
        picture = ElementTree.parse(exported(captured, "svg", tmp_path / "x.svg", replace=True, **choices))
        return " ".join(text.text for text in picture.getroot().iter(f"{SVG}text"))

    assert "MUL_MAT" in words(view="statistics")
    assert "layer 0" in words(view="experts")
    assert "attention" not in words(view="graph") and "attention" in words(view="graph", layer=0)


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
