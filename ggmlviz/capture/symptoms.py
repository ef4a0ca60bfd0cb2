"""What a short run under the shim says about why there are events, or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ggmlviz.capture.checks import GGML_MARK, USE_SHARED
from ggmlviz.capture.elf import Elf, NotElf, contains, read_elf
from ggmlviz.capture.evidence import Evidence, Library
from ggmlviz.capture.finding import Finding, fine, obstacle, unknown
from ggmlviz.capture.probe import Observation, Seen
from ggmlviz.capture.shim import SHIM_NAME

MAX_LINES = 10
REFUSED = "refused"


def symptoms(observation: Observation, evidence: list[Evidence], seconds: float) -> Iterator[Finding]:
    yield how_it_went(observation, seconds)
    for seen in observation.seen.values():
        yield was_preloaded(seen)
    libraries = list(where_ggml_is(observation))
    # A trace proves that there was one, though it may have come and gone between two looks.
    if not libraries and not evidence:
        yield obstacle(
            "ggml", "no process had loaded it", "is it run by a service or a container that was there before?"
        )
    yield from libraries
    for line in observation.shim_said[:MAX_LINES]:
        yield fine("shim says", line)
    yield from what_was_recorded(observation, evidence, seconds)


def how_it_went(observation: Observation, seconds: float) -> Finding:
    time = f"{observation.seconds:.1f} s"
    if observation.exit_code is None:
        reason = "enough was seen" if observation.seconds < seconds else "its time was over (--seconds gives it more)"
        return fine("run", f"stopped after {time}: {reason}")
    if observation.exit_code == 0:
        return fine("run", f"ended by itself after {time}")
    last = observation.program_said[-1] if observation.program_said else "and said nothing about it"
    ending = f"signal {-observation.exit_code}" if observation.exit_code < 0 else f"exit code {observation.exit_code}"
    return unknown("run", f"ended after {time} with {ending}: {last}", "does it run without ggml-viz?")


def was_preloaded(seen: Seen) -> Finding:
    who = f"{Path(seen.program).name} ({seen.pid})"
    if seen.files is None:
        return unknown("process", f"{who} may not be looked at", "run the doctor as the user it runs as")
    if seen.has_shim:
        return fine("process", f"{who} has the shim")
    return obstacle("process", f"{who} runs without the shim: {why_without_shim(seen)}")


def why_without_shim(seen: Seen) -> str:
    try:
        elf = read_elf(Path(seen.program))
        host = read_elf(Path("/proc/self/exe"))
    except (NotElf, OSError):
        return "its program cannot be read"
    if elf.kind != host.kind:
        return f"it is {elf.kind}, the shim is {host.kind}"
    if not elf.interpreter:
        return "it is static"
    return "its loader ignored LD_PRELOAD, or whoever started it had removed that from its environment"


def where_ggml_is(observation: Observation) -> Iterator[Finding]:
    programs = {seen.program for seen in observation.seen.values()}
    files = programs.union(*(seen.files or () for seen in observation.seen.values()))
    for file in sorted(files):
        try:
            elf = read_elf(Path(file))
        except (NotElf, OSError):
            continue
        if has_ggml(elf) and Path(file).name != SHIM_NAME:
            yield reachable(elf, is_program=file in programs)


def has_ggml(elf: Elf) -> bool:
    if elf.imported or elf.defined or elf.hidden:
        return bool(elf.defined or elf.hidden)
    return contains(elf.path, GGML_MARK)


def reachable(elf: Elf, is_program: bool) -> Finding:
    if elf.defined and not is_program:
        return fine("ggml", f"is in {elf.path}")
    return obstacle("ggml", f"is inside {elf.path}, where no call to it can be intercepted", USE_SHARED)


def what_was_recorded(observation: Observation, evidence: list[Evidence], seconds: float) -> Iterator[Finding]:
    for trace in evidence:
        for library in trace.libraries:
            yield library_finding(library)
    runs, nodes = sum(trace.runs for trace in evidence), sum(trace.nodes for trace in evidence)
    if runs and not nodes:
        yield unknown(
            "nodes", "graphs are timed, their nodes are not", "only the CPU backend of ggml since 2023-10 tells them"
        )
    if runs:
        yield fine("trace", f"{runs} graph runs, {nodes} nodes timed")
    elif evidence:
        yield obstacle("trace", "ggml was called, but no graph run ended", "give it more time with --seconds")
    else:
        advice = "let the command do real work" if observation.seconds < seconds else "give it more time with --seconds"
        yield obstacle("trace", "no call into ggml was seen", advice)


def library_finding(library: Library) -> Finding:
    name = Path(library.path).name
    if library.layout.startswith(REFUSED):
        return obstacle("layout", f"{name}: {library.layout}", "tell us the version of ggml and where it comes from")
    return fine("layout", f"{name}: its structs are those of {library.layout}")
