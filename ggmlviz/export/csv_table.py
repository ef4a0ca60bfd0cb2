"""One table as CSV; what is not known is empty."""

from __future__ import annotations

import csv
from typing import TextIO

from ggmlviz.export.errors import WrongOptions
from ggmlviz.export.formats import TABLES, Choices
from ggmlviz.export.progress import Progress
from ggmlviz.export.table import Joins
from ggmlviz.export.tables import BY_NAME
from ggmlviz.trace.trace import Trace


def write(trace: Trace, output: TextIO, choices: Choices, progress: Progress) -> None:
    if choices.table is None:
        raise WrongOptions(f"a CSV file holds one table: add --table with one of {', '.join(TABLES)}")
    table = BY_NAME[choices.table]
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(table.types)
    for chunk in table.chunks(Joins(trace), progress, choices.table):
        writer.writerows(zip(*(chunk[name].tolist() for name in table.types), strict=True))
