"""Statistics, flame, roofline, comparison and inspector in the real window."""

from __future__ import annotations

from pathlib import Path

import pytest
from gui_support import Cannot, needs_window
from told_runs import ToldRuns

from ggmlviz.scene.statistics.flame import ROW as FLAME_ROW
from ggmlviz.scene.statistics.table_picture import HEAD, ROW

pytestmark = needs_window
EVERY = 100_000  # ns from run to run
TABLE = "statistics 2"  # its first canvas has the words above


@pytest.fixture(scope="module")
def traces(tmp_path_factory) -> tuple[Path, Path]:
    """Fourteen runs that generate, of which the third is slow; and the same with all slower."""
    folder, files = tmp_path_factory.mktemp("traces"), []
    for name, usual in (("a", 70), ("b", 140)):
        runs = ToldRuns()
        for number in range(14):
            runs.run(number * EVERY, arrivals=((usual, 900 if number == 2 else 90), (30, 40)))
        files.append(runs.write(folder / f"{name}.ggmlviz"))
    return tuple(files)


def panel(app, name: str) -> dict:
    return app.tell()["panels"][name]


def rows_are(rows: list) -> object:
    return lambda state: state["panels"]["statistics"]["rows"] == rows


def test_statistics(window, traces):
    with window(traces[0]) as app:
        app.do("show statistics")
        app.wait_for(rows_are([["MUL_MAT", 13 * 100 + 910, 14], ["ADD", 14 * 50, 14]]))
        app.do("range 0.05ms - 0.15ms")
        app.wait_for(rows_are([["MUL_MAT", 100, 1], ["ADD", 50, 1]]))
        app.do("statistics by layer")
        app.wait_for(rows_are([["3", 150, 2]]))
        with pytest.raises(Cannot, match="none of op, tensor"):
            app.do("statistics by weather")
        app.do("statistics by op")
        app.do("statistics filter ad")
        app.wait_for(rows_are([["ADD", 50, 1]]))
        app.do("statistics copy")
        assert app.tell()["message"] == "Copied 1 row with exact values"


def test_a_row_leads_to_the_slowest_time_and_the_inspector_further(window, traces):
    with window(traces[0]) as app:
        app.do("show statistics")
        app.click(*app.pixel(TABLE, 60, HEAD + ROW / 2))
        state = app.wait_for(lambda state: state["selection"]["execution"] is not None)
        assert state["selection"]["run"] == 2 and state["selection"]["member"] == 0
        state = app.wait_for(lambda state: "run 14\t100 ns" in state["panels"]["inspector"]["text"])
        told = state["panels"]["inspector"]["text"]
        assert told.startswith("MUL_MAT ffn_out-3") and "time\t910 ns" in told
        app.do("inspector run")
        state = app.tell()
        assert (state["selection"]["run"], state["selection"]["member"]) == (2, None)
        assert state["panels"]["inspector"]["text"].startswith("Run 3 of 14\ngeneration, 1 token")
        app.click(*app.pixel(TABLE, 20, HEAD / 2))  # by name, rising
        app.wait_for(lambda state: state["panels"]["statistics"]["rows"][0][0] == "ADD")


def test_flame_zooms_and_goes_back(window, traces):
    with window(traces[0]) as app:
        app.do("show flame")
        assert panel(app, "flame")["time"] == 13 * 170 + 980
        app.click(*app.pixel("flame", 30, 2.5 * FLAME_ROW))
        app.wait_for(lambda state: state["panels"]["flame"]["path"] == ["generation", "layer 3"])
        app.key("Escape")
        app.wait_for(lambda state: state["panels"]["flame"]["path"] == ["generation"])
        app.do("flame zoom generation › layer 3 › ffn")
        assert panel(app, "flame")["path"] == ["generation", "layer 3", "ffn"]
        app.do("show roofline")
        assert panel(app, "roofline")["dots"] == ["MUL_MAT ffn_out", "ADD l_out"]
        with pytest.raises(Cannot, match="this trace is of told CPU"):
            app.do("roofline measure")


def test_two_traces_are_compared(window, traces):
    with window(traces[0]) as app:
        assert panel(app, "compare")["sentences"] == []
        app.do(f"compare-with {traces[1]}")
        state = app.wait_for(lambda state: state["panels"]["compare"]["sentences"])
        assert state["other"] == str(traces[1]) and state["panels"]["compare"]["in_sight"]
        told = state["panels"]["compare"]
        assert told["sentences"][0] == "A: a.ggmlviz, B: b.ggmlviz; generation 150 ns a run in A, 200 ns in B"
        assert told["differences"] == 0 and told["spread"].startswith("generation runs")
        app.do("compare by structure")
        app.do("compare close")
        assert app.tell()["other"] is None
        app.do("show experts")
        assert panel(app, "experts")["layers"] == []
