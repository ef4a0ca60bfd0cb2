"""The command line as its users meet it: in a process of its own."""

import json
import os
import pty
import re
import signal
import subprocess
import sys

import pytest
from twin import RUN_BEGIN, Twin

from ggmlviz.format.layout import MAGIC

GGML_VIZ = [sys.executable, "-m", "ggmlviz.cli"]
VERBS = (
    "run",
    "ps",
    "info",
    "dump",
    "validate",
    "doctor",
    "report",
    "compare",
    "experts",
    "export",
    "memmap",
    "trim",
    "ceilings",
    "env",
)
ABSENT = 0x7FFFFFFF  # beyond the kernel's largest pid

# Says that it is ready, then what it is sent, until it is sent SIGUSR1.
TELL_SIGNALS = """
import signal, sys
awaited = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH]
signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
print("ready", flush=True)
got = None
while got != signal.SIGUSR1:
    got = signal.Signals(signal.sigwait(awaited))
    print(got.name, flush=True)
sys.exit(5)
"""


def ggml_viz(*arguments, folder):
    command = [*GGML_VIZ, *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_help_of_all(tmp_path):
    done = ggml_viz("--help", folder=tmp_path)
    assert done.returncode == 0 and "examples:" in done.stdout
    assert all(re.search(rf"^ +{verb} ", done.stdout, re.MULTILINE) for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_each(tmp_path, verb):
    done = ggml_viz(verb, "--help", folder=tmp_path)
    assert done.returncode == 0 and f"\n  ggml-viz {verb}" in done.stdout.partition("examples:")[2]


def test_help_waits_for_nothing(tmp_path):
    script = "import sys, ggmlviz.cli as cli; cli.build_parser(); sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, cwd=tmp_path).returncode == 0


def test_version(tmp_path):
    assert re.fullmatch(r"ggml-viz \d+\.\d+\S*\n", ggml_viz("--version", folder=tmp_path).stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ["view", "--size", "large"],
        ["view", "--theme", "pink"],
        ["run"],
        ["run", "--"],
        ["run", "--ring", "-o", "x", "--", "true"],
        ["run", "--detail", "all", "--", "true"],
        ["run", "--ring-mb", "0", "--", "true"],
        ["info"],
        ["validate"],
        ["doctor"],
    ],
)
def test_usage(tmp_path, arguments):
    done = ggml_viz(*arguments, folder=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("usage:")


# run


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", -15), ("kill -KILL $$", -9), ("kill -SEGV $$", -11)],
)
def test_ends_as_the_program_ends(tmp_path, script, code):
    done = ggml_viz("run", "--", "sh", "-c", script, folder=tmp_path)
    assert done.returncode == code
    assert "no graph run was recorded" in done.stderr and "ggml-viz doctor -- sh -c" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_dashes_can_be_left_away(tmp_path):
    assert ggml_viz("run", "sh", "-c", "echo $0 $1", "--", "-v", folder=tmp_path).stdout == "-- -v\n"


@pytest.mark.parametrize(
    ("program", "code"), [("./absent", 127), ("absent-program", 127), ("./plain", 126), ("/", 126)]
)
def test_a_command_that_cannot_be_started(tmp_path, program, code):
    (tmp_path / "plain").touch(mode=0o644)
    done = ggml_viz("run", "--", program, folder=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1)


def test_does_not_touch_the_streams(tmp_path):
    command = [*GGML_VIZ, "run", "--", "sh", "-c", "cat; echo error >&2"]
    done = subprocess.run(command, input=b"in\0put", cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == b"in\0put" and done.stderr.startswith(b"error\nggml-viz: ")


def test_refuses_to_overwrite_what_is_no_trace(tmp_path):
    (tmp_path / "model.gguf").write_bytes(b"GGUF....")
    done = ggml_viz("run", "-o", "model.gguf", "--", "touch", "ran", folder=tmp_path)
    assert done.returncode == 2 and "is not a trace, so it stays" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_the_size_of_no_ring(tmp_path):
    done = ggml_viz("run", "--ring-mb", "8", "--", "true", folder=tmp_path)
    assert (done.returncode, done.stderr) == (2, "ggml-viz: --ring-mb is the size of a ring: add --ring\n")


@pytest.fixture
def telling(tmp_path):
    command = [*GGML_VIZ, "run", "--", sys.executable, "-c", TELL_SIGNALS]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_passes_signals_on(telling):
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2", "SIGWINCH", "SIGUSR1"):
        telling.send_signal(signal.Signals[name])
        assert telling.stdout.readline() == f"{name}\n"
    assert telling.wait(60) == 5


def test_dies_of_the_signal_it_passed_on(tmp_path):
    command = [*GGML_VIZ, "run", "--", "sh", "-c", "echo ready; exec sleep 600"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == -signal.SIGTERM


def test_ctrl_c_reaches_the_program_once(tmp_path):
    ours, terminal = pty.openpty()
    # setsid -c makes it the controlling terminal, to which Ctrl-C is more than a byte.
    command = ["setsid", "-c", *GGML_VIZ, "run", "--", sys.executable, "-c", TELL_SIGNALS]
    with subprocess.Popen(command, cwd=tmp_path, stdin=terminal, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        # Held still while the program takes its own, so that a second one could not melt into the first.
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        os.write(ours, b"\x03")
        assert process.stdout.readline() == "SIGINT\n"
        # Of what is pending the lower number is passed on first: a second SIGINT would come before this.
        process.send_signal(signal.SIGUSR1)
        process.send_signal(signal.SIGCONT)
        assert process.stdout.readline() == "SIGUSR1\n"
        assert process.wait(60) == 5
    os.close(ours)
    os.close(terminal)


# The other verbs


@pytest.mark.parametrize("verb", ["info", "dump", "validate"])
@pytest.mark.parametrize(
    "content", [None, b"", b"GGUF....", MAGIC + bytes(100)], ids=["absent", "empty", "other", "short"]
)
def test_what_cannot_be_opened(tmp_path, verb, content):
    if content is not None:
        (tmp_path / "x").write_bytes(content)
    done = ggml_viz(verb, "x", folder=tmp_path)
    assert done.returncode >= 2 and done.stderr.startswith("ggml-viz: x: ")
    assert (done.stdout, len(done.stderr.splitlines())) == ("", 1)
    assert verb != "validate" or done.returncode == 2


def test_a_process_without_a_ring(tmp_path):
    done = ggml_viz("info", ABSENT, folder=tmp_path)
    assert done.returncode == 2 and f"process {ABSENT} has no ring" in done.stderr


def test_a_file_comes_before_a_process(tmp_path):
    (tmp_path / "1").write_bytes(b"GGUF....")
    assert "1: it is not a ggml-viz trace" in ggml_viz("info", "1", folder=tmp_path).stderr


def test_ps(tmp_path):
    done = ggml_viz("ps", folder=tmp_path)
    assert done.returncode == 0 and done.stdout
    assert isinstance(json.loads(ggml_viz("ps", "--json", folder=tmp_path).stdout), list)


@pytest.mark.parametrize(("command", "code"), [("true", 1), ("no-such-program", 1)])
def test_doctor(tmp_path, command, code):
    done = ggml_viz("doctor", "--", command, folder=tmp_path)
    assert done.returncode == code
    assert done.stdout.splitlines()[-1].startswith("No events: ")
    assert all(re.match(r"(ok|no|\?\?)  \w|$|  ", line) for line in done.stdout.splitlines()[:-1])


def test_doctor_without_running(tmp_path):
    done = ggml_viz("doctor", "--no-run", "--", "touch", "ran", folder=tmp_path)
    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
    assert done.stdout.splitlines()[-1].startswith("It cannot be told without running it")


def test_doctor_for_programs(tmp_path):
    done = ggml_viz("doctor", "--no-run", "--json", "--", "no-such-program", folder=tmp_path)
    found = json.loads(done.stdout)
    assert (done.returncode, found["good"]) == (1, False)
    obstacles = [finding for finding in found["findings"] if finding["mark"] == "obstacle"]
    assert found["verdict"] == f"No events: {obstacles[0]['text']}."


def test_validate_for_programs(tmp_path):
    twin = Twin()
    number = twin.string("")
    twin.row(0, 2000, RUN_BEGIN, value=number)
    whole = twin.close().bytes()
    (tmp_path / "good").write_bytes(whole)
    (tmp_path / "cut").write_bytes(whole[:-4096])
    done = ggml_viz("validate", "--json", "good", folder=tmp_path)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"good": True, "problems": [], "losses": []})
    done = ggml_viz("validate", "--json", "cut", folder=tmp_path)
    found = json.loads(done.stdout)
    assert done.returncode == 1 and not found["good"] and found["problems"]
    plain = ggml_viz("validate", "cut", folder=tmp_path).stdout.splitlines()
    assert plain == [f"problem: {one}" for one in found["problems"]] + [f"loss: {one}" for one in found["losses"]]


def test_a_closed_pipe_is_no_complaint(tmp_path):
    script = f"{' '.join(GGML_VIZ)} doctor --no-run -- true | true"
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
