"""Driving the real window: an X server without a screen, real keys and a real mouse, and the window's own word for
what it shows.

    @needs_window
    def test_next_run(window, traced_file):
        with window(traced_file) as app:          # its own settings folder, 1280x800 unless told otherwise
            app.key("bracketright")               # a key as xdotool calls it
            state = app.wait_for(lambda state: state["selection"]["run"] == 0)
            app.click(*app.at("timeline", 0.5, 0.3))   # at half the width and 0.3 of the height of its canvas
            app.do("timeline zoom-in")            # any command of the palette; answers when all is drawn
            assert app.tell()["view"] == [0, 100]

`tell()` gives what `app/telling.py` says: focus, selection, message, panels with their rectangle and what their own
`told()` adds, canvases in sight with their rectangle in the window. Everything waits for events: a command is answered
when it is done, its jobs have ended and the result is drawn, and after all keys and clicks that were sent before it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support import SECONDS, wait_for

MISSING = [name for name in ("Xvfb", "xdotool") if not shutil.which(name)]
needs_window = pytest.mark.skipif(bool(MISSING), reason=f"{' and '.join(MISSING)}: not installed")
SCREEN = (2560, 1440)
TOLD_OF_FAILURES = ("view", "area", "selection", "message", "failure", "open", "typing", "tooltip", "size", "live")


@contextmanager
def screen(*options: str, size: tuple[int, int] = SCREEN) -> Iterator[str]:
    """The name of a display that nobody else has."""
    reading, writing = os.pipe()
    # Without -r a key whose release is late, because the machine is busy, would be typed twice.
    command = ["Xvfb", "-r", "-displayfd", str(writing), "-screen", "0", f"{size[0]}x{size[1]}x24", "-nolisten", "tcp"]
    server = subprocess.Popen([*command, *options], pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            pytest.fail("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(SECONDS)


def said_of(state: dict) -> str:
    """What matters of a state that was not the one waited for."""
    panels = {name: json.dumps(panel)[:200] for name, panel in state["panels"].items() if panel["in_sight"]}
    return json.dumps({name: state[name] for name in TOLD_OF_FAILURES} | {"panels": panels}, indent=1)


class Cannot(Exception):
    """What the window answered to a command that makes no sense."""


class App:
    def __init__(self, display: str, folder: Path, *arguments: object):
        self._environment = {**os.environ, "DISPLAY": display, "XDG_CONFIG_HOME": str(folder), "LC_ALL": "C.UTF-8"}
        self.config = folder / "ggml-viz"
        command = [sys.executable, "-m", "ggmlviz.cli", "view", "--run-commands", "-", *map(str, arguments)]
        self._process = subprocess.Popen(
            command,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.tell()  # it is there, and what it was started with is drawn
        found = self._xdotool("search", "--sync", "--onlyvisible", "--pid", str(self._process.pid)).split()
        self._window = found[-1]
        self._xdotool("windowfocus", "--sync", self._window)

    def do(self, line: str) -> str:
        """A command of the palette; what it told, or `done`."""
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pytest.fail(f"the window is gone: {self._process.stderr.read()}")
        answer = self._process.stdout.readline().rstrip("\n")
        if not answer:
            pytest.fail(f"the window ended at `{line}`: {self._process.stderr.read()}")
        if answer.startswith("cannot: "):
            raise Cannot(answer.removeprefix("cannot: "))
        return answer

    def tell(self) -> dict:
        return json.loads(self.do("tell -"))

    def wait_for(self, condition: Callable[[dict], object], what: str = "the state") -> dict:
        """The state in which the condition holds."""
        last: dict = {}

        def reached() -> dict | None:
            last.update(self.tell())
            return last if condition(last) else None

        return wait_for(reached, what, lambda: f"; there is {said_of(last)}")

    def at(self, canvas: str, across: float = 0.5, down: float = 0.5) -> tuple[int, int]:
        """A place in the window: parts of a canvas' width and height."""
        left, top, width, height = self.tell()["canvases"][canvas]
        return round(left + across * (width - 1)), round(top + down * (height - 1))

    def pixel(self, canvas: str, x: float, y: float) -> tuple[int, int]:
        """A place in the window: pixels of a canvas."""
        left, top, _, _ = self.tell()["canvases"][canvas]
        return round(left + x), round(top + y)

    def key(self, *names: str) -> None:
        """As xdotool calls them: `ctrl+p`, `bracketright`, `Return`."""
        self._input("key", *names)

    def type_into(self, text: str, at: tuple[int, int] | None = None) -> dict:
        """Instead of what is in the field there, or in that which was asked for by a key: the state before `Return`."""
        if at:
            self.click(*at)
        field = self.wait_for(lambda state: state["typing"], "a field that has the keyboard")["typing"]
        if field["text"]:
            self.key("ctrl+a", "Delete")
            self.wait_for(lambda state: state["typing"] == {"text": ""}, "an empty field")
        self.write(text)
        return self.wait_for(lambda state: state["typing"] == {"text": text}, f"`{text}` in the field")

    def write(self, text: str) -> None:
        """Wherever it goes: see `type_into`."""
        self._xdotool("type", text)  # takes all that follows for text
        self._input()

    @contextmanager
    def late_frame(self) -> Iterator[None]:
        """All that is sent meanwhile is there at once for the window's next frame."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def hold(self, *names: str) -> None:
        self._input(*(part for name in names for part in ("keydown", name)))

    def let_go(self, *names: str) -> None:
        self._input(*(part for name in names for part in ("keyup", name)))

    def move(self, x: int, y: int) -> None:
        self._input(*self._to(x, y))

    def click(self, x: int, y: int, button: int = 1) -> None:
        self._input(*self._to(x, y), "click", button)

    def double_click(self, x: int, y: int) -> None:
        self._input(*self._to(x, y), "click", "--repeat", 2, "--delay", 40, 1)

    def drag(self, start: tuple[int, int], end: tuple[int, int], button: int = 1, key: str = "") -> None:
        held, let_go = (["keydown", key], ["keyup", key]) if key else ([], [])
        self._input(*self._to(*start), *held)
        self.tell()  # what is to be dragged must have seen the mouse
        self._input("mousedown", button)
        self.tell()  # a press and a release within one frame would be a click
        halfway = ((a + b) // 2 for a, b in zip(start, end, strict=True))
        self._input(*self._to(*halfway), *self._to(*end))
        self.tell()
        self._input("mouseup", button, *let_go)

    def wheel(self, x: int, y: int, notches: int) -> None:
        """Positive: away from the person."""
        self._input(*self._to(x, y), "click", "--repeat", abs(notches), "--delay", 10, 4 if notches > 0 else 5)

    def resize(self, width: int, height: int) -> dict:
        self._xdotool("windowsize", self._window, str(width), str(height))
        return self.wait_for(lambda state: state["size"] == [width, height], f"{width}x{height}")

    def screenshot(self, path: Path) -> Path:
        self.do(f"screenshot {path}")
        return path

    def close(self) -> int:
        """Its exit code."""
        if self._process.poll() is None:
            self._process.stdin.write("quit\n")
            self._process.stdin.close()
        code = self._process.wait(SECONDS)
        if self._process.stderr.closed:  # closed before
            return code
        said = self._process.stderr.read()
        for stream in (self._process.stdout, self._process.stderr):
            stream.close()
        assert "Traceback" not in said, said
        return code

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(SECONDS)

    def _to(self, x: int, y: int) -> list[object]:
        return ["mousemove", "--window", self._window, x, y]

    def _input(self, *command: object) -> None:
        """When this returns, the X server has handed everything to the window."""
        self._xdotool(*map(str, command), "getmouselocation")

    def _xdotool(self, *command: str) -> str:
        done = subprocess.run(
            ["xdotool", *command],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, f"xdotool {' '.join(command)}: {done.stderr}"
        return done.stdout


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    with screen() as name:
        yield name


@pytest.fixture
def window(display: str, tmp_path: Path):
    """Opens windows, and closes what a test left open."""

    @contextmanager
    def opened(*arguments: object, config: Path | None = None) -> Iterator[App]:
        size = [] if "--size" in arguments else ["--size", "1280x800"]
        app = App(display, config or tmp_path / "config", *size, *arguments)
        try:
            yield app
            app.close()
        except BaseException:
            app.kill()
            raise

    return opened
