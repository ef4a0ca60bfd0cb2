"""The totals of a trace beside sums over whole columns of its computed nodes."""

from __future__ import annotations

import numpy as np
from support import llama, needs_llama, traced
from told_runs import ToldRuns

from ggmlviz.format.layout import RowFlag
from ggmlviz.trace import summary
from ggmlviz.trace.summary import summarise


def assert_totals(trace) -> None:
    found, ops, sections = summarise(trace.recording), trace.ops, trace.sections
    fused = ops.flags & RowFlag.NODE_FUSED != 0
    assert found.nodes_timed == len(ops)
    assert found.nodes_fused == np.count_nonzero(fused)
    assert found.nodes_unattributed == np.count_nonzero(ops.node[:] < 0)
    assert sections["timed"].all()
    assert found.nodes_skipped == sections["nodes"].sum() - len(ops) - np.count_nonzero(fused)


@needs_llama
def test_of_a_model(models, tmp_path, monkeypatch):
    monkeypatch.setattr(summary, "SECTIONS_AT_ONCE", 3)
    _, trace = traced(llama(models.tiny, "--tokens", 8), tmp_path / "x.ggmlviz")
    assert len(trace.sections) > 6 and (trace.ops.flags & RowFlag.NODE_FUSED).any()
    assert_totals(trace)


def test_where_graphs_are_not_described(tmp_path):
    told = ToldRuns()
    for number in range(5):
        told.run(1000 * number, described=number % 2 == 0)
    trace = told.trace(tmp_path)
    assert 0 < np.count_nonzero(trace.ops.node[:] < 0) < len(trace.ops)
    assert_totals(trace)


def test_of_nothing(tmp_path):
    assert summarise(ToldRuns().trace(tmp_path).recording).nodes_timed == 0
