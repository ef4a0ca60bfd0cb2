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


def duration(time: float) -> str:
    """Of nanoseconds, in the largest unit of which it is at least one, with three digits."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if abs(time) >= size:
            value = time / size
            digits = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
            return f"{value:,.{digits}f} {unit}"
    return f"{time:.0f} ns"


def counted(count: int, one: str, many: str = "") -> str:
    """`1 run`, `2 runs`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
