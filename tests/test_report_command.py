"""`ggml-viz report`: what it shows, where, and what it says of traces that it can make nothing of."""

import json
import os
import re
import subprocess
import sys

import pytest
from support import PROGRAMS, llama, needs_llama, needs_whisper, on_a_terminal, python, script, traced, under_shim
from told_runs import ToldRuns
from twin import LegacyTwin, Twin

from ggmlviz.analysis.run_report import report_of
from ggmlviz.analysis.totals import nodes_of, totals
from ggmlviz.export.report import tables
from ggmlviz.export.text_tables import show

GGML_VIZ = [sys.executable, "-m", "ggmlviz.cli", "report"]


def report(*arguments, folder):
    environment = os.environ | {"XDG_CACHE_HOME": str(folder)}
    command = [*GGML_VIZ, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def told():
    return ToldRuns()


@pytest.fixture
def told_path(told, tmp_path):
    ended = told.run(0, tokens=8)
    for _ in range(3):
        ended = told.run(ended + 330)
    return told.write(tmp_path / "told.ggmlviz")


def test_plain_text(told_path, tmp_path):
    done = report(told_path, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    facts = dict(re.findall(r"^([a-z][a-z ]*?)  +(.*)$", done.stdout.partition("\n\n")[0], re.MULTILINE))
    assert facts["backend"] == "CPU, 2 threads, told CPU"
    assert facts["graph runs"].startswith("4 of 2 graphs in 0.000 s, 8 nodes timed")
    assert facts["first token"] == "0.00017 ms"
    assert facts["generation"].startswith("2,000,000.0 tokens/s (3 tokens in 0.000 s, 66.0% of it between runs")
    assert facts["per token"].startswith("median 0.0005 ms")
    assert facts["memory"] == "at most 6.2 KiB (weights 6.2 KiB), 6.2 KiB never freed"
    assert facts["waiting"].startswith("23.3% of the threads' time; shared perfectly, at most 23.3% less time")
    assert facts["data"] == "complete"
    assert facts["bound by"].startswith("Generation: 66% of the time from token to token is spent between graph runs")
    table = done.stdout.split("\n\n")[1].splitlines()
    assert table[0].split() == ["OP", "COUNT", "TIME", "SHARE", "WAITING", "GFLOP/s", "GB/s"]
    assert table[1].split()[:2] == ["MUL_MAT", "4"] and "66.7%" in table[1] and "30.0%" in table[1]
    assert table[2].split()[0] == "ADD" and len({len(line) for line in table}) == 1


def test_top(told_path, tmp_path):
    shown = report("--top", 1, told_path, folder=tmp_path).stdout
    assert "MUL_MAT ffn_out-3" in shown and "ADD" not in shown
    assert len(json.loads(report("--json", "--top", 1, told_path, folder=tmp_path).stdout)["ops"]) == 1


def test_json_and_range(told_path, tmp_path):
    whole = json.loads(report("--json", told_path, folder=tmp_path).stdout)
    assert whole["subject"]["runs"] == 4
    assert whole["ops"][0] == {"name": "MUL_MAT", "count": 4, "time": 400, "wait": 120, "share": 400 / 600}
    assert whole["floor"]["bytes_per_run"] == 6400
    part = json.loads(report("--json", "--from", 5e-7, "--to", 1.0e-6 + 1e-9, told_path, folder=tmp_path).stdout)
    assert part["subject"]["runs"] == 2 and part["ops"][0]["count"] == 2
    assert part["tokens"]["prompt"] is None


def test_kept_ceilings(told_path, tmp_path):
    measured = [{"threads": 1, "copy_bytes_per_second": 1e11, "multiply_flops_per_second": 1e9}]
    kept = {"told CPU × 2": {"cpu": "told CPU", "cpus": 2, "measured": measured}}
    (tmp_path / "ggml-viz").mkdir()
    (tmp_path / "ggml-viz/ceilings.json").write_text(json.dumps(kept))
    found = json.loads(report("--json", told_path, folder=tmp_path).stdout)
    assert found["floor"]["times_the_floor"] == pytest.approx(170 / 64)
    assert "it took 2.7 times that" in report(told_path, folder=tmp_path).stdout


def test_terminal(told_path, tmp_path):
    """Nothing of it is markup: not the text in brackets of a name, either."""
    shown = on_a_terminal([*GGML_VIZ, str(told_path)], XDG_CACHE_HOME=str(tmp_path))
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "\x1b[" in shown and "Ops" in text and "MUL_MAT ffn_out-3" in text and "─" in text


def test_names_are_no_markup(told, tmp_path, capsys):
    told.twin.meta(told.text("command"), told.text("[red]rm[/red] [/"))
    told.run(0)
    show(tables(report_of(told.trace(tmp_path).recording)))
    assert "[red]rm[/red] [/" in capsys.readouterr().out


def test_without_runs(tmp_path):
    path = tmp_path / "empty.ggmlviz"
    path.write_bytes(Twin().close().bytes())
    done = report(path, folder=tmp_path)
    assert done.returncode == 8 and done.stdout == ""
    assert done.stderr == f"ggml-viz: {path}: no graph run was recorded; `ggml-viz doctor -- CMD` tells why.\n"


def test_empty_range(told_path, tmp_path):
    done = report("--from", 5, told_path, folder=tmp_path)
    assert done.returncode == 8 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "no graph run begins in this range" in done.stderr


def test_format_1(tmp_path):
    path = tmp_path / "old.ggmlviz"
    twin = LegacyTwin()
    twin.graph(0, 10, 1, 2, 2)
    twin.graph(1, 2_000_010, 1, 2, 2)
    path.write_bytes(twin.bytes())
    done = report(path, folder=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    assert "1 of 1 graphs in 0.002 s, 0 nodes timed" in done.stdout and "format 1 tells no times of ops" in done.stdout


@pytest.mark.parametrize(("content", "code"), [(None, 3), (b"GGUF" + bytes(100), 4), (b"", 4)])
def test_wrong_file(tmp_path, content, code):
    path = tmp_path / "x"
    if content is not None:
        path.write_bytes(content)
    done = report(path, folder=tmp_path)
    assert done.returncode == code and done.stdout == ""
    assert done.stderr.startswith(f"ggml-viz: {path}: ") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--top", "0"], ["--from", "soon"], ["--to", "nan"], ["--from", "1e30"]])
def test_wrong_options(told_path, tmp_path, arguments):
    assert report(*arguments, told_path, folder=tmp_path).returncode == 2


def test_without_ops(told, tmp_path):
    told.run(0, computed=False)
    path = told.write(tmp_path / "x.ggmlviz")
    done = report(path, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 of 1 graphs" in done.stdout and "cannot tell what bounds it" in done.stdout and "OP " not in done.stdout
    found = json.loads(report("--json", path, folder=tmp_path).stdout)
    assert (found["ops"], found["balance"], found["typical_token"]) == ([], None, None)


def test_truncated(told, tmp_path):
    """What can still be read is reported, with what is missing."""
    ended = 0
    for _ in range(100):
        ended = told.run(ended + 330)
    path = told.write(tmp_path / "x.ggmlviz")
    path.write_bytes(path.read_bytes()[:-4096])
    done = report(path, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(report("--json", path, folder=tmp_path).stdout)
    assert 0 < found["subject"]["runs"] <= 100 and found["data"]
    assert found["data"][0] in done.stdout


@needs_llama
def test_detail_graph(models, tmp_path):
    _, trace = traced(llama(models.tiny, "--tokens", 3), tmp_path / "x.ggmlviz", GGML_VIZ_DETAIL="graph")
    done = report(trace.recording.path, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no node has a time: it was recorded with --detail graph" in done.stdout
    assert re.search(r"^generation +[\d,.]+ tokens/s \(2 tokens", done.stdout, re.MULTILINE)


@needs_llama
def test_real_report(models, tmp_path):
    _, trace = traced(llama(models.tiny, "--tokens", 6, "--threads", 2), tmp_path / "x.ggmlviz")
    found = report_of(trace.recording, top=3)
    assert found.ops == totals(nodes_of(trace), "op")[:3]
    assert found.subject.model == [str(models.tiny)] and found.subject.threads == 2
    assert (found.subject.runs, found.subject.nodes_timed) == (len(trace.runs), len(trace.ops))
    assert found.kv_cache.cells == 512 and found.kv_cache.occupancy == 0.5
    assert found.data == [] and found.bounds and found.not_modelled == {}
    assert json.loads(json.dumps(found.as_dict()))["subject"]["backends"] == ["CPU"]


@needs_whisper
def test_whisper(models, tmp_path):
    """Its decoder generates, and encoder and decoder have layers of their own."""
    _, trace = traced(python("whisper_transcribe.py", models.whisper, "--threads", 2), tmp_path / "x.ggmlviz")
    found = report_of(trace.recording)
    assert {"encoder", "decoder"} <= {one.phase for one in found.phases}
    assert found.tokens.generation.tokens == int((trace.phases["tokens"] == 1).sum())
    assert found.floor.runs and found.kv_cache.occupancy is None
    assert sum(total.share for total in found.ops) == pytest.approx(1)


@needs_llama
def test_running_program(models, tmp_path):
    """A ring is read while its program runs."""
    shown = "import subprocess, sys, os; sys.exit(subprocess.call([*sys.argv[1:], str(os.getpid())]))"
    program = f"import runpy, sys; sys.argv[:] = ['x', {str(models.tiny)!r}, '--tokens', '4']\n"
    program += f"runpy.run_path({str(PROGRAMS / 'llama_generate.py')!r}, run_name='__main__')\n"
    program += f"sys.argv[1:] = {[*GGML_VIZ, '--json']!r}\n{shown}"
    done = under_shim(script(program))
    found = json.loads(done.out[done.out.index("{\n") :])
    assert found["tokens"]["generation"]["tokens"] == 3
