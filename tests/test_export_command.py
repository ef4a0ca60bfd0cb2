"""`ggml-viz export` as its users meet it: where files go, what is refused, and how it copes with a million ops."""

from __future__ import annotations

import builtins
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from export_support import exported, write_known
from twin import LegacyTwin

from ggmlviz.errors import GgmlVizError, NotATrace, UnreadableTrace, UnsuitableTrace
from ggmlviz.export.errors import ExportError, MissingExtra, WrongOptions
from ggmlviz.export.formats import FORMATS, TABLES
from ggmlviz.export.progress import Progress
from ggmlviz.export.tables import BY_NAME

RUNS, LAYERS = 2500, 400  # a million ops
# Beside the trace; the files are up to ten times as large. Arrow keeps pools of its own.
MOST_MEMORY = {"parquet": 150 << 20}
MOST_MEMORY_OF_TEXT = 40 << 20
FILES = [name for name, format in FORMATS.items() if not format.is_folder and name != "memory_map"]
OF_A_PART = {
    "csv": {"table": "nodes"},
    "json": {"table": "nodes"},
    "svg": {"view": "timeline"},
    "png": {"view": "timeline"},
}


def command(*arguments, folder=None):
    words = [sys.executable, "-m", "ggmlviz.cli", "export", *map(str, arguments)]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def known(tmp_path):
    (tmp_path / "in").mkdir()
    return write_known(tmp_path / "in" / "x.ggmlviz", runs=2, layers=3)


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    return write_known(tmp_path_factory.mktemp("million") / "x.ggmlviz", RUNS, LAYERS)


def test_the_name_of_the_output(known, tmp_path):
    """Beside whoever asks, not beside the trace."""
    for options, name in (
        (["--to", "perfetto"], "x.perfetto.json"),
        (["--to", "csv", "--table", "runs"], "x.runs.csv"),
        (["--to", "dot"], "x.dot"),
        (["--to", "dot", "--grouped", "-o", "other"], "other"),
    ):
        done = command(known, *options, folder=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", f"ggml-viz: wrote {name}\n")
        assert (tmp_path / name).stat().st_size
    assert [path.name for path in known.parent.iterdir()] == ["x.ggmlviz"]


def test_stdout(known, tmp_path):
    done = command(known, "--to", "json", "-o", "-", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["nodes"]) == 6
    assert command(known, "--to", "parquet", "-o", "-").returncode == 1


def test_what_is_there_is_kept(known, tmp_path):
    target = tmp_path / "precious"
    target.write_text("mine")
    done = command(known, "--to", "dot", "-o", target)
    assert (done.returncode, target.read_text()) == (1, "mine")
    assert done.stderr == f"ggml-viz: {target} exists: --force replaces it, -o names another file\n"
    assert command(known, "--to", "dot", "-o", target, "--force").returncode == 0
    assert target.read_text().startswith("digraph")
    before = known.read_bytes()
    for place in (known, tmp_path, tmp_path / "no" / "such"):
        with pytest.raises(ExportError):
            exported(known, "dot", place, replace=True)
    with pytest.raises(ExportError):
        exported(known, "parquet", target)
    assert known.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"in", "precious"}


def test_an_export_that_fails_leaves_nothing(known, tmp_path, monkeypatch):
    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setitem(BY_NAME, "nodes", BY_NAME["nodes"]._replace(columns=fail))
    for name in ("csv", "parquet"):
        with pytest.raises(KeyboardInterrupt):
            exported(known, name, tmp_path / name, **({"table": "nodes"} if name == "csv" else {}))
    assert not (tmp_path / "csv").exists() and not list((tmp_path / "parquet" / "nodes").rglob("*.parquet"))
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--to", "csv"], f"a CSV file holds one table: add --table with one of {', '.join(TABLES)}"),
        (["--to", "perfetto", "--layer", "0"], "--layer says nothing to --to perfetto, only to svg, png and dot"),
        (["--to", "dot", "--from", "1"], "--from says nothing to --to dot, only to svg and png"),
        (["--to", "dot", "--table", "runs"], "--table says nothing to --to dot, only to csv and json"),
    ],
)
def test_options_that_do_not_fit(known, tmp_path, options, sentence):
    done = command(known, *options, folder=tmp_path)
    assert (done.returncode, done.stderr) == (WrongOptions.exit_code, f"ggml-viz: {sentence}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("name", FORMATS)
def test_bad_files(tmp_path, name):
    choices = OF_A_PART.get(name, {})
    (tmp_path / "other").write_bytes(b"GGUF" + bytes(5000))
    whole = write_known(tmp_path / "whole", runs=2, layers=3).read_bytes()
    (tmp_path / "cut").write_bytes(whole[:100])
    (tmp_path / "whole").unlink()
    for trace, error in (("other", NotATrace), ("none", UnreadableTrace), ("cut", GgmlVizError)):
        with pytest.raises(error) as raised:
            exported(tmp_path / trace, name, tmp_path / "out", **choices)
        assert len(str(raised.value).splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["perfetto", "speedscope", "csv", "json"])
def test_a_trace_of_format_1_has_its_runs(tmp_path, name):
    old = LegacyTwin()
    old.graph(0, 100, 1, 2, 3)
    old.graph(1, 2_100, 1, 2, 3)
    (tmp_path / "old").write_bytes(old.bytes())
    choices = {"table": "runs"} if name in ("csv", "json") else {}
    text = exported(tmp_path / "old", name, tmp_path / "out", **choices).read_text()
    assert text.count("2000") + text.count("2.000") >= 1


@pytest.mark.parametrize("name", FILES)
def test_a_trace_that_was_cut(tmp_path, name):
    """Whatever is left is exported, or refused in one sentence."""
    whole = write_known(tmp_path / "whole", runs=20, layers=30).read_bytes()
    for length in (5000, 70_000, 140_000):
        (tmp_path / "cut").write_bytes(whole[:length])
        try:
            exported(tmp_path / "cut", name, tmp_path / "out", replace=True, **OF_A_PART.get(name, {}))
        except (ExportError, UnsuitableTrace) as error:
            assert len(str(error).splitlines()) == 1


@pytest.mark.parametrize(("name", "package"), [("parquet", "pyarrow"), ("tensorboard", "tensorboardX")])
def test_missing_extras(known, tmp_path, monkeypatch, name, package):
    real_import = builtins.__import__

    def without(module, *arguments, **options):
        if module.split(".")[0] == package:
            raise ModuleNotFoundError(module, name=module)
        return real_import(module, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, f"ggmlviz.export.{name}", raising=False)
    with pytest.raises(MissingExtra) as raised:
        exported(known, name, tmp_path / "out")
    assert raised.value.exit_code == 1
    assert str(raised.value).endswith(f"pip install 'ggml-viz[{name}]'")
    assert not (tmp_path / "out").exists()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_for_terminals():
    shown, hidden = Terminal(), io.StringIO()
    for stream in (shown, hidden):
        progress = Progress(stream)
        progress.tell("nodes", 500_000, 1_000_000)
        progress.tell("nodes", 500_001, 1_000_000)  # too soon to be worth a line
        progress.end()
    assert shown.getvalue() == "\r\033[Knodes: 500,000 of 1,000,000 (50%)\r\033[K"
    assert hidden.getvalue() == ""


MEASURED = """
import resource, sys
from importlib import import_module
from pathlib import Path
from ggmlviz.export.formats import FORMATS, Choices
from ggmlviz.export.progress import Progress
from ggmlviz.format.recording import Recording
from ggmlviz.trace.trace import Trace

name, path, target = sys.argv[1:]
writer = import_module(f"ggmlviz.export.{FORMATS[name].module}")
trace = Trace(Recording.open(path))
for table in ("runs", "sections", "executions", "parts", "splits", "transfers", "syncs", "buffers"):
    getattr(trace, table)

def kilobytes(of):
    (line,) = [line for line in open("/proc/self/status") if line.startswith(of)]
    return int(line.split()[1])

open("/proc/self/clear_refs", "w").write("5")  # the peak begins anew
before = kilobytes("VmRSS")
if FORMATS[name].is_folder:
    writer.write(trace, Path(target), Progress())
else:
    with open(target, "w") as output:
        writer.write(trace, output, Choices(table="nodes" if name in ("csv", "json") else None), Progress())
print((kilobytes("VmHWM") - before) * 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak of memory cannot be measured here")
@pytest.mark.parametrize("name", ["perfetto", "speedscope", "csv", "json", "parquet"])
def test_memory_for_a_million_ops(million, tmp_path, name):
    if name == "parquet":
        pytest.importorskip("pyarrow")
    target = tmp_path / "out"
    words = [sys.executable, "-c", MEASURED, name, str(million), str(target)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert int(done.stdout) < MOST_MEMORY.get(name, MOST_MEMORY_OF_TEXT)
    if name == "parquet":
        import pyarrow.parquet

        (part,) = (target / "nodes").rglob("*.parquet")
        assert pyarrow.parquet.read_metadata(part).num_rows == RUNS * LAYERS
        return
    marks = {"perfetto": b'"cat":"node"', "speedscope": b'"type":"O"', "csv": b",ADD,", "json": b'"op": "ADD"'}
    # Each op opens the frames of its layer, its block and itself; each run its own.
    expected = RUNS * LAYERS * 3 + RUNS if name == "speedscope" else RUNS * LAYERS
    with target.open("rb") as lines:
        assert sum(line.count(marks[name]) for line in lines) == expected
