"""What a machine can do: measured once, kept, found again."""

import json
import os
import subprocess
import sys

import pytest

from ggmlviz.analysis import ceilings as module
from ggmlviz.analysis.ceilings import Ceiling, Ceilings, ceilings, kept_ceilings, measure, store

GGML_VIZ = [sys.executable, "-m", "ggmlviz.cli"]
MEASURED = [Ceiling(1, 10e9, 50e9), Ceiling(2, 15e9, 100e9), Ceiling(8, 20e9, 400e9)]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def counted(monkeypatch):
    """Does not measure, but counts how often it should have."""
    calls = []
    monkeypatch.setattr(module, "measure", lambda cpus: calls.append(cpus) or MEASURED)
    return calls


def test_measured_once(counted):
    first = ceilings()
    assert ceilings() == first and len(counted) == 1
    assert kept_ceilings(first.cpu, first.cpus) == first
    ceilings(again=True)
    assert len(counted) == 2


def test_other_machines_stay(counted):
    found = ceilings()
    kept = json.loads(store().read_text())
    other = {"cpu": "other", "cpus": 4, "measured": [dict.fromkeys(vars(MEASURED[0]), 1.0)]}
    store().write_text(json.dumps(kept | {"other × 4": other}))
    ceilings(again=True)
    assert kept_ceilings("other", 4).measured == [Ceiling(1.0, 1.0, 1.0)]
    assert kept_ceilings(found.cpu, found.cpus) == found
    assert kept_ceilings("other", 5) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"CPU × 2": 1}', '{"CPU × 2": {"cpu": "CPU", "cpus": 2, "measured": []}}']
)
def test_damaged_store(counted, text):
    store().parent.mkdir(parents=True)
    store().write_text(text)
    assert kept_ceilings("CPU", 2) is None
    assert ceilings().measured == MEASURED
    assert ceilings().measured == MEASURED and len(counted) == 1


def test_store_that_cannot_be_written(counted, folder, monkeypatch):
    (folder / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "file"))
    assert ceilings().measured == MEASURED


def test_relative_folder_is_ignored(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert store().is_absolute() and "relative" not in store().parts


def test_threads_between_the_measured_ones():
    found = Ceilings("CPU", 8, MEASURED)
    assert [found.with_threads(n).threads for n in (0, 1, 2, 3, 7, 8, 64)] == [1, 1, 2, 2, 2, 8, 8]


def test_which_numbers_of_threads():
    assert [module._thread_counts(cpus) for cpus in (1, 2, 6, 8, 24)] == [
        [1],
        [1, 2],
        [1, 2, 3, 4, 6],
        [1, 2, 3, 4, 8],
        [1, 2, 3, 4, 8, 16, 24],
    ]


def test_measurement():
    (one,) = measure(1)
    assert one.threads == 1
    # what any computer of these years does, and none will soon
    assert 2e8 < one.copy_bytes_per_second < 2e12
    assert 2e8 < one.multiply_flops_per_second < 1e13


def test_command(folder):
    environment = os.environ | {"XDG_CACHE_HOME": str(folder)}
    first, second = (
        subprocess.run([*GGML_VIZ, "ceilings", "--json"], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    assert first.stdout == second.stdout
    found = json.loads(first.stdout)
    shown = subprocess.run([*GGML_VIZ, "ceilings"], env=environment, capture_output=True, text=True, check=True).stdout
    assert shown.startswith(f"{found['cpu']}, {found['cpus']} CPUs\n")
    assert len(shown.splitlines()) == 2 + len(found["measured"])
