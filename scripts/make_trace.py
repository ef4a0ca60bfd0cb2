#!/usr/bin/env python3
"""Makes a trace of as many ops as asked for: a llama of 22 layers that generates tokens on two threads, for benchmarks.

python scripts/make_trace.py 10000000 -o big.ggmlviz
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np

from ggmlviz.format.layout import EDGE, NONE, ROW, ClockKind, CpuFlag, DefKind, RowFlag, RowKind
from ggmlviz.format.record_bytes import meta_record, record, string_record
from ggmlviz.format.writer import Facts, Writer

LAYERS, WIDTH, FFN, VOCABULARY, CELLS = 22, 2048, 5632, 32000, 256
POOL = 0x5000
F32, F16 = 0, 1


class Node(NamedTuple):
    name: str
    op: str
    ne: tuple[int, ...]
    sources: tuple[str, ...]
    microseconds: float = 0.0  # 0: not computed, a view
    fused: bool = False  # computed with the node before it


def nodes_of_layer(layer: int, before: str) -> list[Node]:
    def name(text: str) -> str:
        return f"{text}-{layer}"

    def weight(text: str) -> str:
        return f"blk.{layer}.{text}.weight"

    heads, caches = (64, 32, 1), (f"cache_k_l{layer}", f"cache_v_l{layer}")
    return [
        Node(name("norm"), "RMS_NORM", (WIDTH,), (before,), 2.0),
        Node(name("attn_norm"), "MUL", (WIDTH,), (name("norm"), weight("attn_norm")), fused=True),
        Node(name("Qcur"), "MUL_MAT", (WIDTH,), (weight("attn_q"), name("attn_norm")), 60.0),
        Node(name("Kcur"), "MUL_MAT", (256,), (weight("attn_k"), name("attn_norm")), 9.0),
        Node(name("Vcur"), "MUL_MAT", (256,), (weight("attn_v"), name("attn_norm")), 9.0),
        Node(name("q_rope"), "ROPE", heads, (name("Qcur"), "inp_pos"), 3.0),
        Node(name("k_rope"), "ROPE", (64, 4, 1), (name("Kcur"), "inp_pos"), 1.5),
        Node(name("q_view"), "VIEW", heads, (name("q_rope"),)),
        Node(name("kqv_out"), "FLASH_ATTN_EXT", heads, (name("q_view"), *caches), 20.0),
        Node(name("attn_out"), "MUL_MAT", (WIDTH,), (weight("attn_output"), name("kqv_out")), 60.0),
        Node(name("ffn_inp"), "ADD", (WIDTH,), (name("attn_out"), before), 1.5),
        Node(name("norm2"), "RMS_NORM", (WIDTH,), (name("ffn_inp"),), 2.0),
        Node(name("ffn_norm"), "MUL", (WIDTH,), (name("norm2"), weight("ffn_norm")), fused=True),
        Node(name("ffn_gate"), "MUL_MAT", (FFN,), (weight("ffn_gate"), name("ffn_norm")), 165.0),
        Node(name("ffn_up"), "MUL_MAT", (FFN,), (weight("ffn_up"), name("ffn_norm")), 165.0),
        Node(name("ffn_swiglu"), "GLU", (FFN,), (name("ffn_gate"), name("ffn_up")), 4.0),
        Node(name("ffn_out"), "MUL_MAT", (WIDTH,), (weight("ffn_down"), name("ffn_swiglu")), 165.0),
        Node(name("l_out"), "ADD", (WIDTH,), (name("ffn_out"), name("ffn_inp")), 1.5),
    ]


def nodes_of_model() -> list[Node]:
    nodes = [Node("embd", "GET_ROWS", (WIDTH,), ("token_embd.weight", "inp_tokens"), 1.0)]
    for layer in range(LAYERS):
        nodes += nodes_of_layer(layer, nodes[-1].name)
    output = Node("result_output", "MUL_MAT", (VOCABULARY, 1), ("output.weight", nodes[-1].name), 900.0)
    return [*nodes, output]


def shape_of_leaf(name: str) -> tuple[int, ...]:
    shapes = {"inp_tokens": (1,), "inp_pos": (1,), "token_embd": (WIDTH, VOCABULARY), "output": (WIDTH, VOCABULARY)}
    shapes |= {"attn_q": (WIDTH, WIDTH), "attn_output": (WIDTH, WIDTH), "attn_k": (WIDTH, 256), "attn_v": (WIDTH, 256)}
    shapes |= {"ffn_gate": (WIDTH, FFN), "ffn_up": (WIDTH, FFN), "ffn_down": (FFN, WIDTH)}
    for part in (name, *name.split(".")):
        if part in shapes:
            return shapes[part]
    return (64, CELLS, 4) if name.startswith("cache_") else (WIDTH,)


class Definer:
    """Collects the definitions of the one graph."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._strings: dict[str, int] = {}
        self.string("")

    def string(self, text: str) -> int:
        if text not in self._strings:
            self._strings[text] = len(self._strings)
            self.data += string_record(self._strings[text], text)
        return self._strings[text]

    def add(self, kind: DefKind, trailing: bytes = b"", **fields: object) -> None:
        self.data += record(kind, trailing, **fields)

    def tensor(self, number: int, name: str, op: str, ne: tuple[int, ...], buffer: int) -> None:
        kind = F16 if name.endswith(".weight") else F32
        size = 2 if kind == F16 else 4
        shape = np.array([*ne, 1, 1, 1, 1][:4], np.int64)
        strides = size * np.concatenate([[1], np.cumprod(shape[:3])])
        fields = {"name": self.string(name), "op": self.string(op), "description": self.string(op), "type": kind}
        fields |= {"type_name": self.string("f16" if kind == F16 else "f32"), "flags": 0 if op == "NONE" else 16}
        fields |= {"ne": shape, "nb": strides, "bytes": size * int(shape.prod()), "buffer": buffer, "file": NONE}
        self.add(DefKind.TENSOR, id=number, address=0x100000 + number * 4096, **fields)


def definitions(nodes: list[Node]) -> bytes:
    definer = Definer()
    definer.data += meta_record(definer.string("command"), definer.string("make_trace.py"))
    definer.add(DefKind.LIBRARY, id=0, path=definer.string("synthetic"), layout=definer.string("2024-11-16"))
    definer.add(DefKind.BACKEND, id=0, name=definer.string("CPU"), library=0)
    for number, name in enumerate(("main", "worker")):
        definer.add(DefKind.THREAD, id=number, tid=100 + number, name=definer.string(name))
    for number, (size, usage) in enumerate(((2 << 30, 1), (64 << 20, 2), (16 << 20, 0))):
        origin = {"type": definer.string("CPU"), "origin": 1, "file": NONE}
        definer.add(DefKind.BUFFER, id=number, usage=usage, requested=size, size=size, **origin)
    place = {node.name: number for number, node in enumerate(nodes)}
    leafs = [source for node in nodes for source in node.sources if source not in place]
    for leaf in dict.fromkeys(leafs):
        place[leaf] = len(place)
    for node in nodes:
        definer.tensor(place[node.name], node.name, node.op, node.ne, 1)
    for leaf in list(place)[len(nodes) :]:
        buffer = 0 if leaf.endswith(".weight") else 2 if leaf.startswith("cache") else 1
        definer.tensor(place[leaf], leaf, "NONE", shape_of_leaf(leaf), buffer)
    edges = [(place[n.name], place[source], slot) for n in nodes for slot, source in enumerate(n.sources)]
    counts = {"nodes": len(nodes), "leafs": len(place) - len(nodes), "edges": len(edges)}
    definer.add(DefKind.TOPOLOGY, id=0, **counts)
    definer.add(DefKind.EDGES, np.array(edges, EDGE).tobytes(), topology=0, count=len(edges))
    definer.add(DefKind.GRAPH, id=0, topology=0, library=0, members=len(place))
    definer.add(DefKind.MEMBERS, np.arange(len(place), dtype=np.uint32).tobytes(), graph=0, count=len(place))
    return bytes(definer.data)


def template(nodes: list[Node]) -> tuple[np.ndarray, np.ndarray]:
    """The rows of one run, of thread 0 and of the other; `time` is how long after the row before each comes."""
    computed = [node for node in nodes if node.microseconds]
    fused_after = {node.sources[0] for node in nodes if node.fused}
    main = [(100, RowKind.RUN_BEGIN, 0, 0, 0), (200, RowKind.RUN_GRAPH, 0, 0, 0)]
    main += [(100, RowKind.SPLIT_BEGIN, 0, 0, 0), (5000, RowKind.CPU_BEGIN, CpuFlag.TIMED, 2, 0)]
    worker = []
    for ordinal, node in enumerate(computed):
        took, wait = int(node.microseconds * 1000), 150
        if node.op == "MUL_MAT":  # one barrier more, after the input was quantised
            main.append((500, RowKind.BARRIER, 0, 0, wait))
            worker.append((500, RowKind.BARRIER, 0, 0, wait))
        flags = RowFlag.NODE_FUSED if node.name in fused_after else 0
        main.append((took, RowKind.NODE, flags, ordinal, wait))
        worker.append((took, RowKind.BARRIER, 0, 0, wait))
    main += [(500, RowKind.CPU_END, 0, 0, len(nodes)), (100, RowKind.SPLIT_END, 0, 0, len(nodes))]
    main += [(100, RowKind.RUN_END, 0, 0, 0), (0, RowKind.FAULTS, 0, 0, 3), (0, RowKind.RSS, 0, 0, 1 << 30)]
    return np.array(main, ROW), np.array(worker, ROW)


def write(path: str, ops: int, at_once: int = 256) -> int:
    """Returns how many ops the trace really has: whole runs only."""
    nodes = nodes_of_model()
    main, worker = template(nodes)
    in_run = int((main["kind"] == RowKind.NODE).sum())
    runs, chance = max(1, round(ops / in_run)), np.random.default_rng(1)
    pause = 100_000  # ns from one run to the next
    first = np.zeros(2, ROW)
    first["kind"] = RowKind.THREAD, RowKind.POOL
    with Writer(path, Facts(clock=ClockKind.MONOTONIC_NS, experiment=bytes(range(16)))) as writer:
        writer.definitions(definitions(nodes))
        for lane in (0, 1):
            first["value"] = lane, POOL
            writer.rows(lane, first)
        now = 1_000_000
        barriers = np.isin(main["kind"], (RowKind.NODE, RowKind.BARRIER))
        for begin in range(0, runs, at_once):
            count = min(at_once, runs - begin)
            noise = chance.lognormal(0.0, 0.02, (count, 1)) * chance.lognormal(0.0, 0.05, (count, len(main)))
            steps = main["time"] * noise
            steps[:, 0] += pause
            rows = np.tile(main, (count, 1))
            rows["time"] = now + np.cumsum(steps.astype(np.int64).ravel()).reshape(count, -1)
            now = int(rows["time"][-1, -1])
            numbered = np.isin(main["kind"], (RowKind.RUN_BEGIN, RowKind.RUN_END))
            rows["value"][:, numbered] = np.arange(begin, begin + count)[:, None]
            others = np.tile(worker, (count, 1))
            others["time"] = rows["time"][:, barriers] + 20
            writer.rows(0, rows.ravel())
            writer.rows(1, others.ravel())
    return runs * in_run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ops", type=int)
    parser.add_argument("-o", dest="output", default="big.ggmlviz")
    options = parser.parse_args()
    print(f"{options.output}: {write(options.output, options.ops):,} ops")


if __name__ == "__main__":
    main()
