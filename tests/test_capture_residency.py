"""What of a file is in memory and how it lies on the disk, of files whose pages were just read or dropped."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from ggmlviz.analysis.memory.file_pages import EXTENT, UNKNOWN, Fragments, Residency
from ggmlviz.capture import extents, residency
from ggmlviz.capture.errors import CannotTell
from ggmlviz.capture.extents import fragments_of
from ggmlviz.capture.residency import residency_of

PAGE = os.sysconf("SC_PAGE_SIZE")
PAGES = 64
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")


@pytest.fixture
def file(tmp_path):
    """Its last page is not full."""
    path = tmp_path / "pages"
    path.write_bytes(os.urandom(PAGES * PAGE - 100))
    with open(path, "rb") as opened:
        os.fsync(opened.fileno())
    return path


@pytest.fixture
def dropped(file):
    """None of it is in memory; file systems that live in memory cannot do that."""
    with open(file, "rb") as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if residency_of(file).resident.any():
        pytest.skip("this file system keeps its pages in memory")
    return file


@pytest.fixture
def fragments(file):
    try:
        return fragments_of(file)
    except CannotTell as error:
        pytest.skip(str(error))


def test_all_of_what_was_just_written(file):
    found = residency_of(file)
    assert (found.page, found.size, len(found.resident)) == (PAGE, PAGES * PAGE - 100, PAGES)
    assert found.resident.all() and found.bytes == found.size


def test_nothing_of_what_was_dropped(dropped):
    found = residency_of(dropped)
    assert not found.resident.any() and found.bytes == 0 and len(found.stretches()) == 0


def test_only_what_was_read(dropped):
    with open(dropped, "rb") as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_RANDOM)  # without what lies behind
        os.pread(opened.fileno(), 2 * PAGE, 10 * PAGE)
        found = residency_of(dropped)
    assert np.flatnonzero(found.resident).tolist() == [10, 11]
    assert found.bytes == 2 * PAGE
    assert found.stretches().tolist() == [[10 * PAGE, 12 * PAGE]]


def test_asking_brings_nothing_in(dropped):
    residency_of(dropped)
    assert residency_of(dropped).bytes == 0


def test_bytes_of_parts():
    found = Residency(100, 1050, np.array([1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1], bool))
    begins, sizes = np.array([0, 50, 150, 250, 1000, 90, 0]), np.array([100, 100, 100, 100, 50, 220, 1050])
    assert found.bytes_of(begins, sizes).tolist() == [100, 50, 50, 100, 50, 120, 350]
    assert found.bytes == 350
    assert found.stretches().tolist() == [[0, 100], [200, 400], [1000, 1050]]


def test_an_empty_file(tmp_path):
    (tmp_path / "empty").touch()
    assert residency_of(tmp_path / "empty").bytes == 0


def test_a_file_of_another_size(file):
    with pytest.raises(CannotTell, match="bytes now, and had 7 when it was traced"):
        residency_of(file, 7)
    assert residency_of(file, file.stat().st_size).bytes


def test_no_file(tmp_path):
    for ask in (residency_of, fragments_of):
        with pytest.raises(CannotTell, match="none: No such file"):
            ask(tmp_path / "none")


def test_elsewhere(file, monkeypatch):
    monkeypatch.setattr(residency.sys, "platform", "darwin")
    with pytest.raises(CannotTell, match="only Linux tells which pages"):
        residency_of(file)
    with pytest.raises(CannotTell, match="only Linux tells how a file lies"):
        fragments_of(file)


def test_extents_cover_the_file(file, fragments):
    assert int(fragments.extents["size"].sum()) == fragments.size == file.stat().st_size
    assert fragments.extents["begin"].tolist() == sorted(fragments.extents["begin"].tolist())
    ends = fragments.extents["begin"] + fragments.extents["size"]
    assert (fragments.extents["begin"][1:] == ends[:-1]).all() and fragments.holes == 0
    assert 1 <= fragments.pieces <= len(fragments.extents)


def test_a_hole_is_in_no_extent(tmp_path, fragments):
    path = tmp_path / "holes"
    with open(path, "wb") as opened:
        for number in range(3):
            opened.seek(number * 1 << 20)
            opened.write(b"x" * PAGE)
        os.fsync(opened.fileno())
    found = fragments_of(path)
    assert int(found.extents["size"].sum()) + found.holes == found.size == (2 << 20) + PAGE
    assert found.holes >= 1 << 20 and len(found.extents) == 3


def test_more_extents_than_are_told_at_once(tmp_path, fragments, monkeypatch):
    path = tmp_path / "many"
    with open(path, "wb") as opened:
        for number in range(20):
            opened.seek(number * 1 << 18)
            opened.write(b"x" * PAGE)
        os.fsync(opened.fileno())
    whole = fragments_of(path)
    monkeypatch.setattr(extents, "AT_ONCE", 3)
    assert (fragments_of(path).extents == whole.extents).all() and len(whole.extents) >= 10


def test_pieces():
    told = np.array([(0, 10, 100), (10, 10, 110), (20, 10, 500), (30, 10, UNKNOWN), (40, 10, UNKNOWN)], EXTENT)
    assert Fragments(50, told).pieces == 4
    assert Fragments(50, told[:0]).pieces == 0 and Fragments(50, told[:0]).holes == 50


def memmap(*arguments):
    command = [sys.executable, "-m", "ggmlviz.cli", "memmap", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_command(models, fragments):
    models.tiny.read_bytes()
    document = json.loads(memmap("--json", "--residency", "--extents", models.tiny).stdout)
    (file,) = document["files"]
    size = models.tiny.stat().st_size
    assert file["resident_bytes"] == size and file["page_bytes"] == PAGE
    assert sum(extent["size_bytes"] for extent in file["extents"]) == size
    assert all(tensor["resident_bytes"] == tensor["size_bytes"] for tensor in document["tensors"])
    lines = memmap("--residency", "--extents", models.tiny).stdout.splitlines()
    assert f"{models.tiny}: 1,436,960 of 1,436,960 bytes are in memory now (100.0%)" in lines
    assert any(line.startswith(f"{models.tiny}: 1,436,960 bytes lie on the disk in ") for line in lines)


def test_the_command_without_them(models):
    document = json.loads(memmap("--json", models.tiny).stdout)
    assert document["files"][0].keys() == {"path", "offset_start", "size_bytes"}
    done = memmap("--csv", "--residency", models.tiny)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("ggml-viz: --csv tells")
