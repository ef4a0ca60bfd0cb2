"""What the badge opens: everything that is known to be missing from the data or wrong with it."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.app.session import Session
from ggmlviz.scene.headline import Headline

_WINDOW = "quality"
WIDTH = 560
COMPLETE = "Nothing was lost, every node time is attributed, and the clock was calibrated."


class QualityWindow:
    def __init__(self, session: Session):
        self._session = session
        self.open = False

    def build(self) -> None:
        dpg.add_window(
            tag=_WINDOW,
            label="Quality of the data",
            show=False,
            no_resize=True,
            no_collapse=True,
            no_saved_settings=True,
            no_docking=True,
            autosize=True,
            min_size=(10, 10),
            on_close=self.close,
        )

    def show(self, headline: Headline | None) -> None:
        self.open = True
        width = round(WIDTH * self._session.scale)
        dpg.delete_item(_WINDOW, children_only=True)
        for line in _lines(headline):
            dpg.add_text(line, wrap=width, parent=_WINDOW)
        if headline and headline.wrong:
            dpg.add_spacer(height=4, parent=_WINDOW)
            hint = "`ggml-viz validate FILE` checks further. What is missing is drawn as missing, and never guessed."
            dpg.add_text(hint, wrap=width, parent=_WINDOW, color=self._session.theme.faint)
        left = max(0, dpg.get_viewport_client_width() - width - round(40 * self._session.scale))
        dpg.configure_item(_WINDOW, show=True, pos=(left, round(40 * self._session.scale)))
        dpg.focus_item(_WINDOW)

    def close(self) -> None:
        self.open = False
        dpg.configure_item(_WINDOW, show=False)

    def key(self, key: str) -> bool:
        if self.open and key == "Escape":
            self.close()
            return True
        return False


def _lines(headline: Headline | None) -> list[str]:
    if headline is None:
        return ["Nothing is open."]
    if headline.wrong is None:
        return ["The data is still being looked at."]
    return [f"{line[0].upper()}{line[1:]}." for line in headline.wrong] or [COMPLETE]
