"""`ggml-viz doctor`: each obstacle is found and named, and a program without one is not slandered."""

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ggmlviz.capture import checks, doctor
from ggmlviz.capture.command import resolve
from ggmlviz.capture.elf import Elf, NotElf, contains, read_elf
from ggmlviz.capture.evidence import Evidence, Library
from ggmlviz.capture.finding import Finding, Mark, fine, obstacle, unknown
from ggmlviz.capture.probe import Observation, look_at, observe
from ggmlviz.capture.shim import find_shim
from ggmlviz.capture.symptoms import how_it_went, library_finding, was_preloaded, what_was_recorded

HOST = read_elf(Path("/proc/self/exe"))

# A program that has a ggml of its own, and one that uses another's.
HAS_GGML = "int ggml_graph_compute(void) { return 0; } int main(void) { return ggml_graph_compute(); }"
USES_GGML = "int ggml_graph_compute(void); int main(void) { return ggml_graph_compute(); }"
MENTIONS_GGML = 'const char *text = "GGML_ASSERT(%s) failed"; int main(void) { return text[0] == 0; }'
PLAIN = "int main(void) { return 0; }"


@pytest.fixture
def build(tmp_path):
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("no C compiler")

    def build(source, *flags, name="program"):
        path = tmp_path / name
        command = [compiler, "-x", "c", "-o", str(path), "-", *flags]
        done = subprocess.run(command, input=source, text=True, capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"this compiler cannot: {done.stderr}")
        return path

    return build


def findings(*command, seconds=None):
    return list(doctor.diagnose([str(word) for word in command], seconds))


def about(subject, found):
    return next(finding for finding in found if finding.subject == subject)


# The command


def test_a_missing_command():
    found = findings("no-such-program")
    assert about("command", found).text == "no-such-program is in none of the folders of PATH"
    assert not doctor.would_record(found)


def test_a_command_that_is_not_executable(tmp_path):
    path = tmp_path / "plain"
    path.touch(mode=0o644)
    assert about("command", findings(path)).text == f"{path} is not executable: chmod +x it"


def test_a_folder(tmp_path):
    assert about("command", findings(tmp_path)).text == f"{tmp_path} is a folder"


def script(path, first_line):
    path.write_text(f"{first_line}\nexit 0\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    "first_line",
    ["#!/bin/sh", "#! /bin/sh -e", "#!/usr/bin/env sh", "#!/usr/bin/env -S sh -e", "#!/usr/bin/env A=1 sh"],
)
def test_a_script_leads_to_its_interpreter(tmp_path, first_line):
    path = script(tmp_path / "script", first_line)
    found, interpreter = resolve(str(path)).files
    assert found == path and interpreter.samefile(shutil.which("sh"))


def test_a_script_for_a_script(tmp_path):
    inner = script(tmp_path / "inner", "#!/bin/sh")
    outer = script(tmp_path / "outer", f"#!{inner}")
    assert about("command", findings(outer)).text == f"{outer}, a script for {inner}, a script for /bin/sh"


def test_a_script_whose_interpreter_is_missing(tmp_path):
    path = script(tmp_path / "script", "#!/absent/python")
    assert resolve(str(path)).problem == "/absent/python does not exist"


def test_a_script_for_itself(tmp_path):
    path = tmp_path / "script"
    script(path, f"#!{path}")
    assert "more than 4 scripts" in resolve(str(path)).problem


def test_a_script_without_a_first_line(tmp_path):
    found = findings(script(tmp_path / "script", "echo hello"))
    assert about("program", found).mark is Mark.OBSTACLE and "#! line" in about("program", found).advice


# Privileges


def test_a_plain_program_has_none(build):
    assert checks.check_privileges(build(PLAIN), os.getuid(), os.getgid()).mark is Mark.FINE


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make programs of other users")
@pytest.mark.parametrize(("bits", "word"), [(0o4755, "setuid"), (0o2755, "setgid")])
def test_a_program_of_another_user(build, bits, word):
    path = build(PLAIN)
    os.chown(path, 4711, 4712)
    path.chmod(bits)
    if os.statvfs(path).f_flag & os.ST_NOSUID:
        pytest.skip("such programs have no effect on this file system")
    found = findings(path, seconds=5)
    assert word in about("privileges", found).text
    assert {finding.subject for finding in found} == {
        "command",
        "shim",
        "privileges",
        "program",
        "ggml",
    }  # it did not run
    # To its owner it gives nothing.
    assert checks.check_privileges(path, 4711, 4712).mark is Mark.FINE


def test_file_capabilities(build, monkeypatch):
    path = build(PLAIN)
    monkeypatch.setattr(os, "getxattr", lambda file, name: b"\1" if name == "security.capability" else b"")
    assert "capabilities" in checks.check_privileges(path, 4711, os.getgid()).text
    assert checks.check_privileges(path, 0, os.getgid()).mark is Mark.FINE


# The program


def test_a_static_program(build):
    found = findings(build(PLAIN, "-static"))
    assert about("program", found).mark is Mark.OBSTACLE and "is static" in about("program", found).text
    assert not doctor.would_record(found)


def test_another_c_library():
    elf = Elf(Path("/app/llama"), HOST.bits, HOST.machine, "/lib/ld-musl-x86_64.so.1")
    glibc = Elf(Path("python"), HOST.bits, HOST.machine, "/lib64/ld-linux-x86-64.so.2")
    finding = checks.check_program(elf, glibc)
    assert finding.mark is Mark.OBSTACLE and finding.is_final and "ld-musl" in finding.text
    assert checks.check_program(elf, elf).mark is Mark.FINE


def header_32_bit(machine, order):
    """An executable that has nothing but its first header."""
    ident = b"\x7fELF" + bytes([1, 1 if order == "<" else 2, 1]) + bytes(9)
    return ident + struct.pack(order + "HHIIIIIHHHHHH", 2, machine, 1, 0, 52, 0, 0, 52, 32, 0, 40, 0, 0)


@pytest.mark.parametrize(
    ("machine", "order", "kind"),
    [(3, "<", "32-bit x86"), (40, "<", "32-bit arm"), (20, ">", "32-bit machine 20")],
)
def test_another_machine(tmp_path, machine, order, kind):
    path = tmp_path / "program"
    path.write_bytes(header_32_bit(machine, order))
    path.chmod(0o755)
    assert read_elf(path).kind == kind
    finding = about("program", findings(path))
    assert finding.mark is Mark.OBSTACLE and f"is {kind}, the shim is {HOST.kind}" in finding.text


# ggml


def test_a_program_that_calls_a_shared_ggml(build):
    library = build("int ggml_graph_compute(void) { return 0; }", "-shared", "-fPIC", name="libggml.so")
    path = build(USES_GGML, f"-L{library.parent}", "-lggml")
    assert read_elf(library).defined == {"ggml_graph_compute"}
    assert read_elf(path).imported == {"ggml_graph_compute"}
    assert checks.check_ggml(read_elf(path)).mark is Mark.FINE


@pytest.mark.parametrize("flags", [[], ["-rdynamic"], ["-static"]], ids=["hidden", "exported", "static"])
def test_a_program_that_has_its_own(build, flags):
    finding = checks.check_ggml(read_elf(build(HAS_GGML, *flags)))
    assert finding.mark is Mark.OBSTACLE and "part of program itself" in finding.text


def test_a_stripped_program_that_has_its_own(build):
    path = build(MENTIONS_GGML, "-s")
    elf = read_elf(path)
    assert (elf.imported, elf.defined, elf.hidden) == (set(), set(), set())
    assert checks.check_ggml(elf).mark is Mark.OBSTACLE


def test_a_program_without_ggml(build):
    finding = checks.check_ggml(read_elf(build(PLAIN)))
    assert finding.mark is Mark.UNKNOWN


# Damaged files


def test_no_elf_file_crashes_the_reader(tmp_path):
    data = Path(sys.executable).resolve().read_bytes()[: 1 << 20]
    path = tmp_path / "damaged"
    for damage in range(16, 64):
        for value in (0, 1, 0x7F, 0xFF):
            path.write_bytes(data[:damage] + bytes([value]) + data[damage + 1 :])
            try:
                read_elf(path)
            except NotElf as error:
                assert str(path) in str(error)


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"#!/bin/sh\n" + bytes(100), b"\x7fELF\2\1\1" + bytes(20)])
def test_what_is_no_elf_file(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(NotElf):
        read_elf(path)


def test_finds_a_text_across_pieces(tmp_path, monkeypatch):
    path = tmp_path / "file"
    monkeypatch.setattr("ggmlviz.capture.elf.CHUNK", 8)
    path.write_bytes(b"....GGML_ASSERT....")
    assert contains(path, b"GGML_ASSERT") and not contains(path, b"GGML_ASSERTS")


# What is said


def test_a_finding_says_what_to_do_next():
    lines = obstacle("program", "it is static", "use a build with shared libraries").lines()
    assert lines == ["no  program     it is static", " " * 16 + "-> use a build with shared libraries"]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([fine("ggml", "")], True),
        ([fine("ggml", ""), obstacle("program", "")], False),
        ([unknown("ggml", "")], False),
        ([unknown("ggml", ""), fine("trace", "")], True),
        ([fine("ggml", ""), obstacle("trace", "")], False),
        ([obstacle("process", "a static child"), fine("trace", "")], True),
    ],
)
def test_a_trace_decides(found: list[Finding], expected):
    assert doctor.would_record(found) is expected


@pytest.mark.parametrize(
    ("found", "begin"),
    [
        ([fine("trace", "")], "Events are recorded: ggml-viz run -- prog -x"),
        ([obstacle("program", "it is static")], "No events: it is static."),
        ([unknown("ggml", "")], "It cannot be told without running it"),
    ],
)
def test_the_verdict(found, begin):
    assert doctor.verdict(found, ["prog", "-x"]).startswith(begin)


# What a run shows


def observed(command, tmp_path, seconds=30.0, until=lambda: False):
    return observe(command, find_shim(), tmp_path / "doctor.ggmlviz", seconds, until)


def is_gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_sees_the_shim_in_a_program_and_its_children_and_stops_them(tmp_path, monkeypatch):
    monkeypatch.setattr("ggmlviz.capture.probe.GRACE_SECONDS", 0.2)
    pids = tmp_path / "pids"
    script = f"trap '' TERM; sleep 600 & echo $$ $! >{pids}; wait"
    looks = []

    def enough():
        # Each look at the pids is followed by one at the processes, so the third has all that the first named.
        looks.append(pids.exists() and len(pids.read_text().split()) == 2)
        return looks.count(True) > 2

    observation = observed(["sh", "-c", script], tmp_path, until=enough)
    assert {seen.has_shim for seen in observation.seen.values()} == {True}
    assert observation.exit_code is None and len({seen.pid for seen in observation.seen.values()}) == 2
    assert all(is_gone(int(pid)) for pid in pids.read_text().split())


def test_sees_a_static_child(build, tmp_path):
    static = build("#include <unistd.h>\nint main(void) { return pause(); }", "-static")
    observation = Observation()
    with subprocess.Popen([static]) as child:
        while not observation.seen:
            look_at(child.pid, observation)
        child.kill()
    (seen,) = observation.seen.values()
    finding = was_preloaded(seen)
    assert finding.mark is Mark.OBSTACLE and finding.text.endswith("runs without the shim: it is static")


def test_time_is_bounded(tmp_path):
    observation = observed(["sleep", "600"], tmp_path, seconds=0.2)
    assert observation.exit_code is None and 0.2 <= observation.seconds < 5
    assert "its time was over" in how_it_went(observation, 0.2).text


def test_tells_the_shims_words_from_the_programs(tmp_path):
    script = "echo ggml-viz: no layout >&2; echo out of luck >&2; exit 3"
    observation = observed(["sh", "-c", script], tmp_path)
    assert (observation.shim_said, observation.program_said) == (["no layout"], ["out of luck"])
    finding = how_it_went(observation, 30)
    assert finding.mark is Mark.UNKNOWN and finding.text.endswith("with exit code 3: out of luck")


def test_a_program_that_never_calls_ggml():
    found = findings("true", seconds=30)
    assert about("trace", found).text == "no call into ggml was seen"
    assert not doctor.would_record(found)


@pytest.mark.parametrize(
    ("library", "mark", "words"),
    [
        (Library("/l/libggml.so", "2025-01-07"), Mark.FINE, "libggml.so: its structs are those of 2025-01-07"),
        (Library("/l/libggml.so", "probed"), Mark.FINE, "probed"),
        (Library("/l/libggml.so", "refused: unknown layout"), Mark.OBSTACLE, "refused: unknown layout"),
    ],
)
def test_how_a_ggml_was_hooked(library, mark, words):
    finding = library_finding(library)
    assert finding.mark is mark and words in finding.text


@pytest.mark.parametrize(
    ("evidence", "marks"),
    [
        ([], {"trace": Mark.OBSTACLE}),
        ([Evidence()], {"trace": Mark.OBSTACLE}),
        ([Evidence(runs=3)], {"nodes": Mark.UNKNOWN, "trace": Mark.FINE}),
        ([Evidence(), Evidence(runs=3, nodes=9)], {"trace": Mark.FINE}),
    ],
)
def test_what_was_recorded(evidence, marks):
    found = what_was_recorded(Observation(), evidence, 20)
    assert {finding.subject: finding.mark for finding in found} == marks
