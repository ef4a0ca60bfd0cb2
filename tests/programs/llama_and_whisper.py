#!/usr/bin/env python3
"""Run llama.cpp and whisper.cpp, each with a ggml of its own, in one process.

stdout: what each generated, in turn.  stderr: READY once both models are
loaded, then one JSON line for each run.
"""

import argparse
import gc
import sys

import llama_generate
import whisper_transcribe
import xllamacpp


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("llama_model")
    parser.add_argument("whisper_model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=1, help="times that each runs")
    options = parser.parse_args()

    llama_options = llama_generate.build_parser().parse_args(
        [options.llama_model, f"--tokens={options.tokens}", f"--threads={options.threads}"]
    )
    server = xllamacpp.Server(llama_generate.make_params(llama_options))
    whisper = whisper_transcribe.load(options.whisper_model, options.threads)
    print("READY", file=sys.stderr, flush=True)
    for _ in range(options.rounds):
        llama_generate.generate_all(server, llama_options)
        whisper_transcribe.transcribe(whisper, 2.0)
    del server, whisper
    gc.collect()


if __name__ == "__main__":
    main()
