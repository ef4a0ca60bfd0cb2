"""The native parts by themselves: strict compilers, sanitizers, and what the shim needs and shows of itself.

Programs of tests/native test the ring, the recorder and the readers of foreign bytes from within. What they record is
opened here once more by the reader in Python, which must find nothing to complain about.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import gguf
import numpy as np
import pytest
from native_support import CSRC, NATIVE, RING, STRICT, any_compiler, compile_program, compilers, find_ggml, untraced

from ggmlviz.capture.shim import find_shim
from ggmlviz.format.layout import RowKind
from ggmlviz.format.recording import Recording

SANITIZERS = {
    "plain": ("-O2",),
    "address": ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
    "thread": ("-O1", "-g", "-fsanitize=thread"),
}
RECORDER = (*RING, "define.c", "intern.c", "keeper.c", "output.c", "process.c", "recorder.c", "say.c")
SANITIZER_SETTINGS = {"TSAN_OPTIONS": "halt_on_error=1", "ASAN_OPTIONS": "detect_leaks=0"}
TIME_LIMIT = 80
BUILDS = [(compiler, sanitizer) for compiler in compilers() for sanitizer in SANITIZERS]
NEEDED = re.compile(r"lib(c|dl|pthread|rt)\.so\.\d+|ld-linux.*")


def names_of_tests(source: str) -> list[str]:
    return re.findall(r"TEST\((\w+)\)[,\n ]", (NATIVE / source).read_text().split("tests[] = {")[1])


@pytest.fixture(scope="module", params=BUILDS, ids="-".join)
def build(request, tmp_path_factory):
    """Compiles a program in one of the ways, once."""
    compiler, sanitizer = request.param
    folder = tmp_path_factory.mktemp("-".join(request.param))
    _try_sanitizer(compiler, sanitizer, folder)

    def built(name: str, csrc: tuple[str, ...], *flags: str) -> Path:
        target = folder / name
        if not target.exists():
            flags = (*SANITIZERS[sanitizer], f"-I{NATIVE}", *flags)
            if (compiler, sanitizer) == ("gcc", "thread"):
                flags += ("-Wno-tsan",)  # it does not know fences, and says so
            compile_program(target, [f"{name}.c"], *flags, compiler=compiler, csrc=csrc)
        return target

    return built


def _try_sanitizer(compiler: str, sanitizer: str, folder: Path) -> None:
    source, program = folder / "empty.c", folder / "empty"
    source.write_text("int main(void) { return 0; }\n")
    done = subprocess.run([compiler, *SANITIZERS[sanitizer], str(source), "-o", str(program)], capture_output=True)
    if done.returncode or subprocess.run([program], capture_output=True, timeout=TIME_LIMIT).returncode:
        pytest.skip(f"{compiler} has no working {sanitizer} sanitizer here")


def run(program: Path, *arguments: object, **settings: str) -> str:
    command = [str(program), *map(str, arguments)]
    environment = untraced() | SANITIZER_SETTINGS | settings
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIME_LIMIT)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Sanitizer" not in done.stderr, done.stderr[-4000:]
    return done.stdout


def marks(recording: Recording) -> int:
    return sum(int((piece.rows["kind"] == RowKind.MARK).sum()) for lane in recording.lanes for piece in lane.pieces)


def assert_sound(recording: Recording) -> None:
    assert list(recording.problems) == []
    assert recording.closed
    assert recording.loss.damaged == 0
    for lane in recording.lanes:
        for piece in lane.pieces:
            assert (np.diff(piece.rows["time"].astype(np.int64)) >= 0).all()


# --- the ring


@pytest.mark.parametrize("name", names_of_tests("ring_test.c"))
def test_ring(build, name, tmp_path):
    run(build("ring_test", RING), tmp_path, name)
    for trace in tmp_path.glob("*.ggmlviz"):
        assert_sound(Recording.open(trace))


# --- the recorder


def record(build, name: str, folder: Path, **settings: str) -> tuple[int, list[Recording]]:
    """What the test says that it did, and the traces it left: the one of its first process first."""
    output = folder / "trace.ggmlviz"
    told = run(build("recorder_test", RECORDER), name, GGML_VIZ_OUTPUT=str(output), **settings)
    return int(told), [Recording.open(path) for path in sorted(folder.glob("*.ggmlviz"), key=lambda p: p != output)]


def test_lanes_of_threads_that_ended_are_used_again(build, tmp_path):
    rows, (recording,) = record(build, "threads_come_and_go", tmp_path)
    assert_sound(recording)
    threads = len(recording.definitions.threads)
    assert threads == 48
    assert rows <= marks(recording) + recording.loss.lost <= rows + threads  # a row THREAD can be lost as well
    assert len(recording.lanes) <= 6


def test_a_forked_child_has_a_trace_of_its_own(build, request, tmp_path):
    if "-plain" not in request.node.name:
        pytest.skip("sanitizers do not know children, with threads, of programs with threads: they hang or give up")
    children, (parent, *others) = record(build, "forks_in_the_middle", tmp_path)
    assert len(others) == children
    for recording in others:
        assert_sound(recording)
        assert 4000 <= marks(recording) + recording.loss.lost <= 4002
        assert len(recording.definitions.threads) == 2
    assert_sound(parent)
    assert len({recording.experiment for recording in (parent, *others)}) == children + 1


def test_a_child_that_records_nothing_leaves_no_trace(build, tmp_path):
    rows, (recording,) = record(build, "a_quiet_child_leaves_no_trace", tmp_path)
    assert_sound(recording)
    assert marks(recording) == rows


def test_threads_may_be_at_work_when_the_process_ends(build, tmp_path):
    rows, (recording,) = record(build, "threads_outlive_main", tmp_path)
    assert_sound(recording)
    assert marks(recording) >= rows


def test_recordings_come_and_go_in_a_process_at_work(build, tmp_path):
    times, recordings = record(build, "joins_and_leaves", tmp_path)
    assert len(recordings) == times
    for recording in recordings:
        assert_sound(recording)
        assert marks(recording) + recording.loss.lost >= 50 * 20
    assert len({recording.experiment for recording in recordings}) == times


def test_a_recording_ends_while_a_thread_is_in_a_hook(build, tmp_path):
    rows, (recording,) = record(build, "leaves_while_a_thread_is_inside", tmp_path)
    assert_sound(recording)
    assert marks(recording) == rows


def test_equal_things_are_defined_once(build, tmp_path):
    _, (recording,) = record(build, "the_same_has_the_same_id", tmp_path)
    assert_sound(recording)
    assert len(recording.definitions.tensors) == 2
    assert len(recording.definitions.topologies) == 3
    assert len(recording.definitions.graphs) == 2
    assert len(recording.definitions.edges(0)) == 10000


def test_a_set_of_hashes(build, tmp_path):
    record(build, "a_set_of_hashes_keeps_ids", tmp_path)


# --- foreign bytes


@pytest.fixture(scope="module")
def good_gguf(tmp_path_factory) -> tuple[Path, int]:
    """A model file with values of every kind, and where its tables end."""
    path = tmp_path_factory.mktemp("gguf") / "good.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_custom_alignment(64)
    writer.add_uint8("test.u8", 1)
    writer.add_int16("test.i16", -2)
    writer.add_float64("test.f64", 2.5)
    writer.add_bool("test.bool", True)
    writer.add_string("test.string", "some words")
    writer.add_array("test.strings", ["a", "", "ccc"])
    writer.add_array("test.numbers", [1, 2, 3, 4, 5])
    for number in range(5):
        shape = (number + 1, 2, 3)[: number % 3 + 1]
        writer.add_tensor(f"blk.{number}.weight", np.zeros(shape, np.float32 if number % 2 else np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    reader = gguf.GGUFReader(path)
    last = reader.tensors[-1].field
    return path, last.offset + sum(part.nbytes for part in last.parts)


def test_tables_of_model_files(build, good_gguf):
    path, tables_end = good_gguf
    lines = run(build("gguf_test", ("gguf.c",)), path, tables_end).splitlines()
    tensors = gguf.GGUFReader(path).tensors
    assert lines == [
        f"{tensor.name} {int(tensor.tensor_type)} {tensor.data_offset} {' '.join(map(str, tensor.shape))}"
        for tensor in tensors
    ]


def test_layouts_of_tensors(build):
    run(build("layout_test", ("layout.c",)))


def test_probing_finds_what_the_table_says(tmp_path):
    program = compile_program(tmp_path / "probe", ["layout_probe.c"], "-O2", f"-I{NATIVE}", "-ldl", csrc=["layout.c"])
    probed, known = map(json.loads, run(program, find_ggml().base).splitlines())
    assert probed == known


# --- every source


@pytest.mark.parametrize("compiler", compilers())
def test_sources_compile_without_a_warning(compiler, tmp_path):
    compile_every_source([compiler], tmp_path)


def test_sources_compile_for_arm64(tmp_path):
    if shutil.which("aarch64-linux-gnu-gcc"):
        compile_every_source(["aarch64-linux-gnu-gcc"], tmp_path)
        return
    python = shutil.which("python3") or "python3"
    if subprocess.run([python, "-m", "ziglang", "version"], capture_output=True).returncode:
        pytest.skip("there is no compiler for arm64")
    compile_every_source([python, "-m", "ziglang", "cc", "-target", "aarch64-linux-gnu"], tmp_path)


def compile_every_source(compiler: list[str], folder: Path) -> None:
    flags = [*STRICT, "-O2", "-fPIC", "-fexceptions", "-fvisibility=hidden"]
    for source in sorted(CSRC.glob("*.c")):
        command = [*compiler, *flags, "-c", str(source), "-o", str(folder / f"{source.stem}.o")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT)
        assert done.returncode == 0, done.stderr


# --- the shim


def listed(*command: str) -> list[str]:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_shim_needs_only_the_c_library():
    dynamic = listed("readelf", "--dynamic", "--wide", str(find_shim()))
    needed = [re.search(r"\[(.*)\]", line)[1] for line in dynamic if "(NEEDED)" in line]
    assert needed
    assert [name for name in needed if not NEEDED.fullmatch(name)] == []


def test_the_shim_shows_only_its_hooks_and_the_doors_of_attach():
    defined = listed("nm", "--dynamic", "--defined-only", "--format=posix", str(find_shim()))
    names = {line.split()[0] for line in defined}
    hooks = set(re.findall(r"^ +X\((\w+)\)", (CSRC / "caller.h").read_text(), re.MULTILINE))
    for_attach = {"ggmlviz_attach", "ggmlviz_detach"}
    if platform.machine() == "x86_64":
        for_attach |= {"ggmlviz_injected", "ggmlviz_injected_end"}
    assert names == hooks | for_attach


def test_every_symbol_the_shim_needs_is_in_the_c_library(tmp_path):
    """Linked with the C library alone, nothing is missing."""
    program, source = tmp_path / "empty", tmp_path / "empty.c"
    source.write_text("int main(void) { return 0; }\n")
    flags = ["-Wl,--no-as-needed", "-nodefaultlibs", str(find_shim()), "-lc", "-ldl", "-lpthread", "-lrt"]
    command = [any_compiler(), str(source), "-o", str(program), *flags, "-Wl,--no-allow-shlib-undefined"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    undefined = listed("nm", "--dynamic", "--undefined-only", "--format=posix", str(find_shim()))
    assert not [line for line in undefined if re.match(r"_?Py", line)]
    assert os.access(program, os.X_OK)
