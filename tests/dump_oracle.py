"""Works out slowly, from the text of `ggml-viz dump` alone, what ggmlviz/analysis says fast. Shares no code with it.

Only for whole traces of llama.cpp on the CPU, whose ggml computes all nodes with the compute flag that are no views.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

FIELD = re.compile(r'([\w.]+)=("(?:[^"\\]|\\.)*"|\S*)')
VIEWS = ("NONE", "RESHAPE", "TRANSPOSE", "VIEW", "PERMUTE")
LAYER = re.compile(r"-(\d+)(?: |$)|cache_[kv]_l(\d+)|blk\.(\d+)\.")


@dataclass
class Done:
    """A computed node."""

    graph: int
    node: int
    fused: bool
    ns: float
    wait: float


@dataclass
class Section:
    begin: float
    end: float = 0.0
    barriers: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))  # by lane


@dataclass
class Run:
    number: int
    begin: float
    graph: int = -1
    end: float = 0.0
    done: list[Done] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)


class DumpOracle:
    def __init__(self, lines: Iterable[str]):
        self.header: dict[str, str] = {}
        self.definitions: dict[str, list[dict[str, str]]] = defaultdict(list)
        self.rows: dict[str, list[dict[str, str]]] = defaultdict(list)
        for line in lines:
            kind, _, rest = line.partition(" ")
            fields = {name: json.loads(text) if text[:1] == '"' else text for name, text in FIELD.findall(rest)}
            if kind == "header":
                self.header |= fields
            elif kind == "def":
                self.definitions[rest.split(" ")[0]].append(fields)
            elif kind == "row":
                self.rows[fields["lane"]].append(fields)
        self.members = defaultdict(list)
        for member in self.definitions["member"]:
            self.members[int(member["graph"])].append(self.definitions["tensor"][int(member["tensor"])])
        self.runs = self._runs()

    def ns(self, ticks: int | str) -> float:
        """Along the lines between the moments at which the clocks were read."""
        moments = [
            {"ticks": self.header[f"{at}.ticks"], "monotonic_ns": self.header[f"{at}.monotonic_ns"]}
            for at in ("start", "latest")
        ]
        knots = sorted({(int(m["ticks"]), int(m["monotonic_ns"])) for m in [*moments, *self.definitions["sync"]]})
        low, high = knots[0], knots[1]
        for one, next_one in pairwise(knots):
            if int(ticks) >= one[0]:
                low, high = one, next_one
        origin = int(self.header["start.monotonic_ns"])
        return low[1] - origin + (int(ticks) - low[0]) * (high[1] - low[1]) / (high[0] - low[0])

    def _runs(self) -> list[Run]:
        runs = []
        for lane, rows in self.rows.items():
            run = section = None
            for row in rows:
                at, kind = self.ns(row["t"]), row["kind"]
                if kind == "RUN_BEGIN":
                    run = Run(int(row["run"]), at)
                elif kind == "RUN_GRAPH":
                    run.graph = int(row["graph"])
                elif kind == "RUN_END":
                    run.end = at
                    runs.append(run)
                    run = None
                elif kind == "CPU_BEGIN":
                    section = Section(at)
                    before, wait, computed = at, 0.0, []
                elif kind == "CPU_END":
                    section.end = at
                    run.sections.append(section)
                    run.done += self._attributed(run.graph, computed)
                    section = None
                elif kind in ("NODE", "BARRIER") and section:
                    waited = self._wait(row)
                    section.barriers[lane].append((at - waited, at))
                    wait += waited
                    if kind == "NODE":
                        computed.append(("node_fused" in row["flags"], at - before, wait))
                        before, wait = at, 0.0
        self._add_helpers(runs)
        return sorted(runs, key=lambda run: run.number)

    def _wait(self, row: dict[str, str]) -> float:
        return self.ns(row["t"]) - self.ns(int(row["t"]) - int(row["wait"]))

    def _attributed(self, graph: int, computed: list[tuple[bool, float, float]]) -> list[Done]:
        """A fused node takes the next one with it."""
        topology = self.definitions["topology"][int(self.definitions["graph"][graph]["topology"])]
        nodes = self.members[graph][: int(topology["nodes"])]
        wanted = [n for n, node in enumerate(nodes) if node["op"] not in VIEWS and int(node["flags"]) & 16]
        done = []
        for fused, ns, wait in computed:
            done.append(Done(graph, wanted[0], fused, ns, wait))
            wanted = wanted[1 + fused :]
        assert not wanted
        return done

    def _add_helpers(self, runs: list[Run]) -> None:
        """Barriers of lanes that have no runs of their own, by the time at which they were entered."""
        sections = sorted((s for run in runs for s in run.sections), key=lambda s: s.begin)
        for lane, rows in self.rows.items():
            if any(row["kind"] == "RUN_BEGIN" for row in rows):
                continue
            number = 0
            for row in rows:
                if row["kind"] not in ("NODE", "BARRIER"):
                    continue
                left = self.ns(row["t"])
                entered = left - self._wait(row)
                while number + 1 < len(sections) and sections[number + 1].begin <= entered:
                    number += 1
                sections[number].barriers[lane].append((entered, left))

    def sources(self, graph: int, node: int) -> dict[int, dict[str, str]]:
        """By slot."""
        topology = self.definitions["graph"][graph]["topology"]
        return {
            int(edge["slot"]): self.members[graph][int(edge["source"])]
            for edge in self.definitions["edge"]
            if edge["topology"] == topology
            and int(edge["reader"]) == node
            and edge["slot"].isdecimal()
            and edge["slot"] != "255"
        }

    def op(self, done: Done) -> str:
        ops = [self.members[done.graph][done.node + more]["op"] for more in range(1 + done.fused)]
        return "+".join(ops)

    def layer(self, done: Done) -> str:
        """By its own name; a node that nobody named is in the layer of what it reads."""
        name = self.members[done.graph][done.node + done.fused]["name"]
        names = [name]
        if re.match(r"node_\d+$", name):
            names = [source["name"] for _, source in sorted(self.sources(done.graph, done.node).items())]
        found = next((match for name in names if (match := LAYER.search(name))), None)
        return next(number for number in found.groups() if number) if found else "none"

    def tokens(self, run: Run) -> int:
        return next(
            int(member["ne"].split(",")[0]) for member in self.members[run.graph] if member["name"] == "inp_tokens"
        )

    def peak_bytes(self) -> int:
        events = [(int(buffer["ticks"]), 1, int(buffer["size"])) for buffer in self.definitions["buffer"]]
        for free in self.definitions["buffer_free"]:
            size = int(self.definitions["buffer"][int(free["buffer"])]["size"])
            events.append((int(free["ticks"]), 0, -size))
        alive = peak = 0
        for _, _, change in sorted(events, key=lambda event: (event[0], -event[1])):
            alive += change
            peak = max(peak, alive)
        return peak
