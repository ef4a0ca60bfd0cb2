"""Numbers by their names; one that has no name is shown as it is."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, IntFlag
from functools import cache


def by_name(names: type[IntEnum]) -> Callable[[int], str]:
    table = {int(member): member.name for member in names}
    return lambda value: table.get(value, str(value))


def by_bits(names: type[IntFlag]) -> Callable[[int], str]:
    """`node_fused|wait_scaled`; bits without a name together as one number, no bit at all as `none`."""

    @cache
    def shown(value: int) -> str:
        parts = [flag.name.lower() for flag in names if value & flag]
        rest = value & ~sum(names)
        return "|".join(parts + [str(rest)] * bool(rest)) or "none"

    return shown
