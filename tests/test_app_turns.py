"""Whose turn it is to draw."""

from __future__ import annotations

from types import SimpleNamespace

from ggmlviz.app.turns import Turns

PANELS = [SimpleNamespace(name=name) for name in ("graph", "timeline", "memory")]


def drawn(turns: Turns, about: int) -> list[str]:
    return [panel.name for panel in turns.of(PANELS, (about,))]


def test_the_timeline_draws_in_every_frame_and_the_others_by_turns():
    turns = Turns()
    frames = [drawn(turns, about) for about in range(4)]  # the first one is new, too
    assert all(names[0] == "timeline" and len(names) == 2 for names in frames) and turns.moving
    assert {names[1] for names in frames[:2]} == {names[1] for names in frames[2:]} == {"graph", "memory"}


def test_at_rest_all_draw():
    turns = Turns()
    assert len(drawn(turns, 0)) == 2 and len(drawn(turns, 0)) == 2  # until each has had its turn
    assert drawn(turns, 0) == ["graph", "timeline", "memory"] and not turns.moving


def test_the_panel_under_the_mouse_never_waits():
    turns = Turns()
    for about in range(3):
        assert "memory" in [panel.name for panel in turns.of(PANELS, (about,), "memory")]
