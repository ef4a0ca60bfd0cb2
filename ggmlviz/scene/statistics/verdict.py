"""What a comparison found, in a sentence or two."""

from __future__ import annotations

from collections.abc import Iterator

from ggmlviz.analysis.comparison.results import LEVELS, Change, Comparison

MOST_OF_A_KIND = 10


def verdict(
    comparison: Comparison, threshold: float, overall: float | None = None, most: int = MOST_OF_A_KIND
) -> Iterator[str]:
    worse = comparison.regressions(threshold)
    if worse:
        yield f"slower by more than {threshold:.0%}: " + _named(worse, most)
    elif comparison.significant:
        yield f"nothing is slower by more than {threshold:.0%} for sure, but some things changed: " + _named(
            comparison.significant, most
        )
    elif comparison.tested:
        yield "no significant difference in time"
    else:
        yield "times could not be tested"
    for phase in comparison.slower_as_a_whole(overall) if overall is not None else []:
        yield f"{phase.phase} is slower as a whole by {phase.common:.1%}, more than {overall:.0%}"


def _named(changes: list[Change], most: int) -> str:
    """Of a change that shows on several levels, the coarsest names it best."""
    level = next(level for level in LEVELS if any(change.level == level for change in changes))
    named = sorted((c for c in changes if c.level == level), key=lambda c: -abs(c.relative))
    shown = [f"{change.unit} in {change.phase} ({change.relative:+.1%})" for change in named[:most]]
    return ", ".join(shown) + (f" and {len(named) - len(shown)} more" if len(named) > len(shown) else "")
