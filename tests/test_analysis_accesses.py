"""What was read and written where, against a slow recomputation from every single executed node."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from gguf_truth import tensors_of
from support import llama, needs_llama, needs_whisper, python, traced
from told_runs import ToldRuns

from ggmlviz.analysis.costs.work import Operand, work
from ggmlviz.analysis.memory.alive_tensors import lifetimes_of
from ggmlviz.analysis.memory.disk_touches import disk_touches, faults_of_runs, touched_over_time
from ggmlviz.analysis.memory.places import NOWHERE, MemoryPlaces
from ggmlviz.analysis.memory.reads_by_source import reads_by_slot
from ggmlviz.analysis.memory.tensor_accesses import NEVER, NOT_ASKED, TensorAccesses
from ggmlviz.analysis.node_facts import FactsOfGraphs
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.format.layout import EdgeSlot, RowFlag, Transfer

SUMS = ("count", "reads", "writes", "read", "written", "time", "not_modelled")


@pytest.fixture(scope="module")
def traces(models, tmp_path_factory):
    """Each is recorded when it is first asked for."""
    folder, found = tmp_path_factory.mktemp("accesses"), {}
    commands = {
        "tiny": lambda: llama(models.tiny, "--tokens", 4),
        "experts": lambda: llama(models.experts, "--tokens", 3),
        "quantized": lambda: llama(models.quantized, "--tokens", 3),
        "whisper": lambda: python("whisper_transcribe.py", models.whisper),
    }

    def trace(name):
        if name not in found:
            found[name] = traced(commands[name](), folder / f"{name}.ggmlviz")[1]
        return found[name]

    return trace


@pytest.fixture
def of_name(traces):
    def opened(name):
        trace = traces(name)
        facts = FactsOfGraphs(trace)
        return trace, facts, TensorAccesses(trace, facts, MemoryPlaces(trace))

    return opened


CAPTURES = [
    pytest.param("tiny", marks=needs_llama),
    pytest.param("experts", marks=needs_llama),
    pytest.param("quantized", marks=needs_llama),
    pytest.param("whisper", marks=needs_whisper),
]


class Told:
    """One graph, as its edges tell it."""

    def __init__(self, trace, number):
        graph = trace.graph(number)
        self._tensors, self._members = trace.definitions.tensors, graph.members.tolist()
        self._views, self._sources = {}, defaultdict(set)
        for reader, source, slot in graph.edges.tolist():
            if slot == EdgeSlot.VIEW:
                self._views[reader] = source
            else:
                self._sources[reader].add(source)

    def place(self, member):
        """Of what it is a view of in the end, one step after the other."""
        while member in self._views:
            member = self._views[member]
        tensor = self._tensors[self._members[member]]
        return tuple(
            int(tensor[field]) for field in ("name", "bytes", "file", "file_offset", "buffer", "buffer_offset")
        )

    def touched(self, node, fused):
        """The places that are read and the one that is written."""
        nodes = {node, node + 1} if fused else {node}
        sources = set().union(*(self._sources[one] for one in nodes)) - nodes
        return {self.place(source) for source in sources}, self.place(max(nodes))


def executed(trace):
    """Graph, node, whether fused, begin and end of every computed node."""
    graphs = trace.runs["graph"][trace.sections["run"][trace.executions["section"]]].tolist()
    fields = trace.executions[["node", "flags", "begin", "end"]].tolist()
    for graph, (node, flags, begin, end) in zip(graphs, fields, strict=True):
        yield graph, node, bool(flags & RowFlag.NODE_FUSED), begin, end


def recomputed(trace, facts):
    """By place: count, bytes written, time, first and last end; and all bytes read."""
    graphs = {number: Told(trace, number) for number in np.unique(trace.runs["graph"]).tolist()}
    touched = cache(lambda graph, node, fused: graphs[graph].touched(node, fused))
    found, read = defaultdict(lambda: [0, 0, 0, 1 << 62, -1]), 0
    for graph, node, fused, begin, end in executed(trace):
        sources, result = touched(graph, node, fused)
        done = facts.of(graph, node, fused).work
        read += done.read
        for place in sources | {result}:
            row = found[place]
            row[0] += 1
            row[1] += done.written if place == result else 0
            row[2] += end - begin
            row[3], row[4] = min(row[3], end), max(row[4], end)
    return found, read


@pytest.mark.parametrize("name", CAPTURES)
def test_sums_of_a_capture(of_name, name):
    trace, facts, accesses = of_name(name)
    found, read = recomputed(trace, facts)
    done, table = accesses.within(), accesses.places.table
    none = 0xFFFFFFFF
    named = {}
    for place in np.flatnonzero(done["count"] > 0).tolist():
        row = table[place]
        file, buffer = (none if row[field] < 0 else int(row[field]) for field in ("file", "buffer"))
        key = (int(row["name"]), int(row["bytes"]), file, int(row["file_offset"]), buffer, int(row["buffer_offset"]))
        named[key] = [int(done[field][place]) for field in ("count", "written", "time", "first", "last")]
    assert named == dict(found)
    assert int(done["read"].sum()) == read > 0


@pytest.mark.parametrize("name", CAPTURES)
def test_weights_are_read_as_the_facts_of_nodes_say(of_name, name):
    trace, facts, accesses = of_name(name)
    wanted = Counter()
    for graph, node, fused, _, _ in executed(trace):
        fact = facts.of(graph, node, fused)
        if fact.op != "IM2COL":  # of its kernel only the shape is looked at
            for tensor, count in fact.weights.items():
                wanted[int(accesses.places.of_tensor[tensor])] += count
    done = accesses.within(timed=False)
    leafs = [place for place in wanted if wanted[place]]
    assert leafs and all(int(done["read"][place]) == wanted[place] for place in leafs)


@pytest.mark.parametrize("name", CAPTURES)
def test_runs_add_up_to_the_whole(of_name, name):
    trace, _, accesses = of_name(name)
    whole = accesses.within()
    runs = [accesses.of_run(run) for run in range(len(trace.runs))]
    for field in SUMS:
        assert (np.sum([run[field] for run in runs], axis=0) == whole[field]).all(), field
    assert (np.max([run["last"] for run in runs], axis=0) == whole["last"]).all()
    assert (accesses.within(timed=False)["time"] == NOT_ASKED).all()
    never = whole["count"] == 0
    assert (whole["first"][never] == NEVER).all() and (whole["last"][~never] >= whole["first"][~never]).all()


@needs_llama
def test_a_range_is_of_the_runs_that_begin_in_it(of_name):
    trace, _, accesses = of_name("tiny")
    order = np.argsort(trace.runs["begin"])[1:3]
    begins = trace.runs["begin"][order]
    part = accesses.within(TimeRange(int(begins[0]), int(begins[1]) + 1))
    both = [accesses.of_run(int(run)) for run in order]
    assert all((part[field] == both[0][field] + both[1][field]).all() for field in SUMS)


@needs_llama
def test_the_disk_of_a_mapped_model(of_name, models):
    trace, _, accesses = of_name("tiny")
    touches, tensors = disk_touches(trace, accesses), accesses.places.model_map.tensors
    truth = tensors_of(models.tiny)
    assert touches["mapped"].all() and not touches["copied"].any()
    by_name = dict(zip(tensors["name"].tolist(), touches, strict=True))
    runs = len(trace.runs)
    down = by_name["blk.1.ffn_down.weight"]
    assert (down["count"], down["read"]) == (runs, runs * truth["blk.1.ffn_down.weight"].bytes)
    assert by_name["token_embd.weight"]["read"] < truth["token_embd.weight"].bytes * runs  # rows are looked up
    ends = trace.runs[["begin", "end"]]
    assert ends["begin"].min() < down["first"] < down["last"] < ends["end"].max()


@needs_llama
def test_the_disk_of_a_repacked_model(of_name):
    trace, _, accesses = of_name("quantized")
    touches, tensors = disk_touches(trace, accesses), accesses.places.model_map.tensors
    strings = trace.definitions.strings
    copied = {
        strings[row["name"]]: (int(row["begin"]), int(row["bytes"]))
        for row in trace.transfers
        if row["direction"] == Transfer.SET and strings[row["name"]].endswith(".weight")
    }
    assert copied
    for name, touch in zip(tensors["name"].tolist(), touches, strict=True):
        assert (name in copied) == bool(touch["copied"]) == (not touch["mapped"])
        if name in copied:
            assert (int(touch["copied_at"]), int(touch["copied_bytes"])) == copied[name]
            assert touch["read"] == 0 < touch["read_from_copy"] and touch["first"] == NEVER
        else:
            assert touch["copied_at"] == NEVER and touch["read"] > 0


@needs_llama
def test_what_was_touched_when(of_name):
    trace, _, accesses = of_name("tiny")
    begins = np.sort(trace.runs["begin"])
    edges = np.append(begins, int(trace.runs["end"].max()) + 1)  # a bin for each run
    over_time, touches = touched_over_time(trace, accesses, edges), disk_touches(trace, accesses)
    assert (over_time.sum(axis=1) == touches["read"]).all()
    source = accesses.places.table["source"]
    for column, run in enumerate(np.argsort(trace.runs["begin"]).tolist()):
        done = accesses.of_run(run)
        expected = np.zeros(len(touches), np.int64)
        np.add.at(expected, source[source >= 0], done["read"][source >= 0])
        assert (over_time[:, column] == expected).all()


def test_faults_of_runs(tmp_path):
    told = ToldRuns()
    told.run(0, major_faults=3)
    told.run(1000, major_faults=0)
    faults = faults_of_runs(told.trace(tmp_path))
    assert faults["begin"].tolist() == [0, 1000] and faults["major"].tolist() == [3, 0]


@needs_llama
@pytest.mark.parametrize("name", ["tiny", "experts", "quantized"])
def test_tensors_that_live_together_do_not_share_memory(of_name, name):
    """But for the node that takes the place of what it reads."""
    trace, _, accesses = of_name(name)
    places, graph = accesses.places, trace.graph(int(trace.runs["graph"][-1]))
    lives = lifetimes_of(graph, places)
    table = places.table
    fullest = 0
    for node in range(lives.nodes):
        alive = lives.alive_at(node)
        going_on = alive[(lives.dies[alive] > node) | (lives.born[alive] == node)]
        spans = sorted(
            (int(table["buffer"][place]), int(table["buffer_offset"][place]), int(table["bytes"][place]))
            for place in np.unique(lives.place[going_on]).tolist()
        )
        for (buffer, begin, size), (other, other_begin, _) in pairwise(spans):
            assert buffer != other or begin + size <= other_begin
        fullest = max(fullest, int(lives.size[alive].sum()))
    assert int(lives.size[lives.alive_at(lives.peak)].sum()) == fullest


def test_what_lies_nowhere_is_left_out(tmp_path):
    told = ToldRuns()
    told.run(0)
    trace = told.trace(tmp_path)
    accesses = TensorAccesses(trace, FactsOfGraphs(trace), MemoryPlaces(trace))
    assert (accesses.places.of_graph(0) != NOWHERE).tolist() == [False, False, True, False, False, False, False]
    done = accesses.within()
    (place,) = np.flatnonzero(done["count"]).tolist()
    assert (int(done["reads"][place]), int(done["read"][place]), int(done["writes"][place])) == (1, 6400, 0)


def operand(*ne, type="f32", address=0):
    ne = (*ne, 1, 1, 1, 1)[:4]
    return Operand(
        type, ne, (4, 4 * ne[0], 4 * ne[0] * ne[1], 4 * ne[0] * ne[1] * ne[2]), 4 * int(np.prod(ne)), address
    )


@pytest.mark.parametrize(
    ("op", "result", "sources", "reads"),
    [
        ("MUL_MAT", operand(100, 2), [operand(16, 100), operand(16, 2)], (6400, 128)),
        ("GET_ROWS", operand(16, 3), [operand(16, 100), operand(3)], (192, 12)),
        ("MUL_MAT_ID", operand(8, 2, 3), [operand(16, 8, 10), operand(16, 1, 3), operand(2, 3)], (3072, 192, 24)),
        ("SET_ROWS", operand(16, 100), [operand(16, 3), operand(3), operand(16, 100)], (192, 12, 0)),
        ("CPY", operand(16, 3), [operand(16, 3), operand(16, 3)], (192, 0)),
        ("MUL", operand(16, 3), [operand(16, 3), operand(16)], (192, 64)),
    ],
)
def test_reads_by_slot(op, result, sources, reads):
    assert reads_by_slot(op, op, result, sources, [0] * 16) == reads
    assert sum(reads) == work(op, op, result, sources, [0] * 16).read


def test_values_that_begin_the_keys_are_read_once():
    query, key = operand(64, 1, 4), operand(64, 256, 1, 1, address=7)
    value = Operand("f32", (32, 256, 1, 1), key.nb, key.bytes - 128, 7)
    reads = reads_by_slot("FLASH_ATTN_EXT", "", operand(32, 4, 1), [query, key, value], [0] * 16)
    assert sum(reads) == query.touched + key.touched


def test_an_op_without_a_formula():
    assert reads_by_slot("NEW_OP", "", operand(4), [operand(4)], [0] * 16) is None
