"""Pictures of the window as it is on the screen."""

from __future__ import annotations

import tempfile
from pathlib import Path

import dearpygui.dearpygui as dpg
from PIL import Image

from ggmlviz.errors import GgmlVizError

MOST_FRAMES = 10  # within which the toolkit has written what it was asked for


class Framebuffer:
    def save(self, path: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            raw = Path(folder) / "window.png"
            dpg.output_frame_buffer(str(raw))
            for _ in range(MOST_FRAMES):
                dpg.render_dearpygui_frame()
                if raw.exists():
                    break
            else:
                raise GgmlVizError(f"{path}: the picture could not be taken")
            try:
                Image.open(raw).convert("RGB").save(path)
            except (OSError, ValueError) as error:
                raise GgmlVizError(f"{path}: the picture could not be written: {error}") from error
