"""Definitions as bytes: taken apart into records, and made."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ggmlviz.format.layout import DEF, DEFINITIONS, DefKind

ALIGNMENT = 8


def whole_records(data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    at = 0
    while at < len(view):
        size = int.from_bytes(view[at + 4 : at + 8], "little")
        if size < DEF.itemsize or size % ALIGNMENT or at + size > len(view):
            raise ValueError(f"the definition at byte {at} has an impossible length of {size} bytes")
        yield view[at : at + size]
        at += size


def record(kind: DefKind, trailing: bytes = b"", **fields: object) -> bytes:
    body = np.zeros((), DEFINITIONS[kind])
    for name, value in fields.items():
        body[name] = value
    padded = trailing + bytes(-(body.nbytes + len(trailing)) % ALIGNMENT)
    head = np.zeros((), DEF)
    head["kind"], head["bytes"] = int(kind), DEF.itemsize + body.nbytes + len(padded)
    return head.tobytes() + body.tobytes() + padded


def string_record(id: int, text: str) -> bytes:
    data = text.encode()
    return record(DefKind.STRING, data, id=id, length=len(data))


def meta_record(key: int, value: int) -> bytes:
    return record(DefKind.META, key=key, value=value)
