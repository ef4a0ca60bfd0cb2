"""Which programs could be watched: what the window shows until one is, or when another one is wanted."""

from __future__ import annotations

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from ggmlviz.app.live.feeds import Choice
from ggmlviz.app.live.view import Live
from ggmlviz.app.session import Session

HOW = (
    "ggml-viz run --ring -- ./llama-server -m model.gguf",
    "ggml-viz attach PID",
)
STATES = {"crashed": "crashed; what it last did can be looked at", "ended": "ended", "stopped": "stopped by a signal"}


class LiveChooser:
    """Makes its items inside the window that it is given."""

    def __init__(self, session: Session, live: Live, do: Callable[[str], None]):
        self._session, self._live, self._do = session, live, do

    @property
    def key(self) -> tuple:
        """What it shows; it is made anew when this changes."""
        rows = tuple((c.path, c.state, round(c.seconds), c.rate and round(c.rate, -3)) for c in self._live.choices)
        return (
            rows,
            self._live.failure,
            tuple(choice.path for choice in self._live.choices if self._live.asked.is_beside(choice)),
        )

    def make(self, parent: int, scale: float) -> None:
        with dpg.group(parent=parent):
            choices = self._live.choices
            if self._live.failure:
                dpg.add_text(self._live.failure, color=self._session.theme.accent, wrap=round(600 * scale))
            if not choices:
                self._nothing(scale)
                return
            dpg.add_text("Programs that record into a ring" if len(choices) > 1 else "A program that records")
            if len(choices) > 1:
                text = "A button makes its program the main one. What is ticked is shown beside it, on the same clock."
                dpg.add_text(text, color=self._session.theme.faint, wrap=round(600 * scale))
            dpg.add_spacer(height=6 * scale)
            for choice in choices:
                self._offer(choice, scale)
            if self._live.path is not None:
                dpg.add_spacer(height=6 * scale)
                dpg.add_button(label="Back to the timeline", callback=lambda: self._do("live switch"))

    def _offer(self, choice: Choice, scale: float) -> None:
        uptime = f"{choice.seconds:.0f} s" if choice.seconds < 600 else f"{choice.seconds / 60:.0f} min"
        speed = f"{choice.rate:,.0f} rows/s" if choice.rate is not None else ""
        words = [f"{choice.pid}", choice.program, choice.model]
        if choice.reason:
            dpg.add_text(
                "   ".join(filter(None, [*words, f"{choice.state}: {choice.reason}"])), wrap=round(600 * scale)
            )
        else:
            words += [uptime, STATES.get(choice.state, speed)]
            with dpg.group(horizontal=True):
                if len(self._live.choices) > 1:
                    self._tick(choice)
                dpg.add_button(
                    label="   ".join(filter(None, words)),
                    user_data=f"live switch {choice.pid}",
                    callback=lambda _, __, line: self._do(line),
                )

    def _tick(self, choice: Choice) -> None:
        """The main one is told as such."""
        is_main = choice.path == self._live.path
        dpg.add_checkbox(
            label="main  " if is_main else "beside",
            default_value=is_main or self._live.asked.is_beside(choice),
            enabled=not is_main,
            user_data=f"live beside {choice.pid}",
            callback=lambda _, __, line: self._do(line),
        )

    def _nothing(self, scale: float) -> None:
        wanted = self._live.wanted
        dpg.add_text(f"Waiting for `{wanted}`" if wanted else "Waiting for a program")
        dpg.add_spacer(height=6 * scale)
        none = "It does not record" if wanted else "No program records"
        for text in (
            f"{none} into shared memory. It is shown as soon as it does, started or attached to like this:",
            *HOW,
        ):
            dpg.add_text(text if text not in HOW else f"    {text}", color=self._session.theme.faint)
