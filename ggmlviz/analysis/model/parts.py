"""The files of one model: most have one, a split GGUF has several, named like model-00001-of-00003.gguf."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ggmlviz.analysis.model.gguf_cursor import Value
from ggmlviz.analysis.model.gguf_file import GgufFile, read_gguf
from ggmlviz.errors import DamagedModel, UnreadableModel

PART_NAME = re.compile(r"(?P<model>.*)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf", re.DOTALL)
COUNT_KEY, NUMBER_KEY, TENSORS_KEY = "split.count", "split.no", "split.tensors.count"


def read_parts(path: str | os.PathLike[str]) -> list[GgufFile]:
    """All files of the model that this one belongs to, in their order."""
    named = read_gguf(path)
    count = _number(named.metadata.get(COUNT_KEY)) or 1
    if count == 1:
        return [named]
    paths = _paths(named.path, count)
    parts = [named if other == named.path else read_gguf(other) for other in paths]
    for number, part in enumerate(parts):
        _check(part, number, count)
    promised, found = _number(parts[0].metadata.get(TENSORS_KEY)), sum(len(part.tensors) for part in parts)
    if promised is not None and promised != found:
        what = f"its parts hold {found} tensors together, and should hold {promised}"
        raise DamagedModel(path, what, "copy or download all of them again")
    return parts


def _paths(path: Path, count: int) -> list[Path]:
    match = PART_NAME.fullmatch(path.name)
    if not match or int(match["count"]) != count:
        what = f"it is one part of {count}, but its name does not tell those of the others"
        raise UnreadableModel(path, what, f"name the parts like model-00001-of-{count:05}.gguf")
    paths = [path.with_name(f"{match['model']}-{number:05}-of-{count:05}.gguf") for number in range(1, count + 1)]
    for number, other in enumerate(paths, 1):
        if not other.exists():
            what = f"it is one part of {count}, and part {number}, {other.name}, is missing"
            raise UnreadableModel(path, what, "put all parts into the same folder")
    return paths


def _check(part: GgufFile, number: int, count: int) -> None:
    told = tuple(_number(part.metadata.get(key)) for key in (NUMBER_KEY, COUNT_KEY))
    if told != (number, count):
        what = f"by its name it is part {number + 1} of {count}, but its metadata do not say so"
        raise DamagedModel(part.path, what, "copy or download it again")


def _number(value: Value | None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
