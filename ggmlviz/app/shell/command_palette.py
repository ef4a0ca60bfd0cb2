"""Ctrl+P: type some letters of what is to be done, choose with the arrows, Enter. An argument may follow the name."""

from __future__ import annotations

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.session import Session
from ggmlviz.app.shell.fuzzy import matching

_WINDOW, _INPUT, _LIST, _HINT = "palette", "palette input", "palette list", "palette hint"
WIDTH, ROWS = 560, 14


class CommandPalette:
    def __init__(self, session: Session, do: Callable[[str], None]):
        self._session = session
        self._do = do
        self._found: list[Action] = []
        self._at = 0
        self._typed: str | None = None
        self.open = False

    def build(self) -> None:
        with dpg.window(
            tag=_WINDOW,
            show=False,
            no_title_bar=True,
            no_resize=True,
            no_move=True,
            no_saved_settings=True,
            no_docking=True,
            autosize=True,
            min_size=(10, 10),
        ):
            dpg.add_input_text(tag=_INPUT, hint="What is to be done?")
            dpg.add_text("", tag=_HINT)
            dpg.add_group(tag=_LIST)

    def toggle(self, text: str = "") -> None:
        if self.open:
            self.close()
            return
        self.open, self._typed = True, None
        width = round(WIDTH * self._session.scale)
        dpg.set_value(_INPUT, text)
        dpg.configure_item(_INPUT, width=width)
        left = max(0, (dpg.get_viewport_client_width() - width) // 2)
        dpg.configure_item(_WINDOW, show=True, pos=(left, round(70 * self._session.scale)))
        dpg.focus_item(_WINDOW)
        dpg.focus_item(_INPUT)

    def close(self) -> None:
        self.open = False
        dpg.configure_item(_WINDOW, show=False)

    @property
    def found(self) -> list[str]:
        """Names of the actions that fit what was typed."""
        return [action.name for action in self._found] if self.open else []

    def key(self, key: str) -> bool:
        """Whether it was for the palette."""
        if not self.open:
            return False
        if key in ("Up", "Down"):
            self._choose(self._at + (1 if key == "Down" else -1))
        elif key == "Enter":
            self._run()
        elif key in ("Escape", "Ctrl+P"):
            self.close()
        return True

    def frame(self) -> None:
        """Looks for what was typed since."""
        if self.open and (typed := dpg.get_value(_INPUT)) != self._typed:
            self._typed = typed
            self._find(typed)

    def _find(self, typed: str) -> None:
        self._found = matching(typed, self._session.actions.all())
        if not self._found:  # perhaps a whole name with something behind it
            try:
                self._found = [self._session.actions.called(typed.strip())[0]]
            except CannotDo:
                self._found = []
        self._choose(0)

    def _choose(self, at: int) -> None:
        self._at = at % len(self._found) if self._found else 0
        first = max(0, min(self._at - ROWS // 2, len(self._found) - ROWS))
        dpg.delete_item(_LIST, children_only=True)
        for index, action in enumerate(self._found[first : first + ROWS], first):
            with dpg.group(horizontal=True, parent=_LIST):
                dpg.add_selectable(
                    label=_row(action),
                    default_value=index == self._at,
                    width=round(WIDTH * 0.78 * self._session.scale),
                    user_data=index,
                    callback=self._clicked,
                )
                dpg.add_text(", ".join(action.keys[:2]), color=self._session.theme.faint)
        hint = "Nothing is called like that." if not self._found else ""
        dpg.set_value(_HINT, hint)
        dpg.configure_item(_HINT, show=bool(hint))

    def _clicked(self, _, __, index: int) -> None:
        self._at = index
        self._run()

    def _run(self) -> None:
        if not self._found:
            return
        action, typed = self._found[self._at], (self._typed or "").strip()
        rest = typed[len(action.name) :].strip() if typed.startswith(action.name) else ""
        if action.takes and not action.takes.startswith("[") and not rest:
            # It wants to know of what: the name is written out, for the rest to be typed behind it.
            dpg.set_value(_INPUT, f"{action.name} ")
            dpg.focus_item(_INPUT)
            return
        self.close()
        self._do(f"{action.name} {rest}".strip())


def _row(action: Action) -> str:
    takes = f" {action.takes}" if action.takes else ""
    return f"{action.title}   ({action.name}{takes})"
