"""Tests for times that are heavy-tailed, drift, and share the noise of their machine.

A difference counts when three doubts are answered:

- Could the differences between runs of the same number be centred on anything up to MINIMUM_EFFECT? Asked by Wilcoxon's
  signed-rank test, which knows ranks only, so that a run that was interrupted counts for no more than any other slow
  one. What grows with the context grows in both.
- Does this unit stand out from how much *all* units of about its duration differ between the two captures? By how many
  times their scatter, Student's t says, with the freedoms of so many units; the scatter is estimated from the units
  themselves, by a scale that those few that really changed hardly move.
- Could it be the process? Every capture is one process at one time: which cores it got, what shares them, and where its
  pages lie shift single units for as long as it lasts, which no number of runs averages out. Units that were lucky say
  nothing of one that was not. But what shifts a unit from process to process also shakes it within them: between equal
  captures, units differ by no more than PROCESS_SPREADS times as much as they wander in the captures, and hardly ever
  by more than LARGEST_SHIFT. Exceptions are the first nodes of a run and threads that share a core for a while;
  compare.py knows both.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

MINIMUM_EFFECT = math.log(1.05)  # smaller differences are never called significant
PARTS = 48  # of a capture, one after another: what changes faster than that evens out
# By level, as found with equal captures. In 120 pairs of 2 threads no op differed by more than 4 spreads, but a single
# node has the luck of its process alone, and a block is seen against few others: they differed by up to 24.
PROCESS_SPREADS = {"op": 4, "block": 24, "layer": 5, "node": 24}
# None of more than 1,200 pairs had a node or a block that took more than twice as long and differed by 5 spreads.
LARGEST_SHIFT, SPREADS_OF_LARGER = math.log(2), 5
NEIGHBOURS = 64  # units of about the same duration, whose scatter is compared
LIKE_THE_OTHERS = 0.02  # the chance that one of the units differs so much
LEAST_SCATTER = 0.01  # of two processes that do the same, in logarithms
QUARTILE = 0.6745  # standard deviations from the middle, of normal values
STEPS = 2000  # of an integral
FARTHEST = 1e6  # scatters
HALVINGS = 50  # of an interval in which a root is
EFFICIENCY = 0.8  # of the scale that is used, in parts of the best one
Q_SIGMA = 2.2219
Q_OF_FEW = (0.399, 0.994, 0.512, 0.844, 0.611, 0.857, 0.669, 0.872)  # for 2 to 9 values


def signed_rank(differences: np.ndarray) -> float:
    """The chance that differences centred on 0 lie to one side as clearly as these, or more; two-sided."""
    apart = differences[differences != 0]
    if not len(apart):
        return 1.0
    _, inverse, counts = np.unique(np.abs(apart), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    excess = abs(float((np.sign(apart) * ranks).sum())) - 1
    return math.erfc(max(excess, 0.0) / math.sqrt(2 * float((ranks**2).sum())))


def differs(differences: np.ndarray, effect: float) -> float:
    """p for: these are centred, in the direction of `effect`, on no more than the minimum that matters."""
    if abs(effect) <= MINIMUM_EFFECT:
        return 1.0
    return signed_rank(differences - math.copysign(MINIMUM_EFFECT, effect))


def stands_out(effect: float, scatter: float, units: int) -> float:
    """p for: a unit differs this much although it is like the others; t, with the freedoms their scale is worth."""
    freedoms = max(units - 1, 1) * EFFICIENCY
    beyond = math.atan(abs(effect) / scatter / math.sqrt(freedoms))
    return _area(beyond, freedoms) / _area(0.0, freedoms)


@cache
def _scatters_to_stand_out(units: int) -> float:
    low, high = 0.0, FARTHEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if stands_out(middle, 1.0, units) > LIKE_THE_OTHERS else (low, middle)
    return high


def _area(begin: float, freedoms: float) -> float:
    """Under the density of t, up to a constant, where t is the root of its freedoms times the tangent of an angle."""
    width = math.pi / 2 - begin
    angles = begin + (np.arange(STEPS) + 0.5) * (width / STEPS)
    return width * float(np.mean(np.cos(angles) ** (freedoms - 1)))


def outstanding(effects: np.ndarray, durations: np.ndarray) -> np.ndarray:
    """The effect that is too large, for each unit, to be one of those that all units of about its duration have."""
    count = len(effects)
    window = min(count, NEIGHBOURS)
    order = np.argsort(durations, kind="stable")
    at = np.clip(np.arange(count) - window // 2, 0, count - window)
    windows = effects[order][at[:, None] + np.arange(window)]
    scatter = np.empty(count)
    scatter[order] = np.maximum([_scale(part) for part in windows], LEAST_SCATTER)
    return _scatters_to_stand_out(window) * scatter


def _scale(values: np.ndarray) -> float:
    """Rousseeuw's and Croux's Q: from the smaller quarter of all distances, so up to half of the values may be wild."""
    count = len(values)
    if count < 2:
        return 0.0
    distances = np.abs(values[:, None] - values)[np.triu_indices(count, 1)]
    half = count // 2 + 1
    nearest = float(np.partition(distances, half * (half - 1) // 2 - 1)[half * (half - 1) // 2 - 1])
    fewer = Q_OF_FEW[count - 2] if count - 2 < len(Q_OF_FEW) else count / (count + (1.4 if count % 2 else 3.8))
    return Q_SIGMA * fewer * nearest


def spread_of(differences: np.ndarray) -> np.ndarray:
    """How far each unit ([unit, run]) wanders within the captures: the deviation of PARTS; a quarter may be wild."""
    parts = np.array_split(differences, min(PARTS, differences.shape[1]), axis=1)
    low, high = np.percentile([np.median(part, axis=1) for part in parts], (25, 75), axis=0)
    return (high - low) / 2 / QUARTILE


def shift_of_process(level: str, spread: np.ndarray) -> np.ndarray:
    """The effect, for units that wander so far, that may be the luck of a process."""
    return np.minimum(PROCESS_SPREADS[level] * spread, np.maximum(SPREADS_OF_LARGER * spread, LARGEST_SHIFT))


def holm(chances: np.ndarray) -> np.ndarray:
    """Adjusted so that among all of them together one false alarm is as rare as each chance says."""
    order = np.argsort(chances, kind="stable")
    scaled = chances[order] * np.arange(len(chances), 0, -1)
    adjusted = np.empty(len(chances))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1) if len(chances) else scaled
    return adjusted
