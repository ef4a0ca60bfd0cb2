"""Numbers as people read them: rounded, and with their unit."""

from __future__ import annotations


def amount(count: float) -> str:
    """Of bytes."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def milliseconds(time: float) -> str:
    """Of a second or more, seconds."""
    return f"{time / 1e3:.3f} s" if time >= 1e3 else f"{time:.3g} ms" if time < 10 else f"{time:.1f} ms"


def share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "0.0%"


def rate(value: float) -> str:
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
