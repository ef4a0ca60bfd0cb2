"""Small traces of llama-like runs whose every time is chosen by the test, in nanoseconds since the start."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from support import open_trace
from twin import MONOTONIC, NODE, NONE, RUN_BEGIN, THREAD, Twin

SPLIT_BEGIN, SPLIT_END, TRANSFER_BEGIN, TRANSFER_END, SYNC = 5, 6, 14, 15, 16
RUN_GRAPH, RUN_END, CPU_BEGIN, CPU_END, BARRIER, POOL, FAULTS, RSS = 3, 4, 7, 8, 10, 11, 12, 13
MAIN, HELPER = 0, 1
START = 1000  # what the clock showed then
WEIGHTS, COMPUTE = 1, 2


class ToldRuns:
    """Each run computes MUL_MAT ffn_out-3 and then ADD l_out-3, on two threads."""

    def __init__(self) -> None:
        self.twin = Twin(clock=MONOTONIC)
        self._strings: dict[str, int] = {}
        self._numbers = count()
        self._graphs: dict[tuple[int, ...], int] = {}
        self.twin.meta(self.text("cpu"), self.text("told CPU"))
        self.twin.meta(self.text("cpus"), self.text("2"))
        self.library = self.twin.library(self.text("libggml.so"))
        self.twin.backend(self.text("CPU"), self.library)
        for lane, name in ((MAIN, "main"), (HELPER, "helper")):
            thread = self.twin.thread(100 + lane, self.text(name))
            self.twin.row(lane, START, THREAD, value=thread)
            self.twin.row(lane, START, POOL, value=0x5000)
        self.weights = self.buffer(0, "CPU", 6400, WEIGHTS)

    def text(self, text: str) -> int:
        if text not in self._strings:
            self._strings[text] = self.twin.string(text)
        return self._strings[text]

    def buffer(self, at: int, type: str, size: int, usage: int = 0) -> int:
        number = self.twin.numbered(
            8, "IIIQQQQIIQII", self.text(type), 1, usage, START + at, size, size, 0x1000, NONE, NONE, 0, NONE, 0
        )
        return number

    def free(self, buffer: int, at: int) -> None:
        self.twin.buffer_free(buffer, START + at)

    def tensor(self, name: str, op: str, ne: tuple[int, int], buffer: int = NONE) -> int:
        columns, rows = ne
        size = 4 * columns * rows
        words = (self.text(name), self.text(op), self.text(op), 0, self.text("f32"), 16, self.library)
        numbers = (
            *words,
            columns,
            rows,
            1,
            1,
            4,
            4 * columns,
            size,
            size,
            size,
            0,
            0x2000,
            buffer,
            NONE,
            0,
            0,
            *[0] * 16,
        )
        return self.twin.numbered(11, "7I4q4Q3QII2Q16i", *numbers)

    def graph(self, tokens: int, cells: int = 256, outputs: int = 1) -> int:
        """Weights of 16 × 100 times activations, plus a bias."""
        if (tokens, cells, outputs) in self._graphs:
            return self._graphs[tokens, cells, outputs]
        nodes = [self.tensor("ffn_out-3", "MUL_MAT", (100, tokens)), self.tensor("l_out-3", "ADD", (100, tokens))]
        leafs = [
            self.tensor("blk.3.ffn_down.weight", "NONE", (16, 100), self.weights),
            self.tensor("inp_x", "NONE", (16, tokens)),
            self.tensor("inp_tokens", "NONE", (tokens, 1)),
            self.tensor("attn_inp_kq_mask", "NONE", (cells, tokens)),
            self.tensor("result_output" if outputs else "", "NONE", (100, outputs)),
        ]
        topology = self.twin.topology(2, 5, 4)
        self.twin.edges(topology, (0, 2, 0), (0, 3, 1), (1, 0, 0), (1, 3, 1))
        graph = self.twin.graph(topology, 7, self.library)
        self.twin.members(graph, *nodes, *leafs)
        self._graphs[tokens, cells, outputs] = graph
        return graph

    def run(
        self,
        begin: int,
        *,
        tokens: int = 1,
        cells: int = 256,
        outputs: int = 1,
        arrivals: tuple[tuple[int, int], tuple[int, int]] = ((70, 90), (30, 40)),
        barrier: int = 10,
        after: int = 20,
        major_faults: int = 0,
        described: bool = True,
        computed: bool = True,
    ) -> int:
        """`arrivals`: for each node, when main and helper came to its barrier, after they left the one before.

        The barrier opens for both `barrier` after the later of them. Returns when the run ended.
        """
        twin, number, at = self.twin, next(self._numbers), START + begin
        graph = self.graph(tokens, cells, outputs)
        twin.row(MAIN, at, RUN_BEGIN, value=number)
        twin.row(MAIN, at, RUN_GRAPH, value=graph if described else NONE)
        if computed:
            twin.row(MAIN, at, CPU_BEGIN, flags=1, extra=2, value=0)
            for node, (main, helper) in enumerate(arrivals):
                opens = at + max(main, helper) + barrier
                twin.row(MAIN, opens, NODE, extra=node, value=opens - at - main)
                twin.row(HELPER, opens, BARRIER, value=opens - at - helper)
                at = opens
            twin.row(MAIN, at, CPU_END, value=2)
        twin.row(MAIN, at + after, RUN_END, value=number)
        twin.row(MAIN, at + after, FAULTS, extra=major_faults)
        twin.row(MAIN, at + after, RSS, value=1 << 20)
        return at + after - START

    def run_on_device(
        self, begin: int, backend: int, *, call: int = 50, wait: int = 200, copy: int = 15, add: int = 40
    ) -> int:
        """MUL_MAT is handed to the backend, then waited for; its result is copied, and the CPU adds, on one thread."""
        twin, number, at = self.twin, next(self._numbers), START + begin
        twin.row(MAIN, at, RUN_BEGIN, value=number)
        twin.row(MAIN, at, RUN_GRAPH, value=self.graph(1))
        twin.row(MAIN, at, SPLIT_BEGIN, extra=backend, value=0)
        twin.row(MAIN, at := at + call, SPLIT_END, value=1)
        twin.row(MAIN, at := at + wait, SYNC, extra=backend, value=wait)
        twin.row(MAIN, at, TRANSFER_BEGIN, flags=3, extra=self.weights, value=self.text("ffn_out-3"))
        twin.row(MAIN, at := at + copy, TRANSFER_END, value=400)
        twin.row(MAIN, at, SPLIT_BEGIN, extra=0, value=1)
        twin.row(MAIN, at, CPU_BEGIN, flags=1, extra=1, value=1)
        twin.row(MAIN, at := at + add, NODE, value=0)
        twin.row(MAIN, at, CPU_END, value=1)
        twin.row(MAIN, at, SPLIT_END, value=1)
        twin.row(MAIN, at, RUN_END, value=number)
        return at - START

    def write(self, path: Path) -> Path:
        self.twin.latest = (1 << 40, 1 << 40, 1_700_000_000_000_000_000 + (1 << 40))
        path.write_bytes(self.twin.close().bytes())
        return path

    def trace(self, folder: Path):
        return open_trace(self.write(folder / "told.ggmlviz"))
