"""scripts/inject_linux.sh: the same as `ggml-viz run`, without Python."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
SCRIPT = CHECKOUT / "scripts" / "inject_linux.sh"
SHOW = ["sh", "-c", 'echo "$LD_PRELOAD"; env | grep "^GGML_VIZ_" | sort']


@pytest.fixture
def script(tmp_path):
    """The script beside an empty library, so that no shim is built and none does anything."""
    copy = Path(shutil.copy(SCRIPT, tmp_path))
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("no C compiler")
    empty = ["-shared", "-o", str(tmp_path / "libggmlviz.so"), "-x", "c", os.devnull]
    subprocess.run([compiler, *empty], check=True)
    return copy


def inject(script, *arguments, folder=None, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GGML_VIZ_", "LD_"))}
    return subprocess.run(
        [script, *arguments],
        cwd=folder or script.parent,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_sets_the_environment(script, tmp_path):
    done = inject(script, "-o", "x.ggmlviz", "--detail", "op", "-v", "--", *SHOW)
    assert done.stdout.splitlines() == [
        str(tmp_path / "libggmlviz.so"),
        "GGML_VIZ_DETAIL=op",
        f"GGML_VIZ_OUTPUT={tmp_path / 'x.ggmlviz'}",
        "GGML_VIZ_VERBOSE=1",
    ]


def test_a_ring_has_no_output(script, tmp_path):
    done = inject(script, "--ring", "--ring-mb", "8", *SHOW, GGML_VIZ_OUTPUT="outer.ggmlviz", GGML_VIZ_DISABLE="1")
    assert done.stdout.splitlines() == [str(tmp_path / "libggmlviz.so"), "GGML_VIZ_RING_MB=8"]


def test_names_the_trace_after_the_program(script, tmp_path):
    done = inject(script, *SHOW)
    (output,) = [line for line in done.stdout.splitlines() if line.startswith("GGML_VIZ_OUTPUT=")]
    name = output.removeprefix("GGML_VIZ_OUTPUT=")
    assert name.startswith(f"{tmp_path}/sh-2") and name.endswith(".ggmlviz")
    assert f"recording into {name}" in done.stderr


def test_keeps_what_was_preloaded(script, tmp_path):
    libc = next(Path("/").glob("lib*/*/libc.so.6"), None)
    if libc is None:
        pytest.skip("no libc where Debian has it")
    done = inject(script, "--ring", *SHOW, LD_PRELOAD=f"{libc} {tmp_path}/libggmlviz.so")
    assert done.stdout.splitlines() == [f"{libc}:{tmp_path / 'libggmlviz.so'}"]


@pytest.mark.parametrize(("program", "code"), [("exit 7", 7), ("kill -TERM $$", -15)])
def test_ends_as_the_program_ends(script, program, code):
    assert inject(script, "--ring", "sh", "-c", program).returncode == code


def test_an_old_trace_makes_room(script, tmp_path):
    (tmp_path / "x.ggmlviz").write_bytes(b"GGMLVIZ1\2\0\0\0")
    assert inject(script, "-o", "x.ggmlviz", "true").returncode == 0
    assert not (tmp_path / "x.ggmlviz").exists()


@pytest.mark.parametrize("content", [b"", b"GGUF\3\0\0\0more", b"GGMLVIZ"])
def test_anything_else_stays(script, tmp_path, content):
    (tmp_path / "model.gguf").write_bytes(content)
    done = inject(script, "-o", "model.gguf", "true")
    assert (done.returncode, (tmp_path / "model.gguf").read_bytes()) == (2, content)
    assert "is not a trace, so it stays" in done.stderr


def test_a_link_stays(script, tmp_path):
    (tmp_path / "real").write_bytes(b"GGMLVIZ1")
    (tmp_path / "link").symlink_to("real")
    assert inject(script, "-o", "link", "true").returncode == 2
    assert (tmp_path / "real").exists() and (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "usage:"),
        (["--detail", "all", "true"], "--detail is graph, op or thread"),
        (["--ring-mb", "x", "true"], "--ring-mb is a number"),
        (["--ring", "-o", "x", "true"], "choose one"),
        (["--ring-mb", "8", "true"], "add --ring"),
        (["-o"], "needs a value"),
        (["--colour", "true"], "unknown option --colour"),
        (["-o", "nowhere/x", "true"], "there is no folder"),
    ],
)
def test_refuses_what_it_does_not_understand(script, arguments, complaint):
    done = inject(script, *arguments)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_help(script):
    done = inject(script, "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: inject_linux.sh")


def test_works_with_spaces_in_its_arguments(script):
    assert inject(script, "--ring", "printf", "%s|", "a b", "*").stdout == "a b|*|"


def test_builds_the_shim_when_there_is_none(tmp_path):
    if not shutil.which("cc"):
        pytest.skip("no C compiler")
    (tmp_path / "scripts").mkdir()
    shutil.copytree(CHECKOUT / "csrc", tmp_path / "csrc")
    copy = Path(shutil.copy(SCRIPT, tmp_path / "scripts"))
    done = inject(copy, "--ring", *SHOW, folder=tmp_path)
    assert done.stdout.splitlines() == [str(tmp_path / "build" / "libggmlviz.so")], done.stderr
