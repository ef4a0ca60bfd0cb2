"""Sentences and tables for people: tables of `rich` on a terminal, aligned text everywhere else. Both show the same."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

GAP = "  "


class Table(NamedTuple):
    """The first column is text, the others are numbers; a table without a head is a list of facts."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


Part = str | Table  # a sentence, or a table; tables without rows are left out


def print_parts(parts: Iterable[Part]) -> None:
    if sys.stdout.isatty():
        show(parts)
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(parts))


def lines(parts: Iterable[Part]) -> Iterator[str]:
    """Plain text, in which an empty line stands before each table with a title."""
    for part in parts:
        if isinstance(part, str):
            yield part
        elif part.rows:
            yield from ([""] if part.title else [])
            yield from _aligned([[_shouted(name) for name in part.head], *part.rows] if part.head else part.rows)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        numbers = (text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))
        # facts have text in both columns
        yield GAP.join([row[0].ljust(widths[0]), *(numbers if len(row) > 2 else row[1:])]).rstrip()


def _shouted(name: str) -> str:
    """Units stay as they are."""
    return name.upper() if name.isalpha() else name


def show(parts: Iterable[Part]) -> None:
    """On a terminal; a line too long for it is broken inside its column."""
    from rich.console import Console

    console = Console()
    for part in parts:
        if isinstance(part, str):
            console.print(part, markup=False, highlight=False)
        elif part.rows:
            console.print(_rich(part))


def _rich(table: Table):
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    shown = RichTable(
        title=table.title or None, title_justify="left", show_header=bool(table.head), box=box.SIMPLE_HEAD
    )
    for number, name in enumerate(table.head or table.rows[0]):
        shown.add_column(name, justify="right" if number and table.head else "left", style="" if number else "bold")
    for row in table.rows:
        # Names come from the traced program: what looks like markup in them is not.
        shown.add_row(*map(Text, row))
    return shown
