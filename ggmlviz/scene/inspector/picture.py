"""The inspector as a drawing: labels and values in two columns, values broken where they are too long, small charts."""

from __future__ import annotations

from ggmlviz.scene.inspector.inspected import Fact, Inspected, Section, Shares, Strip
from ggmlviz.scene.inspector.time_strip import STRIP, draw_strip
from ggmlviz.scene.palette import FAMILY_COLOURS, Theme, family_of, mixed
from ggmlviz.scene.sketch import Picture, Sketch, wrapped
from ggmlviz.scene.units import duration, share

MARGIN, LINE, LABELS = 12.0, 18.0, 104.0
BAR = 12.0


def inspector_picture(
    told: Inspected, size: tuple[float, float], theme: Theme, scale: float = 1.0, scroll: float = 0.0
) -> Picture:
    """Facts with something to select are spots with that as the target, strips with the place of a run in them."""
    sketch = Sketch(*size, theme, scale)
    page = _Page(sketch, -scroll + 8 * scale)
    page.title(told)
    for section in told.sections:
        page.section(section)
    whole = page.y + scroll + 10 * scale
    if whole > sketch.height > 0:
        length = max(sketch.height**2 / whole, 12.0)
        top = scroll / (whole - sketch.height) * (sketch.height - length)
        sketch.plane()
        sketch.rectangle(sketch.width - 5, top, sketch.width - 1, top + length, theme.line, rounding=2.0)
    return sketch.picture(whole)


class _Page:
    """Goes down; what is out of sight is measured but not drawn."""

    def __init__(self, sketch: Sketch, y: float):
        self._sketch, self.y = sketch, y
        self._left = MARGIN * sketch.scale
        self._right = sketch.width - MARGIN * sketch.scale

    def _seen(self, height: float) -> bool:
        return self.y + height > 0 and self.y < self._sketch.height

    def _words(self, text: str, left: float, size: float, colour=None, bold=False) -> float:
        """Below each other; gives the height they took."""
        sketch = self._sketch
        step = LINE * sketch.scale * size / 13
        lines = wrapped(text, self._right - left, size * sketch.scale * (1.03 if bold else 1))
        for number, line in enumerate(lines):
            y = self.y + (number + 0.5) * step
            if -step < y < sketch.height + step:
                sketch.text(left, y, line, colour, size, bold=bold)
        return len(lines) * step

    def title(self, told: Inspected) -> None:
        sketch, scale = self._sketch, self._sketch.scale
        left = self._left
        if told.op:
            colour = tuple(FAMILY_COLOURS[family_of(told.op)].tolist())
            sketch.rectangle(left, self.y + 5 * scale, left + 12 * scale, self.y + 17 * scale, colour, rounding=2.0)
            left += 20 * scale
        height = self._words(told.title, left, 16, bold=True)
        self.y += height
        if told.about:
            self.y += self._words(told.about, left, 13, sketch.theme.faint)
        self.y += 4 * scale

    def section(self, section: Section) -> None:
        sketch, scale = self._sketch, self._sketch.scale
        if section.title:
            self.y += 8 * scale
            if self._seen(24 * scale):
                sketch.text(self._left, self.y + 8 * scale, section.title, sketch.theme.text, 13, bold=True)
                x = self._left + sketch.room_of(section.title, bold=True) + 8 * scale
                sketch.line(x, self.y + 8 * scale, self._right, self.y + 8 * scale, sketch.theme.line)
            self.y += 20 * scale
        if isinstance(section.chart, Strip):
            box = (self._left, self.y, self._right, self.y + STRIP * scale)
            draw_strip(sketch, box, section.chart)
            self.y += (STRIP + 4) * scale
        elif isinstance(section.chart, Shares):
            self._shares(section.chart)
        for fact in section.facts:
            self._fact(fact, not any(one.label for one in section.facts))

    def _fact(self, fact: Fact, unlabelled: bool) -> None:
        sketch, scale = self._sketch, self._sketch.scale
        left = self._left if unlabelled else self._left + LABELS * scale
        top = self.y
        if self._seen(LINE * scale):
            sketch.text(self._left, top + LINE / 2 * scale, fact.label, sketch.theme.faint)
        colour = sketch.theme.accent if fact.target is not None else None
        self.y += self._words(fact.text, left, 13, colour)
        if self.y > 0 and top < sketch.height:
            lines = [*([fact.exact] if fact.exact else []), *(["click: select it"] if fact.target is not None else [])]
            if lines:
                sketch.spot((0, top, sketch.width, self.y), "\n".join(lines), fact.target)

    def _shares(self, shares: Shares) -> None:
        """Work solid and wait pale, on one scale for all."""
        sketch, scale, theme = self._sketch, self._sketch.scale, self._sketch.theme
        most = max((work + wait for work, wait in zip(shares.work, shares.wait, strict=True)), default=0) or 1
        room = self._right - self._left
        solid = tuple(FAMILY_COLOURS[0].tolist())
        for name, work, wait in zip(shares.names, shares.work, shares.wait, strict=True):
            text = f"{duration(work)} work, {duration(wait)} wait"
            top = self.y
            split = self._left + room * work / most
            end = split + room * wait / most
            if self._seen((LINE + BAR + 6) * scale):
                wide = sketch.room_of(text)
                sketch.fitted(self._left, top + LINE / 2 * scale, name, room - wide - 10 * scale, theme.faint)
                sketch.text(self._right, top + LINE / 2 * scale, text, anchor="right")
                bar = top + LINE * scale
                sketch.rectangle(self._left, bar, split, bar + BAR * scale, solid)
                sketch.rectangle(split, bar, end, bar + BAR * scale, mixed(solid, theme.panel, 0.65))
            self.y += (LINE + BAR + 6) * scale
            tip = f"{name}\nwork {work:,} ns, wait {wait:,} ns ({share(wait, work + wait)} of its time)"
            sketch.spot((0, top, sketch.width, self.y), tip)


def most_scroll(picture: Picture) -> float:
    return max(0.0, picture.height - picture.drawing.height)
