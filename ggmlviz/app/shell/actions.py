"""The actions that belong to no panel: files, themes, going back, from run to run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.shell.export_view import export_view
from ggmlviz.scene.palette import THEMES
from ggmlviz.scene.run_steps import step
from ggmlviz.scene.selection import of_run
from ggmlviz.scene.time_scale import inside
from ggmlviz.scene.time_text import range_of_text

if TYPE_CHECKING:
    from ggmlviz.app.window import Window

SCALES = (0.5, 4.0)


def file_actions(window: Window) -> list[Action]:
    session, opener = window.session, window.opener

    def open_trace(name: str) -> None:
        if name:
            opener.open(Path(name).expanduser())
        else:
            window.ask("Open a trace", opener.open)

    def compare_with(name: str) -> None:
        if not session.opened:
            raise CannotDo("open a trace first; this one is to compare it with")
        if name:
            opener.open_other(Path(name).expanduser())
        else:
            window.ask("Compare with", opener.open_other)

    return [
        Action("open", "Open…", open_trace, ("Ctrl+O",), "File", "[FILE]"),
        Action("compare-with", "Compare with…", compare_with, (), "File", "[FILE]"),
        Action(
            "export",
            "Export a view as SVG or PNG…",
            lambda text: export_view(session, window.docked.panels, text),
            (),
            "File",
            "VIEW FILE",
        ),
        Action("screenshot", "Picture of the window…", window.screenshot, (), "File", "FILE"),
        Action("quit", "Quit", lambda _: window.quit(), ("Ctrl+Q",), "File"),
    ]


def view_actions(window: Window) -> list[Action]:
    session = window.session

    def theme(name: str) -> None:
        if name and name not in THEMES:
            raise CannotDo(f"there is no theme `{name}`: dark, light")
        session.theme = THEMES[name or ("light" if session.theme.name == "dark" else "dark")]

    def scale(text: str) -> None:
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not SCALES[0] <= value <= SCALES[1]:
            raise CannotDo("a scale is a number from 0.5 to 4, as in `view scale 1.5`")
        window.docked.rescale(value)

    def show(name: str):
        return lambda _: session.reveal(name)

    def toggle(name: str):
        return lambda _: window.docked.toggle(name)

    panels = [
        action
        for panel in window.docked.panels
        for action in (
            Action(f"show {panel.name}", f"Show {panel.title}", show(panel.name)),
            Action(f"panel {panel.name}", panel.title, toggle(panel.name), (), "View/Panels"),
        )
    ]
    scales = [
        Action(
            f"view scale-{percent}", f"{percent} %", lambda _, text=str(percent / 100): scale(text), (), "View/Scale"
        )
        for percent in (75, 100, 125, 150, 200)
    ]
    return [
        *panels,
        Action("view theme", "Dark or light theme", theme, ("Ctrl+T",), "View", "[NAME]"),
        *scales,
        Action("view scale", "Scale of text and margins", scale, (), "", "FACTOR"),
        Action("view reset-layout", "Reset the layout", lambda _: window.docked.reset_layout(), (), "View"),
    ]


def go_actions(window: Window) -> list[Action]:
    session = window.session

    def go_run(by: int):
        def go(_: str) -> None:
            if not session.opened:
                raise CannotDo("there are no runs: nothing is open")
            focus = session.focus
            run = step(session.opened, focus.selection.run, by, focus.view.begin)
            if run is None:
                raise CannotDo("this is the last run" if by > 0 else "this is the first run")
            session.select(of_run(session.opened.trace, run), reveal=True)

        return go

    def set_range(text: str) -> None:
        if not session.opened:
            raise CannotDo("there is no range of time: nothing is open")
        range = range_of_text(text)
        if range is None:
            raise CannotDo(f"`{text}` is no range of time: write it as 0.912 s – 1.204 s")
        session.see(inside(range, session.reach))

    return [
        Action("back", "Back", lambda _: session.back(), ("Alt+Left", "Ctrl+Z"), "Go"),
        Action("forward", "Forward", lambda _: session.forward(), ("Alt+Right", "Ctrl+Shift+Z"), "Go"),
        Action("run previous", "Previous run", go_run(-1), ("[",), "Go"),
        Action("run next", "Next run", go_run(1), ("]",), "Go"),
        Action("range", "Show a range of time", set_range, (), "", "BEGIN – END"),
    ]


def help_actions(window: Window) -> list[Action]:
    return [
        Action("palette", "All commands", lambda text: window.palette.toggle(text), ("Ctrl+P",), "Help", "[TEXT]"),
        Action("keys", "Keys", lambda _: window.keys_help.toggle(), ("?", "F1"), "Help"),
        Action("quality", "Quality of the data", lambda _: window.show_quality(), (), "Help"),
        Action("about", "About ggml-viz", lambda _: window.about(), (), "Help"),
        Action("tell", "Tell the state, for programs", window.tell, (), "", "[FILE]"),
    ]
