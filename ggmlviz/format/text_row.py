"""One row as text: what flags, extra and value are called depends on its kind."""

from __future__ import annotations

from typing import NamedTuple

from ggmlviz.format.layout import RowFlag, RowKind, Status, Transfer
from ggmlviz.format.text_names import by_bits, by_name

SCALE = 1024


class Columns(NamedTuple):
    """The names of the three columns; an unnamed one is shown only where something is in it."""

    flags: str = ""
    extra: str = ""
    value: str = ""
    wide: str = ""  # extra and value as one number of 48 bits


COLUMNS = {
    RowKind.THREAD: Columns(value="thread"),
    RowKind.RUN_BEGIN: Columns(value="run"),
    RowKind.RUN_GRAPH: Columns(extra="describing", value="graph"),
    RowKind.RUN_END: Columns(flags="status", value="run"),
    RowKind.SPLIT_BEGIN: Columns(extra="backend", value="first"),
    RowKind.SPLIT_END: Columns(flags="status", value="nodes"),
    RowKind.CPU_BEGIN: Columns(flags="timed", extra="threads", value="first"),
    RowKind.CPU_END: Columns(flags="status", value="nodes"),
    RowKind.NODE: Columns(flags="flags", extra="ordinal", value="wait"),
    RowKind.BARRIER: Columns(flags="flags", value="wait"),
    RowKind.POOL: Columns(wide="address"),
    RowKind.FAULTS: Columns(extra="major", value="minor"),
    RowKind.RSS: Columns(flags="age", wide="bytes"),
    RowKind.TRANSFER_BEGIN: Columns(flags="transfer", extra="buffer", value="name"),
    RowKind.TRANSFER_END: Columns(wide="bytes"),
    RowKind.SYNC: Columns(flags="flags", extra="backend", value="wait"),
    RowKind.LOST: Columns(flags="cause", value="rows"),
    RowKind.MARK: Columns(value="value"),
    RowKind.EXPERT: Columns(extra="expert", value="tokens"),
}


SHOWN = {"flags": by_bits(RowFlag), "status": by_name(Status), "transfer": by_name(Transfer)}
KINDS = {int(kind): (kind.name, columns) for kind, columns in COLUMNS.items()}


def row_text(time: int, kind: int, flags: int, extra: int, value: int) -> str:
    name, columns = KINDS.get(kind, (str(kind), Columns()))
    parts = [f"t={time} kind={name}"]
    if columns.extra == "describing":
        extra *= SCALE
    if columns.wide:
        parts.append(f"{columns.wide}={extra << 32 | value}")
    elif columns.extra or extra:
        parts.append(f"{columns.extra or 'extra'}={extra}")
    if columns.value == "wait" and flags & RowFlag.WAIT_SCALED:
        value *= SCALE
    if not columns.wide and (columns.value or value):
        parts.append(f"{columns.value or 'value'}={value}")
    if columns.flags or flags:
        parts.append(f"{columns.flags or 'flags'}={SHOWN.get(columns.flags, str)(flags)}")
    return " ".join(parts)
