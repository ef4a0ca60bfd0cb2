"""The window of the program: what is in it, and in which order it is made and drawn."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import dearpygui.dearpygui as dpg

from ggmlviz.app.actions import CannotDo
from ggmlviz.app.jobs import Job
from ggmlviz.app.live.feeds import Feeds
from ggmlviz.app.live.view import Live
from ggmlviz.app.opening import Opener
from ggmlviz.app.panels import PANELS
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
from ggmlviz.app.toolkit import fonts, layout_file, themes
from ggmlviz.app.toolkit.canvas import Canvas
from ggmlviz.app.toolkit.grounds import Grounds
from ggmlviz.app.toolkit.keys import Keyboard
from ggmlviz.app.toolkit.layout_file import WINDOWS
from ggmlviz.app.toolkit.pointer import POINTER
from ggmlviz.app.toolkit.texture import TEXTURES
from ggmlviz.app.toolkit.tooltip import TOOLTIP
from ggmlviz.app.turns import Turns
from ggmlviz.errors import GgmlVizError

TITLE = "ggml-viz"
SMALLEST = (480, 360)


class Window:
    def __init__(self, session: Session, settings: Settings, feeds: Feeds | None, wake: Callable[[], None]):
        self.session = session
        self.settings = settings
        self.opener = Opener(session, settings)
        self.panels = [panel(session) for panel in PANELS]
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
        self.keyboard = Keyboard(session.actions, self.do, self._panel_under_mouse)
        self.answer: Callable[[str], None] = print  # where `tell -` goes
        self.picture: Callable[[Path], None] = lambda path: None  # the loop sets it
        self._turns = Turns()
        self._grounds = Grounds(WINDOWS[panel.name] for panel in self.panels)
        self._shown: tuple = ()
        self._owners: dict[int, str] = {}
        self._in_front: list[str] = []  # panels to bring back there: a layout that was read anew forgets them
        session.reveal = self.reveal
        session.jobs.broken = self._broken
        self.opener.alert = lambda title, text: self.alert.show(title, text, session.scale)
        for actions in (file_actions, view_actions, go_actions):
            session.actions.add(*actions(self))
        for panel in self.panels:
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
            self._build_in("headline", self.top_line.build)
        self._add("navigator", "", self.navigator.build)
        self._add("status", "", self.status_line.build)
        for panel in self.panels:
            self._add(panel.name, panel.title, panel.build)
        for part in (self.welcome, self.palette, self.keys_help, self.quality, self.alert, self.open_dialog):
            part.build()

    def _add(self, name: str, title: str, build: Callable[[], None]) -> None:
        hidden = name in self.settings.hidden
        with dpg.window(
            label=title,
            tag=WINDOWS[name],
            show=not hidden,
            no_collapse=True,
            no_close=True,
            no_scrollbar=not title,
            no_scroll_with_mouse=not title,
            no_focus_on_appearing=True,
        ):
            self._build_in(name, build)

    def _build_in(self, name: str, build: Callable[[], None]) -> None:
        known = len(POINTER.canvases)
        build()
        for canvas in POINTER.canvases[known:]:
            self._owners[id(canvas)] = name

    def owner_of(self, canvas: Canvas) -> str:
        return self._owners.get(id(canvas), "")

    def _panel_under_mouse(self) -> str:
        x, y = dpg.get_mouse_pos(local=False)
        for panel in self.panels:
            if getattr(panel, "covers_all", False):
                return panel.name
        for panel in self.panels:
            if self.in_sight(panel.name):
                (left, top), tag = dpg.get_item_pos(WINDOWS[panel.name]), WINDOWS[panel.name]
                if left <= x < left + dpg.get_item_width(tag) and top <= y < top + dpg.get_item_height(tag):
                    return panel.name
        return ""

    def _overlay_key(self, key: str) -> bool:
        return any(part.key(key) for part in self.overlays.values() if part.open and hasattr(part, "key"))

    def frame(self) -> bool:
        """Whether something is still moving."""
        self.live.watched()
        POINTER.frame()
        self.dress()
        themes.use_outside_windows(self.session.theme)
        for name in self._in_front:
            dpg.focus_item(WINDOWS[name])
        self._in_front = []
        self.welcome.frame()
        self.top_line.frame()
        self.navigator.frame()
        self.status_line.frame()
        self.palette.frame()
        return self._panels_frame() if self.session.opened else False

    @property
    def fades(self) -> bool:
        """Whether something in sight changes slowly though nothing happens."""
        return any(getattr(panel, "fades", False) and self.in_sight(panel.name) for panel in self.panels)

    def _panels_frame(self) -> bool:
        in_sight = [panel for panel in self.panels if self.in_sight(panel.name)]
        self._grounds.frame([WINDOWS[panel.name] for panel in in_sight])
        about = self.session.opened, self.session.focus.view
        moving = [panel.frame() for panel in self._turns.of(in_sight, about, self._panel_under_mouse())]
        return any(moving) or self._turns.moving

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

    def in_sight(self, panel: str) -> bool:
        return bool(dpg.get_item_state(WINDOWS[panel]).get("visible"))

    def reveal(self, panel: str) -> None:
        if panel in WINDOWS and dpg.does_item_exist(WINDOWS[panel]):
            dpg.configure_item(WINDOWS[panel], show=True)
            dpg.focus_item(WINDOWS[panel])

    def toggle_panel(self, panel: str) -> None:
        if dpg.is_item_shown(WINDOWS[panel]):
            dpg.configure_item(WINDOWS[panel], show=False)
        else:
            self.reveal(panel)

    def hidden_panels(self) -> list[str]:
        return [panel.name for panel in self.panels if not dpg.is_item_shown(WINDOWS[panel.name])]

    def panels_in_sight(self) -> list[str]:
        return [panel.name for panel in self.panels if self.in_sight(panel.name)]

    def reset_layout(self) -> None:
        size = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        for panel in self.panels:
            dpg.configure_item(WINDOWS[panel.name], show=True)
        if not layout_file.use(layout_file.default_layout(*size, self.session.scale)):
            layout_file.forget()
            raise CannotDo("the layout is reset at the next start")
        self._in_front = ["statistics"]

    def rescale(self, scale: float) -> None:
        self._in_front = self.panels_in_sight()
        self.session.scale = scale
        layout_file.fit_navigator(scale)

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
