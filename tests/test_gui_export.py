"""What is exported out of the window is what its panels show: each choice changes the picture in just that way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from gui_support import App, needs_window
from live_support import generating
from support import TESTS, needs_llama
from told_runs import ToldRuns

pytestmark = needs_window
SVG = "{http://www.w3.org/2000/svg}"
REPEATED = "layers 0–21  ×22"  # what the layers of the graph are, closed


@pytest.fixture(scope="module")
def trace(tmp_path_factory) -> Path:
    """A llama of 22 layers, some runs of it."""
    path = tmp_path_factory.mktemp("traces") / "llama.ggmlviz"
    script = TESTS.parent / "scripts" / "make_trace.py"
    subprocess.run([sys.executable, str(script), "3000", "-o", str(path)], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """Fourteen runs of MUL_MAT ffn_out-3 and ADD l_out-3; the third is slow."""
    told = ToldRuns()
    for number in range(14):
        told.run(number * 100_000, arrivals=((70, 900 if number == 2 else 90), (30, 40)))
    return told.write(tmp_path_factory.mktemp("runs") / "runs.ggmlviz")


class Exports:
    def __init__(self, app: App, folder: Path):
        self._app, self._folder, self._count = app, folder, 0

    def picture(self, view: str, *commands: str) -> ElementTree.Element:
        """Of a view after these commands."""
        for command in commands:
            self._app.do(command)
        self._count += 1
        path = self._folder / f"{self._count}.svg"
        self._app.do(f"export {view} {path}")
        assert self._app.tell()["message"] == f"Wrote {path}"
        return ElementTree.parse(path).getroot()

    def words(self, view: str, *commands: str) -> list[str]:
        return words_of(self.picture(view, *commands))


def words_of(picture: ElementTree.Element) -> list[str]:
    return [text.text for text in picture.iter(f"{SVG}text")]


def shape_of(picture: ElementTree.Element) -> float:
    return int(picture.get("width")) / int(picture.get("height"))


def test_lanes_of_the_timeline(window, trace, tmp_path):
    with window(trace) as app:
        exports = Exports(app, tmp_path)
        plain = exports.words("timeline")
        assert "runs" in plain and "layers" not in plain
        nested = exports.words("timeline", "timeline nest")
        assert {"layers", "blocks"} <= set(nested) and plain.index("ops") < plain.index("thread 1")
        lanes = [word for word in exports.words("timeline", "timeline filter layers runs") if word in nested]
        assert "layers" in lanes and "runs" in lanes and "blocks" not in lanes and "thread 1" not in lanes
        pinned = exports.picture("timeline", "timeline filter", "timeline pin layers")
        heights = {text.text: float(text.get("y")) for text in pinned.iter(f"{SVG}text")}
        assert heights["layers"] < heights["runs"] < heights["blocks"]
        _, _, width, height = app.tell()["canvases"]["timeline"]
        assert shape_of(pinned) == pytest.approx(width / height, rel=0.01)


def test_range_area_and_notes_of_the_timeline(window, runs, tmp_path):
    with window(runs) as app:
        exports = Exports(app, tmp_path)
        whole = exports.words("timeline")
        part = exports.words("timeline", "range 0.2ms - 0.202ms")
        assert "MUL_MAT ffn_out-3" in part and part != whole
        app.drag(app.at("timeline", 0.5, 0.4), app.at("timeline", 0.75, 0.4))
        area = app.wait_for(lambda state: state["area"] is not None, "the area")["area"]
        inside = exports.words("timeline")
        assert [word for word in inside if word not in part] == [f"{area[1] - area[0]} ns"]


def test_choices_of_the_graph(window, trace, tmp_path):
    with window(trace, "--size", "1600x900") as app:
        exports = Exports(app, tmp_path)
        closed = exports.words("graph")
        assert "inputs, weights" in closed and "matmul" not in closed and REPEATED in closed
        assert "matmul" in exports.words("graph", "graph colour op")
        opened = exports.words("graph", "graph open layers 0–21", "graph fit")
        assert {"layer 0", "layer 21"} <= set(opened) and "layer 0" not in closed
        near = exports.words("graph", "graph select ffn_out-21", "graph neighbours 1")
        assert any(word.startswith("ffn_out-21 and") for word in near) and REPEATED not in near
        assert not any("Esc" in word for word in near)
        whole = exports.words("graph", "graph whole", "graph close-all", "graph fit")
        assert set(whole) == set(exports.words("graph", "graph colour op", "graph fit")) != set(closed)
        assert set(closed) == set(exports.words("graph", "graph colour plain"))


def test_the_part_of_the_graph_that_is_in_view(window, trace, tmp_path):
    with window(trace) as app:
        exports = Exports(app, tmp_path)
        whole = exports.words("graph", "graph fit")
        assert "embd" in whole and "result_output" in whole
        part = exports.words("graph", *["graph zoom-in"] * 6, *["graph up"] * 4)
        assert "embd" in part and "result_output" not in part


def test_choices_of_the_heatmap(window, trace, tmp_path):
    with window(trace, "--size", "1280x800") as app:
        exports = Exports(app, tmp_path)
        compact = exports.picture("heatmap")
        assert shape_of(compact) > 4 and "OVER TIME" not in words_of(compact)
        assert "Bytes read" in words_of(compact)
        by_time = exports.words("heatmap", "memory by time")
        assert "Time of the ops that touch it" in by_time and "Bytes read" not in by_time
        one = exports.words("heatmap", "memory run 2")
        assert any(word.startswith("run 2 of ") for word in one)
        assert not any(word.startswith("run 2 of ") for word in by_time)
        full = exports.picture("heatmap", "memory full")
        assert shape_of(full) < 2 and "OVER TIME" in words_of(full)


def test_choices_of_the_statistics(window, runs, tmp_path):
    with window(runs) as app:
        exports = Exports(app, tmp_path)
        ops = exports.words("statistics")
        assert ops.index("MUL_MAT") < ops.index("ADD")
        turned = exports.words("statistics", "statistics sort op", "statistics sort op")
        assert sorted(turned) == sorted(ops)
        again = exports.words("statistics", "statistics sort op")
        assert (turned.index("MUL_MAT") < turned.index("ADD")) != (again.index("MUL_MAT") < again.index("ADD"))
        assert "ADD" not in exports.words("statistics", "statistics filter mul")
        layers = exports.words("statistics", "statistics filter", "statistics by layer")
        assert "MUL_MAT" not in layers and "layer" in layers and "3" in layers


def test_flame_log_and_comparison(window, runs, tmp_path):
    with window(runs) as app:
        exports = Exports(app, tmp_path)
        app.do("show flame")
        app.wait_for(lambda state: state["panels"]["flame"]["time"], "the flame")
        whole = exports.picture("flame")
        zoomed = exports.picture("flame", "flame zoom generation › layer 3 › ffn › ADD")
        assert "MUL_MAT" in words_of(whole) and "ADD" in words_of(zoomed) and "MUL_MAT" not in words_of(zoomed)
        app.do("show log")
        first = exports.words("log")
        last = exports.words("log", "log last")
        assert first != last
        app.do(f"compare-with {runs}")
        app.wait_for(lambda state: state["panels"]["compare"]["sentences"], "the comparison")
        assert "layer" in exports.words("compare", "compare by layer")


@needs_llama
def test_while_it_is_watched(window, models, tmp_path):
    with generating(models.tiny, "--threads", 1) as program, window("--live", program.pid) as app:
        app.wait_for(lambda state: state["live"]["runs"] > 100, "some runs")
        exports = Exports(app, tmp_path)
        app.wait_for(lambda state: state["panels"]["graph"].get("graph") is not None, "the graph")
        assert "what is touched glows, and fades" in exports.words("heatmap", "memory full")
        app.do("memory close")
        assert "layers" in exports.words("timeline", "timeline nest", "live follow")
        app.do("graph open-all")
        app.wait_for(lambda state: not state["panels"]["graph"]["busy"], "the opened graph")
        opened = exports.words("graph", "graph fit", "graph colour op")
        assert "matmul" in opened and app.tell()["panels"]["graph"]["open"]
