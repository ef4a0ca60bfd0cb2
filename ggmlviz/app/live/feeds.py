"""What a live window asks of those who read rings: which there are, and what is new in one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ggmlviz.trace.snapshot import Snapshot


class News(Protocol):
    trace: Snapshot | None
    state: str
    missed: int


class Feed(Protocol):
    path: Path

    @property
    def over(self) -> bool: ...

    def look(self) -> News: ...
    def lasting(self, rows: int) -> int: ...


class Choice(Protocol):
    """A ring that can be watched, or of which is told why it cannot."""

    path: Path
    pid: int
    state: str
    program: str
    model: str
    seconds: float
    rate: float | None
    reason: str
    goes_on: bool


class Feeds(Protocol):
    wanted: str  # in words; empty: whatever there is
    by_name: bool  # whether another program can be meant by them later

    def choices(self) -> list[Choice]: ...
    def the_one(self, choices: list[Choice]) -> Choice | None: ...
    def newcomers(self) -> list[Path]: ...
    def follow(self, path: Path) -> Feed: ...
