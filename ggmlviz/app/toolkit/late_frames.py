"""What was pressed with a modifier counts as pressed with it, however late the frame.

The toolkit takes all keys that came since the last frame at once, unless the same key changed twice. Where one lets go
of Ctrl before the A of Ctrl+A, and a frame takes longer than that, it would see an A without Ctrl: nothing is selected,
and what is typed next does not replace the text but goes into its middle.
"""

from __future__ import annotations

import ctypes

import dearpygui.dearpygui as dpg

from ggmlviz.app.toolkit import inside

_NOBODYS = dpg.mvKey_F24  # no keyboard has it, and nothing here is bound to it
_RELEASE = 0  # as the toolkit's library for windows calls it
_MODIFIERS = range(340, 348)  # Shift, Ctrl, Alt and Super, left and right
_OnKey = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int)
_kept: list = []  # the library has only their addresses


def part_modifiers() -> None:
    """Lets each modifier go up in a later frame than that in which other keys went down. The window must be there."""
    window = inside.function("glfwGetCurrentContext", ctypes.c_void_p)
    listen = inside.function("glfwSetKeyCallback", ctypes.c_void_p, ctypes.c_void_p, _OnKey)
    state = inside.function("_ZN5ImGui5GetIOEv", ctypes.c_void_p)
    add = inside.function("_ZN7ImGuiIO11AddKeyEventE8ImGuiKeyb", None, ctypes.c_void_p, ctypes.c_int, ctypes.c_bool)
    if not (window and listen and state and add):
        return

    def heard(window: int, key: int, code: int, action: int, modifiers: int) -> None:
        if key in _MODIFIERS and action == _RELEASE:
            # Down and up of one key are never in the same frame, and all that comes behind them waits with the second.
            for down in (True, False):
                add(state(), _NOBODYS, down)
        before(window, key, code, action, modifiers)

    callback = _OnKey(heard)
    before = _OnKey(listen(window(), callback))
    _kept.extend((callback, before))
