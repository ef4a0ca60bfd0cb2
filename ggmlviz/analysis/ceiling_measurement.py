"""The measurement behind `ceilings`, in a process of its own whose BLAS has one thread; prints JSON.

One row for each number of threads asked for: [threads, bytes copied per second, operations per second].
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

COPIED_BYTES = 256 << 20  # of all threads together, the source alone
SIDE = 384  # three such matrices of float32 take 1.7 MB
SECONDS = 0.8  # for each rate, and all numbers of threads
FEWEST_TRIES = 3


def rate(threads: int, work: Callable[[int], None], amount: float, seconds: float) -> float:
    """The best of the tries, each of which lasts from when the first thread begins until the last has ended."""
    gate, deadline = threading.Barrier(threads), time.perf_counter() + seconds
    tries: list[list[tuple[float, float]]] = [[] for _ in range(threads)]
    go_on = [True]

    def helper(number: int) -> None:
        while go_on[0]:
            gate.wait()
            begin = time.perf_counter()
            work(number)
            tries[number].append((begin, time.perf_counter()))
            # One of them decides for all whether there is another try.
            if gate.wait() == 0:
                go_on[0] = len(tries[number]) < FEWEST_TRIES or time.perf_counter() < deadline
            gate.wait()

    helpers = [threading.Thread(target=helper, args=(number,)) for number in range(threads)]
    for one in helpers:
        one.start()
    for one in helpers:
        one.join()
    # Each thread tells its own times: one that waits for a CPU in vain begins late, and that must not look fast.
    lasted = [max(end for _, end in one) - min(begin for begin, _ in one) for one in zip(*tries, strict=True)]
    return amount / min(lasted)


def copying(threads: int) -> tuple[Callable[[int], None], float]:
    size = COPIED_BYTES // threads
    # Written once each, so that every page is there: untouched ones would all be the same zeros.
    blocks = [(np.full(size, 1, np.uint8), np.full(size, 2, np.uint8)) for _ in range(threads)]
    return lambda number: np.copyto(blocks[number][1], blocks[number][0]), 2.0 * size * threads


def multiplying(threads: int) -> tuple[Callable[[int], None], float]:
    matrices = [np.ones((3, SIDE, SIDE), np.float32) for _ in range(threads)]
    times = 40  # so long that it hardly matters when each thread begins

    def work(number: int) -> None:
        left, right, result = matrices[number]
        for _ in range(times):
            np.matmul(left, right, out=result)

    return work, 2.0 * SIDE**3 * times * threads


def main(counts: Sequence[int]) -> None:
    seconds = SECONDS / len(counts)
    rows = []
    for threads in counts:
        copied = rate(threads, *copying(threads), seconds)
        rows.append((threads, copied, rate(threads, *multiplying(threads), seconds)))
    print(json.dumps(rows))


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]])
