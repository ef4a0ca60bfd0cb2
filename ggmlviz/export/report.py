"""The report for people: tables of `rich` on a terminal, aligned text everywhere else. Both show the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ggmlviz.analysis.run_report import RunReport
from ggmlviz.analysis.totals import Total
from ggmlviz.export.report_facts import facts
from ggmlviz.scene.units import milliseconds, rate, share

GAP = "  "


class Table(NamedTuple):
    """The first column is text, the others are numbers; a table without a head is a list of facts."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


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


def lines(report: RunReport) -> Iterator[str]:
    """Plain text."""
    for table in tables(report):
        if table.rows:
            yield from ([""] if table.title else [])
            yield from _aligned([[_shouted(part) for part in table.head], *table.rows] if table.head else table.rows)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        numbers = (text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))
        # facts have text in both columns
        yield GAP.join([row[0].ljust(widths[0]), *(numbers if len(row) > 2 else row[1:])]).rstrip()


def _shouted(name: str) -> str:
    """Units stay as they are."""
    return name.upper() if name.isalpha() else name


def show(report: RunReport) -> None:
    """On a terminal; a line too long for it is broken inside its column."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console()
    for table in tables(report):
        if not table.rows:
            continue
        shown = RichTable(
            title=table.title or None, title_justify="left", show_header=bool(table.head), box=box.SIMPLE_HEAD
        )
        for number, name in enumerate(table.head or table.rows[0]):
            shown.add_column(name, justify="right" if number and table.head else "left", style="" if number else "bold")
        for row in table.rows:
            # Names come from the traced program: what looks like markup in them is not.
            shown.add_row(*map(Text, row))
        console.print(shown)
