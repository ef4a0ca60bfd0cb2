"""Backends that tell no times of nodes: what the report says of a told program that uses one beside the CPU."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from told_runs import ToldRuns

from ggmlviz.analysis.devices import Device, Driven, devices, driven, transfers_in
from ggmlviz.analysis.run_report import report_of
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.trace.validate import validate

RUNS, PAUSE = 3, 100
CALL, WAIT, COPY, ADD = 50, 200, 15, 40
RUN = CALL + WAIT + COPY + ADD


@pytest.fixture
def trace(tmp_path):
    told, ended = ToldRuns(), 0
    device = told.twin.backend(told.text("CUDA0"), told.library)
    for _ in range(RUNS):
        ended = told.run_on_device(ended + PAUSE, device, call=CALL, wait=WAIT, copy=COPY, add=ADD)
    return told.trace(tmp_path)


def test_the_trace_is_sound(trace):
    assert validate(trace.recording).good


def test_calls_and_waits_are_told_apart(trace):
    assert devices(trace) == [Device("CUDA0", RUNS, RUNS, RUNS * CALL, RUNS, RUNS * WAIT)]
    assert transfers_in(trace) == (RUNS, RUNS * 400, RUNS * COPY)


def test_a_range_of_time(trace):
    second = TimeRange(PAUSE + RUN, 2 * (PAUSE + RUN))
    assert devices(trace, second) == [Device("CUDA0", 1, 1, CALL, 1, WAIT)]
    assert transfers_in(trace, second) == (1, 400, COPY)


def test_what_the_device_computes_has_no_time(trace):
    """Neither the calls nor the waits are counted as an op: only what the CPU computed is."""
    found = report_of(trace.recording)
    assert [(op.name, op.count, op.time) for op in found.ops] == [("ADD", RUNS, RUNS * ADD)]
    assert {one.name: (one.count, one.time) for one in found.backends} == {
        "CUDA0": (RUNS, RUNS * CALL),
        "CPU": (RUNS, RUNS * ADD),
    }
    (bound,) = found.bounds
    driving, whole = RUNS * (CALL + WAIT), RUNS * RUN + (RUNS - 1) * PAUSE
    assert bound.by == "device"
    assert f"{driving / whole:.0%} of the time from run to run is spent in calls to CUDA0" in bound.sentence


def test_what_drives_the_device_counts_for_the_runs_before_it(trace):
    first = np.arange(RUNS) == 0
    assert driven(trace, first) == Driven("CUDA0", (CALL + WAIT) / (RUN + PAUSE))


def test_in_words(trace, tmp_path):
    command = [sys.executable, "-m", "ggmlviz.cli", "report", str(trace.recording.path)]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    facts = dict(re.findall(r"^([a-z][a-z ]*?)  +(.*)$", text.partition("\n\n")[0], re.MULTILINE))
    assert facts["backend"].startswith("CPU, CUDA0, 1 threads")
    told = "3 nodes in 3 splits, none with a time of its own; calls took 0.00015 ms, waits for it 0.0006 ms"
    assert facts["devices"] == f"CUDA0: {told}"
    assert facts["transfers"] == "3 of 1.2 KiB together, in 4.5e-05 ms"
    found = json.loads(subprocess.run([*command, "--json"], capture_output=True, check=True, timeout=120).stdout)
    assert found["devices"] == [devices(trace)[0]._asdict()] and found["transfers"]["bytes"] == RUNS * 400


def test_the_cpu_is_no_device(tmp_path):
    told = ToldRuns()
    told.run(0)
    trace = told.trace(tmp_path)
    assert devices(trace) == [] and driven(trace, np.ones(len(trace.runs), bool)) is None
