"""The report for people, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ggmlviz.analysis.run_report import RunReport
from ggmlviz.analysis.totals import Total
from ggmlviz.export.report_facts import facts
from ggmlviz.export.text_tables import Table
from ggmlviz.scene.units import milliseconds, rate, share


def tables(report: RunReport) -> Iterator[Table]:
    yield Table("", (), [fact for fact in facts(report) if fact[1]])
    yield _totals("Ops", "op", report.ops, report)
    yield _totals("Tensors", "tensor", report.tensors, report)
    yield _totals("Layers", "layer", report.layers, report)
    yield _totals("Blocks", "block", report.blocks, report)
    yield _threads(report)


def _totals(title: str, what: str, found: Sequence[Total], report: RunReport) -> Table:
    rates = {done.name: done for done in report.rates} if what == "op" else {}
    head = (what, "count", "time", "share", "waiting", *(("GFLOP/s", "GB/s") if rates else ()))
    rows = []
    for total in found:
        row = [total.name, f"{total.count:,}", milliseconds(total.time / 1e6), f"{total.share:.1%}"]
        row.append(share(total.wait, total.time))
        if done := rates.get(total.name):
            row += [rate(done.gflops), rate(done.gbytes)] if done.modelled_time else ["?", "?"]
        rows.append(row)
    return Table(title, head, rows)


def _threads(report: RunReport) -> Table:
    rows = [
        [one.name, milliseconds(one.work / 1e6), milliseconds(one.wait / 1e6), share(one.wait, one.work + one.wait)]
        for one in report.threads
    ]
    return Table("Threads", ("thread", "work", "wait", "waiting"), rows)
