#!/usr/bin/env python3
"""What tracing costs: tokens per second of real llama.cpp, and transcriptions per second of real whisper.cpp, untraced
and traced, measured side by side in one run.

Every variant is a process of its own that has loaded the model and waits. In each round all of them do the same
work, one after another in random order, so that whatever else the machine does hits all alike. Where its memory
happens to lie makes one process faster than its twin, so all are launched anew several times. A variant's speed is the
median over all rounds of its ratio to the untraced process, with a 95 % interval bootstrapped over launches and rounds.

    python scripts/bench_overhead.py                      # "small" and "1b", all variants
    python scripts/bench_overhead.py --models small --launches 60 --rounds 5
    python scripts/bench_overhead.py --models whisper-tiny --variants again file ring
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ggmlviz.capture.shim import find_shim

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "tests" / "programs"
TOKENS = {"tiny": 400, "small": 150, "1b": 20}  # that llama.cpp generates at a time
WHISPER = "whisper-tiny"
WORDS = {
    "untraced": "no shim",
    "again": "no shim, a second process: the noise of the method",
    "no-op": "shim loaded, GGML_VIZ_DISABLE=1",
    "file": "every op on every thread, into a file",
    "ring": "every op on every thread, into shared memory",
    "op": "GGML_VIZ_DETAIL=op, into a file",
    "graph": "GGML_VIZ_DETAIL=graph, into a file",
    "eval callback": "the scheduler's eval callback for every node",
}


def environment(variant: str, folder: Path, shim: Path) -> dict[str, str]:
    added = {
        "untraced": {},
        "again": {},
        "no-op": {"LD_PRELOAD": str(shim), "GGML_VIZ_DISABLE": "1"},
        "file": {"LD_PRELOAD": str(shim), "GGML_VIZ_OUTPUT": str(folder / "file.ggmlviz")},
        "ring": {"LD_PRELOAD": str(shim)},
        "op": {"LD_PRELOAD": str(shim), "GGML_VIZ_OUTPUT": str(folder / "op.ggmlviz"), "GGML_VIZ_DETAIL": "op"},
        "graph": {
            "LD_PRELOAD": str(shim),
            "GGML_VIZ_OUTPUT": str(folder / "graph.ggmlviz"),
            "GGML_VIZ_DETAIL": "graph",
        },
        "eval callback": {"LD_PRELOAD": str(folder / "eval_callback.so")},
    }
    return {**os.environ, **added[variant]}


class Subject:
    """A process with the model loaded that generates, or transcribes, when told to."""

    def __init__(self, preset: str, model: Path, threads: int, env: dict[str, str]):
        self._amount = TOKENS.get(preset, 1)
        program, work = "llama_generate.py", ["--tokens", str(self._amount)]
        if preset == WHISPER:
            program, work = "whisper_transcribe.py", []
        command = [sys.executable, str(PROGRAMS / program), str(model), "--on-demand", "--threads", str(threads), *work]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, env=env, text=True, **pipes)
        self._line("READY")

    def _line(self, start: str) -> str:
        for line in self.process.stderr:
            if line.startswith(start):
                return line
        raise SystemExit(f"{self.process.args}: ended with {self.process.wait()}")

    def speed(self) -> float:
        """Do the work once; tokens, or transcriptions, per second."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._amount / json.loads(self._line("{"))["seconds"]

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def median_of_all(launches: list[list[float]]) -> float:
    return statistics.median(ratio for rounds in launches for ratio in rounds)


def interval(launches: list[list[float]], draws: int = 2000) -> tuple[float, float]:
    """95 % of the medians of resampled rounds of resampled launches."""
    chance = random.Random(1)
    medians = sorted(
        median_of_all([chance.choices(rounds, k=len(rounds)) for rounds in chance.choices(launches, k=len(launches))])
        for _ in range(draws)
    )
    return medians[int(0.025 * draws)], medians[int(0.975 * draws)]


def one_launch(variants: list[str], rounds: int, start: Callable[[str], Subject]) -> dict[str, list[float]]:
    """Speeds, round by round, of processes that all live side by side."""
    # in another order each time: which process began first may matter, too
    subjects = {variant: start(variant) for variant in random.sample(variants, len(variants))}
    speeds: dict[str, list[float]] = {variant: [] for variant in variants}
    for subject in subjects.values():
        subject.speed()
    for _ in range(rounds):
        for variant in random.sample(variants, len(variants)):
            speeds[variant].append(subjects[variant].speed())
    for subject in subjects.values():
        subject.end()
    return speeds


def measure(preset: str, variants: list[str], options: argparse.Namespace, folder: Path, shim: Path) -> None:
    model = folder / f"{preset}.gguf"
    make = [sys.executable, str(ROOT / "examples" / "make_model.py"), preset, "-o", str(model)]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    launches = []
    for number in range(options.launches):
        print(f"{preset}: launch {number + 1} of {options.launches}", file=sys.stderr)
        for old in folder.glob("*.ggmlviz"):
            old.unlink()
        start = partial(start_subject, preset, model, options.threads, folder, shim)
        launches.append(one_launch(variants, options.rounds, start))
    model.unlink()

    base = statistics.median(speed for speeds in launches for speed in speeds["untraced"])
    unit = "transcriptions" if preset == WHISPER else "tokens"
    print(f"{preset}: {options.threads} threads, {options.launches} launches of {options.rounds} rounds;", end=" ")
    print(f"untraced {base:.1f} {unit}/s")
    for variant in variants[1:]:
        ratios = [[a / b for a, b in zip(s[variant], s["untraced"], strict=True)] for s in launches]
        low, high = interval(ratios)
        print(f"  {variant:<14} {median_of_all(ratios):.4f}  [{low:.4f}, {high:.4f}]  {WORDS[variant]}", flush=True)


def start_subject(preset: str, model: Path, threads: int, folder: Path, shim: Path, variant: str) -> Subject:
    return Subject(preset, model, threads, environment(variant, folder, shim))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=[*TOKENS, WHISPER], default=["small", "1b"])
    parser.add_argument("--variants", nargs="+", choices=list(WORDS)[1:], default=list(WORDS)[1:])
    parser.add_argument("--launches", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = ["-shared", "-fPIC", "-O2", "-o", str(folder / "eval_callback.so")]
        subprocess.run(["cc", *library, str(ROOT / "scripts" / "eval_callback.c"), "-ldl"], check=True)
        for preset in options.models:
            measure(preset, ["untraced", *options.variants], options, folder, find_shim())


if __name__ == "__main__":
    main()
