"""`ggml-viz attach` and `detach`: the shim loaded into a process that runs already, and put out of use again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from ggmlviz.capture import output
from ggmlviz.capture.environment import Settings
from ggmlviz.capture.errors import CaptureError
from ggmlviz.capture.image import Image, Memory
from ggmlviz.capture.injection import call_in
from ggmlviz.capture.payload import Call
from ggmlviz.capture.ring_files import RING_NAME, SHARED_MEMORY
from ggmlviz.capture.shim import find_shim
from ggmlviz.capture.target import Target, find_target, ggml_in


class Answer(IntEnum):
    """What the two functions of csrc/attach.c return."""

    DONE = 0
    REFUSED = 1
    PRELOADED = 2
    ATTACHED_ALREADY = 3
    NOT_ATTACHED = 4
    KEPT = 5


@dataclass(frozen=True)
class Attached:
    target: Target
    trace: str
    pointers: int  # to functions of ggml, that lead to the shim now


def attach(pid: int, settings: Settings) -> Attached:
    target, shim = find_target(pid), find_shim()
    if target.is_preloaded or target.is_recorded:
        raise CaptureError(recorded_already(target))
    has_ggml, could_load = ggml_in(target)
    if not has_ggml and not could_load:
        raise CaptureError(f"there is no ggml in {target}, and it loads no libraries while it runs: nothing to record")
    if settings.output is not None:
        output.make_room(settings.output)
    variables = settings.variables()
    if any("\0" in value for value in variables.values()):
        raise CaptureError("a name with a zero in it cannot be told")
    argument = b"".join(os.fsencode(f"{name}={value}") + b"\0" for name, value in variables.items()) + b"\0"
    answer, words = checked(pid, call_in, shim, Call("ggmlviz_attach", shim, argument=argument))
    if answer in (Answer.PRELOADED, Answer.ATTACHED_ALREADY):
        raise CaptureError(recorded_already(target))
    if answer != Answer.DONE:
        raise CaptureError(f"{target}: {words}")
    if has_ggml and words == "0":
        detach(pid)
        raise CaptureError(f"no call in {target} goes where it could be intercepted: start it with `ggml-viz run`")
    return Attached(target, str(settings.output or SHARED_MEMORY / f"{RING_NAME}{pid}"), int(words))


def recorded_already(target: Target) -> str:
    return f"{target} is recorded already: see `ggml-viz ps`, or `ggml-viz info {target.pid}`"


def detach(pid: int) -> tuple[Target, bool]:
    """The process, and whether all that the recording had there was given back."""
    target, shim = find_target(pid), find_shim()
    if target.is_preloaded:
        raise CaptureError(f"{target} was started under the shim, so it is recorded until it ends")
    for address in doors(target):
        answer, words = checked(pid, call_in, shim, Call("ggmlviz_detach", address=address))
        if answer in (Answer.DONE, Answer.KEPT):
            return target, answer == Answer.DONE
        if answer == Answer.PRELOADED:
            raise CaptureError(f"{target} was started under the shim, so it is recorded until it ends")
        if answer != Answer.NOT_ATTACHED:
            raise CaptureError(f"{target}: {words}")
    raise CaptureError(f"nothing is attached to {target}")


def doors(target: Target) -> Iterator[int]:
    """Where the shims in the process have what detaches them; the file may have been replaced since."""
    with Memory(target.pid) as memory:
        addresses = [Image(memory, mapping.begin).symbol("ggmlviz_detach") for mapping in target.shims]
    yield from filter(None, addresses)


def checked(pid: int, call, *arguments) -> tuple[int, str]:
    try:
        return call(pid, *arguments)
    except PermissionError as error:
        raise CaptureError(f"process {pid} may not be traced: {error.strerror}") from error
