"""How a person wants to see the memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ggmlviz.analysis.memory.file_pages import Fragments, Residency


@dataclass(frozen=True)
class HeatmapOptions:
    full: bool = False  # every layer and buffer in a row of its own, with the chart of memory over time
    measure: str = "bytes"  # one of MEASURES
    glows: bool = False  # it is counted from now on when what was touched, whatever the range
    now: int = 0  # ns, then
    one_run: bool = False  # of the selected run alone, in place of all runs of the range
    scroll: float = 0.0  # pixels of rows above those in sight
    residency: Mapping[int, Residency] = field(default_factory=dict)  # of files of the map, where it was asked for
    fragments: Mapping[int, Fragments] = field(default_factory=dict)  # likewise
    moment: int | None = None  # ns: what was alive then is listed
