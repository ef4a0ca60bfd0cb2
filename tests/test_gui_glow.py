"""The memory of a program that is watched glows where it was touched just now, and fades."""

import signal

import pytest
from gui_support import needs_window
from live_support import generating
from support import needs_llama

pytestmark = [needs_window, needs_llama]
SECOND = 1_000_000_000


@pytest.fixture
def program(models):
    with generating(models.tiny, "--threads", 1) as program:
        yield program


def glow(state: dict) -> dict:
    return state["panels"]["memory"]


def test_glow(window, program):
    with window("--live", program.pid) as app:
        state = app.wait_for(lambda state: glow(state).get("glow_age") is not None, "something to glow")
        assert glow(state)["glows"] and glow(state)["measure"] == "recency"
        app.wait_for(lambda state: glow(state)["glow_age"] < SECOND, "a touch just now")
        program.send(signal.SIGSTOP)
        # nothing is written any more, and it fades all the same
        faded = lambda state: glow(state)["glow_age"] > 2 * SECOND and state["live"]["state"] == "stopped"  # noqa: E731
        app.wait_for(faded, "it to fade")
        program.send(signal.SIGCONT)
        app.wait_for(lambda state: glow(state)["glow_age"] < SECOND, "the next touch")
        app.do("live pause")
        assert not glow(app.tell())["glows"]
        app.do("live follow")
        assert app.wait_for(lambda state: glow(state)["glows"], "it again")
        app.do("memory by bytes")
        state = app.tell()
        assert not glow(state)["glows"] and glow(state)["measure"] == "bytes"
        runs = state["live"]["runs"]
        state = app.wait_for(lambda state: state["live"]["runs"] > runs + 100, "more runs")
        assert glow(state)["measure"] == "bytes"  # as a person wants to see it
