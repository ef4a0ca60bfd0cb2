"""How wide text is in the font that all views use, so that labels appear only where they fit."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

import font_roboto
from PIL import ImageFont

REGULAR, BOLD = Path(font_roboto.font_files["Roboto"]), Path(font_roboto.font_files["RobotoMedium"])
_MEASURED_AT = 64  # large, so that widths of other sizes are no multiples of whole pixels
ELLIPSIS = "…"


@cache
def _advance(letter: str, bold: bool) -> float:
    """As a part of the size."""
    return _font(bold).getlength(letter) / _MEASURED_AT


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(BOLD if bold else REGULAR), _MEASURED_AT)


def text_width(text: str, size: float = 13.0, bold: bool = False) -> float:
    """In pixels."""
    return _ems(text, bold) * size


@lru_cache(1 << 14)  # the same labels are asked for in every frame
def _ems(text: str, bold: bool) -> float:
    return sum(_advance(letter, bold) for letter in text)


def shortened(text: str, room: float, size: float = 13.0, bold: bool = False) -> str:
    """What of it fits, with an ellipsis where it was cut; nothing where not even two letters fit."""
    if text_width(text, size, bold) <= room:
        return text
    room -= text_width(ELLIPSIS, size, bold)
    kept = 0
    for letter in text:
        room -= _advance(letter, bold) * size
        if room < 0:
            break
        kept += 1
    return text[:kept] + ELLIPSIS if kept >= 2 else ""
