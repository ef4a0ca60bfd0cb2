"""Colours: one for each family of ops in every view, two themes, and scales for heat.

The hues keep apart for the common kinds of colour blindness, also by lightness. The same hues serve both themes;
only the text on them and everything around them changes. Nothing but loss and errors is ever pure red.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.scene.drawing import Colour

FAMILIES: dict[str, Colour] = {
    "matmul": (52, 120, 210, 255),
    "add": (64, 160, 80, 255),
    "attention": (140, 95, 200, 255),
    "norm": (232, 140, 48, 255),
    "position": (38, 160, 160, 255),
    "activation": (226, 196, 60, 255),
    "movement": (140, 146, 154, 255),
    "routing": (168, 82, 58, 255),
    "other": (186, 160, 190, 255),
}
FAMILY_NAMES = tuple(FAMILIES)

_FAMILY_OF = {
    "matmul": "MUL_MAT MUL_MAT_ID OUT_PROD CONV_TRANSPOSE_1D CONV_2D IM2COL",
    "add": "ADD ADD1 ADD_ID SUB MUL DIV ACC SUM SUM_ROWS MEAN SCALE SQR SQRT",
    "attention": "FLASH_ATTN_EXT SOFT_MAX DIAG_MASK_INF SSM_SCAN SSM_CONV RWKV_WKV6 RWKV_WKV7 GATED_LINEAR_ATTN",
    "norm": "NORM RMS_NORM GROUP_NORM L2_NORM",
    "position": "ROPE TIMESTEP_EMBEDDING ALIBI GET_REL_POS ADD_REL_POS",
    "activation": "GLU UNARY CLAMP LEAKY_RELU SIN COS LOG",
    "movement": "DUP CPY CONT RESHAPE VIEW PERMUTE TRANSPOSE GET_ROWS SET_ROWS CONCAT REPEAT PAD SET ROLL",
    "routing": "ARGSORT TOP_K ARGMAX",
}
_BY_OP = {op: FAMILY_NAMES.index(family) for family, ops in _FAMILY_OF.items() for op in ops.split()}

LOST: Colour = (255, 0, 0, 255)  # the one pure red: loss and errors
INPUT_PINK: Colour = (246, 190, 208, 255)  # graph: inputs and weights
COMPUTED_WHITE: Colour = (255, 255, 255, 255)  # graph: computations
INK: Colour = (24, 26, 30, 255)  # text on pale fills, in both themes


def family_of(op: str) -> int:
    """Index into FAMILY_NAMES. A fused pair, RMS_NORM+MUL, is of the family of its first."""
    return _BY_OP.get(op.split("+")[0].upper(), FAMILY_NAMES.index("other"))


FAMILY_COLOURS = np.array(list(FAMILIES.values()), np.uint8)


@dataclass(frozen=True)
class Theme:
    name: str
    window: Colour
    panel: Colour  # what drawings lie on
    raised: Colour  # headers, lanes, cards
    line: Colour
    text: Colour
    faint: Colour  # labels that are not the matter
    accent: Colour  # selection
    found: Colour  # what a search lit


DARK = Theme(
    "dark",
    window=(24, 26, 31, 255),
    panel=(30, 33, 39, 255),
    raised=(41, 45, 53, 255),
    line=(62, 68, 79, 255),
    text=(226, 229, 234, 255),
    faint=(150, 157, 168, 255),
    accent=(255, 214, 102, 255),
    found=(255, 138, 216, 255),
)
LIGHT = Theme(
    "light",
    window=(236, 238, 241, 255),
    panel=(252, 252, 253, 255),
    raised=(240, 242, 245, 255),
    line=(205, 210, 217, 255),
    text=(28, 32, 38, 255),
    faint=(98, 106, 118, 255),
    accent=(200, 90, 0, 255),
    found=(196, 0, 132, 255),
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def paler(fill: np.ndarray, theme: Theme, amount: float = 0.6) -> np.ndarray:
    """The same hue, nearer to the panel: waiting in place of work."""
    panel = np.array(theme.panel, np.float32)
    mixed = fill.astype(np.float32) * (1 - amount) + panel * amount
    mixed[..., 3] = 255
    return mixed.astype(np.uint8)


def mixed(colour: Colour, other: Colour, part: float) -> Colour:
    """With so much of the other; opaque, as PNGs want it."""
    return (*(round(a * (1 - part) + b * part) for a, b in zip(colour[:3], other[:3], strict=True)), 255)


def ink_on(fill: np.ndarray) -> np.ndarray:
    """Black or white for each colour, whichever is read better on it."""
    luminance = fill[..., :3].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.where((luminance > 140)[..., None], np.array(INK, np.uint8), np.uint8(255)).astype(np.uint8)


# Viridis, at nine places; between them a straight line is as good as the eye.
_VIRIDIS = np.array(
    [
        (68, 1, 84),
        (71, 44, 122),
        (59, 81, 139),
        (44, 113, 142),
        (33, 144, 141),
        (39, 173, 129),
        (92, 200, 99),
        (170, 220, 50),
        (253, 231, 37),
    ],
    np.float32,
)


def heat(values: np.ndarray) -> np.ndarray:
    """Colours, uint8 [..., 4], for values from 0 to 1: viridis, equal steps look equal."""
    at = np.clip(np.nan_to_num(values), 0, 1) * (len(_VIRIDIS) - 1)
    low = np.minimum(at.astype(np.intp), len(_VIRIDIS) - 2)
    part = (at - low)[..., None]
    mixed = _VIRIDIS[low] * (1 - part) + _VIRIDIS[low + 1] * part
    return np.concatenate([mixed, np.full((*mixed.shape[:-1], 1), 255)], -1).astype(np.uint8)
