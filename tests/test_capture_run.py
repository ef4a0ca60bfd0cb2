"""`ggml-viz run` as a function: where traces go, and which ones a command has made."""

import datetime
import os
import signal
import sys

import pytest

from ggmlviz.capture import output, run
from ggmlviz.capture.child import running
from ggmlviz.capture.environment import Settings
from ggmlviz.capture.errors import CaptureError, CommandNotStarted
from ggmlviz.capture.ring_watch import RingWatch
from ggmlviz.capture.rings import SHARED_MEMORY
from ggmlviz.format.layout import MAGIC

NOON = datetime.datetime(2026, 11, 20, 12, 0, 0)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def path(here):
    return here / "x.ggmlviz"


def sh(script, *arguments):
    return ["sh", "-c", script, *arguments]


def test_names_a_trace_by_program_and_time(here):
    assert str(output.default_output("/usr/bin/llama-cli", NOON)) == "llama-cli-20261120-120000.ggmlviz"


def test_never_names_one_that_is_there(here):
    for expected in ("p-20261120-120000.ggmlviz", "p-20261120-120000-2.ggmlviz", "p-20261120-120000-3.ggmlviz"):
        name = output.default_output("p", NOON)
        assert str(name) == expected
        name.touch()


def test_an_old_trace_makes_room(path):
    path.write_bytes(MAGIC + b"old")
    output.make_room(path)
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"GGUF\3\0\0\0", MAGIC[:-1]])
def test_any_other_file_stays(path, content):
    path.write_bytes(content)
    with pytest.raises(CaptureError, match="is not a trace, so it stays"):
        output.make_room(path)
    assert path.read_bytes() == content


def test_links_folders_and_pipes_stay(here, path):
    path.write_bytes(MAGIC)
    (here / "link").symlink_to(path)
    (here / "folder").mkdir()
    os.mkfifo(here / "pipe")
    for name in ("link", "folder", "pipe"):
        with pytest.raises(CaptureError, match="is not a plain file"):
            output.make_room(here / name)
    assert path.exists()


def test_a_missing_folder_is_told_before_the_program_runs(here):
    with pytest.raises(CaptureError, match="there is no folder"):
        run.run(sh("touch ran"), Settings(here / "nowhere" / "x.ggmlviz"))
    assert not (here / "ran").exists()


@pytest.mark.parametrize(
    ("name", "siblings"),
    [
        ("x.ggmlviz", {"x.12.ggmlviz"}),
        ("x", {"x.12", "x.7"}),
        ("[x].t", {"[x].3.t"}),
    ],
)
def test_knows_the_traces_of_further_processes(here, name, siblings):
    for other in ("x.12.ggmlviz", "x.ggmlviz", "x.old.ggmlviz", "y.12.ggmlviz", "x.12", "x.7", "[x].3.t", "x.3.t"):
        (here / other).touch()
    assert {file.name for file in output.siblings(here / name)} == siblings


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", -15), ("kill -9 $$", -9)])
def test_tells_how_the_program_ended(path, script, code):
    assert run.run(sh(script), Settings(path)) == run.Outcome(code)


def test_finds_the_trace_and_those_of_children(here, path):
    (here / "x.1.ggmlviz").touch()
    script = 'cd /; printf GGMLVIZ1 >"$GGML_VIZ_OUTPUT"; touch "${GGML_VIZ_OUTPUT%.ggmlviz}.2.ggmlviz"'
    assert run.run(sh(script), Settings(path)).traces == [path, here / "x.2.ggmlviz"]


def test_does_not_take_the_old_trace_for_the_new_one(path):
    path.write_bytes(MAGIC)
    assert run.run(["true"], Settings(path)).traces == []


@pytest.fixture
def ring():
    """A name in shared memory for a program to make, removed at the end."""
    made = []
    yield made.append
    for path in made:
        path.unlink(missing_ok=True)


def test_finds_the_rings_of_a_program_and_its_children(here, ring):
    # The child waits until it has been seen, as a program waits that loads a model.
    make_ring = "touch /dev/shm/ggmlviz-$$; echo $$ >>pids"
    script = f"{make_ring}; sh -c '{make_ring}; until [ -e seen ]; do :; done'"
    watch = RingWatch()

    def look():
        watch.look(child.pid)
        if len(watch.ours) == 2:
            (here / "seen").touch()

    with running(sh(script), os.environ) as child:
        assert child.wait(look) == 0
    paths = [SHARED_MEMORY / f"ggmlviz-{pid}" for pid in (here / "pids").read_text().split()]
    for path in paths:
        ring(path)
    assert (sorted(watch.ours), watch.unsure) == (sorted(paths), [])


def test_a_ring_of_a_process_that_is_gone_is_not_claimed(here, ring):
    done = run.run(sh("sh -c 'touch /dev/shm/ggmlviz-$$; echo $$ >child'"), Settings())
    path = SHARED_MEMORY / f"ggmlviz-{int((here / 'child').read_text())}"
    ring(path)
    assert path in done.traces + done.unsure


def test_rings_of_others_are_left_out(here, ring):
    path = SHARED_MEMORY / f"ggmlviz-{os.getpid()}"
    ring(path)
    assert run.run(sh(f"touch {path}"), Settings()) == run.Outcome(0)


@pytest.mark.parametrize(
    ("program", "code"), [("./absent", 127), ("absent-program", 127), ("./plain", 126), ("/", 126)]
)
def test_a_command_that_cannot_be_started(here, path, program, code):
    (here / "plain").touch(mode=0o644)
    with pytest.raises(CommandNotStarted) as caught:
        run.run([program], Settings(path))
    assert caught.value.exit_code == code


def test_the_program_finds_signals_as_it_would_without_us(path):
    script = (
        "import signal as s, sys; "
        "blocked = s.pthread_sigmask(s.SIG_BLOCK, []); "
        "sys.exit(bool(blocked) or s.getsignal(s.SIGTERM) is not s.SIG_DFL)"
    )
    assert run.run([sys.executable, "-c", script], Settings(path)).exit_code == 0
    assert run.run(sh("trap 'exit 9' PIPE; kill -PIPE $$"), Settings(path)).exit_code == 9


def test_our_own_signals_are_as_before(path):
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    run.run(["true"], Settings(path))
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == mask
