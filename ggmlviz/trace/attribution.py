"""Which nodes of its graph a section computed.

The CPU backend tells that a node is done, not which one. It skips nodes, and which it skips depends on the version of
ggml. Each rule below says which nodes are computed; the rule that explains the number of computed nodes of every
section of a library, exactly, is that library's. Where no rule does, or two that differ, the nodes stay unattributed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

COMPUTE_FLAG = 16
EMPTY_OPS = {"NONE", "RESHAPE", "TRANSPOSE", "VIEW", "PERMUTE"}


class Nodes(NamedTuple):
    """What the rules look at, of the nodes of one section."""

    ops: tuple[str, ...]
    flags: np.ndarray
    fusable: np.ndarray  # RMS_NORM that only the MUL behind it reads

    @property
    def empty(self) -> np.ndarray:
        return np.array([op in EMPTY_OPS for op in self.ops], bool)


def _every(nodes: Nodes) -> np.ndarray:
    return np.ones(len(nodes.ops), bool)


def _not_empty(nodes: Nodes) -> np.ndarray:
    return ~nodes.empty


def _wanted(nodes: Nodes) -> np.ndarray:
    return ~nodes.empty & (nodes.flags & COMPUTE_FLAG != 0)


RULES = {"every node": _every, "no empty ops": _not_empty, "only wanted nodes": _wanted}


def computed(nodes: Nodes, rule: str, fused: np.ndarray) -> np.ndarray | None:
    """The node of each execution, by a rule; `fused` says which executions did a pair. None: it does not fit."""
    candidates = np.flatnonzero(RULES[rule](nodes))
    taken = np.cumsum(1 + fused.astype(np.int64))
    starts = np.concatenate([[0], taken[:-1]]) if len(taken) else taken
    if len(fused) and taken[-1] > len(candidates):
        return None
    result = candidates[starts]
    pairs = result[fused]
    if len(pairs) and not (nodes.fusable[pairs].all() and (candidates[starts[fused] + 1] == pairs + 1).all()):
        return None
    return result


def complete(nodes: Nodes, rule: str, fused: np.ndarray) -> bool:
    """Whether the rule explains exactly this many executions."""
    return int((1 + fused.astype(np.int64)).sum()) == int(RULES[rule](nodes).sum())


class Pattern(NamedTuple):
    """Sections that look the same: same nodes, same number of executions, same pairs fused, all finished or all not."""

    library: int
    nodes: Nodes
    fused: np.ndarray
    finished: bool


def attribute(patterns: list[Pattern]) -> list[np.ndarray | None]:
    """The nodes that the executions of each pattern computed, or None where that cannot be told."""
    rules = {
        library: _rules_of([p for p in patterns if p.library == library]) for library in {p.library for p in patterns}
    }
    return [agreed(pattern, rules[pattern.library]) for pattern in patterns]


def _rules_of(patterns: list[Pattern]) -> list[str]:
    """The rules that explain every finished pattern that any rule explains."""
    explained = [fits for fits in map(fitting, patterns) if fits]
    return sorted(set.intersection(*explained)) if explained else []


def fitting(pattern: Pattern) -> set[str]:
    """The rules that explain it exactly; none where it does not tell."""
    if not pattern.finished:
        return set()
    return {rule for rule in RULES if complete(pattern.nodes, rule, pattern.fused)}


def agreed(pattern: Pattern, rules: list[str]) -> np.ndarray | None:
    """What all of these rules that fit it say, if they say the same."""
    answers = []
    for rule in rules:
        nodes = computed(pattern.nodes, rule, pattern.fused)
        if nodes is None or (pattern.finished and not complete(pattern.nodes, rule, pattern.fused)):
            continue
        answers.append(nodes)
    if not answers or any(not np.array_equal(answers[0], other) for other in answers[1:]):
        return None
    return answers[0]
