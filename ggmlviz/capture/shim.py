"""Where the shim is: the library that is preloaded into the traced program."""

from __future__ import annotations

from pathlib import Path

from ggmlviz.capture.errors import CaptureError

SHIM_NAME = "libggmlviz.so"

# The dynamic loader splits LD_PRELOAD at these and knows no way to quote them.
SEPARATORS = ": "


def find_shim(folder: Path | None = None) -> Path:
    """The shim that was built with this package."""
    shim = (folder or Path(__file__).resolve().parent) / SHIM_NAME
    if not shim.is_file():
        raise CaptureError(
            f"the shim {shim} is missing: install ggml-viz again on Linux, with a C compiler (pip install .)"
        )
    if any(separator in str(shim) for separator in SEPARATORS):
        raise CaptureError(
            f"the shim's path {str(shim)!r} has a space or a colon in it, which LD_PRELOAD cannot say: "
            "install ggml-viz in another folder"
        )
    return shim
