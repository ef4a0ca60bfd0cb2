"""Whether an X display can draw with OpenGL, asked as the toolkit will ask; it would end the process at a no."""

from __future__ import annotations

import ctypes

_RENDER_TYPE, _DRAWABLE_TYPE, _RED, _GREEN, _BLUE, _DOUBLE_BUFFER, _END = 0x8011, 0x8010, 8, 9, 10, 5, 0
_MAJOR, _MINOR = 0x2091, 0x2092
_FRAMEBUFFER = (_RENDER_TYPE, 1, _DRAWABLE_TYPE, 1, _RED, 8, _GREEN, 8, _BLUE, 8, _DOUBLE_BUFFER, 1, _END)
_VERSION = (_MAJOR, 3, _MINOR, 0, _END)
_HANDLER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


def has_opengl(x11: ctypes.CDLL, opengl: ctypes.CDLL, display: ctypes.c_void_p) -> bool:
    nothing = ctypes.c_int()
    if not opengl.glXQueryExtension(display, ctypes.byref(nothing), ctypes.byref(nothing)):
        return False
    opengl.glXChooseFBConfig.restype = ctypes.POINTER(ctypes.c_void_p)
    count = ctypes.c_int()
    found = opengl.glXChooseFBConfig(display, 0, _ints(_FRAMEBUFFER), ctypes.byref(count))
    return bool(found) and count.value > 0 and _can_make_context(x11, opengl, display, ctypes.c_void_p(found[0]))


def _can_make_context(x11: ctypes.CDLL, opengl: ctypes.CDLL, display, framebuffer: ctypes.c_void_p) -> bool:
    """Only this loads the driver. What X then calls an error would end the process, were it not taken here."""
    opengl.glXGetProcAddressARB.restype = ctypes.c_void_p
    address = opengl.glXGetProcAddressARB(b"glXCreateContextAttribsARB")
    if not address:
        return False
    make = ctypes.CFUNCTYPE(
        ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
    )(address)
    ignore = _HANDLER(lambda display, error: 0)
    x11.XSetErrorHandler.restype = ctypes.c_void_p
    before = x11.XSetErrorHandler(ignore)
    try:
        context = make(display, framebuffer, None, 1, ctypes.cast(_ints(_VERSION), ctypes.c_void_p))
        x11.XSync(display, 0)
    finally:
        x11.XSetErrorHandler(ctypes.c_void_p(before))
    if context:
        opengl.glXDestroyContext(display, ctypes.c_void_p(context))
    return bool(context)


def _ints(values: tuple[int, ...]) -> ctypes.Array:
    return (ctypes.c_int * len(values))(*values)
