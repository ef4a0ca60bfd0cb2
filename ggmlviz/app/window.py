"""The window of the program: what is in it, and in which order it is made and drawn."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import dearpygui.dearpygui as dpg

from ggmlviz.app.actions import CannotDo
from ggmlviz.app.docked import Docked
from ggmlviz.app.jobs import Job
from ggmlviz.app.live.feeds import Feeds
from ggmlviz.app.live.view import Live
from ggmlviz.app.opening import Opener
from ggmlviz.app.session import Session
from ggmlviz.app.settings import Settings
from ggmlviz.app.shell.actions import file_actions, go_actions, help_actions, view_actions
from ggmlviz.app.shell.alert import Alert
from ggmlviz.app.shell.command_palette import CommandPalette
from ggmlviz.app.shell.keys_help import KeysHelp
from ggmlviz.app.shell.menus import Menus
from ggmlviz.app.shell.navigator import Navigator
from ggmlviz.app.shell.open_dialog import OpenDialog
from ggmlviz.app.shell.quality import QualityWindow
from ggmlviz.app.shell.status_line import StatusLine
from ggmlviz.app.shell.top_line import TopLine
from ggmlviz.app.shell.welcome import Welcome
from ggmlviz.app.telling import told
from ggmlviz.app.toolkit import fonts, themes
from ggmlviz.app.toolkit.keys import Keyboard
from ggmlviz.app.toolkit.pointer import POINTER
from ggmlviz.app.toolkit.texture import TEXTURES
from ggmlviz.app.toolkit.tooltip import TOOLTIP
from ggmlviz.errors import GgmlVizError

TITLE = "ggml-viz"
SMALLEST = (480, 360)


class Window:
    def __init__(self, session: Session, settings: Settings, feeds: Feeds | None, wake: Callable[[], None]):
        self.session = session
        self.settings = settings
        self.opener = Opener(session, settings)
        self.docked = Docked(session, settings)
        self.live = Live(session, feeds, wake)
        self.top_line = TopLine(session, self.show_quality, self.live)
        self.navigator = Navigator(session, self.do)
        self.status_line = StatusLine(session)
        self.welcome = Welcome(session, self.opener, settings, self.do, self.live)
        self.palette = CommandPalette(session, self.do)
        self.keys_help = KeysHelp(session)
        self.quality = QualityWindow(session)
        self.alert = Alert()
        self.open_dialog = OpenDialog()
        self.menus = Menus(session.actions, self.do)
        self.keyboard = Keyboard(session.actions, self.do, self.docked.under_mouse)
        self.answer: Callable[[str], None] = print  # where `tell -` goes
        self.picture: Callable[[Path], None] = lambda path: None  # the loop sets it
        self._shown: tuple = ()
        session.jobs.broken = self._broken
        self.opener.alert = lambda title, text: self.alert.show(title, text, session.scale)
        for actions in (file_actions, view_actions, go_actions):
            session.actions.add(*actions(self))
        for panel in self.docked.panels:
            session.actions.add(*panel.actions())
        session.actions.add(*self.live.actions())
        session.actions.add(*help_actions(self))

    @property
    def overlays(self) -> dict:
        """What lies above the panels, the topmost first."""
        return {
            "alert": self.alert,
            "palette": self.palette,
            "keys": self.keys_help,
            "quality": self.quality,
            "open dialog": self.open_dialog,
        }

    def build(self) -> None:
        """Before the first frame; the toolkit's context is there, and its window is not yet shown."""
        TEXTURES.build()
        fonts.load()
        themes.load()
        self.dress()
        TOOLTIP.build()
        POINTER.build()
        self.keyboard.first = self._overlay_key
        self.keyboard.build()
        with dpg.viewport_menu_bar():
            self.menus.build()
            dpg.add_spacer(width=12)
            self.docked.build_in("headline", self.top_line.build)
        self.docked.add("navigator", "", self.navigator.build)
        self.docked.add("status", "", self.status_line.build)
        self.docked.build()
        for part in (self.welcome, self.palette, self.keys_help, self.quality, self.alert, self.open_dialog):
            part.build()

    def _overlay_key(self, key: str) -> bool:
        return any(part.key(key) for part in self.overlays.values() if part.open and hasattr(part, "key"))

    def frame(self) -> bool:
        """Whether something is still moving."""
        self.live.watched()
        POINTER.frame()
        self.dress()
        themes.use_outside_windows(self.session.theme, self.session.scale)
        self.docked.bring_to_front()
        self.welcome.frame()
        self.top_line.frame()
        self.navigator.frame()
        self.status_line.frame()
        self.palette.frame()
        return self.docked.frame() if self.session.opened else False

    def dress(self) -> None:
        """In the colours and sizes of the session, and with what was opened lately."""
        wanted = (self.session.theme, self.session.scale, tuple(self.settings.recent), self.session.opened)
        if wanted == self._shown:
            return
        self._shown = wanted
        themes.use(self.session.theme, self.session.scale)
        fonts.use(self.session.scale)
        if dpg.does_item_exist("recent files"):
            self.menus.show_recent(self.settings.recent)
        name = f"{self.session.opened.path.name} – " if self.session.opened else ""
        dpg.set_viewport_title(f"{name}{TITLE}")

    def do(self, line: str) -> None:
        """What a person asked for; what cannot be done is said in the status line."""
        try:
            self.session.message = ""
            self.session.actions.do(line)
        except CannotDo as reason:
            text = str(reason)
            self.session.message = text[0].upper() + text[1:]
        except GgmlVizError as error:
            self.alert.show("This could not be done", str(error), self.session.scale)

    def _broken(self, job: Job, error: Exception) -> None:
        traceback.print_exception(error)
        text = (
            f"{job.title}: {error!r}. This is a mistake of ggml-viz. Its details are on stderr, and the rest goes on."
        )
        self.alert.show("Something went wrong", text, self.session.scale)

    def show_quality(self) -> None:
        self.quality.show(self.top_line.headline)

    def about(self) -> None:
        text = f"ggml-viz {version('ggml-viz')}\nSee what a GGML program really does."
        self.alert.show("About", text, self.session.scale)

    def ask(self, title: str, chosen: Callable[[Path], None]) -> None:
        opened = self.session.opened
        self.open_dialog.ask(title, opened.path.resolve().parent if opened else Path.cwd(), chosen)

    def screenshot(self, name: str) -> None:
        if not name:
            raise CannotDo("name the file, as in `screenshot window.png`")
        self.picture(Path(name).expanduser())

    def tell(self, name: str) -> None:
        if name in ("", "-"):
            self.answer(told(self))
        else:
            Path(name).expanduser().write_text(told(self) + "\n", encoding="utf-8")

    def quit(self) -> None:
        dpg.stop_dearpygui()
