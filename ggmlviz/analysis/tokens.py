"""How fast it answered: time to the first token, time per token, tokens per second, also against the context.

A trace has no sampling in it, so a token counts as there when the run that computed its logits has ended. A reply is
what a lane generates between two prompts. Its prompt is the last prompt run before it, with those right before that
one in which no logits were asked for: a long prompt comes in several batches. Other prompt runs, such as a warm-up,
are not waited for by anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, runs_in
from ggmlviz.trace.phases import PHASES
from ggmlviz.trace.trace import Trace

PROMPT, GENERATION, DECODER = (PHASES.index(phase) for phase in ("prompt", "generation", "decoder"))
BANDS = 8  # of context depth, at most
WANTED_PERCENTILES = (5, 50, 95)


@dataclass(frozen=True)
class Speed:
    runs: int
    tokens: int
    run_seconds: float  # in graph runs alone
    seconds: float  # from token to token: with what the program did between the runs
    tokens_per_second: float  # over `seconds`


@dataclass(frozen=True)
class AtDepth:
    attended_from: int  # KV cells that attention looked at
    attended_to: int
    tokens: int
    tokens_per_second: float


@dataclass(frozen=True)
class TokenTimes:
    replies: int
    first_token_ms: list[float]  # of each reply, in the order of time within each lane
    prompt: Speed | None  # of all prompt runs, a warm-up too
    generation: Speed | None
    per_token_ms: dict[str, float]  # mean and percentiles of the time from token to token
    against_context: list[AtDepth]


def token_times(trace: Trace, range: TimeRange = EVERYTHING) -> TokenTimes:
    runs, phases, kinds = trace.runs, trace.phases, _kinds(trace)
    chosen = runs_in(trace, range)
    chosen &= (kinds == PROMPT) | (kinds == GENERATION)
    prompts = np.flatnonzero(chosen & (kinds == PROMPT))
    before = _runs_before(runs["lane"], np.flatnonzero(chosen))
    generated, periods = _generated(runs, chosen & (kinds == GENERATION), before)
    waits = [runs["end"][last] - runs["begin"][first] for first, last in _prompts_of_replies(phases, kinds, before)]
    return TokenTimes(
        replies=len(waits),
        first_token_ms=[float(wait) / 1e6 for wait in waits],
        prompt=_speed(trace, prompts, runs["end"][prompts] - runs["begin"][prompts]),
        generation=_speed(trace, generated, periods),
        per_token_ms=_distribution(periods),
        against_context=list(_against_context(phases[generated], periods)),
    )


def token_periods(trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """The runs that generated tokens, and the ns from the token before to each of them."""
    kinds = _kinds(trace)
    chosen = (kinds == PROMPT) | (kinds == GENERATION)
    return _generated(trace.runs, kinds == GENERATION, _runs_before(trace.runs["lane"], np.flatnonzero(chosen)))


def generated_tokens(trace: Trace, since: int) -> int:
    """How many were there after this moment."""
    return int(trace.phases["tokens"][(_kinds(trace) == GENERATION) & (trace.runs["end"] > since)].sum())


def _generated(runs: np.ndarray, generated: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.flatnonzero(generated)
    # Without the token before it in the range, all that is known of a token is its run.
    since = np.where(before[numbers] >= 0, runs["end"][before[numbers]], runs["begin"][numbers])
    return numbers, runs["end"][numbers] - since


def _kinds(trace: Trace) -> np.ndarray:
    """whisper's decoder has both phases in one: several tokens at once are its prompt."""
    phases = trace.phases
    kinds = phases["phase"].copy()
    decoded = kinds == DECODER
    kinds[decoded] = np.where(phases["tokens"][decoded] > phases["sequences"][decoded], PROMPT, GENERATION)
    return kinds


def _runs_before(lanes: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """For each run that of these which is before it on its lane, -1 for none."""
    before = np.full(len(lanes), -1, np.int64)
    same = lanes[chosen[1:]] == lanes[chosen[:-1]]
    before[chosen[1:][same]] = chosen[:-1][same]
    return before


def _prompts_of_replies(phases: np.ndarray, kinds: np.ndarray, before: np.ndarray) -> Iterator[tuple[int, int]]:
    """The first and the last prompt run of each reply."""
    begins = np.flatnonzero((kinds == GENERATION) & (before >= 0))
    for last in before[begins][kinds[before[begins]] == PROMPT].tolist():
        first = last
        while before[first] >= 0 and kinds[before[first]] == PROMPT and not phases["outputs"][before[first]]:
            first = int(before[first])
        yield first, last


def _speed(trace: Trace, chosen: np.ndarray, periods: np.ndarray) -> Speed | None:
    if not len(chosen):
        return None
    runs, tokens = trace.runs[chosen], int(trace.phases["tokens"][chosen].sum())
    in_runs, seconds = float((runs["end"] - runs["begin"]).sum()) / 1e9, float(periods.sum()) / 1e9
    return Speed(len(chosen), tokens, in_runs, seconds, tokens / seconds if seconds else 0.0)


def _distribution(periods: np.ndarray) -> dict[str, float]:
    """Sequences that are generated side by side each get a token in every run."""
    if not len(periods):
        return {}
    values = np.percentile(periods, WANTED_PERCENTILES) / 1e6
    named = {f"p{wanted}": float(value) for wanted, value in zip(WANTED_PERCENTILES, values, strict=True)}
    return {"mean": float(periods.mean()) / 1e6} | named


def _against_context(phases: np.ndarray, periods: np.ndarray) -> Iterator[AtDepth]:
    """Depths that occurred, put together to a few bands of about equally many of them."""
    depths = np.unique(phases["attended"])
    for band in np.array_split(depths, min(BANDS, len(depths))) if len(depths) else []:
        inside = (phases["attended"] >= band[0]) & (phases["attended"] <= band[-1])
        tokens, time = int(phases["tokens"][inside].sum()), int(periods[inside].sum())
        yield AtDepth(int(band[0]), int(band[-1]), tokens, tokens * 1e9 / time if time else 0.0)
