"""Where no window can be opened, one sentence says what is missing, and nothing crashes."""

from __future__ import annotations

import ctypes.util
import subprocess
import sys
from pathlib import Path

import pytest
from gui_support import needs_window, screen
from support import SECONDS, environment, needs_mounts

WITHOUT_A_SCREEN = "`ggml-viz export` makes pictures without a screen"
COMMAND = [sys.executable, "-m", "ggmlviz.cli", "--screenshot", "never.png"]


def refused(command: list[str], display: str | None) -> str:
    """What it says; that it says it in one line and ends with 1."""
    variables = {name: value for name, value in environment().items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    if display:
        variables["DISPLAY"] = display
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 1, done.stderr
    ours = [line for line in done.stderr.splitlines() if not line.startswith("libGL error")]
    assert len(ours) == 1 and ours[0].startswith("ggml-viz: "), done.stderr
    return ours[0]


def without(library: Path) -> list[str]:
    """The command where this file is empty."""
    return ["unshare", "-m", "sh", "-c", 'mount --bind /dev/null "$0" && exec "$@"', str(library), *COMMAND]


def path_of(name: str) -> Path:
    """Where the loader finds it."""
    found = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    paths = [line.split(" => ")[1] for line in found.splitlines() if line.strip().startswith(f"{name} ")]
    if not paths:
        pytest.skip(f"{name} is not installed")
    return Path(paths[0]).resolve()


def test_no_display_at_all():
    said = refused(COMMAND, None)
    assert "DISPLAY is not set" in said and WITHOUT_A_SCREEN in said


@pytest.mark.skipif(not ctypes.util.find_library("X11"), reason="libX11 is not installed")
def test_a_display_that_does_not_answer():
    assert "cannot connect to DISPLAY=:4711" in refused(COMMAND, ":4711")


@needs_window
def test_a_display_without_opengl():
    with screen("-extension", "GLX", size=(320, 240)) as display:
        said = refused(COMMAND, display)
    assert "no OpenGL on this display" in said and "libgl1-mesa-dri" in said


@needs_window
@needs_mounts
@pytest.mark.parametrize(("library", "package"), [("libGL.so.1", "libgl1"), ("libX11.so.6", "libx11-6")])
def test_a_missing_library_is_named_with_its_package(library, package):
    file = path_of(library)
    with screen(size=(320, 240)) as display:
        said = refused(without(file), display)
    assert f"{library} is missing" in said and f"apt install {package};" in said
