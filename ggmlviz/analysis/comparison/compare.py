"""Two traces side by side: what takes another time, what is built otherwise, and what cannot be compared."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.blocks import block_of, layer_of
from ggmlviz.analysis.comparison.noise_tests import differs, drift_of, holm, scatter_of, stands_out
from ggmlviz.analysis.comparison.paired_times import Paired, pair_up
from ggmlviz.analysis.comparison.results import LEVELS, Change, Comparison, PhaseComparison
from ggmlviz.analysis.comparison.run_times import Identity, run_times, runs_of_phase
from ggmlviz.analysis.comparison.structure import structural_differences
from ggmlviz.trace.trace import Trace

FEWEST_RUNS = 12  # with fewer, chance alone is as clear as any difference
FALSE_ALARMS = 0.05  # of a comparison as a whole, shared by its levels
LEAST_SHARE = 0.002  # of the time of a run: what weighs less is not worth an alarm
SHORTEST_NS = 100  # the clock tells nothing of what is shorter
UNEVENNESS = 0.25  # a busier machine does not slow all units alike, but by so much more or less of what they share
VISIBLE_SIGMAS = 5  # what the tests ask of one op among ten


class Units(NamedTuple):
    """The units of one level."""

    names: list[str]
    nodes: list[int]  # how many are in each
    kinds: list[str]  # units of one kind have one vote together on what all share
    a: np.ndarray  # ns [unit, run]
    b: np.ndarray


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
        times_a, times_b = run_times(a, of_a[:aligned]), run_times(b, of_b[:aligned])
        differences += structural_differences(phase, a, of_a[:aligned], b, of_b[:aligned])
        without = [name for name, times in (("A", times_a), ("B", times_b)) if not times.nodes]
        paired = pair_up(times_a, times_b)
        if not paired.nodes:
            reason = f"{' and '.join(without)} has no times of nodes" if without else "no node of A is in B"
            not_compared.append(f"{phase}: {reason}")
            continue
        compared = compare_times(phase, paired)
        compared.runs_a, compared.runs_b = len(of_a), len(of_b)
        if not compared.tested:
            not_compared.append(f"{phase}: {aligned} runs are too few to test a difference, it needs {FEWEST_RUNS}")
        phases.append(compared)
    not_compared += [f"{name} has no graph runs" for name, runs in (("A", runs_a), ("B", runs_b)) if not runs]
    return Comparison(phases, list(dict.fromkeys(differences)), not_compared)


def compare_times(phase: str, paired: Paired) -> PhaseComparison:
    runs = paired.a.shape[1]
    wholes = (float(np.median(np.nansum(times, axis=0))) for times in (paired.a, paired.b))
    compared = PhaseComparison(phase, runs, runs, runs, len(paired.nodes), *wholes, tested=runs >= FEWEST_RUNS)
    shift_of_ops = 0.0
    for level in LEVELS:  # ops first: what they have in common is what the whole is slower by
        units = _units(level, paired)
        # What an interrupted run costs all units is taken out of each level by itself, and so is what they share.
        calm_a, calm_b = (_without_common_noise(_logarithms(times)) for times in (units.a, units.b))
        differences = calm_b - calm_a
        effects = np.median(differences, axis=1)
        common = _common_shift(effects, units.kinds)
        if level == "op":
            shift_of_ops, compared.common = common, math.expm1(common)
        effects, differences = effects - common, differences - common
        scatter, alike = scatter_of(effects, np.median(calm_a, axis=1))
        unevenness = UNEVENNESS * max(abs(common), abs(shift_of_ops))
        scatter = np.maximum(np.maximum(scatter, drift_of(differences)), unevenness)
        if level == "op":
            compared.visible = math.expm1(VISIBLE_SIGMAS * float(np.median(scatter)))
        chances = [
            max(differs(of_unit, effect), stands_out(effect, around, alike)) if compared.tested else 1.0
            for of_unit, effect, around in zip(differences, effects, scatter, strict=True)
        ]
        compared.changes += _changes(phase, level, units, np.expm1(effects), holm(np.array(chances)), compared.a_ns)
    return compared


def _changes(
    phase: str, level: str, units: Units, relative: np.ndarray, p: np.ndarray, whole_ns: float
) -> Iterator[Change]:
    a, b = np.nanmedian(units.a, axis=1), np.nanmedian(units.b, axis=1)
    significant = (p < FALSE_ALARMS / len(LEVELS)) & (a * np.abs(relative) > LEAST_SHARE * whole_ns)
    columns = (units.names, units.nodes, a.tolist(), b.tolist(), relative.tolist(), p.tolist(), significant.tolist())
    for row in zip(*columns, strict=True):
        yield Change(phase, level, *row)


def _units(level: str, paired: Paired) -> Units:
    groups: dict[str, list[int]] = {}
    for index, node in enumerate(paired.nodes):
        groups.setdefault(unit_of(level, node), []).append(index)
    a, b = (np.array([np.nansum(times[at], axis=0) for at in groups.values()]) for times in (paired.a, paired.b))
    # A node that a run did not compute took no time in it, which is not a time it can be compared by.
    a, b = (np.where(times > 0, times, np.nan) for times in (a, b))
    kinds = [paired.nodes[members[0]].op for members in groups.values()] if level == "node" else list(groups)
    return Units(list(groups), [len(members) for members in groups.values()], kinds, a, b)


def _logarithms(times: np.ndarray) -> np.ndarray:
    """A node that a run did not compute is taken to have needed its usual time there."""
    logarithms = np.log(np.maximum(times, SHORTEST_NS))  # NaN stays NaN
    return np.where(np.isnan(logarithms), np.nanmedian(logarithms, axis=1, keepdims=True), logarithms)


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


def unit_of(level: str, node: Identity) -> str:
    """What a node is a part of, by one of LEVELS."""
    if level == "op":
        return node.op
    if level == "block":
        return block_of(node.name, node.op.partition("+")[0], node.sources)
    if level == "layer":
        layer = layer_of(node.name)
        return "no layer" if layer is None else f"layer {layer}"
    shape = "×".join(map(str, node.shape))
    return f"{node.label} {shape}" + (f" #{node.again + 1}" if node.again else "")
