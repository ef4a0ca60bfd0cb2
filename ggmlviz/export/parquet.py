"""A folder with a data set for each table, in which every experiment has a partition of its own.

Several traces go into one folder; exported again, a trace replaces what it left there before.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow
import pyarrow.parquet

from ggmlviz.export.progress import Progress
from ggmlviz.export.table import Joins, Table
from ggmlviz.export.tables import BY_NAME
from ggmlviz.trace.trace import Trace

KEY = "experiment"  # DuckDB, Dask, Spark and pyarrow read it out of the names of the folders
ARROW_TYPES = {int: pyarrow.int64(), str: pyarrow.string(), bool: pyarrow.bool_()}


def write(trace: Trace, folder: Path, progress: Progress) -> None:
    joins = Joins(trace)
    for name, table in BY_NAME.items():
        types = {column: type for column, type in table.types.items() if column != KEY}
        schema = pyarrow.schema([(column, ARROW_TYPES[type]) for column, type in types.items()])
        partition = folder / name / f"{KEY}={trace.recording.experiment}"
        partition.mkdir(parents=True, exist_ok=True)
        # Names that begin with a dot are not read as parts of a data set.
        unfinished = partition / ".part-0.parquet"
        try:
            with pyarrow.parquet.ParquetWriter(unfinished, schema, compression="zstd") as writer:
                _write_chunks(table, name, writer, schema, joins, progress)
            os.replace(unfinished, partition / "part-0.parquet")
        finally:
            unfinished.unlink(missing_ok=True)


def _write_chunks(table: Table, name: str, writer, schema, joins: Joins, progress: Progress) -> None:
    for chunk in table.chunks(joins, progress, name):
        arrays = [pyarrow.array(chunk[field.name].tolist(), field.type) for field in schema]
        writer.write_batch(pyarrow.record_batch(arrays, schema))
