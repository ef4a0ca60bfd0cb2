"""Roboto for widgets and canvases. Glyphs are made at the size they are drawn in, so text is sharp at any scale."""

from __future__ import annotations

from functools import cache

import dearpygui.dearpygui as dpg
from PIL import ImageFont

from ggmlviz.scene.lettering import BOLD, REGULAR

BOLD_FONT = "bold font"  # what canvases bind to their bold texts
HEADING_FONT = "heading font"
_REGISTRY = "fonts"
_WIDGETS = 13.0  # pixels of widgets' text at scale 1, as scenes count them
_MEASURED_AT = 1000


@cache
def _line_height() -> float:
    return sum(ImageFont.truetype(str(REGULAR), _MEASURED_AT).getmetrics()) / _MEASURED_AT


def toolkit_size(size: float) -> float:
    """Scenes count the em; the toolkit counts from ascender to descender."""
    return size * _line_height()


def load() -> None:
    dpg.add_font_registry(tag=_REGISTRY)
    for tag, size in ((BOLD_FONT, _WIDGETS), (HEADING_FONT, 2 * _WIDGETS)):
        dpg.add_font(str(BOLD), round(toolkit_size(size)), tag=tag, parent=_REGISTRY)


def use(scale: float) -> None:
    """For all widgets. Canvases name the size with each text."""
    size = round(toolkit_size(_WIDGETS * scale))
    tag = f"font of {size}"
    if not dpg.does_item_exist(tag):
        dpg.add_font(str(REGULAR), size, tag=tag, parent=_REGISTRY)
    dpg.bind_font(tag)
