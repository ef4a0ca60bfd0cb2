"""Which formats there are, what files they make, and who writes them. Imports nothing that --help would wait for."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

TABLES = ("trace", "runs", "nodes", "threads", "splits", "transfers", "buffers")
RANGE = ("begin", "end")
VIEWS = {  # of the window, with what may be chosen for each
    "timeline": RANGE,
    "graph": (*RANGE, "graph", "layer"),
    "heatmap": RANGE,
    "flame": RANGE,
    "roofline": RANGE,
    "experts": RANGE,
    "statistics": (*RANGE, "by"),
    "compare": ("other", "by", "tensor"),
    "inspector": ("tensor",),
    "log": RANGE,
}
OF_ALL_VIEWS = ("view", "size", "theme")
OF_VIEWS = (*OF_ALL_VIEWS, *dict.fromkeys(choice for choices in VIEWS.values() for choice in choices))


class Format(NamedTuple):
    suffix: str  # of the default output; without a dot it is a folder
    summary: str
    module: str
    options: tuple[str, ...] = ()
    needs: str = ""  # a package that comes with the extra of the format's name
    is_binary: bool = False

    @property
    def is_folder(self) -> bool:
        return "." not in self.suffix


FORMATS = {
    "svg": Format(".svg", "a picture of one view, to print and to zoom into", "svg", OF_VIEWS),
    "png": Format(".png", "the same in pixels", "png", OF_VIEWS, is_binary=True),
    "perfetto": Format(".perfetto.json", "trace events for ui.perfetto.dev and chrome://tracing", "perfetto"),
    "speedscope": Format(".speedscope.json", "flame graph for speedscope.app", "speedscope"),
    "dot": Format(".dot", "the compute graph for graphviz", "dot", ("graph", "layer", "grouped")),
    "csv": Format(".csv", "one table", "csv_table", ("table",)),
    "json": Format(".json", "all tables, or one", "json_tables", ("table",)),
    "buffer_stats": Format(".buffer_stats.json", "when buffers were allocated and freed", "buffer_stats"),
    "memory_map": Format(".memory_map.json", "where everything lies in the model file", "memory_map"),
    "parquet": Format("_parquet", "a folder with a data set per table (extra: parquet)", "parquet", needs="pyarrow"),
    "tensorboard": Format(
        "_tensorboard", "a folder with scalars per run (extra: tensorboard)", "tensorboard", needs="tensorboardX"
    ),
}


class Choices(NamedTuple):
    """What of the trace is wanted."""

    table: str | None = None
    graph: int | None = None
    layer: int | None = None
    grouped: bool = False
    view: str | None = None
    size: tuple[int, int] | None = None  # pixels
    theme: str | None = None
    begin: float | None = None  # seconds since the start of the trace
    end: float | None = None
    by: str | None = None
    other: Path | None = None  # the second trace of a comparison
    tensor: str | None = None

    @property
    def part(self) -> str:
        """What of the trace the file holds, for its name; empty: all, or what the format says already."""
        return self.table or self.view or ""
