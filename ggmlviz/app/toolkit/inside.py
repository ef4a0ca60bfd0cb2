"""What the toolkit can do but has no Python function for, reached in its library by name.

All of it is optional: where a name is not found (Windows, other builds), the caller does without.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

from dearpygui import _dearpygui

from ggmlviz.scene.drawing import Colour


@cache
def function(name: str, result: type | None, *arguments: type) -> Callable | None:
    try:
        found = ctypes.CDLL(_dearpygui.__file__)[name]
    except (AttributeError, OSError):
        return None
    found.restype, found.argtypes = result, list(arguments)
    return found


def wait_events() -> Callable[[float], None] | None:
    """Sleeps until there is input, or so many seconds."""
    return function("glfwWaitEventsTimeout", None, ctypes.c_double)


def post_event() -> Callable[[], None] | None:
    """Ends that sleep, from any thread."""
    return function("glfwPostEmptyEvent", None)


def colour_outside_windows(index: int, colour: Colour) -> None:
    """The bars of docked windows are painted before any theme holds."""
    of = function("_ZN5ImGui17GetStyleColorVec4Ei", ctypes.POINTER(ctypes.c_float), ctypes.c_int)
    if of:
        place = of(index)
        for number, part in enumerate(colour):
            place[number] = part / 255


def size_outside_windows(index: int, width: float, height: float) -> None:
    """Docked windows get their places before any theme holds. `width` stays what it is: it tells that the place of the
    size in the library's table is the one that is meant."""
    about = function("_ZN5ImGui15GetStyleVarInfoEi", ctypes.POINTER(ctypes.c_uint32), ctypes.c_int)
    style = function("_ZN5ImGui8GetStyleEv", ctypes.c_void_p)
    if about and style:
        size = (ctypes.c_float * 2).from_address(style() + (about(index)[0] >> 16))
        if size[0] == width:
            size[1] = height


def load_layout(text: str) -> bool:
    """Moves all windows to where this layout has them; False if it cannot be done while the program runs."""
    load = function("_ZN5ImGui25LoadIniSettingsFromMemoryEPKcm", None, ctypes.c_char_p, ctypes.c_size_t)
    if load:
        data = text.encode()
        load(data, len(data))
    return load is not None
