#!/usr/bin/env python3
"""Transcribe two synthetic seconds with whisper.cpp (pywhispercpp) in this process.

stdout: one line per segment.  stderr: READY once the model is loaded, then one
JSON line with the segments and seconds.
"""

import argparse
import gc
import json
import sys
import time

import numpy as np
from pywhispercpp.model import Model

SAMPLE_RATE = 16000


def sweep(seconds):
    """A tone rising from 200 Hz: speech enough for a model that knows none."""
    t = np.arange(int(SAMPLE_RATE * seconds), dtype=np.float64) / SAMPLE_RATE
    return (0.3 * np.sin(2 * np.pi * (200 * t + 300 * t * t))).astype(np.float32)


def load(model, threads, verbose=False):
    with open(model, "rb") as file:
        if file.read(4) != b"lmgg":  # pywhispercpp would not say so, but crash at the first use
            sys.exit(f"{model} is not a whisper.cpp model")
    return Model(
        model,
        redirect_whispercpp_logs_to=False if verbose else None,
        context_params={"use_gpu": False},
        n_threads=threads,
        language="en",
        temperature_inc=0.0,  # one decoding, not up to six at rising temperatures
        print_progress=False,
    )


def transcribe(model, seconds):
    start = time.monotonic()
    segments = model.transcribe(sweep(seconds))
    report = {"segments": len(segments), "seconds": round(time.monotonic() - start, 6)}
    for segment in segments:
        print(segment.t0, segment.t1, segment.text, flush=True)
    print(json.dumps(report), file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of the audio")
    parser.add_argument(
        "--on-demand", action="store_true", help="transcribe once for every line on stdin, until its end"
    )
    parser.add_argument("--verbose", action="store_true", help="whisper.cpp's log on stderr")
    options = parser.parse_args()
    model = load(options.model, options.threads, options.verbose)
    print("READY", file=sys.stderr, flush=True)
    for _ in sys.stdin if options.on_demand else range(1):
        transcribe(model, options.seconds)
    del model
    gc.collect()


if __name__ == "__main__":
    main()
