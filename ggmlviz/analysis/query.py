"""What a person types to find computed nodes: words, op:, layer:, block:, dur>, and /regular expressions/."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ggmlviz.analysis.node_facts import NodeFacts

HELP = "name, op:MUL_MAT, layer:5, block:ffn, dur>50us, /regular expression/; all that is said must hold"
_UNITS = {"ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9}
_DURATION = re.compile(r"dur(<=|>=|<|>)([\d.]+)(ns|us|µs|ms|s)$", re.IGNORECASE)
_TERMS = re.compile(r"/(?:[^/\\]|\\.)*/|\S+")


class BadQuery(ValueError):
    """What was typed makes no sense; the text says why."""


class Query(NamedTuple):
    text: str
    fits: tuple[Callable[[NodeFacts], bool], ...]  # all of them
    shortest: float = 0  # ns
    longest: float = float("inf")

    def fit(self, facts: NodeFacts) -> bool:
        return all(fits(facts) for fits in self.fits)


def parse(text: str) -> Query:
    fits: list[Callable[[NodeFacts], bool]] = []
    shortest, longest = 0.0, float("inf")
    for term in _TERMS.findall(text):
        if term.lower().startswith("dur") and term[3:4] in "<>":
            low, high = _durations(term)
            shortest, longest = max(shortest, low), min(longest, high)
        else:
            fits.append(_term(term))
    if not fits and (shortest, longest) == (0.0, float("inf")):
        raise BadQuery(f"nothing to find: {HELP}")
    return Query(text, tuple(fits), shortest, longest)


def _durations(term: str) -> tuple[float, float]:
    found = _DURATION.match(term)
    if not found:
        raise BadQuery(f"`{term}` is no duration: dur>50us, dur<=1.5ms")
    try:
        value = float(found[2]) * _UNITS[found[3].lower()]
    except ValueError:
        raise BadQuery(f"`{found[2]}` is no number") from None
    step = 1 if found[1] in "<>" else 0  # durations are whole nanoseconds
    value = int(value) + (1 if found[1] == "<" and value != int(value) else 0)
    return (value + step, float("inf")) if found[1][0] == ">" else (0.0, value - step)


def _term(term: str) -> Callable[[NodeFacts], bool]:
    if len(term) > 1 and term[0] == term[-1] == "/":
        try:
            pattern = re.compile(term[1:-1])
        except re.error as error:
            raise BadQuery(f"`{term}` is no regular expression: {error}") from None
        return lambda facts: bool(pattern.search(facts.tensor) or pattern.search(facts.op))
    key, colon, value = term.partition(":")
    if colon and key.lower() == "layer":
        wanted = None if value.lower() == "none" else _layer(value)
        return lambda facts: facts.layer == wanted
    if colon and key.lower() == "block":
        return lambda facts: facts.block == value.lower()
    if colon and key.lower() == "op":
        return lambda facts: value.upper() in facts.op.upper().split("+") or value.upper() == facts.op.upper()
    word = term.lower()
    return lambda facts: word in facts.tensor.lower() or word in facts.op.lower()


def _layer(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise BadQuery(f"`{value}` is no layer: say its number, or none") from None
