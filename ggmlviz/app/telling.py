"""What the window shows, in words for programs: tests and scripts ask for it with `tell`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import dearpygui.dearpygui as dpg

from ggmlviz.app.toolkit.keys import typed_into
from ggmlviz.app.toolkit.layout_file import WINDOWS
from ggmlviz.app.toolkit.pointer import POINTER
from ggmlviz.app.toolkit.tooltip import TOOLTIP
from ggmlviz.scene.companions import shift_to

if TYPE_CHECKING:
    from ggmlviz.app.window import Window


def told(window: Window) -> str:
    session = window.session
    focus = session.focus
    state = {
        "opened": str(session.opened.path) if session.opened else None,
        "other": str(session.other.path) if session.other else None,
        "message": session.message,
        "failure": window.opener.failure,
        "theme": session.theme.name,
        "scale": session.scale,
        "size": [dpg.get_viewport_client_width(), dpg.get_viewport_client_height()],
        "view": list(focus.view) if focus else None,
        "area": list(focus.area) if focus and focus.area else None,
        "selection": asdict(focus.selection) if focus else None,
        "filter": focus.filter if focus else "",
        "headline": asdict(window.top_line.headline) if window.top_line.headline else None,
        "live": {
            "choosing": window.live.choosing,
            "choices": [[choice.pid, choice.state, choice.reason] for choice in window.live.choices],
            "state": window.live.state,
            "following": session.edge.following,
            "missed": window.live.missed,
            "words": window.live.words,
            "runs": len(_all_of(session).trace.runs) if session.opened else 0,
            "end": session.whole.end if session.opened else 0,
            "companions": [_companion(session, companion) for companion in session.companions],
            "recording": str(window.live.recording.output) if window.live.recording.output else None,
        },
        "tooltip": TOOLTIP.text,
        "open": [name for name, part in window.overlays.items() if part.open],
        "palette": window.palette.found,
        "typing": _typing(),
        "panels": {panel.name: _panel(window, panel) for panel in window.docked.panels},
        "canvases": {name: _rectangle(canvas) for name, canvas in _canvases(window).items()},
    }
    return json.dumps(state)


def _typing() -> dict | None:
    """What is in the field that has the keyboard."""
    field = typed_into()
    return None if field is None else {"text": str(dpg.get_value(field))}


def _all_of(session):
    return session.edge.newest.full if session.edge.following else session.opened


def _companion(session, companion) -> dict:
    trace = companion.full.trace
    return {
        "pid": trace.recording.pid,
        "state": companion.state,
        "runs": len(trace.runs),
        "end": companion.full.whole.end,
        "shift": shift_to(session.opened.trace, trace),
    }


def _panel(window: Window, panel) -> dict:
    tag = WINDOWS[panel.name]
    tells = getattr(panel, "told", None)
    return {
        "title": panel.title,
        "in_sight": window.docked.in_sight(panel.name),
        "rectangle": [*dpg.get_item_pos(tag), dpg.get_item_width(tag), dpg.get_item_height(tag)],
        **(tells() if tells else {}),
    }


def _canvases(window: Window) -> dict:
    """By the panel they are in; a panel's second one is called like it with a 2."""
    found: dict = {}
    for canvas in POINTER.canvases:
        name = window.docked.owner_of(canvas)
        number = sum(other == name or other.startswith(f"{name} ") for other in found) + 1
        found[name if number == 1 else f"{name} {number}"] = canvas
    return {name: canvas for name, canvas in found.items() if canvas.in_sight}


def _rectangle(canvas) -> list[int]:
    """Left, top, width, height in the window."""
    left, top = canvas.position
    return [round(left), round(top), *canvas.size]
