"""Two traces side by side: what takes another time, what is built otherwise, and what cannot be compared."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.comparison.noise_tests import (
    MINIMUM_EFFECT,
    differs,
    holm,
    outstanding,
    shift_of_process,
    spread_of,
)
from ggmlviz.analysis.comparison.paired_times import Paired, pair_up
from ggmlviz.analysis.comparison.results import LEVELS, Change, Comparison, PhaseComparison
from ggmlviz.analysis.comparison.run_times import run_times, runs_of_phase
from ggmlviz.analysis.comparison.structure import structural_differences
from ggmlviz.analysis.comparison.units import Units, logarithms, units_of
from ggmlviz.trace.trace import Trace

FEWEST_RUNS = 12  # with fewer, chance alone is as clear as any difference
FALSE_ALARMS = 0.05  # of a comparison as a whole, shared by its levels, were there no doubts but of the runs
LEVEL_ALARMS = FALSE_ALARMS / len(LEVELS)
LEAST_SHARE = 0.002  # of the time of a run: what weighs less is not worth an alarm
# Of a run, too: its first node meets cold caches, and takes up to 1,300 ns more in one process than in an equal one.
LEAST_NS = 1500
# Threads may be given processors that share a core. In one process of ten, all MUL_MAT took 2.5 times as long and all
# else as long as ever, for the 100 ms that it computed; medians of half a second outlast that.
SETTLED_NS = 500_000_000


class Tests(NamedTuple):
    """What the tests of the units of one level say, a row for each."""

    relative: np.ndarray
    p: np.ndarray
    visible: np.ndarray
    significant: np.ndarray


def compare(a: Trace, b: Trace) -> Comparison:
    runs_a, runs_b = runs_of_phase(a), runs_of_phase(b)
    phases, differences, not_compared = [], [], []
    for phase in dict.fromkeys([*runs_a, *runs_b]):
        if phase not in runs_a or phase not in runs_b:
            not_compared.append(f"{phase}: only {'B' if phase in runs_b else 'A'} has such runs")
            continue
        of_a, of_b = runs_a[phase], runs_b[phase]
        aligned = min(len(of_a), len(of_b))
        if len(of_a) != len(of_b):
            not_compared.append(f"{phase}: {len(of_a)} runs in A, {len(of_b)} in B; the first {aligned} are compared")
        of_a, of_b = of_a[:aligned], of_b[:aligned]
        times_a, times_b = run_times(a, of_a), run_times(b, of_b)
        differences += structural_differences(phase, a, of_a, b, of_b)
        without = [name for name, times in (("A", times_a), ("B", times_b)) if not times.nodes]
        paired = pair_up(times_a, times_b)
        if not paired.nodes:
            reason = f"{' and '.join(without)} has no times of nodes" if without else "no node of A is in B"
            not_compared.append(f"{phase}: {reason}")
            continue
        threads = max(_threads(a, of_a), _threads(b, of_b))
        compared = compare_times(phase, paired, threads)
        compared.runs_a, compared.runs_b = len(runs_a[phase]), len(runs_b[phase])
        if not compared.tested:
            not_compared.append(f"{phase}: {_why_untested(paired, threads)}")
        phases.append(compared)
    not_compared += [f"{name} has no graph runs" for name, runs in (("A", runs_a), ("B", runs_b)) if not runs]
    return Comparison(phases, list(dict.fromkeys(differences)), not_compared)


def compare_times(phase: str, paired: Paired, threads: int = 1) -> PhaseComparison:
    runs = paired.a.shape[1]
    a_ns, b_ns = (float(np.median(np.nansum(times, axis=0))) for times in (paired.a, paired.b))
    tested = not _why_untested(paired, threads)
    compared = PhaseComparison(phase, runs, runs, runs, len(paired.nodes), a_ns, b_ns, tested)
    compared.least_ns = max(LEAST_NS, LEAST_SHARE * a_ns)
    for level in LEVELS:
        units = units_of(level, paired)
        # What an interrupted run costs all units is taken out of each level by itself, and so is what they share.
        calm_a, calm_b = (_without_common_noise(logarithms(times)) for times in (units.a, units.b))
        differences = calm_b - calm_a
        effects = np.median(differences, axis=1)
        common = _common_shift(effects, units.kinds)
        effects, differences = effects - common, differences - common
        least = compared.least_ns / np.nanmedian(units.a, axis=1)
        tests = _tests(level, effects, differences, np.median(calm_a, axis=1), least)
        changes = list(_changes(phase, level, units, tests, tested))
        if level == "op":
            compared.common, compared.visible = math.expm1(common), _visible_in_half_the_time(changes)
        compared.changes += changes
    return compared


def _why_untested(paired: Paired, threads: int) -> str:
    runs = paired.a.shape[1]
    if runs < FEWEST_RUNS:
        return f"{runs} runs are too few to test a difference, it needs {FEWEST_RUNS}"
    computed = min(float(np.nansum(times)) for times in (paired.a, paired.b))
    if threads > 1 and computed < SETTLED_NS:
        return (
            f"{computed / 1e6:.0f} ms of {threads} threads are too short to test a difference, it needs "
            f"{SETTLED_NS / 1e6:.0f} ms: for less than that, they may have shared a core in one capture only"
        )
    return ""


def _threads(trace: Trace, runs: np.ndarray) -> int:
    """The most that computed one of these runs."""
    return int(trace.sections["threads"][np.isin(trace.sections["run"], runs)].max(initial=0))


def _tests(level: str, effects: np.ndarray, differences: np.ndarray, durations: np.ndarray, least: np.ndarray) -> Tests:
    """Of the units of a level; `effects`: the medians of their `differences`; `least`: the part that is told at all."""
    relative = np.expm1(effects)
    chances = holm(np.array([differs(of_unit, effect) for of_unit, effect in zip(differences, effects, strict=True)]))
    doubtful = np.maximum(outstanding(effects, durations), shift_of_process(level, spread_of(differences)))
    significant = (chances < LEVEL_ALARMS) & (np.abs(effects) > doubtful) & (np.abs(relative) > least)
    visible = np.maximum(np.expm1(np.maximum(doubtful, MINIMUM_EFFECT)), least)
    return Tests(relative, chances, visible, significant)


def _changes(phase: str, level: str, units: Units, tests: Tests, tested: bool) -> Iterator[Change]:
    a, b = np.nanmedian(units.a, axis=1), np.nanmedian(units.b, axis=1)
    p, significant = (tests.p, tests.significant) if tested else (np.ones(len(a)), np.zeros(len(a), bool))
    columns = (a, b, tests.relative, p, significant, tests.visible)
    for row in zip(units.names, units.nodes, *(column.tolist() for column in columns), strict=True):
        yield Change(phase, level, *row)


def _visible_in_half_the_time(ops: list[Change]) -> float:
    """The smallest change that is visible of ops that take half of the time together."""
    ops = sorted(ops, key=lambda op: op.visible)
    so_far = np.cumsum([op.a_ns for op in ops])
    return ops[int(np.searchsorted(so_far, so_far[-1] / 2))].visible


def _without_common_noise(times: np.ndarray) -> np.ndarray:
    """A run in which all units are slow says nothing of any one of them."""
    return times - np.median(times - np.median(times, axis=1, keepdims=True), axis=0)


def _common_shift(effects: np.ndarray, kinds: list[str]) -> float:
    """By how much all units differ: the median, each kind having one vote; if that is not clear, the smaller one."""
    _, kind, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    order = np.argsort(effects)
    votes = np.cumsum((1 / counts[kind])[order])
    half = votes[-1] / 2
    low = effects[order][np.searchsorted(votes, half - 1e-9)]
    high = effects[order][min(np.searchsorted(votes, half + 1e-9), len(order) - 1)]
    return float(min(max(0.0, low), high))
