"""What a person wants to know first, in one line: which model, how fast, what bounds it, whether the data is whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np

from ggmlviz.analysis.blocks import layer_of
from ggmlviz.analysis.bounds import bounds
from ggmlviz.analysis.ceilings import kept_ceilings
from ggmlviz.analysis.shortcomings import shortcomings
from ggmlviz.analysis.time_range import EVERYTHING
from ggmlviz.analysis.tokens import token_times
from ggmlviz.analysis.totals import nodes_of
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.units import rate
from ggmlviz.trace.buffers import ROLES
from ggmlviz.trace.trace import Trace


@dataclass(frozen=True)
class Headline:
    subject: str  # model.gguf · 22 layers, mostly Q4_0 · 2 threads
    speed: str = ""  # 68.8 tok/s; empty: unknown, or not known yet
    bound: str = ""
    wrong: tuple[str, ...] | None = None  # what the data lacks; None: not known yet

    @property
    def text(self) -> str:
        return " · ".join(filter(None, (self.subject, self.speed, self.bound)))


def quick_headline(opened: Opened) -> Headline:
    """What the definitions tell, without a look at the ops."""
    trace = opened.trace
    threads = int(trace.sections["threads"].max()) if len(trace.sections) else 0
    parts = [_model(trace), _built_of(trace), _counted(threads, "thread") if threads else ""]
    return Headline(" · ".join(filter(None, parts)))


def sound_headline(opened: Opened) -> Headline:
    """What is missing from the data, and nothing that would take long."""
    return replace(quick_headline(opened), wrong=shortcomings(opened.trace))


def full_headline(opened: Opened) -> Headline:
    """Takes up to a second on ten million ops."""
    trace = opened.trace
    speed = token_times(trace).generation
    meta = trace.definitions.meta
    cpus = meta.get("cpus", "")
    ceilings = kept_ceilings(meta.get("cpu", ""), int(cpus)) if cpus.isdecimal() else None
    found = [] if trace.untold else bounds(trace, nodes_of(trace, EVERYTHING), ceilings)
    return Headline(
        quick_headline(opened).subject,
        f"{rate(speed.tokens_per_second)} tok/s" if speed else "",
        found[0].sentence.rstrip(".") if found else "",
        shortcomings(trace),
    )


def _model(trace: Trace) -> str:
    strings = trace.definitions.strings
    files = [PurePath(strings[path]).name for path in trace.definitions.files["path"].tolist()]
    if files:
        return files[0] + (f" and {len(files) - 1} more" if len(files) > 1 else "")
    command = trace.definitions.meta.get("command", "")
    return PurePath(command.split()[0]).name if command else opened_name(trace)


def opened_name(trace: Trace) -> str:
    return PurePath(trace.recording.path).name


def _built_of(trace: Trace) -> str:
    """How many layers, and the type that most bytes of weights have."""
    tensors, strings = trace.definitions.tensors, trace.definitions.strings
    weights = np.flatnonzero(trace.buffers["role"] == ROLES.index("weights"))
    chosen = tensors[np.isin(tensors["buffer"], weights)]
    if not len(chosen):
        return ""
    _, first = np.unique(chosen["name"], return_index=True)
    chosen = chosen[first]
    told = (layer_of(strings[name]) for name in chosen["name"].tolist())
    layers = max((layer for layer in told if layer is not None), default=-1) + 1
    names, of = np.unique(chosen["type_name"], return_inverse=True)
    main = int(names[np.bincount(of, chosen["bytes"]).argmax()])
    kind = strings[main].upper()
    return ", ".join(filter(None, (_counted(layers, "layer") if layers else "", kind)))


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"
