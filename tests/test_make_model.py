"""The models made by examples/make_model.py are sound, and real programs run them."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
gguf = pytest.importorskip("gguf")

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
PROGRAMS = ROOT / "tests" / "programs"

sys.path.insert(0, str(EXAMPLES))
import make_model  # noqa: E402


def needs(module):
    missing = importlib.util.find_spec(module) is None
    return pytest.mark.skipif(missing, reason=f"{module} is not installed")


def run(*command, **kwargs):
    command = [sys.executable, *map(str, command)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **kwargs)


def make(*arguments):
    return run(EXAMPLES / "make_model.py", *arguments)


def reports(result):
    """The JSON lines that a driver program wrote to stderr."""
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """One file of each small preset."""
    folder = tmp_path_factory.mktemp("models")
    files = {}
    for preset in ("tiny", "tiny-moe", "whisper-tiny"):
        files[preset] = folder / preset
        make_model.write_preset(preset, files[preset])
    return files


def test_tiny_reads_back(models):
    reader = gguf.GGUFReader(models["tiny"])
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    assert len(tensors) == 3 * 9 + 3
    assert list(tensors["token_embd.weight"].shape) == [128, 1024]
    assert list(tensors["blk.2.ffn_down.weight"].shape) == [256, 128]
    assert list(tensors["blk.0.attn_k.weight"].shape) == [128, 64]
    assert tensors["blk.0.attn_q.weight"].tensor_type == gguf.GGMLQuantizationType.F16
    assert reader.get_field("llama.block_count").contents() == 3
    tokens = reader.get_field("tokenizer.ggml.tokens").contents()
    assert len(tokens) == len(set(tokens)) == 1024
    assert models["tiny"].stat().st_size < 4e6


def test_moe_has_expert_tensors(models):
    reader = gguf.GGUFReader(models["tiny-moe"])
    shapes = {tensor.name: list(tensor.shape) for tensor in reader.tensors}
    assert shapes["blk.0.ffn_gate_inp.weight"] == [128, 4]
    assert shapes["blk.0.ffn_up_exps.weight"] == [128, 128, 4]
    assert reader.get_field("llama.expert_used_count").contents() == 2


def test_options_change_the_model(tmp_path):
    path = tmp_path / "changed.gguf"
    options = "--layers 2 --width 64 --heads 2 --kv-heads 1 --ffn 96 --vocab 400 --context 99 --type q8_0"
    result = make("tiny", "-o", path, *options.split())
    assert result.returncode == 0 and result.stdout.strip() == str(path)
    assert result.stderr == ""  # progress is for terminals only
    reader = gguf.GGUFReader(path)
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    assert len(tensors) == 2 * 9 + 3
    assert list(tensors["output.weight"].shape) == [64, 400]
    assert tensors["output.weight"].tensor_type == gguf.GGMLQuantizationType.Q8_0
    assert reader.get_field("llama.context_length").contents() == 99


def test_every_supported_type_is_finite(tmp_path):
    assert {"F32", "F16", "Q8_0", "Q4_0", "Q4_1", "Q5_0"} <= set(make_model.supported_types())
    for name in make_model.supported_types():
        path = tmp_path / f"{name}.gguf"
        make_model.write_preset("tiny", path, layers=1, width=256, type=name)
        for tensor in gguf.GGUFReader(path).tensors:
            values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
            assert np.isfinite(values).all(), (name, tensor.name)
            assert np.abs(values).max() < 10


def test_big_tensors_repeat_rows_but_not_all(tmp_path, monkeypatch):
    monkeypatch.setattr(make_model, "MAX_FRESH_WEIGHTS", 128 * 100)
    path = tmp_path / "repeating.gguf"
    make_model.write_preset("tiny", path, layers=1)
    embedding = gguf.GGUFReader(path).tensors[0].data
    assert embedding.shape == (1024, 128)
    assert 90 <= len(np.unique(embedding, axis=0)) <= 100


def test_the_1b_preset_has_the_sizes_of_tinyllama():
    plan = list(make_model.tensors(make_model.PRESETS["1b"]))
    assert sum(np.prod(shape) for _, shape, _ in plan) == 1_100_048_384
    assert len(plan) == 201


@pytest.mark.parametrize("preset", ["tiny", "tiny-moe", "whisper-tiny"])
def test_the_seed_decides_every_byte(tmp_path, models, preset):
    again, other = tmp_path / "again", tmp_path / "other"
    make_model.write_preset(preset, again)
    make_model.write_preset(preset, other, seed=1)
    assert again.read_bytes() == models[preset].read_bytes()
    assert other.read_bytes() != models[preset].read_bytes()
    assert other.stat().st_size == models[preset].stat().st_size


def test_split_writes_several_files(tmp_path):
    result = make("tiny", "-o", tmp_path / "part.gguf", "--split", "16")
    parts = [Path(line) for line in result.stdout.splitlines()]
    assert [part.name for part in parts] == ["part-00001-of-00002.gguf", "part-00002-of-00002.gguf"]
    assert [len(gguf.GGUFReader(part).tensors) for part in parts] == [16, 14]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["huge"], "invalid choice: 'huge'"),
        (["tiny", "--type", "Q9_9"], "unknown type 'Q9_9' (choose from F32, F16,"),
        (["tiny", "--type", "Q4_K"], "unknown type 'Q4_K'"),
        (["tiny", "--heads", "5"], "width 128 is not divisible by 5 heads"),
        (["tiny", "--heads", "128"], "must be even"),
        (["tiny", "--kv-heads", "3"], "4 heads are not divisible by 3 kv-heads"),
        (["tiny", "--ffn", "100", "--type", "Q4_0"], "ffn 100 is not divisible by 32"),
        (["tiny", "--width", "80", "--type", "Q8_0"], "width 80 is not divisible by 32"),
        (["tiny", "--layers", "0"], "--layers must be at least 1"),
        (["tiny", "--vocab", "10"], "vocab 10 is too small"),
        (["tiny", "--experts", "4"], "--experts-used"),
        (["tiny-moe", "--experts-used", "9"], "between 0 and experts"),
        (["tiny", "--seed", "-1"], "cannot be negative"),
        (["whisper-tiny", "--layers", "3"], "takes no option but"),
    ],
)
def test_bad_arguments(tmp_path, arguments, message):
    path = tmp_path / "bad.gguf"
    result = make(*arguments, "-o", path)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not path.exists()


def test_unwritable_output_is_one_line(tmp_path):
    result = make("tiny", "-o", tmp_path / "missing" / "tiny.gguf")
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and "missing" in result.stderr


def test_help_shows_examples():
    assert "python make_model.py tiny -o tiny.gguf" in make("--help").stdout


@needs("xllamacpp")
@pytest.mark.parametrize("preset", ["tiny", "tiny-moe"])
def test_llama_generates_what_was_asked(models, preset):
    runs = [
        run(PROGRAMS / "llama_generate.py", models[preset], "--tokens", 24, "--threads", threads) for threads in (1, 2)
    ]
    for result in runs:
        assert [report["tokens"] for report in reports(result)] == [24]
        assert "READY" in result.stderr.splitlines()
        assert result.stdout.isascii() and len(result.stdout.split()) > 3
    assert runs[0].stdout == runs[1].stdout


@needs("xllamacpp")
def test_llama_parallel_repeat_and_hold(models):
    options = ["--tokens", 8, "--parallel", 3, "--repeat", 2, "--hold"]
    result = run(PROGRAMS / "llama_generate.py", models["tiny"], *options, input="\n")
    assert [report["tokens"] for report in reports(result)] == [24, 24]
    texts = result.stdout.splitlines()
    assert len(texts) == 6 and texts[:3] == texts[3:] and len(set(texts)) == 3


@needs("xllamacpp")
@pytest.mark.parametrize("option", ["--batch-prompt", "--no-mmap", "--no-repack", "--no-flash", "--warmup"])
def test_llama_options(models, option):
    result = run(PROGRAMS / "llama_generate.py", models["tiny"], "--tokens", 4, option)
    assert [report["tokens"] for report in reports(result)] == [4]


@needs("xllamacpp")
def test_llama_loads_split_and_quantised_models(tmp_path):
    parts = make_model.write_preset("tiny", tmp_path / "q4.gguf", split=9, type="Q4_0")
    result = run(PROGRAMS / "llama_generate.py", parts[0], "--tokens", 4)
    assert [report["tokens"] for report in reports(result)] == [4]


@needs("pywhispercpp")
def test_whisper_transcribes(models):
    runs = [run(PROGRAMS / "whisper_transcribe.py", models["whisper-tiny"], "--threads", n) for n in (1, 2)]
    for result in runs:
        assert [report["segments"] for report in reports(result)] == [1]
        assert len(result.stdout.split()) > 3
    assert runs[0].stdout == runs[1].stdout


@needs("pywhispercpp")
def test_whisper_refuses_another_format(models):
    result = run(PROGRAMS / "whisper_transcribe.py", models["tiny"])
    assert result.returncode == 1 and "not a whisper.cpp model" in result.stderr


@needs("xllamacpp")
@needs("pywhispercpp")
def test_llama_and_whisper_in_one_process(models):
    result = run(PROGRAMS / "llama_and_whisper.py", models["tiny"], models["whisper-tiny"], "--tokens", 8)
    first, second = reports(result)
    assert first["tokens"] == 8 and second["segments"] == 1
    assert len(result.stdout.splitlines()) == 2
