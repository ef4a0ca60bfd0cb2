"""Where the panels lie: the toolkit's own text file of docked windows, one made for a size or the person's."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import dearpygui.dearpygui as dpg

from ggmlviz.app.settings import folder
from ggmlviz.app.toolkit import inside

WINDOWS = {  # the number by which the file knows each window; the toolkit numbers its own items from below
    "navigator": 9_000_000,
    "timeline": 9_000_001,
    "memory": 9_000_002,
    "graph": 9_000_003,
    "inspector": 9_000_004,
    "statistics": 9_000_005,
    "log": 9_000_006,
    "flame": 9_000_007,
    "roofline": 9_000_008,
    "compare": 9_000_009,
    "experts": 9_000_010,
    "status": 9_000_099,
}
_NODES = {
    "navigator": 1,
    "timeline": 7,
    "memory": 8,
    "graph": 9,
    "inspector": 10,
    "statistics": 6,
    "log": 6,
    "flame": 6,
    "roofline": 6,
    "compare": 6,
    "experts": 6,
    "status": 12,
}
_ALL_THERE_IS = 30000  # pixels: leaves the status line, which the rest goes to, its least height
_NAVIGATOR_NODE = re.compile(r"(DockNode +ID=0x00000001 .*?SizeRef=\d+,)\d+")
NAVIGATOR = 38  # pixels at scale 1
_STATISTICS = "0x38C1A812"  # its number as the toolkit hashes it: the tab in front


def default_layout(width: int, height: int, scale: float) -> str:
    """The central node is the one to which the toolkit gives what the others leave: with the status line there, both it
    and the navigator keep their height when the window's size changes, and all between them keep their shares."""
    windows = []
    places: dict[int, int] = {}
    for name, number in WINDOWS.items():
        node = _NODES[name]
        place = places[node] = places.get(node, -1) + 1
        windows.append(f"[Window][###{number}]\nCollapsed=0\nDockId=0x{node:08X},{place}\n")
    left, right = round(width * 0.66), round(width * 0.34)
    bar = round(NAVIGATOR * scale)
    nodes = f"""\
[Docking][Data]
DockSpace ID=0x08BD597D Window=0x1BBC0F80 Pos=0,0 Size={width},{height} Split=Y
  DockNode ID=0x00000001 Parent=0x08BD597D SizeRef={width},{bar} NoTabBar=1
  DockNode ID=0x0000000B Parent=0x08BD597D SizeRef={width},{height - bar} Split=Y
    DockNode ID=0x00000002 Parent=0x0000000B SizeRef={width},{_ALL_THERE_IS} Split=X
      DockNode ID=0x00000003 Parent=0x00000002 SizeRef={left},1000 Split=Y
        DockNode ID=0x00000005 Parent=0x00000003 SizeRef={left},720 Split=Y
          DockNode ID=0x00000007 Parent=0x00000005 SizeRef={left},520 NoWindowMenuButton=1
          DockNode ID=0x00000008 Parent=0x00000005 SizeRef={left},200 NoWindowMenuButton=1
        DockNode ID=0x00000006 Parent=0x00000003 SizeRef={left},280 NoWindowMenuButton=1 Selected={_STATISTICS}
      DockNode ID=0x00000004 Parent=0x00000002 SizeRef={right},1000 Split=Y
        DockNode ID=0x00000009 Parent=0x00000004 SizeRef={right},620 NoWindowMenuButton=1
        DockNode ID=0x0000000A Parent=0x00000004 SizeRef={right},380 NoWindowMenuButton=1
    DockNode ID=0x0000000C Parent=0x0000000B SizeRef={width},24 CentralNode=1 NoTabBar=1
"""
    return "\n".join([*windows, nodes])


def kept_file() -> Path:
    return folder() / "layout.ini"


def prepare(width: int, height: int, scale: float) -> None:
    """Before the window is made: it will be as the person left it, or as we think best."""
    file = kept_file()
    if not _whole(file):
        file = Path(tempfile.mkdtemp(prefix="ggml-viz-")) / "layout.ini"
        file.write_text(default_layout(width, height, scale), encoding="utf-8")
    dpg.configure_app(init_file=str(file), load_init_file=True)


def _whole(file: Path) -> bool:
    """Whether it can be read and knows every window; one of an older version may not."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return "[Docking]" in text and all(f"[Window][###{number}]" in text for number in WINDOWS.values())


def use(layout: str) -> bool:
    return inside.load_layout(layout)


def fit_navigator(scale: float) -> None:
    """Text of another size needs a line of another height; everything else stays where it is."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "layout.ini"
        dpg.save_init_file(str(file))
        text = file.read_text(encoding="utf-8")
    use(_NAVIGATOR_NODE.sub(rf"\g<1>{round(NAVIGATOR * scale)}", text))


def forget() -> None:
    kept_file().unlink(missing_ok=True)


def keep() -> None:
    """A folder that cannot be written to is no reason to fail."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    dpg.save_init_file(str(kept_file()))
