"""What the badge opens: everything that is known to be missing from the data or wrong with it."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.app.shell.sheet import Sheet
from ggmlviz.scene.headline import Headline

WIDTH = 560
COMPLETE = "Nothing was lost, every node time is attributed, and the clock was calibrated."


class QualityWindow(Sheet):
    tag, label = "quality", "Quality of the data"

    def show(self, headline: Headline | None) -> None:
        self._empty()
        width = round(WIDTH * self._session.scale)
        for line in _lines(headline):
            dpg.add_text(line, wrap=width, parent=self.tag)
        if headline and headline.wrong:
            dpg.add_spacer(height=4, parent=self.tag)
            hint = "`ggml-viz validate FILE` checks further. What is missing is drawn as missing, and never guessed."
            dpg.add_text(hint, wrap=width, parent=self.tag, color=self._session.theme.faint)
        scale = self._session.scale
        self._show_at(dpg.get_viewport_client_width() - width - 40 * scale, 40 * scale)


def _lines(headline: Headline | None) -> list[str]:
    if headline is None:
        return ["Nothing is open."]
    if headline.wrong is None:
        return ["The data is still being looked at."]
    return [f"{line[0].upper()}{line[1:]}." for line in headline.wrong] or [COMPLETE]
