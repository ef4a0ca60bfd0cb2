"""The commands on a real llama.cpp: traced whole, found while it runs, and told by the doctor."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("xllamacpp")

CHECKOUT = Path(__file__).resolve().parent.parent
GENERATE = CHECKOUT / "tests" / "programs" / "llama_generate.py"
GGML_VIZ = [sys.executable, "-m", "ggmlviz.cli"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.gguf"
    subprocess.run([sys.executable, CHECKOUT / "examples" / "make_model.py", "tiny", "-o", path], check=True)
    return path


@pytest.fixture
def generate(model):
    return [sys.executable, GENERATE, model]


@pytest.fixture
def waiting(generate, tmp_path):
    """A llama.cpp in a ring, which has loaded its model and waits for a line before it generates."""
    command = [*GGML_VIZ, "run", "--ring", "--", "sh", "-c", 'echo $$; "$@" 2>&1; :', "sh", *generate, "--hold"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while process.stdout.readline() != "READY\n":
            assert process.poll() is None
        yield process
        process.kill()


def ggml_viz(*arguments, folder):
    command = [*GGML_VIZ, *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def info(trace, folder):
    return json.loads(ggml_viz("info", "--json", trace, folder=folder).stdout)


def test_run_leaves_a_trace_and_the_output_alone(generate, tmp_path):
    untraced = subprocess.run(generate, cwd=tmp_path, capture_output=True, text=True, check=True)
    done = ggml_viz("run", "--", *generate, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, untraced.stdout)
    (trace,) = tmp_path.glob("python*.ggmlviz")
    assert f"ggml-viz: {trace.name}: " in done.stderr and "closed cleanly, nothing lost" in done.stderr
    facts = info(trace, tmp_path)
    assert facts["graph_runs"] >= 16 and facts["nodes_timed"] > facts["graph_runs"]
    assert ggml_viz("validate", trace, folder=tmp_path).returncode == 0


def test_each_process_of_a_command_has_its_own_trace(generate, tmp_path):
    done = ggml_viz("run", "-o", "x.ggmlviz", "--", "sh", "-c", '"$@"; "$@"', "sh", *generate, folder=tmp_path)
    traces = sorted(tmp_path.glob("x*.ggmlviz"))
    assert len(traces) == 2
    assert all(f"ggml-viz: {trace.name}: " in done.stderr for trace in traces)
    assert len({info(trace, tmp_path)["experiment"] for trace in traces}) == 2


def test_a_ring_that_made_room_is_told(generate, tmp_path):
    script = 'for i in 1 2 3; do "$@"; done'
    done = ggml_viz("run", "--ring", "--", "sh", "-c", script, "sh", *generate, folder=tmp_path)
    told = dict(re.findall(r"^ggml-viz: (/dev/shm/ggmlviz-\d+): (.*)", done.stderr, re.MULTILINE))
    assert [path for path in told if Path(path).exists()] == [list(told)[-1]]
    *removed, kept = told.values()
    assert "graph runs" in kept and all("removed when a later process began" in words for words in removed)
    Path(list(told)[-1]).unlink()


def test_a_running_one_is_listed_and_can_be_looked_at(waiting, tmp_path):
    rings = json.loads(ggml_viz("ps", "--json", folder=tmp_path).stdout)
    (ring,) = [ring for ring in rings if "--hold" in ring["command"] and ring["state"] == "live"]
    assert info(ring["pid"], tmp_path)["pid"] == ring["pid"]
    waiting.stdin.write("go\n")
    waiting.stdin.close()
    assert f"ggml-viz: {ring['path']}: " in waiting.stderr.read()
    assert waiting.wait(60) == 0
    Path(ring["path"]).unlink()


def test_a_killed_one_leaves_what_it_recorded(generate, tmp_path):
    command = [*GGML_VIZ, "run", "-o", "x.ggmlviz", "--", *generate, "--repeat", "1000000"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        assert "not closed" in process.stderr.read()
        assert process.wait(60) == -signal.SIGTERM
    assert info("x.ggmlviz", tmp_path)["graph_runs"] > 0


def test_the_doctor_sees_that_all_is_well(generate, tmp_path):
    done = ggml_viz("doctor", "--", *generate, "--repeat", "1000000", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "has the shim" in done.stdout and done.stdout.splitlines()[-1].startswith("Events are recorded: ")
    assert list(tmp_path.iterdir()) == []
