"""What this machine can do at most, as far as a short measurement tells: kept once for each kind of CPU.

Copy bandwidth: every thread copies its own block, all blocks together many times the caches; bytes read and bytes
written both count, as tools for this do. A stream that only reads, as weights are, can be somewhat faster.

Peak rate: every thread multiplies its own float32 matrices, which fit its cache, with the BLAS of numpy on one thread;
a multiply-add counts 2. That is near the peak of float32 where the BLAS knows the CPU, and says nothing of the 8-bit
dot products that quantised types use: those can be several times faster, so 100 % is not a limit for them.

Both are the best of several tries, so what else runs on the machine lowers them little, but it does.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from ggmlviz.errors import GgmlVizError

# A BLAS starts its own threads unless told not to before it is loaded: so the measurement has a process of its own.
ONE_BLAS_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "MKL", "BLIS", "OMP")}
ONE_BLAS_THREAD["VECLIB_MAXIMUM_THREADS"] = "1"
LONGEST_SECONDS = 120


class CannotMeasure(GgmlVizError):
    pass


@dataclass(frozen=True)
class Ceiling:
    threads: int
    copy_bytes_per_second: float
    multiply_flops_per_second: float


@dataclass(frozen=True)
class Ceilings:
    cpu: str
    cpus: int
    measured: list[Ceiling]  # from one thread up

    def with_threads(self, threads: int) -> Ceiling:
        """Of the largest measured number of threads that is not more."""
        return max(
            (ceiling for ceiling in self.measured if ceiling.threads <= threads),
            key=lambda ceiling: ceiling.threads,
            default=self.measured[0],
        )

    def as_dict(self) -> dict:
        return asdict(self)


def kept_ceilings(cpu: str, cpus: int) -> Ceilings | None:
    """What was measured before on such a machine; also for a trace that comes from another one of its kind."""
    try:
        return _parsed(_all_kept()[_key(cpu, cpus)])
    except (KeyError, TypeError, ValueError):
        return None


def ceilings(again: bool = False) -> Ceilings:
    """Of this machine: measured now, which takes about two seconds, unless they are known."""
    cpu, cpus = this_cpu(), os.cpu_count() or 1
    known = None if again else kept_ceilings(cpu, cpus)
    return known or _keep(Ceilings(cpu, cpus, measure(cpus_allowed())))


def measure(cpus: int) -> list[Ceiling]:
    command = [sys.executable, "-m", "ggmlviz.analysis.ceiling_measurement", *map(str, _thread_counts(cpus))]
    try:
        done = subprocess.run(
            command,
            env=os.environ | ONE_BLAS_THREAD,
            capture_output=True,
            text=True,
            check=True,
            timeout=LONGEST_SECONDS,
        )
        return [Ceiling(*row) for row in json.loads(done.stdout)]
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        raise CannotMeasure(f"the ceilings of this machine could not be measured: {error}") from None


def _thread_counts(cpus: int) -> list[int]:
    """All up to 4, then doubling, and all CPUs together."""
    doubled = [1 << exponent for exponent in range(3, cpus.bit_length())]
    return sorted({*range(1, min(cpus, 4) + 1), *doubled, cpus})


def this_cpu() -> str:
    """As traces name it: the model of the first CPU in /proc/cpuinfo, which not every architecture has."""
    try:
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name" and value.strip():
                return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def cpus_allowed() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def store() -> Path:
    """A cache: what is in it can be measured again."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        # The specification of these folders wants a relative path ignored.
        base = os.environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else Path.home() / ".cache"
    return Path(base) / "ggml-viz" / "ceilings.json"


def _key(cpu: str, cpus: int) -> str:
    return f"{cpu} × {cpus}"


def _all_kept() -> dict:
    try:
        kept = json.loads(store().read_text())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _keep(found: Ceilings) -> Ceilings:
    """If the folder cannot be written to they are measured again next time: no reason to fail."""
    path = store()
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(_all_kept() | {_key(found.cpu, found.cpus): found.as_dict()}, indent=2))
        part.replace(path)
    except OSError:
        pass
    return found


def _parsed(kept: dict) -> Ceilings:
    measured = [Ceiling(**row) for row in kept["measured"]]
    if not measured or not all(
        ceiling.copy_bytes_per_second > 0 and ceiling.multiply_flops_per_second > 0 for ceiling in measured
    ):
        raise ValueError
    return Ceilings(kept["cpu"], kept["cpus"], measured)
