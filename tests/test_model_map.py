"""Maps of models against what the gguf package reads, and maps of traces against maps of the files."""

from __future__ import annotations

import os
import shutil
import struct
import time
from types import SimpleNamespace

import gguf
import numpy as np
import pytest
from gguf_truth import tensors_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support import llama, needs_llama, needs_whisper, python, traced
from twin import LegacyTwin, Twin

from ggmlviz import errors
from ggmlviz.analysis.blocks import CATEGORIES, category_of, layer_of
from ggmlviz.analysis.model.gguf_cursor import LongList
from ggmlviz.analysis.model.map import ModelMap, shape_of
from ggmlviz.analysis.model.placement import ORIGINS, placement_of
from ggmlviz.analysis.model.regions import RegionKind
from ggmlviz.analysis.model.same_model import check_same
from ggmlviz.format.recording import Recording

BUILT_WITH = {"max_examples": 150, "deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@pytest.fixture(scope="module", params=["tiny", "experts", "quantized", "split"])
def model(request, models):
    made = getattr(models, request.param)
    return made[-1] if isinstance(made, list) else made


def kinds(regions):
    return [RegionKind(kind) for kind in regions["kind"].tolist()]


def assert_covered(model_map):
    """Every byte of every file belongs to exactly one region."""
    for number, file in enumerate(model_map.files):
        regions = model_map.regions[model_map.regions["file"] == number]
        ends = regions["begin"] + regions["size"]
        assert regions["begin"].tolist() == [0, *ends[:-1].tolist()]
        assert ends[-1] == file.size


def damaged(path, change, name="damaged.gguf"):
    """A copy of the model, changed in place or replaced by what `change` returns."""
    data = bytearray(path.read_bytes())
    changed = change(data)
    copy = path.with_name(name)
    copy.write_bytes(data if changed is None else changed)
    return copy


def refusal(path, kind=errors.DamagedModel):
    with pytest.raises(kind) as refused:
        ModelMap.of_file(path)
    assert "\n" not in str(refused.value) and str(refused.value).endswith(".")
    return str(refused.value)


# files


def test_every_byte_is_in_one_region(model):
    model_map = ModelMap.of_file(model)
    assert_covered(model_map)
    assert sum(os.path.getsize(file.path) for file in model_map.files) == model_map.size
    assert kinds(model_map.regions)[:3] == [RegionKind.HEADER, RegionKind.METADATA, RegionKind.TENSOR_TABLE]
    regions = model_map.regions[model_map.regions["tensor"] >= 0]
    assert regions["tensor"].tolist() == list(range(len(model_map.tensors)))
    assert (regions["begin"] == model_map.tensors["offset"]).all()
    assert (regions["size"] == model_map.tensors["size"]).all()


def test_tensors_are_where_gguf_says(model):
    model_map = ModelMap.of_file(model)
    for number, file in enumerate(model_map.files):
        truth = tensors_of(file.path)
        ours = model_map.of_one_file(number)
        assert {
            tensor["name"]: (tensor["type"], tuple(shape_of(tensor)), tensor["offset"], tensor["size"])
            for tensor in ours
        } == truth


def test_metadata_are_those_of_gguf(models):
    metadata, reader = ModelMap.of_file(models.tiny).metadata, gguf.GGUFReader(models.tiny)
    fields = {name: field for name, field in reader.fields.items() if not name.startswith("GGUF.")}
    assert metadata.keys() == fields.keys()
    for name, value in metadata.items():
        truth = fields[name].contents()
        assert value == (LongList(value.type, len(truth)) if isinstance(value, LongList) else truth)


def test_gaps_are_only_alignment(model):
    gaps = ModelMap.of_file(model).gaps
    assert set(kinds(gaps)) == {RegionKind.ALIGNMENT}
    assert (gaps["size"] < 32).all()


def test_gaps_are_named_for_what_they_are(tmp_path):
    writer = gguf.GGUFWriter(tmp_path / "odd.gguf", "llama")
    writer.add_custom_alignment(256)
    for name in ("blk.0.attn_q.weight", "blk.0.ffn_up.weight"):
        writer.add_tensor(name, np.zeros(3, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with open(tmp_path / "odd.gguf", "ab") as file:
        file.write(bytes(1000))
    model_map = ModelMap.of_file(tmp_path / "odd.gguf")
    assert_covered(model_map)
    assert kinds(model_map.regions)[-4:] == [
        RegionKind.TENSOR,
        RegionKind.ALIGNMENT,
        RegionKind.TENSOR,
        RegionKind.UNUSED,  # the padding of the last tensor, and what was added
    ]
    assert model_map.gaps["size"].tolist()[1:] == [256 - 12, 256 - 12 + 1000]


def test_a_map_cannot_be_changed(models):
    model_map = ModelMap.of_file(models.tiny)
    with pytest.raises(ValueError, match="read-only"):
        model_map.tensors["size"] = 0
    with pytest.raises(TypeError):
        model_map.metadata["general.name"] = "other"


def test_a_file_of_a_big_endian_machine(models, tmp_path):
    path = tmp_path / "big.gguf"
    writer = gguf.GGUFWriter(path, "llama", endianess=gguf.GGUFEndian.BIG)
    writer.add_token_list(["token"] * 100)
    writer.add_tensor("output.weight", np.zeros((2, 3), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model_map = ModelMap.of_file(path)
    assert_covered(model_map)
    assert model_map.tensors["offset"].tolist() == [tensors_of(path)["output.weight"].offset]
    assert model_map.metadata["tokenizer.ggml.tokens"] == LongList("string", 100)


def test_a_vocabulary_costs_no_time(models):
    path = models.make("words.gguf", "tiny", "--layers", "1", "--vocab", "32000")
    began = time.perf_counter()
    ModelMap.of_file(path)
    assert time.perf_counter() - began < 0.5  # it takes 0.01 s, and gguf.GGUFReader a second


def test_every_part_leads_to_the_whole_model(models):
    maps = [ModelMap.of_file(part) for part in models.split]
    assert [file.path for file in maps[0].files] == [str(part) for part in models.split]
    for other in maps[1:]:
        assert other.files == maps[0].files
        assert (other.tensors == maps[0].tensors).all()
    whole = ModelMap.of_file(models.tiny)
    assert maps[0].tensors["name"].tolist() == whole.tensors["name"].tolist()
    assert maps[0].metadata["general.architecture"] == "llama"


def test_missing_and_wrong_parts(models, tmp_path):
    parts = [shutil.copy(part, tmp_path) for part in models.split]
    os.rename(parts[1], tmp_path / "away.gguf")
    gone = f"part 2, {os.path.basename(parts[1])}, is missing"
    assert gone in refusal(parts[0], errors.UnreadableModel)
    assert "its name does not tell" in refusal(tmp_path / "away.gguf", errors.UnreadableModel)
    shutil.copy(parts[2], parts[1])
    assert "by its name it is part 2" in refusal(parts[0])


# names


@pytest.mark.parametrize(
    "name, layer, category",
    [
        ("token_embd.weight", None, "embedding"),
        ("position_embd.weight", None, "embedding"),
        ("token_embd_norm.weight", None, "norm"),
        ("blk.0.attn_norm.weight", 0, "norm"),
        ("blk.17.attn_q.bias", 17, "attention"),
        ("blk.17.attn_output.weight", 17, "attention"),
        ("blk.3.ffn_down.weight", 3, "ffn"),
        ("blk.3.ffn_down_exps.weight", 3, "moe"),
        ("blk.3.ffn_up_shexp.weight", 3, "moe"),
        ("blk.3.ffn_gate_inp.weight", 3, "moe"),
        ("blk.3.ffn_gate.7.weight", 3, "moe"),
        ("blk.3.exp_probs_b.bias", 3, "moe"),
        ("v.blk.2.ln1.weight", 2, "norm"),
        ("enc.blk.1.ffn_up.weight", 1, "ffn"),
        ("output_norm.weight", None, "norm"),
        ("output.weight", None, "output"),
        ("rope_freqs.weight", None, "other"),
        ("blk.5.ssm_in.weight", 5, "other"),
        ("blk.3.ffn_norm_exps.weight", 3, "norm"),
        ("blk.3.inp_gate.weight", 3, "other"),
        ("a.proj_blk.3.cross_attn_q.weight", None, "attention"),
        ("v.norm_embd.weight", None, "norm"),
        ("v.patch_embd.weight", None, "embedding"),
        ("mm.model.mlp.3.weight", None, "ffn"),
        ("per_layer_token_embd.weight", None, "embedding"),
        ("posnet.3.conv1.weight", None, "other"),
        ("cls.output.weight", None, "output"),
        ("blk.99999999999999999999.attn_q.weight", None, "attention"),
    ],
)
def test_names(name, layer, category):
    assert (layer_of(name), category_of(name)) == (layer, category)


def test_categories_of_a_model_with_experts(models):
    tensors = ModelMap.of_file(models.experts).tensors
    found = {CATEGORIES[number] for number in tensors["category"].tolist()}
    assert found == {"embedding", "attention", "moe", "norm", "output"}


# damage


def test_what_is_no_model(models, tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("Dear diary")
    assert "empty" in refusal(tmp_path / "empty", errors.NotAModel)
    assert "not a GGUF" in refusal(tmp_path / "text", errors.NotAModel)
    assert "whisper.cpp" in refusal(models.whisper, errors.NotAModel)
    assert "directory" in refusal(tmp_path, errors.UnreadableModel)
    assert "no such file" in refusal(tmp_path / "none", errors.UnreadableModel)
    assert "device" in refusal("/dev/null", errors.UnreadableModel)
    assert "cannot be opened" in refusal("a\0b", errors.UnreadableModel)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_somebody_else(models, tmp_path):
    copy = shutil.copy(models.tiny, tmp_path)
    os.chmod(copy, 0)
    assert "not permitted" in refusal(copy, errors.UnreadableModel)


def test_a_cut_off_tensor_is_named(models):
    path = damaged(models.tiny, lambda data: data[:-1000])
    assert "its tensor 'output.weight' would end at 1,436,960" in refusal(path)


@pytest.mark.parametrize("change", ["version", "tensors", "pairs"])
def test_counts_that_cannot_be(models, change):
    at = {"version": 4, "tensors": 8, "pairs": 16}[change]
    path = damaged(models.tiny, lambda data: struct.pack_into("<I", data, at, 0x7FFFFFFF))
    refusal(path, errors.NewerModel if change == "version" else errors.DamagedModel)


@settings(**BUILT_WITH)
@given(st.data())
def test_any_truncation_is_one_sentence(models, data):
    bytes_left = data.draw(st.integers(0, 25_000) | st.integers(0, models.tiny.stat().st_size - 1))
    refusal(damaged(models.tiny, lambda whole: whole[:bytes_left]), errors.ModelError)


@settings(**BUILT_WITH)
@given(st.integers(4, 24_400), st.binary(min_size=1, max_size=9))
@example(16, b"\xff" * 8)
@example(4, b"\0\0\0\3")
def test_any_damage_is_a_covered_map_or_one_sentence(models, at, noise):
    def change(data):
        data[at : at + len(noise)] = noise

    path = damaged(models.tiny, change)
    try:
        model_map = ModelMap.of_file(path)
    except errors.ModelError as refused:
        assert "\n" not in str(refused)
    else:
        assert_covered(model_map)


# traces


@pytest.fixture(scope="module")
def recorded(models, tmp_path_factory):
    """Traces by model, each made when first asked for."""
    made = {}

    def record(path, *options):
        if (path, options) not in made:
            output = tmp_path_factory.mktemp("traces") / "x.ggmlviz"
            made[path, options] = traced(llama(path, "--tokens", 4, *options), output)[1]
        return made[path, options]

    return record


def gaps_between_tensors(model_map):
    """Without those before the first tensor of each file, which a trace cannot tell from what else is there."""
    gaps = model_map.gaps
    first = np.array([model_map.of_one_file(file)["offset"][0] for file in range(len(model_map.files))])
    return gaps[gaps["begin"] > first[gaps["file"]]]


@needs_llama
def test_a_recorded_map_is_the_map_of_the_file(models, recorded):
    for path in (models.tiny, models.experts, models.quantized, models.split[0]):
        of_file, of_recording = ModelMap.of_file(path), ModelMap.of_recording(recorded(path).recording)
        assert_covered(of_recording)
        assert [(file.path, file.size) for file in of_recording.files] == [
            (os.path.realpath(file.path), file.size) for file in of_file.files
        ]
        assert (of_recording.tensors == of_file.tensors).all()
        assert of_recording.gaps.tolist() == gaps_between_tensors(of_file).tolist()


@needs_llama
def test_the_same_model_is_accepted(models, recorded, tmp_path):
    check_same(ModelMap.of_file(models.tiny), recorded(models.tiny).recording)
    check_same(ModelMap.of_file(shutil.copy(models.tiny, tmp_path / "renamed.gguf")), recorded(models.tiny).recording)
    other_weights = models.make("seed.gguf", "tiny", "--seed", "1")
    check_same(ModelMap.of_file(other_weights), recorded(models.tiny).recording)
    check_same(ModelMap.of_file(models.split[1]), recorded(models.split[0]).recording)


@needs_llama
@pytest.mark.parametrize(
    "name, options, difference",
    [
        ("q8.gguf", ["--type", "Q8_0"], "token_embd.weight is Q8_0 128×1024, and was F16 128×1024"),
        ("wide.gguf", ["--ffn", "512"], "blk.0.ffn_gate.weight is F16 128×512, and was F16 128×256"),
        ("high.gguf", ["--layers", "4"], "token_embd.weight begins at byte"),
        ("long.gguf", ["--context", "99"], ""),
    ],
)
def test_another_model_is_refused(models, recorded, name, options, difference):
    model_map = ModelMap.of_file(models.make(name, "tiny", *options))
    if not difference:  # another number in the metadata moves nothing
        return check_same(model_map, recorded(models.tiny).recording)
    with pytest.raises(errors.AnotherModel, match=difference) as refused:
        check_same(model_map, recorded(models.tiny).recording)
    assert "\n" not in str(refused.value)


@needs_llama
def test_a_file_that_grew_is_refused(models, recorded):
    grown = ModelMap.of_file(damaged(models.tiny, lambda data: data + bytes(32), "grown.gguf"))
    with pytest.raises(errors.AnotherModel, match="has 1,436,992 bytes, and the traced one had 1,436,960"):
        check_same(grown, recorded(models.tiny).recording)


def recording_of(twin, folder):
    path = folder / "twin.ggmlviz"
    path.write_bytes(twin.bytes())
    return Recording.open(path)


@pytest.mark.parametrize("kind, told", [(None, "no model file"), (2, "only of /m"), (3, "could not be read")])
def test_a_trace_without_a_gguf(tmp_path, kind, told):
    twin = Twin()
    if kind is not None:
        twin.file(twin.string("/m"), kind)
    with pytest.raises(errors.NotAModel, match=told):
        ModelMap.of_recording(recording_of(twin.close(), tmp_path))


def test_an_old_trace(tmp_path):
    with pytest.raises(errors.NotAModel, match="old format"):
        ModelMap.of_recording(recording_of(LegacyTwin(), tmp_path))


@pytest.mark.parametrize(
    "announced, size, type, ne, offset, told",
    [
        (2, 4096, 0, (4, 3), 1024, "tells of 1 of the 2 tensors"),
        (1, 1060, 0, (4, 3), 1024, "'w' would end at 1,072"),
        (1, 2**64 - 1, 0, (4, 3), 1024, "a size that no file can have"),
        (1, 4096, 2, (4, 3), 1024, "rows of 4, and Q4_0 comes in blocks of 32"),
        (1, 4096, 0, (2**63, 0), 1024, "no memory can hold"),
        (1, 4096, 999, (4, 3), 1024, "the type 999"),
    ],
)
def test_a_trace_that_tells_nonsense(tmp_path, announced, size, type, ne, offset, told):
    twin = Twin()
    file = twin.file(twin.string("/m"), tensors=announced, size=size)
    twin.file_tensor(file, twin.string("w"), offset, ne, type)
    with pytest.raises(errors.ModelError, match=told):
        ModelMap.of_recording(recording_of(twin.close(), tmp_path))


# placement


def placed_in(trace):
    model_map = ModelMap.of_recording(trace.recording)
    placement = placement_of(trace, model_map)
    assert not len(placement.never_seen)
    names = [trace.definitions.strings[name] for name in trace.definitions.tensors["name"].tolist()]
    seen = [names[tensor] for tensor in placement.placed["tensor"].tolist()]
    assert seen == model_map.tensors["name"][placement.placed["source"]].tolist()
    return placement.placed, model_map


@needs_llama
def test_mapped_weights_are_read_from_the_file(models, recorded):
    for path in (models.experts, models.split[0]):
        placed, model_map = placed_in(recorded(path, "--no-repack"))
        assert set(placed["origin"].tolist()) == {ORIGINS.index("file offset")}
        sources = model_map.tensors[placed["source"]]
        assert (placed["file_offset"] == sources["offset"]).all()
        assert (placed["bytes"] == sources["size"]).all()
        assert [model_map.files[file].definition for file in sources["file"]] == placed["file"].tolist()


@needs_llama
def test_copied_weights_are_known_by_name(models, recorded):
    placed, _ = placed_in(recorded(models.tiny, "--no-mmap"))
    assert set(placed["origin"].tolist()) == {ORIGINS.index("name")}
    assert (placed["file"] == -1).all() and (placed["buffer"] >= 0).all()


@needs_llama
def test_weights_that_no_graph_reads_are_told(models, recorded):
    trace = recorded(models.tiny)
    model_map, strings, tensors = (
        ModelMap.of_recording(trace.recording),
        trace.definitions.strings,
        trace.definitions.tensors,
    )
    kept = [not strings[name].startswith("blk.1.") for name in tensors["name"].tolist()]
    fewer = SimpleNamespace(tensors=tensors[kept], strings=strings)
    never_seen = placement_of(SimpleNamespace(definitions=fewer, buffers=trace.buffers), model_map).never_seen
    missing = model_map.tensors[never_seen]
    assert len(missing) == 9 and set(missing["layer"].tolist()) == {1}


@needs_whisper
def test_weights_without_a_table_have_a_buffer_and_no_source(models, tmp_path):
    _, trace = traced(python("whisper_transcribe.py", models.whisper), tmp_path / "x.ggmlviz")
    placed = placement_of(trace, None).placed
    assert len(placed) > 100
    assert set(placed["origin"].tolist()) == {ORIGINS.index("unknown")}
    assert (placed["buffer"] >= 0).all() and (placed["source"] == -1).all()
