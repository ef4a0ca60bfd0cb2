"""Watching real llama.cpp in the window while it generates."""

import os
import shutil
import signal

import pytest
from gui_support import Cannot, needs_window
from live_support import generating
from support import needs_llama, open_trace
from test_capture_rings import header_page

from ggmlviz.capture.ring_files import SHARED_MEMORY
from ggmlviz.trace.validate import validate

pytestmark = [needs_window, needs_llama]


@pytest.fixture
def program(models):
    with generating(models.tiny, "--threads", 1) as program:
        yield program


def watching(state: dict) -> bool:
    return state["live"]["runs"] > 0 and state["panels"]["timeline"].get("loaded")


def test_it_follows(window, program):
    with window("--live", program.pid) as app:
        first = app.wait_for(watching, "the first runs")
        assert first["opened"] == str(program.ring)
        assert first["live"]["state"] == "live" and first["live"]["following"]
        assert first["live"]["words"].startswith("LIVE")
        later = app.wait_for(lambda state: state["live"]["runs"] > first["live"]["runs"] + 100, "more runs")
        assert later["view"][1] == later["live"]["end"] > first["view"][1]
        app.wait_for(lambda state: "tok/s now" in state["live"]["words"], "the speed")


def test_pausing_does_not_pause_the_capture(window, program):
    with window("--live", program.pid) as app:
        app.wait_for(watching, "the first runs")
        app.move(*app.at("timeline"))
        app.key("space")
        paused = app.wait_for(lambda state: not state["live"]["following"], "the pause")
        program.wait_for_runs(200)
        still = app.tell()
        assert still["view"] == paused["view"] and still["live"]["runs"] == paused["live"]["runs"]
        assert still["live"]["words"].startswith("PAUSED")
        app.key("End")
        on = app.wait_for(lambda state: state["live"]["runs"] > paused["live"]["runs"] + 100, "what came meanwhile")
        assert on["live"]["following"] and on["view"][1] == on["live"]["end"]


def test_panning_away_stops_following(window, program):
    with window("--live", program.pid) as app:
        app.wait_for(lambda state: watching(state) and state["live"]["runs"] > 100, "some runs")
        app.do("timeline zoom-in")
        state = app.tell()
        assert not state["live"]["following"]
        app.do("live follow")
        app.wait_for(lambda state: state["live"]["following"], "the edge")


def test_a_selection_stays_on_its_run(window, program):
    with window("--live", program.pid) as app:
        app.wait_for(watching, "the first runs")
        app.do("run next")
        chosen = app.tell()
        app.do("live follow")
        later = app.wait_for(lambda state: state["live"]["runs"] > chosen["live"]["runs"] + 50, "more runs")
        assert later["selection"]["run"] == chosen["selection"]["run"] is not None


def test_killed(window, program):
    with window("--live", program.pid) as app:
        app.wait_for(watching, "the first runs")
        program.send(signal.SIGKILL)
        program.process.wait()
        state = app.wait_for(lambda state: state["live"]["state"] == "crashed", "the crash")
        assert state["live"]["words"] == "CRASHED"
        assert state["live"]["runs"] == len(open_trace(program.ring).runs)
        app.do("live pause")
        app.do("timeline all")  # its last state stays and can be looked at


def test_stopped_and_going_on(window, program):
    with window("--live", program.pid) as app:
        app.wait_for(watching, "the first runs")
        program.send(signal.SIGSTOP)
        state = app.wait_for(lambda state: state["live"]["state"] == "stopped", "the stop")
        assert state["live"]["words"].startswith("STOPPED")
        program.send(signal.SIGCONT)
        app.wait_for(lambda now: now["live"]["state"] == "live" and now["live"]["runs"] > state["live"]["runs"], "more")


def test_the_window_can_be_killed(window, program):
    with window("--live", program.pid) as app:
        app.wait_for(watching, "the first runs")
        app.kill()
    before = len(open_trace(program.ring).runs)
    program.wait_for_runs(before + 50)
    assert program.process.poll() is None


def test_several_are_to_be_chosen_from(window, models, program):
    newer = header_page(os.getpid(), oldest_reader=99, version=99)
    strange = SHARED_MEMORY / f"ggmlviz-{os.getpid()}"
    strange.write_bytes(newer)
    strange.chmod(0o600)
    others = SHARED_MEMORY / "ggmlviz-1"
    shutil.copy(strange, others)
    others.chmod(0o644)
    try:
        with generating(models.tiny) as second, window("--live") as app:
            wanted = {program.pid, second.pid, os.getpid(), 1}
            state = app.wait_for(
                lambda state: wanted <= {pid for pid, _, _ in state["live"]["choices"]}, "all that is there"
            )
            assert state["live"]["choosing"] and state["opened"] is None
            told = {pid: (state, reason) for pid, state, reason in state["live"]["choices"]}
            assert told[program.pid] == told[second.pid] == ("live", "")
            assert told[os.getpid()][0] == "unreadable" and "format is version 99" in told[os.getpid()][1]
            assert told[1] == ("not ours", "its mode is 0644, and the shim makes 0600")
            with pytest.raises(Cannot, match="its mode is 0644"):
                app.do("live switch 1")
            app.do(f"live switch {second.pid}")
            assert app.wait_for(watching, "the second")["opened"] == str(second.ring)
            app.do(f"live switch {program.pid}")
            app.wait_for(lambda state: state["opened"] == str(program.ring), "the first")
    finally:
        strange.unlink()
        others.unlink()


def test_waiting_for_a_program(window, models):
    name = f"for-{os.getpid()}"  # nobody else's program is called like this
    with window("--live", name) as app:
        state = app.tell()
        assert state["live"]["choosing"] and not state["live"]["choices"]
        with generating(models.tiny, "--prompt", name) as program:
            assert app.wait_for(watching, "the program")["opened"] == str(program.ring)
            program.send(signal.SIGKILL)
            program.process.wait()
            app.wait_for(lambda state: state["live"]["state"] == "crashed", "its end")
            with generating(models.tiny, "--prompt", name) as again:
                app.wait_for(lambda state: state["opened"] == str(again.ring), "the next of the same program")


def test_saving_and_recording(window, program, tmp_path):
    with window("--live", program.pid) as app:
        app.wait_for(watching, "the first runs")
        app.do(f"live save {tmp_path / 'saved.ggmlviz'}")
        assert "Saved" in app.tell()["message"]
        app.do(f"live record {tmp_path / 'recorded.ggmlviz'}")
        state = app.tell()
        assert state["live"]["recording"] == str(tmp_path / "recorded.ggmlviz")
        app.wait_for(lambda now: now["live"]["runs"] > state["live"]["runs"] + 100, "more runs")
        app.do("live stop-recording")
        assert "Recorded" in app.tell()["message"]
        with pytest.raises(Cannot, match="nothing is being recorded"):
            app.do("live stop-recording")
        app.do(f"live record {tmp_path / 'closed.ggmlviz'}")
        runs = app.tell()["live"]["runs"]
        app.wait_for(lambda now: now["live"]["runs"] > runs + 100, "more runs")
        assert app.close() == 0  # which ends the recording
    for name in ("saved", "recorded", "closed"):
        trace = open_trace(tmp_path / f"{name}.ggmlviz")
        assert not validate(trace.recording).problems
        assert trace.recording.closed and len(trace.runs)
