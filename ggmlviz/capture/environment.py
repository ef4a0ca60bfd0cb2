"""The environment of a traced program: what the dynamic loader and the shim read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ggmlviz.capture.shim import SEPARATORS

PREFIX = "GGML_VIZ_"
DETAILS = ("graph", "op", "thread")


@dataclass(frozen=True)
class Settings:
    """All that the shim can be told. Where nothing is said its own default holds."""

    output: Path | None = None  # none: a ring in shared memory
    detail: str | None = None
    ring_mb: int | None = None
    verbose: bool = False

    def variables(self) -> dict[str, str]:
        variables = {}
        if self.output is not None:
            # The program may change its folder before it first calls ggml.
            variables["GGML_VIZ_OUTPUT"] = str(self.output.absolute())
        if self.detail is not None:
            variables["GGML_VIZ_DETAIL"] = self.detail
        if self.ring_mb is not None:
            variables["GGML_VIZ_RING_MB"] = str(self.ring_mb)
        if self.verbose:
            variables["GGML_VIZ_VERBOSE"] = "1"
        return variables


def traced_environment(inherited: Mapping[str, str], shim: Path, settings: Settings) -> dict[str, str]:
    """The inherited environment, with the shim preloaded and told these settings and no others.

    Variables of ours that were inherited are dropped: they speak of another trace, whose file this program must not
    write, or they would switch off what was just asked for.
    """
    environment = {name: value for name, value in inherited.items() if not name.startswith(PREFIX)}
    environment["LD_PRELOAD"] = preload_list(inherited.get("LD_PRELOAD", ""), shim)
    return environment | settings.variables()


def preload_list(inherited: str, shim: Path) -> str:
    """LD_PRELOAD with the shim as its last entry.

    Last, because libraries that were preloaded before us keep the place they were given: the sanitizers refuse to run
    unless they come first, and allocators expect it. Nobody else defines ggml's functions, so we lose nothing by it.
    Another shim of ours in the list, from an outer trace perhaps, is dropped: two would record everything twice.
    """
    entries = [entry for entry in re.split(f"[{SEPARATORS}]", inherited) if entry and Path(entry).name != shim.name]
    return ":".join([*entries, str(shim)])
