"""`ggml-viz doctor`: why are there no events? First what the files tell, then what a short run shows."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ggmlviz.capture import output
from ggmlviz.capture.checks import check_command, check_files, check_shim
from ggmlviz.capture.command import resolve
from ggmlviz.capture.errors import CaptureError
from ggmlviz.capture.evidence import Evidence, evidence_in
from ggmlviz.capture.finding import Finding, Mark, obstacle
from ggmlviz.capture.probe import Observation, observe
from ggmlviz.capture.shim import find_shim
from ggmlviz.capture.symptoms import symptoms


def diagnose(command: Sequence[str], seconds: float | None) -> Iterator[Finding]:
    """All findings, each as soon as it is known. Without seconds the command is not run."""
    is_final = False
    for finding in static_findings(command[0]):
        yield finding
        is_final |= finding.is_final
    if is_final or seconds is None:
        return
    observation, evidence = try_out(command, seconds)
    yield from symptoms(observation, evidence, seconds)


def static_findings(program: str) -> Iterator[Finding]:
    resolved = resolve(program)
    yield check_command(resolved)
    try:
        yield check_shim(find_shim())
    except CaptureError as error:
        yield obstacle("shim", str(error), is_final=True)
    if not resolved.problem:
        yield from check_files(resolved)


def try_out(command: Sequence[str], seconds: float) -> tuple[Observation, list[Evidence]]:
    with tempfile.TemporaryDirectory(prefix="ggml-viz-doctor-") as folder:
        trace = Path(folder) / "doctor.ggmlviz"

        def collect() -> list[Evidence]:
            return [evidence_in(path) for path in sorted({trace} | output.siblings(trace)) if path.exists()]

        def is_enough() -> bool:
            return any(evidence.nodes for evidence in collect())

        observation = observe(command, find_shim(), trace, seconds, is_enough)
        return observation, collect()


def would_record(findings: Sequence[Finding]) -> bool:
    """A trace that was seen decides; without a run only a program that plainly calls ggml will do."""
    marks = {finding.subject: finding.mark for finding in findings}
    if "trace" in marks:
        return marks["trace"] is Mark.FINE
    return all(finding.mark is Mark.FINE for finding in findings)


def verdict(findings: Sequence[Finding], command: Sequence[str]) -> str:
    if would_record(findings):
        return f"Events are recorded: ggml-viz run -- {shlex.join(command)}"
    obstacles = [finding for finding in findings if finding.mark is Mark.OBSTACLE]
    if obstacles:
        return f"No events: {obstacles[0].text}."
    return "It cannot be told without running it: leave --no-run away."
