"""Tables as JSON: an object with a list of rows for each; what is not known is null."""

from __future__ import annotations

import json
from typing import TextIO

from ggmlviz.export.formats import Choices
from ggmlviz.export.progress import Progress
from ggmlviz.export.table import Joins, Table
from ggmlviz.export.tables import BY_NAME
from ggmlviz.trace.trace import Trace

ROWS_AT_ONCE = 1 << 12  # a row takes far more memory as objects of Python than in its columns


def write(trace: Trace, output: TextIO, choices: Choices, progress: Progress) -> None:
    joins = Joins(trace)
    names = [choices.table] if choices.table else list(BY_NAME)
    for number, name in enumerate(names):
        output.write(f"{',' if number else '{'}\n{json.dumps(name)}: [")
        _write_rows(BY_NAME[name], name, joins, output, progress)
        output.write("\n]")
    output.write("\n}\n")


def _write_rows(table: Table, name: str, joins: Joins, output: TextIO, progress: Progress) -> None:
    separator = "\n"
    for chunk in table.chunks(joins, progress, name):
        columns = [chunk[column] for column in table.types]
        for begin in range(0, len(columns[0]), ROWS_AT_ONCE):
            lists = [column[begin : begin + ROWS_AT_ONCE].tolist() for column in columns]
            for row in zip(*lists, strict=True):
                output.write(f"{separator}{json.dumps(dict(zip(table.types, row, strict=True)))}")
                separator = ",\n"
