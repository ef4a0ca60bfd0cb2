"""The graph in the window, with real keys and a real mouse; and how it is laid out beside the window."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from graph_support import large
from gui_support import Cannot, needs_window
from support import TESTS, wait_for

from ggmlviz.app.graph.state import Layouts, Wanted
from ggmlviz.app.session import Session


@pytest.fixture(scope="module")
def trace(tmp_path_factory) -> Path:
    """A llama of 22 layers, some runs of it."""
    path = tmp_path_factory.mktemp("traces") / "llama.ggmlviz"
    script = TESTS.parent / "scripts" / "make_trace.py"
    subprocess.run([sys.executable, str(script), "3000", "-o", str(path)], check=True, capture_output=True)
    return path


def graph(state: dict) -> dict:
    return state["panels"]["graph"]


def there(app) -> dict:
    """The graph, once it is drawn."""
    return graph(app.wait_for(lambda state: graph(state).get("graph") is not None and not graph(state)["busy"]))


def middle(app, name: str) -> tuple[int, int]:
    left, top, right, bottom = graph(app.tell())["places"][name]
    return app.pixel("graph", (left + right) / 2, (top + bottom) / 2)


def title(app, name: str) -> tuple[int, int]:
    left, top, right, bottom = graph(app.tell())["titles"][name]
    return app.pixel("graph", (left + right) / 2, (top + bottom) / 2)


def beside(app, name: str) -> str:
    """Another node in sight, clear of legend and map."""
    state = app.tell()
    _, _, width, height = state["canvases"]["graph"]
    for other, (left, top, right, bottom) in graph(state)["places"].items():
        x, y = (left + right) / 2, (top + bottom) / 2
        if other != name and 5 < x < width - 60 and 60 < y < height - 60:
            return other
    pytest.fail("no other node is in sight")


@needs_window
def test_groups_open_and_close_where_they_are(window, trace):
    with window(trace, "--size", "1600x900") as app:
        first = there(app)
        assert first["open"] == []
        repeat = next(name for name in first["places"] if name.startswith("layers"))
        at = first["places"][repeat]
        app.double_click(*middle(app, repeat))
        opened = graph(app.wait_for(lambda state: repeat in graph(state)["open"] and not graph(state)["busy"]))
        assert opened["items"] > first["items"]
        assert opened["camera"][0] == first["camera"][0]
        assert opened["titles"][repeat][1] == pytest.approx(at[1], abs=8)
        app.click(*title(app, repeat))
        app.wait_for(lambda state: graph(state)["open"] == [] and graph(state)["items"] == first["items"])
        app.do("graph open-all")
        assert there(app)["items"] == 398
        app.do("graph close-all")
        assert there(app)["items"] == first["items"]


@needs_window
def test_one_selection(window, trace):
    """What is selected elsewhere is opened, brought into view and outlined; a click here selects for all."""
    with window(trace, "--size", "1600x900") as app:
        there(app)
        app.do("graph select ffn_up-7")
        found = graph(app.wait_for(lambda state: "layer 7" in graph(state)["open"] and not graph(state)["busy"]))
        left, top, right, bottom = found["places"]["ffn_up-7"]
        _, _, width, height = app.tell()["canvases"]["graph"]
        assert left >= 0 and top >= 0 and right <= width and bottom <= height
        member = app.tell()["selection"]["member"]
        assert found["selected"] == member
        app.do("graph select kqv_out-9")
        moved = graph(app.wait_for(lambda state: "layer 9" in graph(state)["open"] and not graph(state)["busy"]))
        assert "layer 7" not in moved["open"]
        second = app.tell()["selection"]["member"]
        other = beside(app, "kqv_out-9")
        app.move(*middle(app, other))
        assert other in app.wait_for(lambda state: state["tooltip"])["tooltip"]
        app.click(*middle(app, other))
        state = app.wait_for(lambda state: state["selection"]["member"] != second)
        assert graph(state)["selected"] == state["selection"]["member"]
        assert graph(state)["camera"] == moved["camera"]
        app.key("alt+Left")
        app.wait_for(lambda state: state["selection"]["member"] == second)


@needs_window
def test_drag_wheel_and_fit(window, trace):
    with window(trace, "--size", "1600x900") as app:
        zoom, left, top = there(app)["camera"]
        place = app.at("graph", 0.9, 0.15)
        app.drag(place, (place[0] - 60, place[1] + 40))
        state = app.wait_for(lambda state: graph(state)["camera"][1] != left)
        assert graph(state)["camera"][1:] == pytest.approx([left + 60 / zoom, top - 40 / zoom], abs=2 / zoom)
        app.wheel(*place, 3)
        near = graph(app.wait_for(lambda state: graph(state)["camera"][0] > 1.5 * zoom))
        x, y = place[0] - app.tell()["canvases"]["graph"][0], place[1] - app.tell()["canvases"]["graph"][1]
        held = [graph(state)["camera"][1] + x / zoom, graph(state)["camera"][2] + y / zoom]
        assert [near["camera"][1] + x / near["camera"][0], near["camera"][2] + y / near["camera"][0]] == pytest.approx(
            held
        )
        app.key("f")
        app.wait_for(lambda state: graph(state)["camera"][0] <= zoom * 1.01)


@needs_window
def test_search_neighbours_and_paths(window, trace):
    with window(trace, "--size", "1600x900") as app:
        there(app)
        app.do("graph find mul_mat ffn_up")
        assert graph(app.tell())["found"] == 22
        app.do("graph next-found")
        app.do("graph next-found")
        assert "layer 1" in graph(app.wait_for(lambda state: not graph(state)["busy"]))["open"]
        app.do("graph select attn_out-3")
        app.do("graph neighbours 1")
        near = graph(app.wait_for(lambda state: "neighbours" in graph(state)["note"] and not graph(state)["busy"]))
        assert set(near["places"]) == {"attn_out-3", "kqv_out-3", "ffn_inp-3"}
        app.do("graph whole")
        app.do("graph path-from")
        app.do("graph select l_out-3")
        app.do("graph path-to")
        path = graph(app.wait_for(lambda state: "shortest way" in graph(state)["note"] and not graph(state)["busy"]))
        assert set(path["places"]) == {"attn_out-3", "ffn_inp-3", "l_out-3"}
        app.move(*middle(app, "ffn_inp-3"))
        app.wait_for(lambda state: state["tooltip"])
        app.key("Escape")
        app.wait_for(lambda state: graph(state)["note"] == "" and graph(state)["items"] > 3)


@needs_window
def test_what_cannot_be_done_is_said(window, trace):
    with window(trace) as app:
        there(app)
        for line in (
            "graph open nothing",
            "graph select nothing",
            "graph colour loud",
            "graph neighbours",
            "graph path-to",
        ):
            with pytest.raises(Cannot):
                app.do(line)
        app.do("graph colour time")
        assert graph(app.tell())["colour"] == "time"


def wanted(nodes: int) -> Wanted:
    groups = large(nodes)
    return Wanted(SimpleNamespace(groups=groups, graph=groups.graph))


def ended(session: Session) -> bool:
    session.jobs.deliver()
    return not session.jobs.running


def test_a_layout_that_nobody_waits_for_is_given_up():
    session = Session()
    layouts, slow, quick = Layouts(session), wanted(10_000), wanted(10)
    layouts.ask(slow)
    layouts.ask(slow)
    assert len(session.jobs.running) == 1 and layouts.share is not None
    layouts.ask(quick)
    assert session.jobs.running[0].cancelled
    wait_for(lambda: ended(session), "the layouts")
    assert layouts.shown == quick and len(layouts.layout.boxes) == 10
    layouts.ask(quick)
    assert not session.jobs.running


def test_a_layout_can_be_cancelled():
    session = Session()
    layouts = Layouts(session)
    layouts.ask(wanted(10_000))
    layouts.cancel()
    assert layouts.was_cancelled
    wait_for(lambda: ended(session), "the layout")
    assert layouts.layout is None
    layouts.give_up()
    assert layouts.share is None
