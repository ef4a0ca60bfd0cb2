"""One walk through the window, as a person would take it: each step rests on the one before."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from gui_support import App, needs_window
from PIL import Image
from told_runs import ToldRuns

from ggmlviz.scene.palette import DARK, LIGHT, mixed

pytestmark = needs_window
RUNS, EVERY, CHOSEN = 12, 100_000, 7
SIZES = ((800, 600), (1024, 768), (1280, 800), (1920, 1080), (2560, 1440))
TABS = ("statistics", "log", "flame", "roofline", "compare")
NODE, OTHER = "ffn_out-3", "l_out-3"


@pytest.fixture(scope="module")
def traces(tmp_path_factory) -> tuple[Path, Path]:
    """Twelve runs of MUL_MAT and ADD on two threads; and the same, of which the MUL_MAT takes twice as long."""
    folder, files = tmp_path_factory.mktemp("traces"), []
    for name, usual in (("before", 70), ("after", 180)):
        runs = ToldRuns()
        for number in range(RUNS):
            runs.run(number * EVERY, tokens=1 if number else 3, arrivals=((usual, usual + 20), (30, 40)))
        files.append(runs.write(folder / f"{name}.ggmlviz"))
    return tuple(files)


def test_from_opening_to_opening_again(window, traces, tmp_path):
    config = tmp_path / "kept"
    with window(config=config) as app:
        app.do(f"open {traces[0]}")
        loaded(app)
        zoom_to_an_op(app)
        select_it(app)
        see_it_everywhere(app, tmp_path)
        select_an_area(app)
        find(app)
        scrub(app)
        compare(app, traces[1])
        change_the_theme(app, tmp_path)
        resize(app, tmp_path)
        kept = leave_a_layout(app)
        assert app.close() == 0
    with window(config=config) as app:
        app.do(f"open {traces[0]}")
        loaded(app)
        state = app.tell()
        assert state["theme"] == "light"
        assert in_sight(state) == kept
        assert json.loads((app.config / "settings.json").read_text())["recent"] == [str(traces[0])]


def loaded(app: App) -> dict:
    ready = lambda state: timeline(state).get("loaded") and state["panels"]["graph"].get("places")  # noqa: E731
    return app.wait_for(ready, "ops and graph")


def timeline(state: dict) -> dict:
    return state["panels"]["timeline"]


def place(app: App, moment: float, key: str = "ops") -> tuple[int, int]:
    """Of a moment, in a lane of the timeline."""
    state = app.tell()
    begin, end = state["view"]
    top, bottom = next(lane[1:] for lane in timeline(state)["lanes"] if lane[0] == key)
    left, width = timeline(state)["left"], state["canvases"]["timeline"][2]
    return app.pixel("timeline", left + (moment - begin) / (end - begin) * (width - left), (top + bottom) / 2)


def zoom_to_an_op(app: App) -> None:
    """With the wheel over the run, then with a double click on its box."""
    begin = CHOSEN * EVERY
    app.wheel(*place(app, begin), 18)
    app.wait_for(lambda state: state["view"][1] - state["view"][0] < EVERY and state["view"][0] < begin)
    app.double_click(*place(app, begin + 90, "runs"))
    view = app.wait_for(lambda state: state["view"][1] - state["view"][0] < 300)["view"]
    assert view[0] <= begin and begin + 170 <= view[1]


def select_it(app: App) -> None:
    app.click(*place(app, CHOSEN * EVERY + 50))
    state = app.wait_for(lambda state: state["selection"]["execution"] == 2 * CHOSEN)
    assert (state["selection"]["run"], state["selection"]["member"]) == (CHOSEN, 0)


def see_it_everywhere(app: App, folder: Path) -> None:
    """The same node in every view: by what each tells of it, and by the colour of selections in the picture."""
    ready = lambda state: NODE in state["panels"]["graph"]["places"] and not state["panels"]["graph"]["busy"]  # noqa: E731
    app.wait_for(ready, "the node in the graph")
    app.do("show log")
    app.wait_for(lambda state: state["panels"]["log"].get("lines"), "the log")
    app.wait_for(lambda state: "time\t100 ns" in state["panels"]["inspector"]["text"], "the inspector")
    state, picture = app.tell(), pixels(app, folder)
    panels = state["panels"]
    assert panels["inspector"]["text"].startswith(f"MUL_MAT {NODE}")
    assert panels["graph"]["selected"] == 0

    def accented(canvas: str, box: list[float], around: int = 3) -> int:
        left, top = state["canvases"][canvas][:2]
        x0, y0, x1, y1 = (round(edge) for edge in box)
        part = picture[top + y0 - around : top + y1 + around, left + x0 - around : left + x1 + around]
        return int((np.abs(part.astype(int) - DARK.accent[:3]).max(axis=2) < 50).sum())  # edges are smoothed

    places = panels["graph"]["places"]
    assert accented("graph", places[NODE]) > 2 * (places[NODE][2] - places[NODE][0])
    assert accented("graph", places[OTHER]) < 40  # the edge between them is lit, too
    cells = {tuple(cell[:2]): cell[2:] for cell in panels["memory"]["cells"]}
    weight = cells["buffer", "blk.3.ffn_down.weight"]
    left, top = state["canvases"]["memory"][:2]
    edge = picture[top + round(weight[1]) : top + round(weight[3]), left + round(weight[0]) : left + round(weight[2])]
    assert (edge == DARK.text[:3]).all(axis=2).sum() > 2 * (weight[3] - weight[1])  # what it reads is framed
    lines = {line[2]: line[3:] for line in panels["log"]["lines"]}
    marked = mixed(DARK.accent, DARK.panel, 0.7)[:3]
    left, top = state["canvases"]["log"][:2]
    for execution, box in lines.items():
        row = picture[top + round(box[1]) + 2, left + round(box[0]) + 2 : left + round(box[2]) - 2]
        assert (row == marked).all(axis=1).any() == (execution == 2 * CHOSEN), execution
    assert 2 * CHOSEN in lines


def pixels(app: App, folder: Path) -> np.ndarray:
    app.move(2, app.tell()["size"][1] - 2)  # away from all that would be lit by the mouse
    with Image.open(app.screenshot(folder / "window.png")) as image:
        return np.array(image.convert("RGB"))


def select_an_area(app: App) -> None:
    app.do("range 0.0007 s - 0.000701 s")
    app.drag(place(app, CHOSEN * EVERY + 20), place(app, CHOSEN * EVERY + 140))
    state = app.wait_for(lambda state: state["area"] and timeline(state)["rows"])
    assert timeline(state)["drawer"] == "by op" and timeline(state)["rows"] == ["MUL_MAT", "ADD"]
    assert state["area"] == pytest.approx([CHOSEN * EVERY + 20, CHOSEN * EVERY + 140], abs=3)
    app.do("show statistics")
    app.wait_for(lambda state: len(state["panels"]["statistics"]["rows"]) == 2)
    app.move(*place(app, CHOSEN * EVERY + 500))
    app.key("Escape")
    app.wait_for(lambda state: state["area"] is None)


def find(app: App) -> None:
    app.move(*place(app, CHOSEN * EVERY + 500))
    view = app.tell()["view"]
    app.key("ctrl+f")
    app.type_into("op:add")
    app.wait_for(lambda state: timeline(state)["found"] == RUNS)
    assert app.tell()["view"] == view  # none of the letters was taken for a command
    app.key("Return")
    app.wait_for(lambda state: not state["typing"], "the keyboard to be given back")
    app.key("n")
    app.wait_for(lambda state: state["selection"]["execution"] == 2 * CHOSEN + 1)
    app.key("shift+n")
    app.wait_for(lambda state: state["selection"]["execution"] == 2 * CHOSEN - 1)


def scrub(app: App) -> None:
    """Along the runs of the heatmap on the whole window."""
    app.do("timeline all")
    app.key("shift+m")
    state = app.wait_for(lambda state: state["panels"]["memory"]["full"].get("ruler"), "the whole window")
    ruler = state["panels"]["memory"]["full"]["ruler"]
    left, top, width, _ = state["canvases"]["memory 3"]
    y = round(top + sum(ruler) / 2)
    app.drag((left + width // 4, y), (left + width // 2, y))
    run = app.wait_for(lambda state: state["panels"]["memory"]["one_run"])["selection"]["run"]
    assert RUNS // 4 < run < RUNS
    app.key("Escape")
    app.wait_for(lambda state: not state["panels"]["memory"]["full"]["open"])


def compare(app: App, other: Path) -> None:
    app.do(f"compare-with {other}")
    state = app.wait_for(lambda state: state["panels"]["compare"]["sentences"])
    assert state["other"] == str(other) and state["panels"]["compare"]["in_sight"]
    assert state["panels"]["compare"]["differences"] == 0


def change_the_theme(app: App, folder: Path) -> None:
    assert (pixels(app, folder) == DARK.panel[:3]).all(axis=2).mean() > 0.2
    app.key("ctrl+p")
    app.wait_for(lambda state: state["open"] == ["palette"])
    app.type_into("light theme")
    app.key("Return")
    app.wait_for(lambda state: state["open"] == [] and state["theme"] == "light")
    picture = pixels(app, folder)
    assert (picture == LIGHT.panel[:3]).all(axis=2).mean() > 0.2
    assert not (picture == DARK.panel[:3]).all(axis=2).mean() > 0.01


def resize(app: App, folder: Path) -> None:
    """At every size all panels lie inside, beside each other, and show something."""
    app.do("run next")
    for (width, height), tab in zip(SIZES, TABS, strict=True):
        app.resize(width, height)
        app.do(f"show {tab}")
        state = app.wait_for(lambda state, tab=tab: state["panels"][tab]["in_sight"])
        picture = pixels(app, folder)
        assert picture.shape[:2] == (height, width)
        seen = [panel for panel in state["panels"].values() if panel["in_sight"]]
        assert len(seen) == 5 and {panel["title"] for panel in seen} > {"Timeline", "Memory", "Graph", "Inspector"}
        covered = np.zeros((height, width), int)
        for panel in seen:
            left, top, wide, high = panel["rectangle"]
            assert min(left, top) >= 0 and left + wide <= width and top + high <= height, panel["title"]
            covered[top : top + high, left : left + wide] += 1
            inside = picture[top + 30 : top + high - 4, left + 4 : left + wide - 4].reshape(-1, 3)
            assert len(np.unique(inside, axis=0)) > 8, f"{panel['title']} is empty at {width}x{height}"
        assert covered.max() == 1, f"panels lie over each other at {width}x{height}"
        assert covered.mean() > 0.8


def leave_a_layout(app: App) -> dict:
    """The border between left and right, moved by the mouse."""
    app.resize(1280, 800)
    before = app.tell()["panels"]["inspector"]["rectangle"]
    left, top, _, high = before
    app.drag((left - 1, top + high // 2), (left - 151, top + high // 2))
    wider = lambda state: state["panels"]["inspector"]["rectangle"][2] > before[2] + 100  # noqa: E731
    state = app.wait_for(wider, "a wider inspector")
    assert "compare" in in_sight(state)
    return in_sight(state)


def in_sight(state: dict) -> dict:
    return {name: panel["rectangle"] for name, panel in state["panels"].items() if panel["in_sight"]}
