"""What a report tells in words, before its tables: name and text of each fact, an empty text where there is none."""

from __future__ import annotations

from ggmlviz.analysis.bounds import FASTER_THAN_MEMORY
from ggmlviz.analysis.devices import Device
from ggmlviz.analysis.run_report import RunReport
from ggmlviz.analysis.subject import Subject
from ggmlviz.analysis.tokens import Speed
from ggmlviz.scene.units import amount, milliseconds, share


def facts(report: RunReport) -> list[tuple[str, str]]:
    subject, tokens = report.subject, report.tokens
    runs = (
        f"{subject.runs:,} of {subject.graphs:,} graphs in {subject.seconds:.3f} s, {subject.nodes_timed:,} nodes timed"
    )
    runs += f", {subject.failed_runs:,} aborted or failed" if subject.failed_runs else ""
    return [
        ("program", subject.program),
        ("model", "; ".join(subject.model)),
        ("ggml", "; ".join(subject.libraries)),
        ("backend", _backend(subject)),
        ("graph runs", runs),
        ("phases", "; ".join(f"{one.phase} {share(one.seconds, _run_seconds(report))}" for one in report.phases)),
        ("first token", _first_token(report)),
        ("prompt", _speed(tokens.prompt)),
        ("generation", _speed(tokens.generation)),
        ("per token", _per_token(report)),
        ("context", _context(report)),
        ("memory", _memory(report)),
        ("waiting", _waiting(report)),
        *(("devices" if not number else "", _device(one)) for number, one in enumerate(report.devices)),
        ("transfers", _transfers(report) if report.devices else ""),
        ("weights", _floor(report)),
        ("experts", _experts(report)),
        ("not modelled", ", ".join(f"{op} {part:.1%}" for op, part in report.not_modelled.items())),
        ("data", "; ".join(report.data) or "complete"),
        *(("bound by" if not number else "", bound.sentence) for number, bound in enumerate(report.bounds)),
    ]


def _run_seconds(report: RunReport) -> float:
    return sum(one.seconds for one in report.phases)


def _backend(subject: Subject) -> str:
    """Nothing where the trace tells of none, as one of format 1 does."""
    if not subject.backends and not subject.threads and not subject.cpu:
        return ""
    return f"{', '.join(subject.backends) or 'CPU'}, {subject.threads} threads, {subject.cpu or 'unknown CPU'}"


def _first_token(report: RunReport) -> str:
    times = sorted(report.tokens.first_token_ms)
    if len(times) < 2:
        return milliseconds(times[0]) if times else ""
    first = milliseconds(report.tokens.first_token_ms[0])
    return f"{first}, median of {len(times):,} replies {milliseconds(times[len(times) // 2])}"


def _speed(speed: Speed | None) -> str:
    if not speed:
        return ""
    between = speed.seconds - speed.run_seconds
    outside = f", {share(between, speed.seconds)} of it between runs" if between > 0 else ""
    return f"{speed.tokens_per_second:,.1f} tokens/s ({speed.tokens:,} tokens in {speed.seconds:.3f} s{outside})"


def _per_token(report: RunReport) -> str:
    times = {name: milliseconds(time) for name, time in report.tokens.per_token_ms.items()}
    if not times:
        return ""
    return f"median {times['p50']}, mean {times['mean']}, 90% between {times['p5']} and {times['p95']}"


def _context(report: RunReport) -> str:
    """The shallowest and the deepest, if it matters at all."""
    bands = report.tokens.against_context
    if len(bands) < 2:
        return ""
    return ", ".join(
        f"{one.tokens_per_second:,.1f} tokens/s up to {one.attended_to:,}" for one in (bands[0], bands[-1])
    )


def _memory(report: RunReport) -> str:
    roles = ", ".join(f"{role} {amount(size)}" for role, size in report.memory.peak_by_role.items())
    text = f"at most {amount(report.memory.peak)} ({roles or 'nothing'})"
    if report.kv_cache and report.kv_cache.occupancy is not None:
        text += f", KV cache at most {report.kv_cache.occupancy:.0%} full"
    leaked = sum(buffer.size for buffer in report.memory.never_freed)
    return text + (f", {amount(leaked)} never freed" if leaked else "")


def _waiting(report: RunReport) -> str:
    found = report.balance
    if not found or found.threads < 2:
        return ""
    text = f"{found.wait_share:.1%} of the threads' time; shared perfectly, at most {found.savable_share:.1%} less time"
    return text + "".join(f"; {op.op} waits {op.share:.0%}" for op in report.waits[:1])


def _device(one: Device) -> str:
    """What is known is the time of the thread that drives it."""
    work = f"{one.nodes:,} nodes in {one.splits:,} splits, none with a time of its own"
    return (
        f"{one.name}: {work}; calls took {milliseconds(one.calls / 1e6)}, waits for it {milliseconds(one.waited / 1e6)}"
    )


def _transfers(report: RunReport) -> str:
    found = report.transfers
    return f"{found.count:,} of {amount(found.bytes)} together, in {milliseconds(found.time / 1e6)}"


def _floor(report: RunReport) -> str:
    floor = report.floor
    if not floor:
        return ""
    text = f"{amount(floor.bytes_per_run)} read in each run that generates, at {floor.bytes_per_second / 1e9:.2f} GB/s"
    if not report.copy_bandwidth:
        return text + " (`ggml-viz ceilings` tells what memory could do)"
    if floor.bytes_per_second > FASTER_THAN_MEMORY * report.copy_bandwidth:
        return text + ", faster than memory copies: caches hold them"
    least = milliseconds(floor.floor_seconds(report.copy_bandwidth) * 1e3)
    return text + f": at copy bandwidth {least}, it took {floor.times_the_floor(report.copy_bandwidth):.1f} times that"


def _experts(report: RunReport) -> str:
    """How unevenly they are chosen: were all chosen alike, half of them would have half of the choices."""
    found = report.experts
    if not found:
        return ""
    half = max(1, found.experts // 2)
    text = f"{found.experts:,} in each of {len(found.layers):,} layers; the {half:,} most chosen of a layer have "
    return text + f"{found.coverage[half - 1]:.0%} of the choices (`ggml-viz experts` tells more)"
