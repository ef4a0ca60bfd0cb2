"""Bookmarks and notes of a trace, in a file beside it, so that the trace itself is never written to."""

from __future__ import annotations

import json
from pathlib import Path

from ggmlviz.errors import GgmlVizError
from ggmlviz.scene.timeline.frame import Note

ENDING = ".notes.json"


class NotesError(GgmlVizError):
    """They cannot be read or kept; the text says why."""


def file_of(trace: Path) -> Path:
    return trace.with_name(trace.name + ENDING)


def read_notes(trace: Path) -> tuple[Note, ...]:
    path = file_of(trace)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return tuple(Note(int(note["ns"]), str(note["text"])) for note in kept["notes"])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotesError(f"{path}: the notes cannot be read: {error}") from error


def write_notes(trace: Path, notes: tuple[Note, ...]) -> None:
    """Without any, no file stays behind."""
    path = file_of(trace)
    try:
        if not notes:
            path.unlink(missing_ok=True)
            return
        kept = {"notes": [{"ns": note.time, "text": note.text} for note in notes]}
        beside = path.with_name(path.name + ".new")
        beside.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise NotesError(f"{path}: the notes cannot be kept: {error}") from error
