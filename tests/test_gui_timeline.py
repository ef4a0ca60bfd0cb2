"""The timeline in the real window, with real keys and a real mouse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from gui_support import App, Cannot, needs_window
from told_runs import ToldRuns

pytestmark = needs_window
RUNS, EVERY, RUN = 6, 100_000, 170


@pytest.fixture(scope="module")
def trace(tmp_path_factory) -> Path:
    """Six runs, each of a MUL_MAT of 100 ns and an ADD of 50."""
    runs = ToldRuns()
    for number in range(RUNS):
        runs.run(number * EVERY)
    return runs.write(tmp_path_factory.mktemp("traces") / "six.ggmlviz")


@pytest.fixture(scope="module")
def opened(display, trace, tmp_path_factory) -> Iterator[App]:
    """One window for all: starting it takes longer than all that is done in it."""
    app = App(display, tmp_path_factory.mktemp("config"), "--size", "1280x800", trace)
    loaded(app)
    yield app
    app.close()


@pytest.fixture
def app(opened) -> App:
    """As if it had just been opened."""
    for command in ("clear", "clear", "filter", "drawer", "all"):
        opened.do(f"timeline {command}")
    return opened


def timeline(state: dict) -> dict:
    return state["panels"]["timeline"]


def loaded(app) -> dict:
    return app.wait_for(lambda state: timeline(state).get("loaded"), "the ops")


def place(app, moment: float, key: str = "ops") -> tuple[int, int]:
    """Of a moment, in a lane."""
    state = app.tell()
    panel, (begin, end) = timeline(state), state["view"]
    top, bottom = next(lane[1:] for lane in panel["lanes"] if lane[0] == key)
    left, width = panel["left"], state["canvases"]["timeline"][2]
    x = left + (moment - begin) / (end - begin) * (width - left)
    return app.pixel("timeline", x, (top + bottom) / 2)


def test_keys_zoom_pan_and_go_back(app):
    whole = app.tell()["view"]
    app.move(*place(app, 300_000))
    app.key("w", "w")
    nearer = round(0.64 * (whole[1] - whole[0]))
    begin, end = app.wait_for(lambda state: abs(state["view"][1] - state["view"][0] - nearer) < 10)["view"]
    app.key("d")
    moved = app.wait_for(lambda state: state["view"][0] > begin)["view"]
    assert moved[1] - moved[0] == end - begin
    app.key("a", "s")
    app.wait_for(lambda state: state["view"][1] - state["view"][0] > end - begin)
    app.key("Home")
    app.wait_for(lambda state: state["view"] == whole)
    app.do("back")
    assert app.tell()["view"] != whole


def test_the_wheel_zooms_at_the_cursor(app):
    whole = app.tell()["view"]
    x, y = place(app, 400_000)
    app.wheel(x, y, 3)
    app.wait_for(lambda state: state["view"][1] - state["view"][0] < 0.6 * (whole[1] - whole[0]))
    assert abs(place(app, 400_000)[0] - x) <= 2
    app.wheel(x, y, -20)
    app.wait_for(lambda state: state["view"] == whole)


def test_an_op_is_selected_and_followed_from_run_to_run(app):
    app.do("range 0.0002 s – 0.000201 s")
    app.click(*place(app, 200_050))
    state = app.wait_for(lambda state: state["selection"]["execution"] == 4)
    assert state["selection"]["run"] == 2 and state["selection"]["member"] == 0
    app.key("f")
    view = app.wait_for(lambda state: state["view"] != [200_000, 201_000])["view"]
    assert view[0] <= 200_000 and view[1] >= 200_100 and view[1] - view[0] <= 200
    app.key("period")
    state = app.wait_for(lambda state: state["selection"]["execution"] == 6)
    assert [moment - EVERY for moment in state["view"]] == view
    app.key("comma", "comma")
    app.wait_for(lambda state: state["selection"]["execution"] == 2)
    app.do("timeline previous")
    with pytest.raises(Cannot, match="first run"):
        app.do("timeline previous")


def test_a_double_click_zooms_to_what_is_there(app):
    app.do("range 0.0003 s – 0.000301 s")
    app.double_click(*place(app, 300_085, "runs"))
    view = app.wait_for(lambda state: state["view"] != [300_000, 301_000])["view"]
    assert view[0] < 300_000 and view[1] > 300_170 and view[1] - view[0] < 300


def test_hovering_tells(app):
    app.do("range 0.0001 s – 0.0001002 s")
    app.move(*place(app, 100_050))
    tip = app.wait_for(lambda state: state["tooltip"])["tooltip"]
    assert tip.splitlines()[:3] == ["MUL_MAT  ffn_out-3", "100  f32", "100 ns  (100 ns)"]
    app.move(*place(app, 100_080, "thread 1"))
    app.wait_for(lambda state: "waits in a barrier" in state["tooltip"])


def test_an_area_is_picked_and_told(app):
    app.do("range 0.0001 s – 0.000101 s")
    app.drag(place(app, 100_050), place(app, 100_120))
    state = app.wait_for(lambda state: state["area"] and timeline(state)["rows"])
    assert state["area"] == pytest.approx([100_050, 100_120], abs=3)
    assert timeline(state)["drawer"] == "by op" and timeline(state)["rows"] == ["MUL_MAT", "ADD"]
    app.do("timeline drawer by tensor")
    app.wait_for(lambda state: timeline(state)["rows"] == ["MUL_MAT ffn_out-3", "ADD l_out-3"])
    app.do("timeline drawer-sort total")
    app.wait_for(lambda state: timeline(state)["rows"][0] == "ADD l_out-3")
    app.move(*place(app, 100_500))
    app.key("Escape")
    app.wait_for(lambda state: state["area"] is None)


def test_panning_by_the_middle_button_and_with_shift(app):
    for how in ({"button": 2}, {"key": "shift"}):
        app.do("range 0.0002 s – 0.0003 s")
        app.drag(place(app, 250_000), place(app, 240_000), **how)
        view = app.wait_for(lambda state: state["view"] != [200_000, 300_000])["view"]
        assert view[1] - view[0] == 100_000 and view[0] == pytest.approx(210_000, abs=400)
        assert app.tell()["area"] is None


def test_find_from_match_to_match(app):
    app.move(*place(app, 300_000))
    app.do("timeline find")
    app.type_into("op:add")
    app.wait_for(lambda state: timeline(state)["found"] == RUNS)
    app.key("Return")
    app.do("timeline find-next")
    assert app.tell()["selection"]["execution"] == 1
    app.do("timeline find-next")
    assert app.tell()["selection"]["execution"] == 3
    app.do("timeline find-previous")
    app.do("timeline find-previous")
    state = app.tell()
    assert state["selection"]["execution"] == 2 * RUNS - 1 and state["message"] == "match 6 of 6"
    app.do("timeline find dur>50ns")
    app.wait_for(lambda state: timeline(state)["found"] == RUNS)
    app.do("timeline find layer:3")
    app.wait_for(lambda state: timeline(state)["found"] == 2 * RUNS)
    app.do("timeline bin 0")
    assert timeline(app.tell())["lit"] == RUNS
    with pytest.raises(Cannot, match="no layer"):
        app.do("timeline find layer:x")


def test_measure_between_two_points(app):
    app.do("range 0.0001 s – 0.0002 s")
    app.move(*place(app, 120_000))
    app.key("m")
    app.move(*place(app, 170_000))
    app.key("m")
    app.move(*place(app, 190_000))
    measured = app.wait_for(lambda state: timeline(state)["measured"])["panels"]["timeline"]["measured"]
    assert measured == pytest.approx([120_000, 170_000], abs=200)
    app.key("m")
    app.wait_for(lambda state: timeline(state)["measured"] is None)
    app.drag(place(app, 110_000), place(app, 130_000), key="alt")
    state = app.wait_for(lambda state: timeline(state)["measured"])
    assert timeline(state)["measured"] == pytest.approx([110_000, 130_000], abs=200) and state["area"] is None


def test_notes_are_kept_beside_the_trace(window, trace):
    kept = trace.with_name(trace.name + ".notes.json")
    with window(trace) as app:
        loaded(app)
        app.move(*place(app, 250_000))
        app.key("b")
        app.wait_for(lambda state: timeline(state)["notes"])
        app.do("timeline note-rename bookmark 1 => slow here")
        (note,) = json.loads(kept.read_text())["notes"]
        assert note["text"] == "slow here" and note["ns"] == pytest.approx(250_000, abs=1000)
    with window(trace) as app:
        loaded(app)
        assert timeline(app.tell())["notes"] == [[note["ns"], "slow here"]]
        app.do("range 0 s – 0.00001 s")
        app.do("timeline note-go slow here")
        begin, end = app.tell()["view"]
        assert (begin + end) // 2 == pytest.approx(note["ns"], abs=1) and end - begin == 10_000
        app.do("timeline note-remove slow here")
    assert not kept.exists()


def test_lanes_are_pinned_by_a_click_and_filtered(app):
    lanes = timeline(app.tell())["lanes"]
    top = next(lane[1] for lane in lanes if lane[0] == "memory")
    app.click(*app.pixel("timeline", 20, top + 5))
    app.wait_for(lambda state: timeline(state)["lanes"][0][0] == "memory")
    app.do("timeline filter thread")
    assert [lane[0] for lane in timeline(app.tell())["lanes"]] == ["memory", "thread 1", "thread 2"]
    app.do("timeline filter")
    app.do("timeline nest")
    assert {"layers", "blocks"} <= {lane[0] for lane in timeline(app.tell())["lanes"]}
    app.do("timeline nest")
    app.do("timeline pin memory")
    assert timeline(app.tell())["lanes"][0][0] == "runs"


def test_the_window_of_the_minimap_is_dragged(app):
    whole = app.tell()["view"]
    app.do("range 0.0001 s – 0.0002 s")
    state = app.tell()
    left, width = timeline(state)["left"], state["canvases"]["timeline"][2]
    y = timeline(state)["minimap_top"] + 15

    def at(moment: float) -> tuple[int, int]:
        return app.pixel("timeline", left + (moment - whole[0]) / (whole[1] - whole[0]) * (width - left), y)

    app.drag(at(150_000), at(350_000))
    view = app.wait_for(lambda state: state["view"] != [100_000, 200_000])["view"]
    assert view[1] - view[0] == 100_000 and view[0] == pytest.approx(300_000, abs=1500)
    app.click(*at(60_000))
    view = app.wait_for(lambda state: state["view"][0] < 20_000)["view"]
    assert view[0] == pytest.approx(10_000, abs=1500)


def test_all_shows_what_was_loaded_before_the_first_run(window, tmp_path):
    runs = ToldRuns()
    runs.twin.row(0, 1100, 14, flags=1, extra=runs.weights, value=runs.text("w"))  # TRANSFER_BEGIN
    runs.twin.row(0, 1900, 15, value=6400)  # TRANSFER_END
    runs.run(50_000)
    with window(runs.write(tmp_path / "loaded.ggmlviz")) as app:
        loaded(app)
        assert app.tell()["view"] == [50_000, 50_000 + RUN]
        app.move(*place(app, 50_100))
        app.key("Home")
        app.wait_for(lambda state: state["view"] == [100, 50_000 + RUN])
