"""Commands that come from a file or from another program, each done when all of the one before it is drawn."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from ggmlviz.errors import GgmlVizError

STDIN = "-"


class Script:
    """From stdin every command is answered with a line: what it told, `done`, or `cannot: ` and the reason. In a file
    the first that cannot be done is the last."""

    def __init__(self, source: str | None, wake: Callable[[], None]):
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._answers = source == STDIN
        self._wake = wake
        self._doing: str | None = None
        self._told: list[str] = []
        self.ended = source is None
        self.failed = ""
        if source == STDIN:
            threading.Thread(target=self._read, daemon=True).start()
        elif source is not None:
            for line in [*commands(Path(source)), None]:
                self._lines.put(line)

    def _read(self) -> None:
        for line in sys.stdin:
            self._lines.put(line.strip())
            self._wake()
        self._lines.put(None)
        self._wake()

    def tell(self, text: str) -> None:
        """An answer to the command that is being done."""
        self._told.append(text)

    @property
    def waiting(self) -> bool:
        """Whether there is something to do as soon as the window has come to rest."""
        return self._doing is not None or not self._lines.empty()

    def step(self, do: Callable[[str], None]) -> bool:
        """Called at rest. Whether a command was begun."""
        self._answer("\n".join(self._told) or "done")
        if self.ended or self._lines.empty():
            return False
        line = self._lines.get()
        if line is None:
            self.ended = True
            return False
        if not line or line.startswith("#"):
            return True
        self._doing = line
        try:
            do(line)
        except Exception as error:
            self._fail(line, error)
        return True

    def _fail(self, line: str, error: Exception) -> None:
        if self._answers:
            self._answer(f"cannot: {error}")
        else:
            self.failed, self.ended = f"`{line}`: {error}", True

    def _answer(self, text: str) -> None:
        if self._answers and self._doing is not None:
            print(text, flush=True)
        self._doing = None
        self._told.clear()


def commands(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise GgmlVizError(f"{path}: the commands cannot be read: {error}") from error
