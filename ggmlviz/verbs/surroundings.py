"""What there is without a trace: model files, and the machine."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ggmlviz.verbs.common import print_json, trace_path
from ggmlviz.verbs.declaring import Add, add_json


def memmap(options: argparse.Namespace) -> int:
    from ggmlviz.capture.errors import CaptureError
    from ggmlviz.export import file_state, memory_map

    model_map = model_map_of(trace_path(options.model))
    if options.csv and (options.residency or options.extents):
        raise CaptureError("--csv tells of the parts of a model alone: use --json with --residency and --extents")
    states = states_of(model_map, options.residency, options.extents)
    if options.json:
        print_json(file_state.with_states(memory_map.as_json(model_map), model_map, states))
    elif options.csv:
        memory_map.write_csv(model_map, sys.stdout)
    else:
        sys.stdout.writelines(f"{line}\n" for line in memory_map.lines(model_map))
        sys.stdout.writelines(f"{line}\n" for line in file_state.lines(model_map, states))
    return 0


def states_of(model_map, residency: bool, extents: bool):
    from ggmlviz.analysis.memory.file_pages import FileState
    from ggmlviz.capture.extents import fragments_of
    from ggmlviz.capture.residency import residency_of

    return [
        FileState(
            residency_of(file.path, file.size) if residency else None,
            fragments_of(file.path, file.size) if extents else None,
        )
        for file in model_map.files
    ]


def model_map_of(path: Path):
    from ggmlviz.analysis.model.map import ModelMap
    from ggmlviz.errors import NotATrace, UnreadableTrace
    from ggmlviz.format.recording import Recording

    try:
        recording = Recording.open(path)
    except (NotATrace, UnreadableTrace):
        return ModelMap.of_file(path)
    return ModelMap.of_recording(recording)


def ceilings(options: argparse.Namespace) -> int:
    from ggmlviz.analysis.ceilings import ceilings
    from ggmlviz.export import ceilings as rendering

    found = ceilings(options.again)
    if options.json:
        print_json(found.as_dict())
    else:
        print("\n".join(rendering.lines(found)))
    return 0


def env(options: argparse.Namespace) -> int:
    from ggmlviz.capture.machine import lines, machine

    facts = machine()
    if options.json:
        print_json(facts)
    else:
        print("\n".join(lines(facts)))
    return 0


def declare(add: Add) -> None:
    added = add(
        memmap,
        "show where everything lies in a model file",
        "ggml-viz memmap model.gguf",
        "ggml-viz memmap --json model-00001-of-00003.gguf",
        "ggml-viz memmap --csv x.ggmlviz",
        "ggml-viz memmap --residency --extents model.gguf",
    )
    how = added.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="for programs")
    how.add_argument("--csv", action="store_true", help="for spreadsheets")
    added.add_argument("--residency", action="store_true", help="also tell what of it is in memory now")
    added.add_argument("--extents", action="store_true", help="also tell in which pieces it lies on the disk")
    added.add_argument("model", metavar="MODEL|TRACE", help="a GGUF, or a trace that tells of one")

    added = add(
        ceilings,
        "measure what this machine can do at most, once",
        "ggml-viz ceilings",
        "ggml-viz ceilings --again",
        "ggml-viz ceilings --json",
    )
    added.add_argument("--again", action="store_true", help="measure also if it is known")
    add_json(added)

    added = add(env, "say what a bug report needs to know of this machine", "ggml-viz env", "ggml-viz env --json")
    add_json(added)
