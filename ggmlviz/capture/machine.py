"""What a bug report needs to know of the machine. No environment variables, no names of people or hosts."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

import psutil

from ggmlviz.capture.installed_ggml import Build, builds

CPUS = Path("/sys/devices/system/cpu")
CGROUPS = Path("/sys/fs/cgroup")
UNLIMITED = 1 << 60  # what version 1 of cgroups writes for no limit is about 8 EiB
# Those that ggml's kernels are chosen by.
FEATURES = "avx avx2 avx512f avx512_vnni avx512_bf16 avx_vnni amx_int8 f16c fma bmi2 asimd asimddp i8mm sve sve2 sme"
GOVERNOR = "cpufreq/scaling_governor"
NOTHING = {"cpu": "unknown", "memory": "unknown", "container": "no limits found", "gpu_drivers": "none found"}


def machine() -> dict:
    return {
        "cpu": _cpu(),
        "memory": _memory(),
        "numa_nodes": len(list(Path("/sys/devices/system/node").glob("node[0-9]*"))) or None,
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "libc": " ".join(platform.libc_ver()).strip(),
        "python": platform.python_version(),
        "container": _limits(),
        "gpu_drivers": _gpu_drivers(),
        "ggml_builds": [build._asdict() for build in builds()],
    }


def lines(facts: dict) -> Iterator[str]:
    for subject, value in facts.items():
        label = subject.replace("_", " ")
        if subject == "ggml_builds":
            yield from _build_lines([Build(**build) for build in value])
        elif isinstance(value, dict):
            parts = [f"{key.replace('_', ' ')} {_plain(key, part)}" for key, part in value.items() if part]
            yield f"{label:<13}{', '.join(parts) or NOTHING[subject]}"
        elif value:
            yield f"{label:<13}{value}"


def _build_lines(found: list[Build]) -> Iterator[str]:
    if not found:
        yield f"{'ggml builds':<13}none found"
    for index, build in enumerate(found):
        version = " ".join(filter(None, [build.version, build.commit])) or "version unknown"
        yield f"{'' if index else 'ggml builds':<13}{build.path} ({build.kind}): {version}"


def _plain(key: str, value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {part}" for name, part in value.items())
    if isinstance(value, list):
        return " ".join(map(str, value))
    return f"{value / (1 << 30):.1f} GiB" if key.endswith("bytes") else str(value)


def _cpu() -> dict:
    words = _cpu_words()
    features = set(words.get("flags", words.get("Features", "")).split())
    model = words.get("model name") or words.get("CPU part", "")
    return {
        "model": model or platform.processor(),
        "cores": psutil.cpu_count(logical=False),
        "threads": psutil.cpu_count(),
        "usable": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "smt": _read(CPUS / "smt/control"),
        "governors": sorted({text for path in CPUS.glob(f"cpu[0-9]*/{GOVERNOR}") if (text := _read(path))}),
        "caches": _caches(),
        "features": [feature for feature in FEATURES.split() if feature in features],
        "virtual": "hypervisor" in features,
    }


def _cpu_words() -> dict[str, str]:
    """Of the first processor that Linux lists."""
    first = _read(Path("/proc/cpuinfo")).split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _caches() -> dict[str, str]:
    """Of the first processor."""
    caches = {}
    for folder in sorted((CPUS / "cpu0/cache").glob("index*")):
        kind = {"Data": "d", "Instruction": "i"}.get(_read(folder / "type"), "")
        caches[f"L{_read(folder / 'level')}{kind}"] = _read(folder / "size")
    return caches


def _memory() -> dict:
    memory = psutil.virtual_memory()
    pages = Path("/proc/sys/vm/nr_hugepages")
    return {
        "total_bytes": memory.total,
        "available_bytes": memory.available,
        "swap_bytes": psutil.swap_memory().total,
        "page_size": os.sysconf("SC_PAGE_SIZE"),
        "transparent_huge_pages": _chosen(_read(Path("/sys/kernel/mm/transparent_hugepage/enabled"))),
        "huge_pages": _number(_read(pages)),
    }


def _limits() -> dict:
    """What a container may use; None where nothing is limited. Both versions of cgroups."""
    words = _read_limit("cpu.max", "").split()
    if words:
        quota, period = _number(words[0]), _number(words[-1])
    else:
        quota, period = (_number(_read_limit(f"cpu.cfs_{name}_us", "cpu")) for name in ("quota", "period"))
    memory = _number(_read_limit("memory.max", "") or _read_limit("memory.limit_in_bytes", "memory"))
    return {
        "cpus": quota / period if quota and period and quota > 0 else None,
        "memory_bytes": memory if memory and memory < UNLIMITED else None,
    }


def _read_limit(name: str, controller: str) -> str:
    """From the group of this process or, where a container shows only its own, from the topmost; "": version 2."""
    groups = dict(line.split(":", 2)[1:] for line in _read(Path("/proc/self/cgroup")).splitlines())
    of_process = next((path for names, path in groups.items() if controller in names.split(",")), "")
    places = (CGROUPS / controller / of_process.lstrip("/"), CGROUPS / controller)
    return next((text for folder in places if (text := _read(folder / name))), "")


def _gpu_drivers() -> dict:
    nvidia = re.search(r"Module\s+(\S+)", _read(Path("/proc/driver/nvidia/version")).replace("Kernel ", ""))
    icds = (folder.glob("*.json") for folder in map(Path, ("/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d")))
    return {
        "nvidia": nvidia[1] if nvidia else None,
        "rocm": _read(Path("/opt/rocm/.info/version")) or None,
        "amdgpu": _read(Path("/sys/module/amdgpu/version")) or None,
        "vulkan": sorted({path.stem for found in icds for path in found}),
    }


def _chosen(text: str) -> str:
    """Of `always [madvise] never`, the one in brackets."""
    found = re.search(r"\[(\w+)\]", text)
    return found[1] if found else text


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?\d+", text) else None


def _read(path: Path) -> str:
    """Empty where the system has no such thing, or does not tell us."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
