"""The measured ceilings of this machine as a table."""

from __future__ import annotations

from collections.abc import Iterator

from ggmlviz.analysis.ceilings import Ceilings

TABLE = "{:>7}  {:>12}  {:>15}"


def lines(found: Ceilings) -> Iterator[str]:
    yield f"{found.cpu}, {found.cpus} CPUs"
    yield TABLE.format("THREADS", "COPY GB/s", "float32 GFLOP/s")
    for ceiling in found.measured:
        copied, multiplied = ceiling.copy_bytes_per_second / 1e9, ceiling.multiply_flops_per_second / 1e9
        yield TABLE.format(ceiling.threads, f"{copied:.1f}", f"{multiplied:.1f}")
