"""Choosing a trace on the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dearpygui.dearpygui as dpg

_TAG = "open dialog"


class OpenDialog:
    def __init__(self) -> None:
        self._chosen: Callable[[Path], None] = lambda path: None

    def build(self) -> None:
        with dpg.file_dialog(tag=_TAG, show=False, modal=True, callback=self._ok, cancel_callback=lambda: None):
            dpg.add_file_extension(".ggmlviz", color=(64, 160, 80, 255))
            dpg.add_file_extension(".*")

    def ask(self, title: str, folder: Path, chosen: Callable[[Path], None]) -> None:
        self._chosen = chosen
        width, height = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        dpg.configure_item(
            _TAG, label=title, default_path=str(folder), width=round(width * 0.6), height=round(height * 0.7), show=True
        )

    @property
    def open(self) -> bool:
        return bool(dpg.is_item_shown(_TAG))

    def _ok(self, _, answer: dict) -> None:
        """A name that was typed comes without being among the chosen."""
        selections = list(answer.get("selections", {}).values())
        self._chosen(Path(selections[0] if selections else answer["file_path_name"]))
