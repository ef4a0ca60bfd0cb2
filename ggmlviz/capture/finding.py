"""One answer of the doctor."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from enum import Enum


class Mark(Enum):
    FINE = "ok"
    OBSTACLE = "no"
    UNKNOWN = "??"


@dataclass(frozen=True)
class Finding:
    mark: Mark
    subject: str
    text: str
    advice: str = ""
    is_final: bool = False  # running the command would teach nothing more, or do harm

    def as_dict(self) -> dict[str, str]:
        return {"mark": self.mark.name.lower(), "subject": self.subject, "text": self.text, "advice": self.advice}

    def lines(self) -> list[str]:
        # A path stays in one piece, to be copied.
        wrap = textwrap.TextWrapper(90, break_long_words=False, break_on_hyphens=False)
        first, *more = wrap.wrap(self.text) or [""]
        wrap.initial_indent, wrap.subsequent_indent = "-> ", "   "
        more += wrap.wrap(self.advice)
        return [f"{self.mark.value}  {self.subject:<12}{first}"] + [" " * 16 + line for line in more]


def fine(subject: str, text: str) -> Finding:
    return Finding(Mark.FINE, subject, text)


def obstacle(subject: str, text: str, advice: str = "", is_final: bool = False) -> Finding:
    return Finding(Mark.OBSTACLE, subject, text, advice, is_final)


def unknown(subject: str, text: str, advice: str = "") -> Finding:
    return Finding(Mark.UNKNOWN, subject, text, advice)
