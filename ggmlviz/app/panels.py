"""Which panels the window has."""

from __future__ import annotations

from ggmlviz.app.graph.panel import GraphPanel
from ggmlviz.app.log.panel import LogPanel
from ggmlviz.app.memory.panel import MemoryPanel
from ggmlviz.app.panel import Panel
from ggmlviz.app.tables.compare_panel import ComparePanel
from ggmlviz.app.tables.experts_panel import ExpertsPanel
from ggmlviz.app.tables.flame_panel import FlamePanel
from ggmlviz.app.tables.inspector_panel import InspectorPanel
from ggmlviz.app.tables.roofline_panel import RooflinePanel
from ggmlviz.app.tables.statistics_panel import StatisticsPanel
from ggmlviz.app.timeline.panel import TimelinePanel

PANELS: tuple[type[Panel], ...] = (
    TimelinePanel,
    MemoryPanel,
    GraphPanel,
    InspectorPanel,
    StatisticsPanel,
    LogPanel,
    FlamePanel,
    RooflinePanel,
    ComparePanel,
    ExpertsPanel,
)
