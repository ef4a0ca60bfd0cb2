"""Which experts of a mixture were used, and what caches would find, as tables for people."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ggmlviz.analysis.expert_use import ExpertUse
from ggmlviz.analysis.experts import HitRates
from ggmlviz.export.text_tables import Part, Table

COVERED = (0.5, 0.9)  # of all choices
CACHES = ("slots", "of the experts", "LRU", "LFU", "fixed, held out")


def parts(found: ExpertUse) -> Iterator[Part]:
    tokens = int(found.tokens.sum())
    yield f"{len(found.layers):,} layers of {found.experts:,} experts, {tokens:,} choices in {found.runs:,} runs"
    head = ("layer", "choices", "used", *(f"{share:.0%} of choices" for share in COVERED), "busiest", "its share")
    yield Table("Layers", head, [_layer(found, line) for line in range(len(found.layers))])
    yield ""
    yield "share of a run's experts that a cache with some slots in each layer would hold;"
    yield "fixed: those most chosen in the first half of the runs, judged on the second half alone"
    yield Table("Caches", CACHES, [_cache(found, one) for one in found.hit_rates])


def _layer(found: ExpertUse, line: int) -> list[str]:
    tokens, busiest = found.tokens[line], int(found.tokens[line].argmax())
    covered = found.coverage_of(line)
    needed = [f"{int(np.searchsorted(covered, share)) + 1} experts" for share in COVERED]
    share = f"{found.shares[line, busiest]:.1%}"
    return [str(found.layers[line]), f"{int(tokens.sum()):,}", str((tokens > 0).sum()), *needed, str(busiest), share]


def _cache(found: ExpertUse, one: HitRates) -> list[str]:
    return [str(one.slots), f"{one.slots / found.experts:.0%}", f"{one.lru:.1%}", f"{one.lfu:.1%}", f"{one.fixed:.1%}"]
