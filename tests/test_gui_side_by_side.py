"""Several real llama.cpp in one window, on one clock."""

import os
import signal

import pytest
from gui_support import Cannot, needs_window
from live_support import generating
from support import needs_llama

from ggmlviz.format.recording import Recording

pytestmark = [needs_window, needs_llama]


@pytest.fixture
def programs(models):
    with generating(models.tiny, "--threads", 1) as one, generating(models.tiny, "--threads", 2) as two:
        yield one, two


def beside(state: dict) -> list[int]:
    return [companion["pid"] for companion in state["live"]["companions"]]


def lanes_of(state: dict, program) -> dict:
    """Their middles."""
    mark = f" {program.pid} "
    lanes = state["panels"]["timeline"].get("lanes", ())
    return {key.split(mark)[1]: (top + bottom) / 2 for key, top, bottom in lanes if mark in key}


def start(program) -> int:
    return Recording.open(program.ring).header.start.monotonic_ns


def shown(state: dict, *programs) -> bool:
    loaded = state["panels"]["timeline"].get("loaded")
    return loaded and all({"runs", "ops"} <= set(lanes_of(state, program)) for program in programs)


def test_side_by_side(window, programs):
    main, other = programs
    with window("--live", main.pid, other.pid) as app:
        state = app.wait_for(lambda state: shown(state, other), "both")
        assert state["opened"] == str(main.ring) and beside(state) == [other.pid]
        assert state["live"]["companions"][0]["shift"] == start(other) - start(main)
        first = state["live"]["companions"][0]
        later = app.wait_for(lambda now: now["live"]["companions"][0]["runs"] > first["runs"] + 100, "more of it")
        app.do("live pause")
        other.wait_for_runs(later["live"]["companions"][0]["runs"] + 300)
        still = app.tell()  # with what each had done when it was stopped
        other.wait_for_runs(still["live"]["companions"][0]["runs"] + 600)
        assert app.tell()["live"]["companions"] == still["live"]["companions"]
        app.do("live follow")
        app.wait_for(lambda now: now["live"]["companions"] != still["live"]["companions"], "what came meanwhile")


def test_a_click_makes_it_the_main_one(window, programs):
    main, other = programs
    shift = start(other) - start(main)
    with window("--live", main.pid, other.pid) as app:
        app.wait_for(lambda state: shown(state, other), "both")
        app.click(*app.pixel("timeline", 400, lanes_of(app.tell(), other)["ops"]))
        state = app.wait_for(lambda state: state["opened"] == str(other.ring) and shown(state, main), "the other")
        assert beside(state) == [main.pid] and state["live"]["following"]
        assert state["live"]["companions"][0]["shift"] == -shift
        # one that stands still goes on showing the same moment
        app.do("live pause")
        for _ in range(3):
            app.do("timeline zoom-in")
        before = app.wait_for(lambda state: shown(state, main), "its lanes")["view"]
        app.click(*app.pixel("timeline", 400, lanes_of(app.tell(), main)["runs"]))
        state = app.wait_for(lambda state: state["opened"] == str(main.ring) and shown(state, other), "the first")
        assert state["view"] == [time + shift for time in before]
        assert not state["live"]["following"] and beside(state) == [other.pid]


def test_one_that_ends_stays(window, programs):
    main, other = programs
    with window("--live", main.pid, other.pid) as app:
        app.wait_for(lambda state: shown(state, other), "both")
        other.send(signal.SIGKILL)
        other.process.wait()
        state = app.wait_for(lambda state: state["live"]["companions"][0]["state"] == "crashed", "the crash")
        runs = state["live"]["runs"]
        state = app.wait_for(lambda state: state["live"]["runs"] > runs + 50, "the main one to go on")
        assert beside(state) == [other.pid] and state["live"]["state"] == "live"
        assert any(f"{other.pid} · tiny.gguf · crashed" in key for key, *_ in state["panels"]["timeline"]["lanes"])
        main.send(signal.SIGKILL)
        main.process.wait()
        state = app.wait_for(lambda state: state["live"]["state"] == "crashed", "its crash, too")
        assert shown(state, other)


def test_added_and_removed(window, programs):
    main, other = programs
    with window("--live") as app:
        everything = {main.pid, other.pid}
        state = app.wait_for(
            lambda state: everything <= {pid for pid, *_ in state["live"]["choices"]}, "all that is there"
        )
        assert state["live"]["choosing"]
        app.do(f"live beside {other.pid}")
        app.do(f"live switch {main.pid}")
        state = app.wait_for(lambda state: shown(state, other), "both")
        assert state["opened"] == str(main.ring) and beside(state) == [other.pid]
        with pytest.raises(Cannot, match="is the main one already"):
            app.do(f"live beside {main.pid}")
        with pytest.raises(Cannot, match="process 1 has no ring"):
            app.do("live beside 1")
        app.do(f"live beside {other.pid}")
        state = app.wait_for(lambda state: not beside(state), "one alone")
        app.wait_for(lambda state: not lanes_of(state, other), "its lanes to go")
        app.do("live beside")
        app.wait_for(lambda state: state["live"]["choosing"], "the programs to choose from")
        app.do(f"live switch {main.pid}")
        app.wait_for(lambda state: not state["live"]["choosing"], "the timeline again")


def test_all_of_a_name(window, models):
    name = f"both-{os.getpid()}"
    with generating(models.tiny, "--prompt", name) as one, window("--live", name) as app:
        state = app.wait_for(lambda state: state["live"]["runs"], "the first")
        assert state["opened"] == str(one.ring)
        with generating(models.tiny, "--prompt", name) as two:
            app.wait_for(lambda state: beside(state) == [two.pid] and shown(state, two), "the second, which came later")


def test_all_of_both_can_be_seen_and_exported(window, programs, tmp_path):
    """The other one went on after the main one had ended: one can go there, and a picture shows it."""
    main, other = programs
    with window("--live", main.pid, other.pid) as app:
        app.wait_for(lambda state: shown(state, other), "both")
        main.send(signal.SIGKILL)
        main.process.wait()
        state = app.wait_for(lambda state: state["live"]["state"] == "crashed", "its crash")
        runs = state["live"]["companions"][0]["runs"]
        app.wait_for(lambda now: now["live"]["companions"][0]["runs"] > runs + 200, "more of the other")
        app.do("live pause")
        state = app.tell()
        (companion,) = state["live"]["companions"]
        end = companion["end"] + companion["shift"]
        assert end > state["live"]["end"]
        app.do("timeline all")
        assert app.tell()["view"][1] == end
        length = (end - state["live"]["end"]) // 2
        app.do(f"range {end - length} ns – {end} ns")
        app.do("timeline right")
        begin, until = app.tell()["view"]
        assert until == end and begin > state["live"]["end"]  # where the main one did nothing
        path = tmp_path / "both.svg"
        app.do(f"export timeline {path}")
        app.wait_for(lambda now: f"Wrote {path}" in now["message"], "the picture")
        assert f"{other.pid}" in path.read_text()
