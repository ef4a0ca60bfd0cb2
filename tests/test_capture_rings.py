"""`ggml-viz ps`: which rings are there, whose they are, and what has become of their processes."""

import mmap
import os
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from ggmlviz.capture import rings
from ggmlviz.capture.errors import CaptureError
from ggmlviz.capture.process import descendants, is_descendant, mapped_files, start_of
from ggmlviz.capture.rings import RingState
from ggmlviz.format.checksum import crc32c
from ggmlviz.format.layout import HEADER, HEADER_BYTES, MAGIC, VERSION, ClockKind, Detail, Mode, State

NO_PROCESS = 0x7FFFFFFF  # beyond the kernel's largest pid
SECOND = 1_000_000_000


def header_page(process, **changes):
    """The first page of a ring without rows, as the shim would write it for this process."""
    now = time.monotonic_ns()
    header = np.zeros((), HEADER)
    fields = {
        "magic": MAGIC,
        "version": VERSION,
        "oldest_reader": VERSION,
        "header_bytes": HEADER_BYTES,
        "segment_bytes": 1 << 16,
        "mode": Mode.RING,
        "clock": ClockKind.MONOTONIC_NS,
        "pid": process,
        "uid": os.geteuid(),
        "pid_started": start_of(process) or 0,
        "start": (now, now, time.time_ns()),
        "latest": (now + 2 * SECOND,) * 3,
        "detail": Detail.THREAD,
        "state": State.OPEN,
    }
    for name, value in (fields | changes).items():
        header[name] = value
    header["fixed_crc"] = crc32c(header.tobytes()[: HEADER.fields["fixed_crc"][1]])
    return header.tobytes().ljust(HEADER_BYTES, b"\0")


@pytest.fixture
def add(tmp_path):
    def add(pid, content=None, mode=0o600):
        path = tmp_path / f"ggmlviz-{pid}"
        path.write_bytes(header_page(pid) if content is None else content)
        path.chmod(mode)
        return path

    return add


@pytest.fixture
def sleeper():
    """A process that knows nothing of rings."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def only(folder):
    (ring,) = rings.rings(folder)
    return ring


def test_a_process_that_records(tmp_path, add):
    path = add(os.getpid())
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ):
        ring = only(tmp_path)
    assert (ring.path, ring.pid, ring.state, ring.bytes) == (path, os.getpid(), RingState.LIVE, HEADER_BYTES)


def test_one_that_has_ended(tmp_path, add):
    add(NO_PROCESS, header_page(NO_PROCESS, state=State.CLOSED))
    ring = only(tmp_path)
    assert (ring.state, ring.reason) == (RingState.ENDED, "")
    assert 1.9 < ring.seconds < 2.1


def test_one_that_was_killed(tmp_path, add):
    add(NO_PROCESS)
    assert only(tmp_path).state is RingState.CRASHED


def test_another_process_with_the_same_pid(tmp_path, add):
    add(os.getpid(), header_page(os.getpid(), pid_started=start_of(os.getpid()) - 1))
    assert only(tmp_path).state is RingState.CRASHED


def test_the_same_process_with_another_program(tmp_path, add, sleeper):
    add(sleeper.pid)  # not mapped: what has recorded was replaced by exec
    assert only(tmp_path).state is RingState.CRASHED


@pytest.mark.parametrize("content", [b"", b"GGUF" * 2000, MAGIC, header_page(1)[:100], bytes(HEADER_BYTES)])
def test_one_that_cannot_be_read(tmp_path, add, content):
    add(NO_PROCESS, content)
    ring = only(tmp_path)
    assert ring.state is RingState.UNREADABLE and ring.reason
    with pytest.raises(CaptureError, match="is unreadable"):
        rings.ring_of(NO_PROCESS, tmp_path)


@pytest.mark.parametrize(
    "change", [{"pid": 1}, {"uid": 12345}, {"mode": Mode.FILE}], ids=["its pid", "its user", "its mode"]
)
def test_one_whose_header_tells_another_story(tmp_path, add, change):
    add(NO_PROCESS, header_page(NO_PROCESS, **change))
    assert only(tmp_path).state is RingState.NOT_OURS


def test_one_that_others_may_write(tmp_path, add):
    add(NO_PROCESS, mode=0o644)
    assert (only(tmp_path).state, only(tmp_path).reason) == (
        RingState.NOT_OURS,
        "its mode is 0644, and the shim makes 0600",
    )


def test_links_and_folders_are_never_followed(tmp_path, add):
    real = add(NO_PROCESS)
    (tmp_path / "ggmlviz-1").symlink_to(real)
    (tmp_path / "ggmlviz-2").mkdir()
    os.mkfifo(tmp_path / "ggmlviz-3")
    states = {ring.pid: ring.state for ring in rings.rings(tmp_path)}
    assert states == {NO_PROCESS: RingState.CRASHED} | dict.fromkeys((1, 2, 3), RingState.NOT_OURS)
    with pytest.raises(CaptureError, match="is not ours: it is no plain file"):
        rings.ring_of(1, tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of other users")
def test_rings_of_other_users(tmp_path, add, monkeypatch):
    path = add(NO_PROCESS, header_page(NO_PROCESS, uid=4711))
    os.chown(path, 4711, -1)
    assert only(tmp_path).state is RingState.CRASHED  # root may look
    monkeypatch.setattr(os, "geteuid", lambda: 4712)
    assert (only(tmp_path).state, only(tmp_path).reason) == (RingState.NOT_OURS, "it belongs to user 4711")


def test_names_that_are_no_rings(tmp_path):
    for name in ("ggmlviz-", "ggmlviz-x", "ggmlviz-1.tmp", "ggmlviz-¹", "other-1"):
        (tmp_path / name).touch()
    assert rings.rings(tmp_path) == []


def test_finds_the_ring_of_a_process(tmp_path, add):
    path = add(NO_PROCESS)
    assert rings.ring_of(NO_PROCESS, tmp_path) == path


def test_says_where_to_look_when_there_is_none(tmp_path):
    with pytest.raises(CaptureError, match="process 12 has no ring: `ggml-viz ps`"):
        rings.ring_of(12, tmp_path)


def test_the_table_and_the_dictionary_say_the_same(tmp_path, add):
    add(NO_PROCESS, header_page(NO_PROCESS, state=State.CLOSED))
    add(1, b"no trace")
    found = rings.rings(tmp_path)
    lines = rings.table(found)
    assert lines[0].split() == ["PID", "STATE", "RECORDED", "SIZE", "COMMAND"]
    for line, ring in zip(lines[1:], found, strict=True):
        assert line.split()[:2] == [str(ring.as_dict()["pid"]), ring.as_dict()["state"]]


def test_what_proc_tells_about_processes(sleeper):
    ours = os.getpid()
    assert start_of(ours) <= start_of(sleeper.pid)
    assert sleeper.pid in descendants(ours) and descendants(sleeper.pid) == set()
    assert is_descendant(sleeper.pid, ours) and not is_descendant(ours, sleeper.pid)
    # Its libraries may not be there yet, the program itself is from the start.
    assert os.path.realpath(shutil.which("sleep")) in mapped_files(sleeper.pid)
    sleeper.send_signal(signal.SIGKILL)
    # Dead but not collected: a zombie records nothing any more.
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert start_of(sleeper.pid) is None


def test_what_proc_tells_about_none():
    assert start_of(NO_PROCESS) is None and mapped_files(NO_PROCESS) is None
    assert not is_descendant(NO_PROCESS, os.getpid()) and descendants(NO_PROCESS) == set()
