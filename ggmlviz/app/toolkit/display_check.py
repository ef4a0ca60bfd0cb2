"""Whether a window can be opened here. The toolkit does not ask: without a display or OpenGL it ends the process."""

from __future__ import annotations

import ctypes
import os
import sys

from ggmlviz.app.toolkit.opengl_check import has_opengl
from ggmlviz.errors import GgmlVizError

INSTEAD = "`ggml-viz export` makes pictures without a screen, `ggml-viz report` tells the figures"


class NoWindow(GgmlVizError):
    """Why there can be none, and what to install."""


def check_display() -> float:
    """Returns the display's scale."""
    if not sys.platform.startswith("linux"):
        return 1.0
    if not os.environ.get("DISPLAY"):
        wayland = " (Wayland alone is not enough: XWayland provides it)" if os.environ.get("WAYLAND_DISPLAY") else ""
        raise NoWindow(f"no display: DISPLAY is not set{wayland}; start it in a desktop session, or {INSTEAD}")
    x11 = _library("libX11.so.6", "libx11-6", "libX11")
    opengl = _library("libGL.so.1", "libgl1", "mesa-libGL")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = x11.XOpenDisplay(None)
    if not display:
        raise NoWindow(f"no display: cannot connect to DISPLAY={os.environ['DISPLAY']}; check it, or {INSTEAD}")
    try:
        if not has_opengl(x11, opengl, ctypes.c_void_p(display)):
            raise NoWindow(
                "no OpenGL on this display: install a driver (Debian and Ubuntu: apt install libgl1-mesa-dri; "
                f"Fedora: dnf install mesa-dri-drivers), or {INSTEAD}"
            )
        return _scale(x11, ctypes.c_void_p(display))
    finally:
        x11.XCloseDisplay(ctypes.c_void_p(display))


def _library(name: str, debian: str, fedora: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(name)
    except OSError:
        how = f"Debian and Ubuntu: apt install {debian}; Fedora: dnf install {fedora}"
        raise NoWindow(f"{name} is missing, and the window needs it ({how}); without a window, {INSTEAD}") from None


def _scale(x11: ctypes.CDLL, display: ctypes.c_void_p) -> float:
    """As desktops say it: GDK_SCALE, or the dots per inch of text."""
    wanted = os.environ.get("GDK_SCALE", "")
    if wanted.isdecimal() and int(wanted) > 0:
        return float(wanted)
    x11.XGetDefault.restype = ctypes.c_char_p
    dots = x11.XGetDefault(display, b"Xft", b"dpi")
    try:
        return min(4.0, max(1.0, float(dots) / 96))
    except (TypeError, ValueError):
        return 1.0
