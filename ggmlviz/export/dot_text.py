"""Nodes and edges in graphviz's language."""

from __future__ import annotations

COMPUTED = 'fillcolor="white"'
LEAF = 'fillcolor="pink"'
ELSEWHERE = 'fillcolor="white", color="gray", fontcolor="gray"'  # computed in another layer


def quoted(text: str) -> str:
    """Names may have any letters; a backslash or a quote would end the string or mean something to graphviz."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", " ")
    return f'"{escaped.replace(chr(0), "")}"'


def node(name: object, label: str, look: str) -> str:
    return f"{quoted(str(name))} [label={quoted(label)}, {look}];"


def edge(source: object, reader: object, label: str = "") -> str:
    attributes = f" [label={quoted(label)}]" if label else ""
    return f"{quoted(str(source))} -> {quoted(str(reader))}{attributes};"
