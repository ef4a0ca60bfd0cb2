"""What the system tells of the model files: which parts are in memory now, and how they lie on the disk."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ggmlviz.app.actions import CannotDo
from ggmlviz.app.session import Session
from ggmlviz.capture.errors import CannotTell
from ggmlviz.capture.extents import fragments_of
from ggmlviz.capture.residency import residency_of
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.units import amount, counted, share

Told = TypeVar("Told")


def with_residency(session: Session, options: HeatmapOptions) -> HeatmapOptions:
    """Which parts are in memory; if that was shown, it is taken away."""
    if options.residency:
        return replace(options, residency={})
    found, name = _of_files(session, residency_of)
    there, whole = sum(one.bytes for one in found.values()), sum(one.size for one in found.values())
    session.message = f"{share(there, whole)} of {name} is in memory now: {amount(there)}"
    return replace(options, residency=found)


def with_extents(session: Session, options: HeatmapOptions) -> HeatmapOptions:
    """In which pieces they lie on the disk; if that was shown, it is taken away."""
    if options.fragments:
        return replace(options, fragments={})
    found, name = _of_files(session, fragments_of)
    pieces, holes = sum(one.pieces for one in found.values()), sum(one.holes for one in found.values())
    without = f"; {amount(holes)} of it are holes" if holes else ""
    session.message = f"{name} lies on the disk in {counted(pieces, 'piece')}{without}"
    return replace(options, fragments=found)


def _of_files(session: Session, ask: Callable[[str, int], Told]) -> tuple[dict[int, Told], str]:
    """The answer for each model file for which there is one, and the name of the first."""
    model_map = session.opened.places.model_map if session.opened else None
    if model_map is None:
        raise CannotDo("the trace tells of no model file whose parts are known")
    found, reasons = {}, []
    for number, file in enumerate(model_map.files):
        try:
            found[number] = ask(file.path, file.size)
        except CannotTell as error:
            reasons.append(str(error))
    if not found:
        raise CannotDo(reasons[0])
    return found, os.path.basename(model_map.files[0].path)
