"""Memory and trace log in the real window, with a real mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from gui_support import Cannot, needs_window
from told_runs import ToldRuns

pytestmark = needs_window
RUNS, EVERY = 40, 100_000  # ns from run to run


@pytest.fixture(scope="module")
def trace(tmp_path_factory) -> Path:
    runs = ToldRuns()
    for number in range(RUNS):
        runs.run(number * EVERY)
    return runs.write(tmp_path_factory.mktemp("traces") / "many.ggmlviz")


def memory(app):
    return app.tell()["panels"]["memory"]


def middle_of(cells, name):
    box = next(cell[2:] for cell in cells if cell[1] == name)
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def test_hovering_tells_and_a_click_selects(window, trace):
    with window(trace) as app:
        x, y = middle_of(memory(app)["cells"], "blk.3.ffn_down.weight")
        app.click(*app.pixel("memory", x, y))
        state = app.wait_for(lambda state: state["selection"]["tensor"] is not None)
        assert state["selection"]["execution"] is None and state["selection"]["buffer"] == 0


def test_stepping_through_runs(window, trace):
    with window(trace) as app:
        app.do("memory next")
        assert memory(app)["one_run"] and app.tell()["selection"]["run"] == 0
        app.do("memory next")
        assert app.tell()["selection"]["run"] == 1
        app.do("memory previous")
        with pytest.raises(Cannot, match="no run beyond"):
            app.do("memory previous")
        app.do("memory by count")
        assert memory(app)["measure"] == "count"
        with pytest.raises(Cannot, match="none of bytes"):
            app.do("memory by weight")


def test_playing_ends_with_the_last_run(window, trace):
    with window(trace) as app:
        app.do(f"memory run {RUNS - 2}")
        assert app.tell()["selection"]["run"] == RUNS - 3
        app.do("memory play")
        app.wait_for(lambda state: state["selection"]["run"] == RUNS - 1 and not state["panels"]["memory"]["playing"])


def test_the_whole_window(window, trace):
    with window(trace) as app:
        app.key("shift+m")
        app.wait_for(lambda state: state["panels"]["memory"]["full"]["open"])
        full = memory(app)["full"]
        app.click(*app.pixel("memory 3", *middle_of(full["cells"], "blk.3.ffn_down.weight")))
        app.wait_for(lambda state: state["selection"]["tensor"] is not None)
        log = memory(app)["full"]["log"]
        assert log["sentence"].endswith("that touch blk.3.ffn_down.weight") and log["entries"] == RUNS + 1
        assert {line[0] for line in log["lines"]} <= {"alloc", "MUL_MAT"}
        line = log["lines"][-2]
        app.click(*app.pixel("memory 2", (line[3] + line[5]) / 2, (line[4] + line[6]) / 2))
        state = app.wait_for(lambda state: state["selection"]["execution"] == line[2])
        assert state["panels"]["memory"]["full"]["log"]["entries"] == 2 * RUNS + 1
        ruler = memory(app)["full"]["ruler"]
        left, top, width, _ = app.tell()["canvases"]["memory 3"]
        app.click(left + width // 2, round(top + sum(ruler) / 2))
        state = app.wait_for(lambda state: state["panels"]["memory"]["one_run"])
        assert 10 < state["selection"]["run"] < 30
        chart = memory(app)["full"]["chart"]
        app.click(left + width // 2, round(top + sum(chart) / 2))
        app.wait_for(lambda state: state["panels"]["memory"]["moment"] is not None)
        app.key("Escape")
        app.wait_for(lambda state: not state["panels"]["memory"]["full"]["open"])


@pytest.mark.parametrize("what", ["residency", "extents"])
def test_what_is_told_of_model_files_needs_one(window, trace, what):
    with window(trace) as app, pytest.raises(Cannot, match="no model file"):
        app.do(f"memory {what}")


def test_the_log_scrolls_and_selects(window, trace):
    with window(trace) as app:
        app.do("show log")
        log = app.wait_for(lambda state: state["panels"]["log"].get("lines"))["panels"]["log"]
        assert log["entries"] == 2 * RUNS + 1 and log["first"] == 0
        left, top, width, height = app.tell()["canvases"]["log"]
        app.wheel(left + 50, top + 60, -2)
        app.wait_for(lambda state: state["panels"]["log"]["first"] == 6)
        app.click(left + width - 7, top + height - 3)  # the end of the scroll bar
        log = app.wait_for(lambda state: state["panels"]["log"]["first"] > 6)["panels"]["log"]
        assert log["lines"][-1][2] == 2 * RUNS - 1
        app.key("bracketright")
        app.wait_for(lambda state: state["panels"]["log"]["first"] == 0)
