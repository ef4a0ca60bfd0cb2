"""Memory that is made ready bit by bit. Numpy asks the system for pages of two megabytes, each of which may take five
milliseconds to get: no matter for who reads a file, but a third of a frame for who watches."""

from __future__ import annotations

import numpy as np


def ask_for_small_pages() -> None:
    """From now on. Where numpy has no such switch, it stays as it is."""
    core = getattr(np, "_core", None) or np.core  # as it was called before numpy 2
    switch = getattr(core.multiarray, "_set_madvise_hugepage", None)
    if switch is not None:
        switch(False)
