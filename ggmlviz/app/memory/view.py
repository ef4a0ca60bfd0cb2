"""The heatmap on a canvas: hovering magnifies, a click selects; runs are scrubbed, and the chart tells a moment."""

from __future__ import annotations

from dataclasses import replace

from ggmlviz.app.memory.state import MemoryState
from ggmlviz.app.panel import Mouse
from ggmlviz.app.session import Session
from ggmlviz.app.toolkit.canvas import Canvas
from ggmlviz.scene.heatmap.glow import glowing
from ggmlviz.scene.heatmap.lens import lens
from ggmlviz.scene.heatmap.names import Names
from ggmlviz.scene.heatmap.run_ruler import run_at
from ggmlviz.scene.heatmap.scene import HeatmapPicture, Hit, heatmap_picture
from ggmlviz.scene.notice import notice_picture
from ggmlviz.scene.selection import Selection, of_tensor

SMALLEST = (200, 40)  # pixels; in less there is nothing to be seen
NOTCH = 60.0  # pixels that a notch of the wheel scrolls
STILL = 4.0  # pixels that the mouse may move in a click
HEADING = 150.0  # pixels of the head that change what is measured


class MemoryView:
    def __init__(self, session: Session, state: MemoryState, full: bool):
        self._session, self._state, self._full = session, state, full
        self.canvas = Canvas(session, self._mouse)
        self.picture: HeatmapPicture | None = None
        self._drawn: tuple = ()
        self._glow = 0  # the step of it that is shown
        self._hover: tuple[float, float] | None = None
        self._shown_hover: tuple | None = None
        self._held = ""  # what the button was pressed on: "ruler", "chart"

    def build(self) -> None:
        self.canvas.build()

    def frame(self) -> None:
        session, size = self._session, self.canvas.size
        if size[0] < SMALLEST[0] or size[1] < SMALLEST[1] or session.opened is None:
            return
        found = self._state.sums
        if found is None:
            self.canvas.show(notice_picture("Adding up …", size, session.theme, session.scale).drawing)
            self._drawn = ()
            return
        subject, done = found
        state = self._state
        options = replace(state.options, full=self._full, glows=state.glows)
        wanted = (session.opened, session.focus, options, id(done), session.theme, session.scale, size)
        if wanted != self._drawn:
            self._drawn, self._shown_hover, self._glow = wanted, None, 0
            self.picture = heatmap_picture(
                session.opened, session.focus, options, subject, done, size, session.theme, session.scale
            )
            if options.scroll > self.picture.frame.overflow:
                self._state.change(scroll=self.picture.frame.overflow)
        glow = state.glow
        if options.glows and glow.step != self._glow and len(glow.last) == len(self.picture.copies):
            self._glow, self._shown_hover = glow.step, None
            about = session.opened, session.focus, options, session.theme, session.scale
            self.picture = glowing(self.picture, glow.last, glow.now, *about)
        self._show()

    def _show(self) -> None:
        """The picture with the lens on it; nothing, if that is what is shown."""
        over = self._hover and not self._held and self.canvas.hovered  # not if something has come to lie above it
        hit = self.picture.at(*self._hover) if over else None
        wanted = (hit, self._hover[0] if hit else None)
        if wanted == self._shown_hover:
            return
        self._shown_hover = wanted
        drawing, tip = self.picture.drawing, ""
        if hit:
            session = self._session
            shown = lens(
                self.picture, hit, self._hover[0], session.opened, self.canvas.size, session.theme, session.scale
            )
            drawing, tip = replace(drawing, shapes=drawing.shapes + tuple(shown.shapes)), shown.tip
        self.canvas.show(drawing)
        self.canvas.tooltip(tip or None)

    def _mouse(self, mouse: Mouse) -> None:
        if self.picture is None or self._session.opened is None:
            return
        if mouse.what in ("move", "leave"):
            self._hover = (mouse.x, mouse.y) if mouse.what == "move" else None
        elif mouse.what == "wheel" and self._full:
            most = self.picture.frame.overflow
            scroll = self._state.options.scroll - mouse.wheel * NOTCH * self._session.scale
            self._state.change(scroll=min(max(scroll, 0.0), most))
        elif mouse.what == "press" and mouse.button == "left":
            self._held = self._part_at(mouse.y)
            self._scrub(mouse.x)
        elif mouse.what == "drag":
            self._scrub(mouse.x)
        elif mouse.what == "release":
            held, self._held = self._held, ""
            still = max(abs(mouse.x - mouse.from_x), abs(mouse.y - mouse.from_y)) <= STILL
            if not held and still and mouse.button == "left":
                self._click(mouse.x, mouse.y)

    def _part_at(self, y: float) -> str:
        frame = self.picture.frame
        if frame.ruler[0] <= y:
            return "ruler"
        return "chart" if frame.chart and frame.chart[0] <= y < frame.chart[1] else ""

    def _scrub(self, x: float) -> None:
        times = self.picture.times
        if self._held == "chart":
            self._state.change(moment=min(max(times.time(x), times.range.begin), times.range.end))
        elif self._held == "ruler":
            run = run_at(self._session.opened, times, x)
            if run is not None and (run != self._session.focus.selection.run or not self._state.options.one_run):
                self._state.to_run(run)

    def _click(self, x: float, y: float) -> None:
        hit = self.picture.at(x, y)
        if hit:
            self._select(hit)
        elif y < self.picture.frame.head and x < HEADING * self._session.scale:
            self._state.measure("")

    def _select(self, hit: Hit) -> None:
        opened, strip = self._session.opened, self.picture.bands[hit.band].strip
        names = Names(opened.trace, opened.accesses)
        tensor = names.tensor_of(strip, hit.cell)
        if tensor is not None:
            self._session.select(of_tensor(opened.trace, tensor, self.picture.subject.run))
        elif strip.track == "buffer":
            self._session.select(Selection(buffer=strip.owner))
        else:
            self._session.message = f"{names.of_cell(strip, hit.cell)}: no graph reads it"

    def told(self) -> dict:
        """For programs that ask what is to be seen: where each tensor is."""
        if self.picture is None or self._session.opened is None:
            return {}
        names = Names(self._session.opened.trace, self._session.opened.accesses)
        cells = []
        for band in self.picture.bands:
            for group, box in enumerate(band.boxes.tolist()):
                first = band.layout.members(group).start
                cells.append([band.strip.track, names.of_cell(band.strip, first), *box])
        frame = self.picture.frame
        return {"cells": cells, "ruler": list(frame.ruler), "chart": list(frame.chart or ())}
