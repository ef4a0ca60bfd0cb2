"""What is wrong with a trace, each thing once, in the order of finding; a trace can be read in spite of it."""

from __future__ import annotations

from collections.abc import Iterator


class Problems:
    def __init__(self) -> None:
        self._sentences: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        self._sentences[sentence] = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._sentences)

    def __len__(self) -> int:
        return len(self._sentences)
