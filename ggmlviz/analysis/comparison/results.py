"""What comparing two traces yields."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from ggmlviz.analysis.comparison.structure import Difference

LEVELS = ("op", "block", "layer", "node")


@dataclass(frozen=True)
class Change:
    """One unit of a phase: an op, a part of the model, a layer or a node; times are medians over runs."""

    phase: str
    level: str
    unit: str
    nodes: int
    a_ns: float
    b_ns: float
    relative: float  # of b to a, minus 1, what all units have in common taken out
    p: float  # adjusted for the number of units; 1 where it was not tested
    significant: bool
    visible: float  # a change by less cannot be told from noise here

    @property
    def delta_ns(self) -> float:
        return self.b_ns - self.a_ns


@dataclass
class PhaseComparison:
    phase: str
    runs_a: int
    runs_b: int
    compared_runs: int
    compared_nodes: int
    a_ns: float  # of the nodes that both have, in a run
    b_ns: float
    tested: bool
    common: float = 0.0  # by which part all units are slower: a busier machine, or a slower build
    visible: float = 0.0  # in ops that take half of the time, a smaller change cannot be told from noise
    least_ns: float = 0.0  # and nowhere one of less than this in a run
    changes: list[Change] = field(default_factory=list)


@dataclass
class Comparison:
    phases: list[PhaseComparison]
    differences: list[Difference]
    not_compared: list[str]

    @property
    def tested(self) -> bool:
        return any(phase.tested for phase in self.phases)

    @property
    def significant(self) -> list[Change]:
        return [change for phase in self.phases for change in phase.changes if change.significant]

    def regressions(self, threshold: float) -> list[Change]:
        """What is slower by more than that part, for sure."""
        return [change for change in self.significant if change.relative > threshold]

    def slower_as_a_whole(self, threshold: float) -> list[PhaseComparison]:
        return [phase for phase in self.phases if phase.tested and phase.common > threshold]

    def as_dict(self) -> dict:
        phases = [
            asdict(phase) | {"changes": [asdict(change) | {"delta_ns": change.delta_ns} for change in phase.changes]}
            for phase in self.phases
        ]
        return {
            "phases": phases,
            "differences": [asdict(difference) for difference in self.differences],
            "not_compared": self.not_compared,
        }
