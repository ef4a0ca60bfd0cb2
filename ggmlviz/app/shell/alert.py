"""A message that waits until it was read."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

_WINDOW, _TEXT = "alert", "alert text"
WIDTH = 520


class Alert:
    def __init__(self) -> None:
        self.open = False

    def build(self) -> None:
        with dpg.window(
            tag=_WINDOW,
            show=False,
            modal=True,
            no_resize=True,
            no_saved_settings=True,
            no_collapse=True,
            autosize=True,
            min_size=(10, 10),
            on_close=self.close,
        ):
            dpg.add_text("", tag=_TEXT)
            dpg.add_spacer(height=8)
            dpg.add_button(label="OK", width=90, callback=self.close)

    def show(self, title: str, text: str, scale: float = 1.0) -> None:
        self.open = True
        width = round(WIDTH * scale)
        dpg.configure_item(_TEXT, wrap=width)
        dpg.set_value(_TEXT, text)
        left = max(0, (dpg.get_viewport_client_width() - width) // 2)
        dpg.configure_item(_WINDOW, label=title, show=True, pos=(left, dpg.get_viewport_client_height() // 4))

    def close(self) -> None:
        self.open = False
        dpg.configure_item(_WINDOW, show=False)

    def key(self, key: str) -> bool:
        """Nothing else is to be done while it is open."""
        if self.open and key in ("Escape", "Enter", "Space"):
            self.close()
            return True
        return self.open
