"""What a flight recorder waits for: conditions on the runs and ops of a growing trace, as a person writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.tokens import token_periods
from ggmlviz.errors import GgmlVizError
from ggmlviz.trace.trace import Trace

EXIT, CRASH = "exit", "crash"
UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
TIMES = {"tpot": "a token took", "run": "a run took", "op": "an op took"}
COUNTS = {"major_faults": "major page faults", "minor_faults": "minor page faults"}
AGAINST_MEDIAN = ("tpot", "run")
ENOUGH = 16  # of a kind, before their median says anything
EXAMPLES = "'tpot > 2x median', 'op > 50ms', 'run > 1s', 'major_faults > 100', exit, crash"
_FORM = re.compile(r"\s*(\w+)\s*>\s*([\d.]+)\s*(x\s*median|[a-zµ]*)\s*")


class TriggerError(GgmlVizError):
    exit_code = 2

    def __init__(self, text: str, why: str):
        super().__init__(f"`{text}`: {why}; for example {EXAMPLES}.")


@dataclass(frozen=True)
class Trigger:
    text: str
    subject: str  # one of TIMES or COUNTS, EXIT or CRASH
    limit: float = 0.0  # ns or a count; of the median if `relative`
    relative: bool = False


def parse(text: str) -> Trigger:
    if text.strip() in (EXIT, CRASH):
        return Trigger(text, text.strip())
    form = _FORM.fullmatch(text)
    if not form:
        raise TriggerError(text, "this is no condition")
    subject, number, unit = form[1], form[2], form[3].replace(" ", "")
    try:
        value = float(number)
    except ValueError:
        raise TriggerError(text, f"`{number}` is no number") from None
    if subject in COUNTS:
        if unit:
            raise TriggerError(text, f"{subject} are counted: leave `{form[3]}` out")
        return Trigger(text, subject, value)
    if subject not in TIMES:
        raise TriggerError(text, f"`{subject}` is not known")
    if unit == "xmedian":
        if subject not in AGAINST_MEDIAN:
            raise TriggerError(text, "ops are of many kinds, so that their median says nothing: name a time")
        return Trigger(text, subject, value, relative=True)
    if unit not in UNITS:
        raise TriggerError(text, f"give a time with its unit, one of {', '.join(UNITS)}")
    return Trigger(text, subject, value * UNITS[unit])


class Watcher:
    """Looks at what is new in each snapshot of a trace, and never twice at the same."""

    def __init__(self, triggers: list[Trigger]):
        self._triggers = [trigger for trigger in triggers if trigger.subject not in (EXIT, CRASH)]
        self._seen: int | None = None  # the highest number of a run that was looked at

    def look(self, trace: Trace) -> str:
        """What happened, in a sentence; empty: nothing that is waited for. What was there before is not new."""
        numbers = trace.runs["number"]
        before, self._seen = self._seen, int(numbers.max()) if len(numbers) else self._seen
        if before is None or self._seen == before:
            return ""
        new = numbers > before
        return next(filter(None, (self._happened(trigger, trace, new) for trigger in self._triggers)), "")

    def _happened(self, trigger: Trigger, trace: Trace, new: np.ndarray) -> str:
        if trigger.subject in COUNTS:
            return _most(trigger, trace.runs["number"][new], trace.runs[trigger.subject][new])
        if trigger.subject == "op":
            return _longest_op(trigger, trace, new)
        runs, times = np.arange(len(new)), trace.runs["end"] - trace.runs["begin"]
        if trigger.subject == "tpot":
            runs, times = token_periods(trace)
        of_new = new[runs]
        limit = trigger.limit
        if trigger.relative:
            if np.count_nonzero(~of_new) < ENOUGH:
                return ""
            limit *= float(np.median(times[~of_new]))
        return _longest(trigger, trace.runs["number"][runs[of_new]], times[of_new], limit)


def _most(trigger: Trigger, numbers: np.ndarray, counts: np.ndarray) -> str:
    if not len(counts) or counts.max() <= trigger.limit:
        return ""
    at = int(counts.argmax())
    return f"{trigger.text}: {counts[at]:,} {COUNTS[trigger.subject]} in run {numbers[at]}"


def _longest(trigger: Trigger, numbers: np.ndarray, times: np.ndarray, limit: float) -> str:
    if not len(times) or times.max() <= limit:
        return ""
    at = int(times.argmax())
    return f"{trigger.text}: {TIMES[trigger.subject]} {_ms(times[at])}, limit {_ms(limit)}, run {numbers[at]}"


def _longest_op(trigger: Trigger, trace: Trace, new: np.ndarray) -> str:
    sections = trace.sections
    mine = np.flatnonzero((sections["run"] >= 0) & new[sections["run"]] & (sections["executions"] > 0))
    worst = None
    for section in mine.tolist():
        first, count = (int(sections[field][section]) for field in ("first_execution", "executions"))
        at = first + int(trace.ops.duration[first : first + count].argmax())
        if worst is None or trace.ops.duration[at] > trace.ops.duration[worst[0]]:
            worst = at, int(sections["run"][section])
    if worst is None or trace.ops.duration[worst[0]] <= trigger.limit:
        return ""
    at, run = worst
    graph, node = int(trace.runs["graph"][run]), int(trace.ops.node[at])
    known = graph >= 0 and node >= 0
    name = f"{trace.graph(graph).ops[node]} {trace.graph(graph).names[node]}" if known else "an unattributed op"
    return f"{trigger.text}: {name} took {_ms(trace.ops.duration[at])}, run {trace.runs['number'][run]}"


def _ms(ns: float) -> str:
    return f"{ns / 1e6:.3g} ms"
