"""Which panels the window has."""

from __future__ import annotations

from ggmlviz.app.compare_panel import ComparePanel
from ggmlviz.app.experts_panel import ExpertsPanel
from ggmlviz.app.flame_panel import FlamePanel
from ggmlviz.app.graph_panel import GraphPanel
from ggmlviz.app.inspector_panel import InspectorPanel
from ggmlviz.app.log_panel import LogPanel
from ggmlviz.app.memory_panel import MemoryPanel
from ggmlviz.app.panel import Panel
from ggmlviz.app.roofline_panel import RooflinePanel
from ggmlviz.app.statistics_panel import StatisticsPanel
from ggmlviz.app.timeline_panel import TimelinePanel

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
