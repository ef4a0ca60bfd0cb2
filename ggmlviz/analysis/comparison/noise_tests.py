"""Tests for times that are heavy-tailed, drift, and share the noise of their machine.

A difference counts when two doubts are answered:

- Could the differences between runs of the same number be centred on anything up to MINIMUM_EFFECT? Asked by Wilcoxon's
  signed-rank test, which knows ranks only, so that a run that was interrupted counts for no more than any other slow
  one. What grows with the context grows in both.
- Does this unit stand out from how much *all* units differ between the two captures? Every capture is one process at
  one time: where its pages lie and what else the machine did shifts all units a little, whatever the number of runs.
  How much is estimated from the units themselves, by a scale that those few that really changed hardly move; and from
  the drift of the unit's difference within the captures: runs in a row resemble each other, which no rank tells.
"""

from __future__ import annotations

import math

import numpy as np

MINIMUM_EFFECT = math.log(1.05)  # smaller differences are never called significant
BLOCKS = 6  # parts of a capture, one after another, between which drift is looked for
NEIGHBOURS = 64  # units of about the same duration, whose scatter is compared
LEAST_SCATTER = 0.01  # of two processes that do the same, in logarithms
STEPS = 2000  # of an integral
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


def _area(begin: float, freedoms: float) -> float:
    """Under the density of t, up to a constant, where t is the root of its freedoms times the tangent of an angle."""
    width = math.pi / 2 - begin
    angles = begin + (np.arange(STEPS) + 0.5) * (width / STEPS)
    return width * float(np.mean(np.cos(angles) ** (freedoms - 1)))


def scatter_of(effects: np.ndarray, durations: np.ndarray) -> tuple[np.ndarray, int]:
    """How much units of about the same duration differ between the captures, and how many were looked at for each."""
    count = len(effects)
    window = min(count, NEIGHBOURS)
    order = np.argsort(durations, kind="stable")
    at = np.clip(np.arange(count) - window // 2, 0, count - window)
    windows = effects[order][at[:, None] + np.arange(window)]
    spread = np.array([_scale(part) for part in windows])
    scatter = np.empty(count)
    scatter[order] = np.maximum(spread, LEAST_SCATTER)
    return scatter, window


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


def drift_of(differences: np.ndarray) -> np.ndarray:
    """How much each unit wanders within the captures: the spread of the medians of its parts ([unit, run])."""
    parts = np.array_split(differences, min(BLOCKS, differences.shape[1] // 4 or 1), axis=1)
    return np.std(np.stack([np.median(part, axis=1) for part in parts]), axis=0)


def holm(chances: np.ndarray) -> np.ndarray:
    """Adjusted so that among all of them together one false alarm is as rare as each chance says."""
    order = np.argsort(chances, kind="stable")
    scaled = chances[order] * np.arange(len(chances), 0, -1)
    adjusted = np.empty(len(chances))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1) if len(chances) else scaled
    return adjusted
