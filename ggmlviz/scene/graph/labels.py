"""What is written in the boxes of a graph, cut to their width once: at any zoom it fits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.graph.layout import GraphLayout
from ggmlviz.analysis.graph.layout_nested import LEAF, NODE, box_size
from ggmlviz.analysis.graph.outcomes import Outcome
from ggmlviz.scene.graph.subject import GraphSubject
from ggmlviz.scene.lettering import shortened, text_width
from ggmlviz.scene.units import amount, duration

TITLE, NAME, SMALL = 13.0, 12.0, 11.0  # sizes of text at a zoom of 1
PAD = 8.0
CHEVRON = 14.0  # room for the triangle before a group's title


class Label(NamedTuple):
    title: str
    time: str
    second: str
    third: str


class GraphLabels:
    def __init__(self, subject: GraphSubject, layout: GraphLayout, times: np.ndarray):
        self._subject, self._layout, self._times = subject, layout, times
        self._whole = float(np.nansum(times))
        self._known: dict[int, Label] = {}

    def of_item(self, item: int) -> Label:
        if item not in self._known:
            group = self._subject.groups.group_of(item)
            self._known[item] = self._of_group(item) if group else self._of_node(item)
        return self._known[item]

    def of_leaf(self, leaf: int) -> Label:
        if leaf not in self._known:
            room = LEAF[0] - 2 * PAD
            name = shortened(self._subject.names[leaf] or "(no name)", room, NAME)
            self._known[leaf] = Label("", "", name, shortened(self._subject.forms[leaf], room, SMALL))
        return self._known[leaf]

    def one_line(self, member: int) -> str:
        """Where there is room for nothing else."""
        group = self._subject.groups.group_of(member)
        if group:
            return group.title
        return self._subject.names[member] or self._subject.kinds[member]

    def time(self, first: int, end: int, with_share: bool) -> str:
        times = self._times[first:end]
        if np.isnan(times).all():
            return ""
        total = float(np.nansum(times))
        part = f" · {_share(total / self._whole)}" if with_share and self._whole else ""
        return f"{duration(total)}{part}"

    def _of_node(self, node: int) -> Label:
        subject, room = self._subject, NODE[0] - 2 * PAD
        if subject.is_input(node):
            return self.of_leaf(node)
        note = subject.note(node)
        short = "" if subject.outcomes[node] in (Outcome.FUSED, Outcome.UNTOLD) else note
        time = self.time(node, node + 1, False) or short
        title = shortened(subject.kinds[node], room - text_width(time, SMALL) - 6, TITLE, True)
        form = subject.forms[node] + (f" · {note}" if subject.outcomes[node] == Outcome.FUSED else "")
        name = shortened(subject.names[node] or "(no name)", room, NAME)
        return Label(title, time, name, shortened(form, room, SMALL))

    def _of_group(self, item: int) -> Label:
        subject, group = self._subject, self._subject.groups.group_of(item)
        room = box_size(subject.groups, item)[0] - 2 * PAD
        time = self.time(group.first, group.end, True)
        title = group.title + (f"  ×{len(group.children)}" if group.kind == "repeat" else "")
        title = shortened(title, room - CHEVRON - text_width(time, SMALL) - 6, TITLE, True)
        size = (group.end - group.first) // (len(group.children) if group.kind == "repeat" else 1)
        each = " each" if group.kind == "repeat" else ""
        second = f"{size:,} nodes{each}: {subject.about(item)}" if not each else f"{size:,} nodes{each}"
        return Label(title, time, shortened(second, room, NAME), shortened(self._inside(item, group), room, SMALL))

    def _inside(self, item: int, group) -> str:
        """What it reads alone, and the splits that begin in it."""
        leafs = self._layout.shown.hidden_leafs.get(item, [])
        of_split = self._subject.splits.of_node[group.first : group.end]
        begun = int((np.diff(of_split) != 0).sum())
        size = amount(int(self._subject.graph.tensors["bytes"][leafs].sum())) if leafs else ""
        words = [f"{len(leafs)} inputs and weights, {size}" if leafs else "", f"{begun} splits begin" if begun else ""]
        return " · ".join(word for word in words if word)


def _share(part: float) -> str:
    return "<0.1%" if 0 < part < 0.0005 else f"{part:.1%}"
