#!/usr/bin/env python3
"""Generate text with llama.cpp (xllamacpp) in this process.

stdout: the generated text alone, the same on every run (temperature 0).
stderr: READY once the model is loaded, then one JSON line per generation with
its tokens and seconds.
"""

import argparse
import gc
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import xllamacpp

QUIET = -1  # llama.cpp's log level below every message


def build_parser():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model")
    parser.add_argument("--tokens", type=int, default=16, help="to generate in each sequence")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--prompt", default="a big dog")
    parser.add_argument("--parallel", type=int, default=1, help="sequences generated at once")
    parser.add_argument("--repeat", type=int, default=1, help="generations, one after another")
    parser.add_argument("--context", type=int, default=512, help="of each sequence")
    parser.add_argument("--batch-prompt", action="store_true", help="the prompt fifty times over: one large batch")
    parser.add_argument("--hold", action="store_true", help="wait for a line on stdin before generating")
    parser.add_argument("--on-demand", action="store_true", help="generate once for every line on stdin, until its end")
    parser.add_argument("--warmup", action="store_true", help="let llama.cpp run an empty graph first")
    parser.add_argument("--no-mmap", action="store_true", help="read the weights into buffers")
    parser.add_argument("--no-repack", action="store_true", help="leave weights in the file's layout")
    parser.add_argument("--no-flash", action="store_true", help="attention as separate operations")
    parser.add_argument("--verbose", action="store_true", help="llama.cpp's log on stderr")
    return parser


def make_params(options):
    params = xllamacpp.CommonParams()
    params.model.path = options.model
    params.n_ctx = options.context * options.parallel
    params.n_parallel = options.parallel
    params.cpuparams.n_threads = options.threads
    params.cpuparams_batch.n_threads = options.threads
    params.n_gpu_layers = 0
    params.warmup = options.warmup
    params.no_extra_bufts = options.no_repack
    # Its dry runs allocate models and contexts of their own before the real ones.
    params.fit_params = False
    # Every generation is to do the same work: nothing kept from the last one.
    params.cache_prompt = False
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    params.n_ctx_checkpoints = 0
    load = xllamacpp.llama_load_mode
    params.load_mode = load.LLAMA_LOAD_MODE_NONE if options.no_mmap else load.LLAMA_LOAD_MODE_MMAP
    flash = xllamacpp.llama_flash_attn_type
    params.flash_attn_type = (
        flash.LLAMA_FLASH_ATTN_TYPE_DISABLED if options.no_flash else flash.LLAMA_FLASH_ATTN_TYPE_ENABLED
    )
    params.verbosity = 5 if options.verbose else QUIET
    params.ui = False
    return params


def generate(server, options, sequence):
    prompt = " ".join([options.prompt] * 50) if options.batch_prompt else options.prompt
    if options.parallel > 1:
        prompt += f" {sequence}"
    request = {
        "prompt": prompt,
        "max_tokens": options.tokens,
        "temperature": 0,
        "ignore_eos": True,
        "cache_prompt": False,
    }
    reply = server.handle_completions(request)
    if "choices" not in reply:
        sys.exit(f"llama.cpp refused the request: {reply}")
    return reply["choices"][0]["text"], reply["usage"]["completion_tokens"]


def generate_all(server, options):
    """One generation of every sequence; print the texts, report the time."""
    start = time.monotonic()
    with ThreadPoolExecutor(options.parallel) as pool:
        replies = list(pool.map(lambda i: generate(server, options, i), range(options.parallel)))
    seconds = time.monotonic() - start
    for text, _ in replies:
        print(text)
    sys.stdout.flush()
    report = {"tokens": sum(count for _, count in replies), "seconds": round(seconds, 6)}
    print(json.dumps(report), file=sys.stderr, flush=True)


def main():
    options = build_parser().parse_args()
    server = xllamacpp.Server(make_params(options))
    print("READY", file=sys.stderr, flush=True)
    if options.hold:
        sys.stdin.readline()
    for _ in sys.stdin if options.on_demand else range(options.repeat):
        generate_all(server, options)
    # Free the model now, while the process is whole, not in the ruins at exit.
    del server
    gc.collect()


if __name__ == "__main__":
    main()
