"""The lanes of another program below those of the main one, on the main one's clock."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ggmlviz.analysis.program_name import name_of, titled
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.companions import Companion, shift_to
from ggmlviz.scene.drawing import Rectangles, Shape, colours
from ggmlviz.scene.palette import mixed
from ggmlviz.scene.selection import NOTHING
from ggmlviz.scene.timeline.frame import Frame, Hit, Lane, Look
from ggmlviz.scene.timeline.heading import CLICK, Heading
from ggmlviz.scene.timeline.lane_number import lane_number
from ggmlviz.scene.timeline.lanes import Lanes
from ggmlviz.scene.timeline.ops import OpsLane
from ggmlviz.scene.timeline.order import OrderLane
from ggmlviz.scene.timeline.runs import RunsLane
from ggmlviz.scene.timeline.threads import ThreadLane
from ggmlviz.trace.trace import Trace

ENDINGS = {"live": "", "stopped": "stopped by a signal"}  # of all others the state is the word for it
NOT_READ = "not read yet"
FEW = RunsLane | OpsLane | OrderLane
LOWER = 0.8  # times as high as lanes of the main program


class Beside:
    """`lanes`: of the companion, as many as are found by now."""

    def __init__(self, companion: Companion, lanes: Lanes, main: Trace):
        self.companion, self.lanes = companion, lanes
        self.shift = shift_to(main, lanes.trace)  # ns to add to its times, so that they are the main program's
        self.path, self.name = companion.full.path, name_of(companion.full.trace)
        title = titled(companion.full.trace)
        self.words = " · ".join(filter(None, (title, ENDINGS.get(companion.state, companion.state))))
        self._frame: tuple[Frame, Frame] | None = None

    def shown(self, look: Look, threads: bool) -> list[Lane]:
        """Under their heading; nothing where none of them is wanted.

        Made each time: kept, they and this would hold each other, and their memory wait for the garbage collector.
        """
        words, kinds = look.filter.lower().split(), FEW | ThreadLane if threads else FEW
        lanes = [BesideLane(self, lane) for lane in self.lanes.all() if isinstance(lane, kinds)]
        wanted = [lane for lane in lanes if not words or any(word in lane.key.lower() for word in words)]
        return [Heading(self.words, self.companion.state == "live", self.path), *wanted] if wanted else []

    def frame_of(self, frame: Frame) -> Frame:
        """The same pixels in its own times; nothing in it is selected, picked or found."""
        if self._frame is None or self._frame[0] is not frame:
            view = TimeRange(*(time - self.shift for time in frame.look.view))
            self._frame = frame, Frame(replace(frame.look, view=view, selection=NOTHING, found=None, lit=None))
        return self._frame[1]


class BesideLane:
    """One of them, as it would be drawn for itself, in less room."""

    about = ""

    def __init__(self, beside: Beside, lane: RunsLane | OpsLane | OrderLane | ThreadLane):
        self._beside, self._lane = beside, lane
        self.key, self.title = f"{beside.name} {lane.key}", lane.title
        self.height = lane.height * LOWER

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        own, gaps = self._beside.frame_of(frame), self._beside.lanes.gaps
        shapes = list(self._lane.draw(own, top, bottom))
        if len(missing := gaps.of(lane_number(self._lane))):
            shapes += gaps.draw(own, missing, top, bottom)
        return [self._not_read(own, top, bottom), *shapes]

    def _not_read(self, own: Frame, top: float, bottom: float) -> Shape:
        """Where it would look idle, and it only was not looked at since. Also drawn where there is nothing of it: it
        comes and goes many times a second, and whoever paints keeps the shapes behind it where they are."""
        end = own.look.view.end
        left, right = own.inside(np.array([min(self._beside.companion.until, end), end])).tolist()
        box = np.array([[left, top, right, bottom]], np.float32)[: right > left]
        return Rectangles(box, colours(mixed(own.theme.line, own.theme.panel, 0.5), len(box)))

    def at(self, frame: Frame, x: float, part: float) -> Hit:
        """What is there, in the main program's times."""
        own, shift = self._beside.frame_of(frame), self._beside.shift
        lost = self._beside.lanes.gaps.at(own, lane_number(self._lane), x)
        hit = lost or self._lane.at(own, x, part)
        said = hit.text if hit else NOT_READ if own.time.time(x) >= self._beside.companion.until else ""
        text = "\n".join(filter(None, (self._beside.words, said, CLICK)))
        span = TimeRange(*(time + shift for time in hit.span)) if hit and hit.span else None
        return Hit("beside", self.key, text, span, process=self._beside.path)
