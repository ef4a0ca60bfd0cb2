"""The window around the panels, with real keys and a real mouse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gui_support import Cannot, needs_window
from PIL import Image, ImageChops
from told_runs import ToldRuns

from ggmlviz.scene.palette import LIGHT

pytestmark = needs_window
RUNS = 4
EVERY = 100_000  # ns from run to run


@pytest.fixture(scope="module")
def trace(tmp_path_factory) -> Path:
    """Four runs: a prompt of three tokens and three that generate."""
    runs = ToldRuns()
    for number in range(RUNS):
        runs.run(number * EVERY, tokens=1 if number else 3)
    return runs.write(tmp_path_factory.mktemp("traces") / "four.ggmlviz")


def test_keys_go_from_run_to_run_and_back(window, trace):
    with window(trace) as app:
        assert app.tell()["selection"]["run"] is None
        app.key("bracketright")
        app.wait_for(lambda state: state["selection"]["run"] == 0)
        app.key("bracketright", "bracketright")
        app.wait_for(lambda state: state["selection"]["run"] == 2)
        app.key("bracketleft")
        app.wait_for(lambda state: state["selection"]["run"] == 1)
        app.key("alt+Left")
        app.wait_for(lambda state: state["selection"]["run"] == 2)
        app.key("ctrl+z", "alt+Right", "alt+Right")
        app.wait_for(lambda state: state["selection"]["run"] == 1)


def test_a_click_on_the_strip_takes_one_to_that_run(window, trace):
    with window(trace) as app:
        app.click(*app.pixel("navigator", 2.5 * 8, 15))  # bars are 8 pixels wide at most
        app.wait_for(lambda state: state["selection"]["run"] == 2)


def test_typing_in_a_text_is_no_command(window, trace):
    with window(trace) as app:
        before = app.tell()
        state = app.type_into("50 us - 250 us", field_of_range(before))
        assert (state["selection"], state["view"]) == (before["selection"], before["view"])
        app.key("Return")
        app.wait_for(lambda state: state["view"] == [50_000, 250_000])


def test_nothing_is_lost_in_late_frames(window, trace):
    with window(trace) as app:
        field = field_of_range(app.tell())
        app.click(*field)
        app.wait_for(lambda state: state["typing"])
        app.hold("ctrl")
        app.tell()  # it is down in an earlier frame than
        with app.late_frame():
            app.hold("a")
            app.let_go("ctrl", "a")
        app.tell()
        with app.late_frame():
            app.write("50 us - 250 us")
            app.key("Return")
        app.wait_for(lambda state: state["view"] == [50_000, 250_000])
        app.move(*app.at("inspector"))
        with app.late_frame():  # all of it
            app.click(*field)
            app.key("ctrl+a")
            app.write("100 us - 200 us")
            app.key("Return", "bracketright")
        app.wait_for(lambda state: state["view"] == [100_000, 200_000] and state["selection"]["run"] == 1)


def field_of_range(state: dict) -> tuple[int, int]:
    left, top, width, _ = state["canvases"]["navigator"]
    return left + width + 40, top + 10


def open_palette(app) -> None:
    app.key("ctrl+p")
    app.wait_for(lambda state: state["open"] == ["palette"])


def test_the_palette_finds_and_does(window, trace):
    with window(trace) as app:
        open_palette(app)
        app.type_into("light theme")
        app.key("Return")
        app.wait_for(lambda state: state["open"] == [] and state["theme"] == "light")
        open_palette(app)
        app.type_into("range 0.1ms - 0.3ms")
        app.key("Return")
        app.wait_for(lambda state: state["view"] == [100_000, 300_000])


def test_arrows_choose_in_the_palette(window, trace):
    with window(trace) as app:
        open_palette(app)
        app.type_into("run previous")
        app.key("Escape")
        app.wait_for(lambda state: state["open"] == [])
        app.do("run next")
        app.do("run next")
        open_palette(app)
        first = app.type_into("run")["palette"]
        chosen = first.index("run previous")
        app.key(*["Down"] * chosen, "Return")
        app.wait_for(lambda state: state["selection"]["run"] == 0)


def test_help_lists_keys_and_the_badge_opens_the_details(window, trace):
    with window(trace) as app:
        app.key("question")
        app.wait_for(lambda state: state["open"] == ["keys"])
        app.key("Escape")
        app.wait_for(lambda state: state["open"] == [])
        app.click(*app.at("headline", 0.98))
        app.wait_for(lambda state: state["open"] == ["quality"])


def test_what_makes_no_sense_is_said(window, trace):
    with window(trace) as app:
        app.do("run next")
        app.key("bracketleft")
        assert app.wait_for(lambda state: state["message"])["message"] == "This is the first run"
        with pytest.raises(Cannot, match="no command"):
            app.do("make coffee")
        with pytest.raises(Cannot, match="no range"):
            app.do("range over there")


def test_a_bad_file_gives_a_message_and_leaves_the_rest_alone(window, trace, tmp_path):
    bad = tmp_path / "bad.ggmlviz"
    bad.write_bytes(b"not a trace at all" * 100)
    with window(trace) as app:
        app.do(f"open {bad}")
        state = app.tell()
        assert state["opened"] == str(trace)
        assert state["open"] == ["alert"]
        assert str(bad) in state["failure"]
        app.key("Escape")
        app.wait_for(lambda state: state["open"] == [])


def test_nothing_open_then_opened(window, trace):
    with window() as app:
        assert app.tell()["opened"] is None
        with pytest.raises(Cannot, match="nothing is open"):
            app.do("run next")
        app.do(f"open {trace}")
        assert app.tell()["opened"] == str(trace)


def test_panels_keep_their_shares_at_every_size(window, trace):
    with window(trace, "--size", "1600x900") as app:
        for width, height in ((800, 600), (2560, 1440), (1280, 800)):
            state = app.resize(width, height)
            state = app.wait_for(lambda state: state["canvases"]["navigator"][0] > 0)
            for panel in state["panels"].values():
                left, top, wide, high = panel["rectangle"]
                assert min(left, top) >= 0 and left + wide <= width and top + high <= height, panel
            inspector = state["panels"]["inspector"]["rectangle"]
            assert inspector[2] == pytest.approx(0.34 * width, abs=6)


def test_layout_theme_and_recent_files_are_kept(window, trace, tmp_path):
    config = tmp_path / "kept"
    with window(
        trace,
        config=config,
    ) as app:
        before = app.tell()["panels"]["inspector"]["rectangle"]
        left, top, _, high = before
        app.drag((left - 1, top + high // 2), (left - 201, top + high // 2))  # the splitter
        after = app.wait_for(lambda state: state["panels"]["inspector"]["rectangle"][2] > before[2] + 150)
        app.do("view theme light")
        assert app.close() == 0
    with window(config=config) as app:
        state = app.tell()
        assert state["theme"] == "light"
        assert state["panels"]["inspector"]["rectangle"] == after["panels"]["inspector"]["rectangle"]
        assert json.loads((app.config / "settings.json").read_text())["recent"] == [str(trace)]
        app.do("view reset-layout")
        app.wait_for(lambda state: state["panels"]["inspector"]["rectangle"] == before)


def test_pictures_are_taken(window, trace, tmp_path):
    with window(trace) as app:
        picture = app.screenshot(tmp_path / "window.png")
    with Image.open(picture) as image:
        assert image.size == (1280, 800)
        assert len(image.getcolors(1 << 20)) > 50


def test_views_are_exported_as_they_are_looked_at(window, trace, tmp_path):
    with window(trace) as app:
        app.do("view theme light")
        app.do(f"export timeline {tmp_path / 'whole.svg'}")
        assert app.tell()["message"] == f"Wrote {tmp_path / 'whole.svg'}"
        app.do("timeline zoom-in")
        app.do(f"export timeline {tmp_path / 'part.svg'}")
        assert (tmp_path / "whole.svg").read_text() != (tmp_path / "part.svg").read_text()
        app.do(f"export graph {tmp_path / 'graph.png'}")
        assert Image.open(tmp_path / "graph.png").getpixel((2, 2)) == LIGHT.panel[:3]
        app.do(f"export graph {tmp_path / 'graph.png'}")
        assert "exists" in app.tell()["message"]
        with pytest.raises(Cannot, match="of two traces"):
            app.do(f"export compare {tmp_path / 'compare.svg'}")
        app.do(f"compare-with {trace}")
        app.wait_for(lambda state: state["panels"]["compare"]["sentences"])
        app.do(f"export compare {tmp_path / 'compare.svg'}")
        assert f"A: {trace.name}, B: {trace.name}" in (tmp_path / "compare.svg").read_text()
        with pytest.raises(Cannot, match="which view and which file"):
            app.do("export everything x.svg")


def part_of(app, canvas: str, picture: Path) -> Image.Image:
    left, top, width, height = app.tell()["canvases"][canvas]
    with Image.open(app.screenshot(picture)) as image:
        return image.convert("RGB").crop((left, top, left + width, top + height))


def test_a_card_goes_with_what_it_is_about(window, trace, tmp_path):
    """Moved away, or covered by what a command brings to the front."""
    with window(trace) as app:
        app.wait_for(lambda state: state["panels"]["timeline"].get("loaded"))
        lanes = {lane[0]: lane[1:] for lane in app.tell()["panels"]["timeline"]["lanes"]}
        away = app.at("inspector", 0.5, 0.95)
        app.move(*away)
        before = part_of(app, "timeline", tmp_path / "before.png")
        over = app.pixel("timeline", app.tell()["panels"]["timeline"]["left"] + 2, sum(lanes["memory"]) / 2)
        app.move(*over)
        app.wait_for(lambda state: state["tooltip"])
        assert ImageChops.difference(before, part_of(app, "timeline", tmp_path / "with.png")).getbbox()
        app.move(*away)
        app.wait_for(lambda state: not state["tooltip"])
        assert not ImageChops.difference(before, part_of(app, "timeline", tmp_path / "after.png")).getbbox()
        app.do("show statistics")
        app.wait_for(lambda state: state["panels"]["statistics"]["rows"])
        app.move(*app.at("statistics 2", 0.1, 0.25))
        app.wait_for(lambda state: state["tooltip"])
        app.do("show experts")
        app.wait_for(lambda state: not state["tooltip"])


def test_all_grows_with_the_scale(window, trace):
    with window(trace, "--size", "2560x1440") as app:
        first = app.wait_for(lambda state: state["panels"]["graph"].get("camera") and "statistics" in state["canvases"])
        app.do("view scale 2")
        twice = app.wait_for(lambda state: state["canvases"]["statistics"][3] == 2 * first["canvases"]["statistics"][3])
        zooms = [state["panels"]["graph"]["camera"][0] for state in (first, twice)]
        assert zooms[1] >= 1.24 > zooms[0]  # as large as can be read at either scale


def test_what_was_in_front_is_in_front_again(window, trace, tmp_path):
    config = tmp_path / "kept"
    with window(trace, config=config) as app:
        app.do("show flame")
    for arguments in ((trace,), ()):
        with window(*arguments, config=config) as app:
            if not arguments:
                app.do(f"open {trace}")
            app.wait_for(lambda state: state["panels"]["flame"]["in_sight"])
