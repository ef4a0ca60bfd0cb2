"""What the window shows while there is no trace: what can be done here, how far one is loaded, or why it was not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dearpygui.dearpygui as dpg

from ggmlviz.app.live.chooser import LiveChooser
from ggmlviz.app.live.view import Live
from ggmlviz.app.opening import Opener
from ggmlviz.app.session import Session
from ggmlviz.app.settings import Settings
from ggmlviz.app.toolkit.fonts import HEADING_FONT

_WINDOW = "welcome"
WIDTH, TOP = 620, 110
HINTS = (
    ("Record a program", "ggml-viz run -- ./llama-cli -m model.gguf -p hello"),
    ("Watch one that runs", "ggml-viz run --ring -- ./llama-server -m model.gguf, then ggml-viz PID"),
    ("No events?", "ggml-viz doctor -- CMD tells why"),
)


class Welcome:
    def __init__(self, session: Session, opener: Opener, settings: Settings, do: Callable[[str], None], live: Live):
        self._session, self._live = session, live
        self._chooser = LiveChooser(session, live, do)
        self._opener = opener
        self._settings = settings
        self._do = do
        self._shown: tuple = ()

    def build(self) -> None:
        dpg.add_window(
            tag=_WINDOW,
            no_title_bar=True,
            no_resize=True,
            no_move=True,
            no_saved_settings=True,
            no_docking=True,
            no_bring_to_front_on_focus=False,
        )

    def frame(self) -> None:
        job = self._opener.loading
        width, height = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        state = "open" if self._session.opened else "loading" if job else "failed" if self._opener.failure else "empty"
        if self._live.choosing and state in ("empty", "open"):
            state = "live"
        told = self._chooser.key if state == "live" else self._opener.failure
        wanted = (state, told, width, height, self._session.theme, self._session.scale)
        if wanted != self._shown:
            self._shown = wanted
            if state == "open" and dpg.is_item_shown(_WINDOW):
                self._reveal_first()
            dpg.configure_item(_WINDOW, show=state != "open")
            if state != "open":
                self._make(state, width, height)
        if state == "loading":
            dpg.set_value("welcome bar", job.share)

    def _reveal_first(self) -> None:
        """What was in front when it was left. The last has the focus next when something above it is closed; else that
        would be the panel made last."""
        for panel in (*(self._settings.front or ["statistics"]), "timeline"):
            if panel not in self._settings.hidden:
                self._session.reveal(panel)

    def _make(self, state: str, width: int, height: int) -> None:
        scale = self._session.scale
        top = round(24 * scale)
        dpg.configure_item(_WINDOW, pos=(0, top), width=width, height=height - top)
        dpg.delete_item(_WINDOW, children_only=True)
        margin = max(12, (width - round(WIDTH * scale)) // 2)
        dpg.add_spacer(height=min(round(TOP * scale), height // 8), parent=_WINDOW)
        with dpg.group(indent=margin, parent=_WINDOW) as self._column:
            dpg.bind_item_font(dpg.add_text("ggml-viz"), HEADING_FONT)
            self._faint("See what a GGML program really does: op by op, thread by thread, byte by byte.")
            dpg.add_spacer(height=16 * scale)
            if state == "loading":
                self._loading(scale)
            elif state == "live":
                self._chooser.make(self._column, scale)
            else:
                if state == "failed":
                    self._failed(scale)
                self._choices(scale)

    def _faint(self, text: str) -> int:
        return dpg.add_text(text, color=self._session.theme.faint, wrap=0)

    def _loading(self, scale: float) -> None:
        dpg.add_text(self._opener.loading.title)
        dpg.add_progress_bar(tag="welcome bar", width=round(400 * scale))
        dpg.add_button(label="Cancel", callback=self._cancel)

    def _cancel(self) -> None:
        if self._opener.loading:
            self._opener.loading.cancel()

    def _failed(self, scale: float) -> None:
        dpg.add_text("This could not be opened", color=self._session.theme.accent)
        dpg.add_text(self._opener.failure, wrap=self._shown[2] - 40)
        dpg.add_spacer(height=16 * scale)

    def _choices(self, scale: float) -> None:
        dpg.add_button(label="Open a trace…", width=round(180 * scale), callback=lambda: self._do("open"))
        dpg.add_spacer(height=12 * scale)
        recent = [path for path in self._settings.recent if Path(path).exists()]
        if recent:
            dpg.add_text("Opened before")
            for path in recent[:8]:
                dpg.add_button(
                    label=f"{Path(path).name}   in {Path(path).parent}",
                    small=True,
                    user_data=f"open {path}",
                    callback=lambda _, __, line: self._do(line),
                )
            dpg.add_spacer(height=12 * scale)
        for title, command in HINTS:
            dpg.add_text(title)
            self._faint(f"    {command}")
        dpg.add_spacer(height=12 * scale)
        self._faint("Ctrl+P finds every command, ? shows the keys")
