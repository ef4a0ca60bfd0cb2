"""The report on the machine, against other sources of the same facts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from support import compile_library, has_llama

from ggmlviz.capture import machine as machine_module
from ggmlviz.capture.installed_ggml import builds
from ggmlviz.capture.machine import lines, machine

GGML = """
void ggml_init(void) {}
const char *ggml_version(void) { return "9.8.7"; }
const char *ggml_commit(void) { return "abcdef1"; }
"""


def test_command_tells_what_python_tells(tmp_path):
    environment = os.environ | {"MY_SECRET_TOKEN": "hunter2"}
    command = [sys.executable, "-m", "ggmlviz.cli", "env"]
    done = subprocess.run(
        [*command, "--json"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    facts = json.loads(done.stdout)
    assert facts["cpu"]["threads"] == psutil.cpu_count()
    assert facts["cpu"]["usable"] == len(os.sched_getaffinity(0))
    assert facts["memory"]["total_bytes"] == psutil.virtual_memory().total
    assert os.uname().release in facts["kernel"]
    plain = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    assert os.uname().release in plain and "GiB" in plain
    assert "hunter2" not in done.stdout + plain and "MY_SECRET" not in done.stdout + plain


@pytest.mark.skipif(not has_llama, reason="xllamacpp is not installed")
def test_builds_of_this_python():
    assert any("xllamacpp" in build.path and build.version[0].isdigit() for build in builds())


def test_builds_of_other_places(tmp_path, monkeypatch):
    (tmp_path / "ggml.c").write_text(GGML)
    (tmp_path / "silent.c").write_text("void ggml_init(void) {}")
    beside, package = tmp_path / "lib", tmp_path / "node_modules" / "node-llama-cpp"
    for folder in (beside, package):
        folder.mkdir(parents=True)
    built = compile_library(tmp_path / "ggml.c", beside / "libggml-base.so.1.2", "-fvisibility=default")
    (beside / "libggml-base.so").symlink_to(built)
    compile_library(tmp_path / "silent.c", package / "libggml-base.so", "-fvisibility=default")
    (beside / "libggml-broken.so").write_bytes(b"\x7fELF and no more")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{beside}:{tmp_path / 'missing'}")
    found = {Path(build.path).parent.name: build for build in builds() if str(tmp_path) in build.path}
    assert found.keys() == {"lib", "node-llama-cpp"}
    assert (found["lib"].version, found["lib"].commit) == ("9.8.7", "abcdef1")
    assert (found["node-llama-cpp"].version, found["node-llama-cpp"].commit) == ("", "")


@pytest.mark.parametrize(
    ("files", "cpus", "memory"),
    [
        ({"cpu.max": "150000 100000", "memory.max": "1073741824"}, 1.5, 1 << 30),
        ({"cpu.max": "max 100000", "memory.max": "max"}, None, None),
        (
            {
                "cpu/cpu.cfs_quota_us": "200000",
                "cpu/cpu.cfs_period_us": "100000",
                "memory/memory.limit_in_bytes": "4096",
            },
            2.0,
            4096,
        ),
        (
            {
                "cpu/cpu.cfs_quota_us": "-1",
                "cpu/cpu.cfs_period_us": "100000",
                "memory/memory.limit_in_bytes": "9223372036854771712",
            },
            None,
            None,
        ),
        ({}, None, None),
    ],
)
def test_limits_of_containers(tmp_path, monkeypatch, files, cpus, memory):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    monkeypatch.setattr(machine_module, "CGROUPS", tmp_path)
    assert machine()["container"] == {"cpus": cpus, "memory_bytes": memory}


def test_a_system_that_tells_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(machine_module, "CPUS", tmp_path)
    monkeypatch.setattr(machine_module, "CGROUPS", tmp_path)
    monkeypatch.setattr(machine_module, "_read", lambda path: "")
    monkeypatch.setattr(machine_module, "builds", list)
    text = "\n".join(lines(machine()))
    assert "no limits found" in text and "ggml builds  none found" in text
