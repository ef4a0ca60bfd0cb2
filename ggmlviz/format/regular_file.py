"""Opening a file to read it: what the system says against that, in one sentence."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ggmlviz.errors import FileError


def open_regular(path: Path, unreadable: type[FileError], otherwise: str) -> int:
    """A descriptor. `otherwise` is what to do where the path is a directory, a device or a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise unreadable(path, "there is no such file", "check the name") from None
    except PermissionError:
        raise unreadable(path, "reading it is not permitted", "ask its owner") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise unreadable(path, f"it cannot be opened ({reason})", "check the name") from None
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    what = "it is a directory" if stat.S_ISDIR(mode) else "it is a device or a pipe"
    raise unreadable(path, what, otherwise)
