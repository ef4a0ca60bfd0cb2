"""Where rings lie and how they are named; apart from `rings`, because `run` looks at no more than that."""

from __future__ import annotations

from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
RING_NAME = "ggmlviz-"


def ring_files(folder: Path = SHARED_MEMORY) -> dict[Path, int]:
    """All that are named like a ring, with the pid in the name."""
    names = {path: path.name.removeprefix(RING_NAME) for path in sorted(folder.glob(f"{RING_NAME}*"))}
    return {path: int(pid) for path, pid in names.items() if pid.isascii() and pid.isdecimal()}
