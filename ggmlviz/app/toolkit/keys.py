"""Keys by the names people call them, and the actions they stand for."""

from __future__ import annotations

import time
from collections.abc import Callable

import dearpygui.dearpygui as dpg

from ggmlviz.app.actions import Action, Actions
from ggmlviz.app.toolkit.pointer import MODIFIERS, held_keys

_NAMES = {
    "Left": "Left",
    "Right": "Right",
    "Up": "Up",
    "Down": "Down",
    "Home": "Home",
    "End": "End",
    "PageUp": "Prior",
    "PageDown": "Next",
    "Enter": "Return",
    "Escape": "Escape",
    "Space": "Spacebar",
    "Tab": "Tab",
    "Delete": "Delete",
    "Backspace": "Back",
    ".": "Period",
    ",": "Comma",
    "/": "Slash",
    "\\": "Backslash",
    "[": "Open_Brace",
    "]": "Close_Brace",
    "-": "Minus",
    "+": "Plus",
    **{f"F{number}": f"F{number}" for number in range(1, 13)},
    **{letter: letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"},
}
_CODES = {name: getattr(dpg, f"mvKey_{key}") for name, key in _NAMES.items() if hasattr(dpg, f"mvKey_{key}")}
_BY_CODE = {code: name for name, code in _CODES.items()}
_SHIFTED = {"Shift+/": "?"}  # keys that are called by what they write
_INPUTS = {"mvAppItemType::mvInputText", "mvAppItemType::mvInputInt", "mvAppItemType::mvInputFloat"}
_INPUTS |= {"mvAppItemType::mvInputDouble", "mvAppItemType::mvInputFloatMulti", "mvAppItemType::mvInputIntMulti"}
_GROUP = "mvAppItemType::mvGroup"
HELD = 3, 0.3  # frames and seconds: on a slow machine a short press may last for two frames, on a quick one for many
_ONCE = ("?", "Escape", "Enter", "Space", *(f"F{number}" for number in range(1, 13)))  # they open and close


def named(code: int, held: frozenset[str]) -> str:
    """With the modifiers that are held, in the order in which actions name them: Ctrl+Shift+Z. Empty: no such key."""
    name = _BY_CODE.get(code)
    if name is None:
        return ""
    whole = "+".join([*(key for key in ("Ctrl", "Shift", "Alt") if key in held), name])
    return _SHIFTED.get(whole, whole)


def typing() -> bool:
    """Whether what is typed goes into a text."""
    return typed_into() is not None


def typed_into() -> int | None:
    """The field that has the keyboard."""
    item = dpg.get_focused_item()
    return _typed_into(item) if item and dpg.does_item_exist(item) else None


def _typed_into(item: int) -> int | None:
    if dpg.get_item_type(item) == _GROUP:  # it takes the focus of what is in it for its own
        return next(filter(None, map(_typed_into, dpg.get_item_children(item, 1))), None)
    active = dpg.get_item_type(item) in _INPUTS and dpg.get_item_state(item).get("active")
    return item if active else None


class Keyboard:
    """`first` is asked before any action; whoever it is may keep the key for itself."""

    def __init__(self, actions: Actions, do: Callable[[str], None], under_mouse: Callable[[], str]):
        self._actions = actions
        self._do = do
        self._under_mouse = under_mouse
        self.first: Callable[[str], bool] = lambda key: False
        self._modifiers: set[int] = set()  # that are down, as far as we were told
        self._since: dict[int, tuple[int, float]] = {}  # for each key that is down, frame and second it went down in

    def build(self) -> None:
        with dpg.handler_registry():
            dpg.add_key_press_handler(callback=self._pressed)
            dpg.add_key_release_handler(callback=self._released)

    def _released(self, _, code: int) -> None:
        self._since.pop(code, None)
        self._modifiers.discard(code)

    def _repeats(self, code: int, key: str) -> bool:
        """Whether a key that is held counts again."""
        now = dpg.get_frame_count(), time.monotonic()
        since = self._since.setdefault(code, now)
        frames, seconds = (after - before for after, before in zip(now, since, strict=True))
        held = frames > HELD[0] and seconds > HELD[1]
        return not frames or (held and "Ctrl" not in key and key not in _ONCE)

    def _pressed(self, _, code: int) -> bool:
        """False where it is nothing new: the toolkit tells of all that is held, of buttons too, in every frame."""
        if code in MODIFIERS:
            self._modifiers.add(code)
        # In a late frame a modifier may be up again before we ask what is held; and of what goes down in the same
        # frame we may be told of the modifier last.
        key = named(code, frozenset(MODIFIERS[held] for held in self._modifiers) | held_keys())
        if not key or not self._repeats(code, key):
            return False
        if self.first(key):
            return True
        action = self._allowed(key) or self._allowed(named(code, held_keys()))  # or it went up without our being told
        if action:
            self._do(action.name)
        return True

    def _allowed(self, key: str) -> Action | None:
        return None if typing() and not _works_while_typing(key) else self._meant(key)

    def _meant(self, key: str) -> Action | None:
        """The panel under the mouse comes first."""
        fitting = [action for action in self._actions.all() if key in action.keys]
        here = self._under_mouse()
        local = next((action for action in fitting if action.here and action.here == here), None)
        return local or next((action for action in fitting if not action.here), None)


def _works_while_typing(key: str) -> bool:
    """Texts need their own letters, and copying, pasting and undoing."""
    return key in ("Ctrl+P", "Ctrl+F", "Ctrl+O", "Ctrl+Q") or (key[0] == "F" and len(key) > 1)
