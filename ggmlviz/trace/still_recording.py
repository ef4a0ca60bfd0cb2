"""What a recording that still grows was at one moment."""

from __future__ import annotations

from ggmlviz.format.clock import Clock
from ggmlviz.format.definitions import Definitions
from ggmlviz.format.lane import Lane
from ggmlviz.format.problems import Problems
from ggmlviz.format.recording import Loss, Recording


class StillRecording(Recording):
    """Its lanes have the rows that are kept; `loss` counts all that went missing, also before these."""

    def __init__(self, recording: Recording, definitions: Definitions, lanes: list[Lane], clock: Clock):
        self.path, self.version = recording.path, recording.version
        self.definitions = definitions
        self.problems = Problems()
        for sentence in recording.problems:
            self.problems.add(sentence)
        self._header, self._lanes, self._loss = recording.header, lanes, recording.loss
        self.clock = clock

    @property
    def header(self):
        return self._header

    @property
    def lanes(self) -> list[Lane]:
        return self._lanes

    @property
    def loss(self) -> Loss:
        return self._loss

    def refresh(self) -> None:
        """It stays what it was."""

    def release(self) -> None:
        """Its rows are in memory."""
