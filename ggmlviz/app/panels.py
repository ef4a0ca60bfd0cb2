"""Which panels the window has, and where each lies until a person moves it."""

from __future__ import annotations

import importlib

from ggmlviz.app.panel import Panel

_MODULES = {
    "timeline_panel": "TimelinePanel",
    "memory_panel": "MemoryPanel",
    "graph_panel": "GraphPanel",
    "inspector_panel": "InspectorPanel",
    "statistics_panel": "StatisticsPanel",
    "log_panel": "LogPanel",
    "flame_panel": "FlamePanel",
    "roofline_panel": "RooflinePanel",
    "compare_panel": "ComparePanel",
    "experts_panel": "ExpertsPanel",
}


def panel_classes() -> list[type[Panel]]:
    found = []
    for module, name in _MODULES.items():
        try:
            found.append(getattr(importlib.import_module(f"ggmlviz.app.{module}"), name))
        except ModuleNotFoundError as error:
            if error.name != f"ggmlviz.app.{module}":
                raise
    return found
