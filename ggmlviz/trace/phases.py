"""What each graph run was for, told from the graph itself: prompt or generation, how many tokens, how deep."""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from ggmlviz.trace.graphs import Graph

PHASES = ("other", "prompt", "generation", "encoder", "decoder")

PHASE = np.dtype(
    [
        ("phase", "u1"),  # index into PHASES
        ("tokens", "i4"),  # in the batch; 0 where the graph has none
        ("sequences", "i4"),  # of equal length in the batch, as attention sees them
        ("outputs", "i4"),  # tokens whose logits are computed
        ("attended", "i4"),  # KV cells that attention looks at, padding included: the context is at most this deep
    ]
)


class Purpose(NamedTuple):
    phase: str
    tokens: int = 0
    sequences: int = 0
    outputs: int = 0
    attended: int = 0


_PURPOSES: WeakKeyDictionary[Graph, Purpose] = WeakKeyDictionary()


def phases_of(graphs: np.ndarray, graph_of) -> np.ndarray:
    """One row for each entry of `graphs` (ids, -1 for unknown); there are few graphs and many runs.

    What reads a result of an encoder, and is of no other use, is a part of encoding: so whisper.cpp computes the keys
    and values that its decoder attends to, once for each piece of sound.
    """
    phases = np.zeros(len(graphs), PHASE)
    distinct = [graph_of(number) for number in np.unique(graphs[graphs >= 0]).tolist()]
    purposes = {graph.number: purpose_of(graph) for graph in distinct}
    encoded = {member for graph in distinct if purposes[graph.number].phase == "encoder" for member in _results(graph)}
    for graph in distinct:
        purpose = purposes[graph.number]
        if purpose.phase == "other" and not encoded.isdisjoint(graph.members[graph.nodes :].tolist()):
            purpose = Purpose("encoder")
        phases[graphs == graph.number] = (PHASES.index(purpose.phase), *purpose[1:])
    return phases


def _results(graph: Graph) -> list[int]:
    return graph.members[: graph.nodes].tolist()


def purpose_of(graph: Graph) -> Purpose:
    """Found once: while a program is watched it is asked for many times a second."""
    if graph not in _PURPOSES:
        _PURPOSES[graph] = _found(graph)
    return _PURPOSES[graph]


def _found(graph: Graph) -> Purpose:
    if not graph.complete:
        return Purpose("other")
    shapes = {name: tuple(map(int, ne)) for name, ne in zip(graph.names, graph.tensors["ne"], strict=True)}
    return _of_llama(graph, shapes) or _of_whisper(graph, shapes) or Purpose("other")


def _of_llama(graph: Graph, shapes: dict[str, tuple[int, ...]]) -> Purpose | None:
    """llama.cpp names its inputs: tokens (or embeddings), the attention mask [cells, tokens, 1, sequences], outputs."""
    if "inp_tokens" in shapes:
        tokens = shapes["inp_tokens"][0]
    elif "inp_embd" in shapes:
        tokens = shapes["inp_embd"][1]
    else:
        return None
    mask = next((shapes[name] for name in ("attn_inp_kq_mask", "KQ_mask") if name in shapes), None)
    output = shapes.get("result_output")
    outputs = output[1] if output else 0
    sequences = mask[3] if mask else 1
    # a batch in which every token's logits are asked for, one of each sequence, continues what was there
    generating = outputs == tokens and tokens == max(sequences, 1) if tokens > 1 else tokens == 1
    return Purpose("generation" if generating else "prompt", tokens, sequences, outputs, mask[0] if mask else 0)


def _of_whisper(graph: Graph, shapes: dict[str, tuple[int, ...]]) -> Purpose | None:
    """whisper.cpp encodes in three graphs, the last of which is known by what it reads of another, and decodes."""
    leafs = set(graph.names[graph.nodes :])
    if "position" in leafs and "embd" in leafs:
        tokens = shapes["embd"][0]
        outputs = int(graph.tensors["ne"][graph.nodes - 1][1])
        return Purpose("decoder", tokens, 1, outputs, shapes.get("KQ_mask", (0,))[0])
    if "mel" in leafs or "embd_conv" in shapes:
        return Purpose("encoder")
    return None
