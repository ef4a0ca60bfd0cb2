#!/usr/bin/env python3
"""What tracing costs: tokens per second of real llama.cpp, untraced and traced, measured side by side in one run.

Every variant is a process of its own that has loaded the model and waits. In each round all of them generate the same
tokens, one after another in random order, so that whatever else the machine does hits all alike. A variant's speed is
the median over the rounds of its ratio to the untraced process, with a bootstrapped 95 % interval.

    python scripts/bench_overhead.py                      # both models, all variants
    python scripts/bench_overhead.py --models small --rounds 60
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
from pathlib import Path

from ggmlviz.capture.shim import find_shim

ROOT = Path(__file__).resolve().parent.parent
SUBJECT = ROOT / "tests" / "programs" / "llama_generate.py"
TOKENS = {"tiny": 400, "small": 150, "1b": 20}
WORDS = {
    "untraced": "no shim",
    "again": "no shim, a second process: the noise of the method",
    "no-op": "shim loaded, GGML_VIZ_DISABLE=1",
    "file": "every op on every thread, into a file",
    "ring": "every op on every thread, into shared memory",
    "op": "GGML_VIZ_DETAIL=op, into a file",
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
        "eval callback": {"LD_PRELOAD": str(folder / "eval_callback.so")},
    }
    return {**os.environ, **added[variant]}


class Subject:
    """A process with the model loaded that generates when told to."""

    def __init__(self, model: Path, tokens: int, threads: int, env: dict[str, str]):
        command = [sys.executable, str(SUBJECT), str(model), "--on-demand"]
        command += ["--tokens", str(tokens), "--threads", str(threads)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, env=env, text=True, **pipes)
        self._line("READY")

    def _line(self, start: str) -> str:
        for line in self.process.stderr:
            if line.startswith(start):
                return line
        raise SystemExit(f"{self.process.args}: ended with {self.process.wait()}")

    def speed(self) -> float:
        """Generate once; tokens per second."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        report = json.loads(self._line("{"))
        return report["tokens"] / report["seconds"]

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def interval(ratios: list[float], draws: int = 2000) -> tuple[float, float]:
    """95 % of the medians of resampled rounds."""
    chance = random.Random(1)
    medians = sorted(statistics.median(chance.choices(ratios, k=len(ratios))) for _ in range(draws))
    return medians[int(0.025 * draws)], medians[int(0.975 * draws)]


def measure(preset: str, variants: list[str], rounds: int, threads: int, folder: Path, shim: Path) -> None:
    model = folder / f"{preset}.gguf"
    subprocess.run([sys.executable, str(ROOT / "examples" / "make_model.py"), preset, "-o", str(model)], check=True)
    subjects = {v: Subject(model, TOKENS[preset], threads, environment(v, folder, shim)) for v in variants}
    speeds: dict[str, list[float]] = {variant: [] for variant in variants}
    chance = random.Random(0)
    for subject in subjects.values():
        subject.speed()
    for turn in range(rounds):
        for variant in chance.sample(variants, len(variants)):
            speeds[variant].append(subjects[variant].speed())
        if sys.stderr.isatty():
            print(f"\r{preset}: round {turn + 1} of {rounds}", end="", file=sys.stderr)
    for subject in subjects.values():
        subject.end()

    base = statistics.median(speeds["untraced"])
    print(f"\n{preset}: {TOKENS[preset]} tokens, {threads} threads, {rounds} rounds; untraced {base:.1f} tokens/s")
    for variant in variants[1:]:
        ratios = [mine / other for mine, other in zip(speeds[variant], speeds["untraced"], strict=True)]
        low, high = interval(ratios)
        print(f"  {variant:<14} {statistics.median(ratios):.4f}  [{low:.4f}, {high:.4f}]  {WORDS[variant]}")
    model.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=list(TOKENS), default=["small", "1b"])
    parser.add_argument("--variants", nargs="+", choices=list(WORDS)[1:], default=list(WORDS)[1:])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = ["-shared", "-fPIC", "-O2", "-o", str(folder / "eval_callback.so")]
        subprocess.run(["cc", *library, str(ROOT / "scripts" / "eval_callback.c"), "-ldl"], check=True)
        for preset in options.models:
            measure(preset, ["untraced", *options.variants], options.rounds, options.threads, folder, find_shim())


if __name__ == "__main__":
    main()
