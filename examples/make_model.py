#!/usr/bin/env python3
"""Write a model with random weights that real GGML programs load and run.

Tracing needs a model, but rarely a clever one: the graph, the memory and the
speed of a model follow from its sizes, not from what it learned.  This program
writes a GGUF file of the llama architecture (dense or mixture of experts), or a
whisper.cpp file, out of a seeded random generator, so nothing is downloaded and
the same seed always gives the same bytes.  What such a model says is nonsense.

Needs numpy and gguf.
"""

import argparse
import dataclasses
import itertools
import math
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import whisper_model
from gguf import GGMLQuantizationType, GGUFWriter, TokenType
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import quant_shape_to_byte_shape, quantize

EXAMPLES = """\
examples:
  python make_model.py tiny -o tiny.gguf
  python make_model.py tiny --type Q4_0 --layers 6 --seed 7 -o six.gguf
  python make_model.py tiny-moe --experts 8 --experts-used 2 -o moe.gguf
  python make_model.py 1b -o 1b.gguf                # the sizes of TinyLlama, 620 MB
  python make_model.py tiny --split 10 -o parts.gguf  # parts-00001-of-0000N.gguf, ...
  python make_model.py whisper-tiny -o whisper.bin
"""

BOS, EOS = 1, 2
FIRST_PIECE = 3 + 256  # behind <unk>, <s>, </s> and the 256 byte tokens
MIN_VOCAB = FIRST_PIECE + 32

# Drawing and quantising every weight of a big model takes minutes and gains
# nothing.  A tensor larger than this repeats whole rows in a random order.
MAX_FRESH_WEIGHTS = 1 << 20


class ModelError(ValueError):
    """The asked-for sizes cannot make a model."""


@dataclass(frozen=True)
class LlamaConfig:
    """The sizes of a llama model; experts=0 means dense."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    ffn: int
    vocab: int
    context: int
    type: str
    experts: int = 0
    experts_used: int = 0


PRESETS = {
    "tiny": LlamaConfig(3, 128, 4, 2, 256, 1024, 2048, "F16"),
    "tiny-moe": LlamaConfig(3, 128, 4, 2, 128, 1024, 2048, "F16", experts=4, experts_used=2),
    "small": LlamaConfig(22, 256, 4, 4, 704, 8192, 2048, "F16"),
    "1b": LlamaConfig(22, 2048, 32, 4, 5632, 32000, 2048, "Q4_0"),
}
WHISPER_PRESET = "whisper-tiny"


def supported_types():
    """Names of the tensor types gguf can write, found by trying each one."""
    names = []
    for kind in GGMLQuantizationType:
        row = np.ones((1, GGML_QUANT_SIZES[kind][0]), dtype=np.float32)
        try:
            quantize(row, kind)
        except NotImplementedError:
            continue
        names.append(kind.name)
    return names


def parse_type(name):
    kind = GGMLQuantizationType.__members__.get(name.upper())
    known = supported_types()
    if kind is None or kind.name not in known:
        raise ModelError(f"unknown type '{name}' (choose from {', '.join(known)})")
    return kind


def check(config):
    """Refuse what llama.cpp would refuse later, in words that say what to change."""
    kind = parse_type(config.type)
    for field in ("layers", "width", "heads", "kv_heads", "ffn", "context"):
        if getattr(config, field) < 1:
            raise ModelError(f"--{field.replace('_', '-')} must be at least 1")
    if config.width % config.heads:
        raise ModelError(f"width {config.width} is not divisible by {config.heads} heads")
    if (config.width // config.heads) % 2:
        raise ModelError(
            f"width {config.width} / heads {config.heads} = {config.width // config.heads}: "
            "must be even (rotary positions turn pairs)"
        )
    if config.heads % config.kv_heads:
        raise ModelError(f"{config.heads} heads are not divisible by {config.kv_heads} kv-heads")
    block = GGML_QUANT_SIZES[kind][0]
    for field in ("width", "ffn"):
        if getattr(config, field) % block:
            raise ModelError(
                f"{field} {getattr(config, field)} is not divisible by {block}, the block size of {kind.name}"
            )
    if config.vocab < MIN_VOCAB:
        raise ModelError(f"vocab {config.vocab} is too small (at least {MIN_VOCAB})")
    if config.experts < 0 or not 0 <= config.experts_used <= config.experts:
        raise ModelError("experts-used must lie between 0 and experts")
    if config.experts and not config.experts_used:
        raise ModelError("a model with experts needs --experts-used of at least 1")


def vocabulary(size):
    """Tokens, scores and types of a SentencePiece-like vocabulary.

    The byte tokens make every prompt encodable; the pieces are syllables, so
    that generated text is plain ASCII and easy to compare.
    """
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    kinds = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL] + [TokenType.BYTE] * 256
    pieces = itertools.islice(_pieces(), size - len(tokens))
    tokens += pieces
    kinds += [TokenType.NORMAL] * (size - len(kinds))
    scores = [0.0] * FIRST_PIECE + [-float(i) for i in range(size - FIRST_PIECE)]
    return tokens, scores, kinds


def _pieces():
    """Endless distinct pieces: a blank, letters, then words of growing length."""
    yield "\u2581"
    yield from "abcdefghijklmnopqrstuvwxyz"
    syllables = [c + v for c in "bdfghjklmnprstvwz" for v in "aeiou"]
    for length in itertools.count(1):
        for parts in itertools.product(syllables, repeat=length):
            yield "".join(parts)
            yield "\u2581" + "".join(parts)


def tensors(config):
    """Yield (name, shape, type), shapes in numpy order: rows first."""
    kind, f32 = parse_type(config.type), GGMLQuantizationType.F32
    width, ffn = config.width, config.ffn
    kv_width = width // config.heads * config.kv_heads
    yield "token_embd.weight", (config.vocab, width), kind
    for i in range(config.layers):
        block = f"blk.{i}."
        yield block + "attn_norm.weight", (width,), f32
        yield block + "attn_q.weight", (width, width), kind
        yield block + "attn_k.weight", (kv_width, width), kind
        yield block + "attn_v.weight", (kv_width, width), kind
        yield block + "attn_output.weight", (width, width), kind
        yield block + "ffn_norm.weight", (width,), f32
        experts, suffix = (), ""
        if config.experts:
            experts, suffix = (config.experts,), "_exps"
            yield block + "ffn_gate_inp.weight", (config.experts, width), f32
        yield block + f"ffn_gate{suffix}.weight", (*experts, ffn, width), kind
        yield block + f"ffn_up{suffix}.weight", (*experts, ffn, width), kind
        yield block + f"ffn_down{suffix}.weight", (*experts, width, ffn), kind
    yield "output_norm.weight", (width,), f32
    yield "output.weight", (config.vocab, width), kind


def stored_shape(shape, kind):
    """The numpy type and shape in which a tensor's data are written."""
    if kind == GGMLQuantizationType.F32:
        return np.dtype(np.float32), shape
    if kind == GGMLQuantizationType.F16:
        return np.dtype(np.float16), shape
    return np.dtype(np.uint8), quant_shape_to_byte_shape(shape, kind)


def random_tensor(name, shape, kind, seed):
    """The tensor's data, the same for the same name, sizes and seed.

    Weights are scaled by their row length so that activations keep their size
    from layer to layer: logits stay finite at any depth.
    """
    if len(shape) == 1:
        return np.ones(shape, dtype=np.float32)  # a norm's gain
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    rows, length = math.prod(shape[:-1]), shape[-1]
    fresh = min(rows, max(1, MAX_FRESH_WEIGHTS // length))
    weights = rng.standard_normal((fresh, length), dtype=np.float32)
    if name != "token_embd.weight":
        weights /= math.sqrt(length)
    data = quantize(weights, kind)
    if fresh < rows:
        data = data[rng.integers(0, fresh, rows)]
    if name == "output.weight":
        # Only pieces are ever likely: no early end, no stray bytes in the text.
        data[:FIRST_PIECE] = quantize(np.zeros((1, length), dtype=np.float32), kind)
    dtype, stored = stored_shape(shape, kind)
    return np.ascontiguousarray(data).view(dtype).reshape(stored)


def _add_metadata(writer, config, kind, name):
    writer.add_name(name)
    writer.add_file_type(getattr(gguf.LlamaFileType, f"MOSTLY_{kind.name}", gguf.LlamaFileType.ALL_F32))
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.width)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.ffn)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.kv_heads)
    writer.add_rope_dimension_count(config.width // config.heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(config.vocab)
    if config.experts:
        writer.add_expert_count(config.experts)
        writer.add_expert_used_count(config.experts_used)
    tokens, scores, kinds = vocabulary(config.vocab)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(EOS)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)


def write_llama(path, config, seed=0, split=0, name="random llama", progress=None):
    """Write the model; return the paths of its files (several if split > 0).

    One tensor is in memory at a time.  `split` is the greatest number of
    tensors in a file.  `progress(done, total)` is told the bytes written.
    """
    check(config)
    kind = parse_type(config.type)
    plan = list(tensors(config))
    writer = GGUFWriter(path, "llama", split_max_tensors=split)
    _add_metadata(writer, config, kind, name)
    total = done = 0
    for tensor, shape, tensor_kind in plan:
        dtype, stored = stored_shape(shape, tensor_kind)
        nbytes = math.prod(stored) * dtype.itemsize
        writer.add_tensor_info(tensor, stored, dtype, nbytes, raw_dtype=tensor_kind)
        total += nbytes
    paths = []
    try:
        writer.write_header_to_file()
        paths = [Path(file.name) for file in writer.fout]
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor, shape, tensor_kind in plan:
            data = random_tensor(tensor, shape, tensor_kind, seed)
            writer.write_tensor_data(data)
            done += data.nbytes
            if progress:
                progress(done, total)
        writer.close()
    except BaseException:
        # Half a model looks like a whole one to whoever finds it later.
        for part in paths:
            part.unlink(missing_ok=True)
        raise
    return paths


def write_preset(preset, path, seed=0, split=0, progress=None, **changes):
    """Write a preset, with some of its sizes changed; return the files' paths."""
    if preset == WHISPER_PRESET:
        if changes or split:
            raise ModelError(f"{WHISPER_PRESET} takes no option but --seed and -o")
        return [whisper_model.write_whisper(path, whisper_model.TINY, seed)]
    config = dataclasses.replace(PRESETS[preset], **changes)
    return write_llama(path, config, seed, split, f"random {preset}", progress)


def show_progress(done, total):
    end = "\n" if done == total else ""
    print(f"\r{done / 1e6:8.1f} / {total / 1e6:.1f} MB", end=end, file=sys.stderr, flush=True)


def build_parser():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0] + "  The sizes not given are the preset's.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("preset", choices=[*PRESETS, WHISPER_PRESET])
    parser.add_argument("-o", "--output", type=Path, help="file to write (default: PRESET.gguf or .bin)")
    parser.add_argument("--layers", type=int, metavar="N")
    parser.add_argument("--width", type=int, metavar="N", help="embedding length")
    parser.add_argument("--heads", type=int, metavar="N", help="attention heads")
    parser.add_argument("--kv-heads", type=int, metavar="N", help="key and value heads")
    parser.add_argument("--ffn", type=int, metavar="N", help="feed-forward length (of each expert)")
    parser.add_argument("--vocab", type=int, metavar="N", help=f"number of tokens (at least {MIN_VOCAB})")
    parser.add_argument("--context", type=int, metavar="N", help="context length the file states")
    parser.add_argument("--type", metavar="TYPE", help=f"of the weights: {', '.join(supported_types())}")
    parser.add_argument("--experts", type=int, metavar="N", help="0: dense")
    parser.add_argument("--experts-used", type=int, metavar="N", help="experts each token goes to")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--split", type=int, default=0, metavar="N", help="at most N tensors in a file")
    return parser


def main(argv=None):
    parser = build_parser()
    options = vars(parser.parse_args(argv))
    preset, path = options.pop("preset"), options.pop("output")
    seed, split = options.pop("seed"), options.pop("split")
    if seed < 0 or split < 0:
        parser.error("--seed and --split cannot be negative")
    path = path or Path(preset + (".bin" if preset == WHISPER_PRESET else ".gguf"))
    changes = {key: value for key, value in options.items() if value is not None}
    progress = show_progress if sys.stderr.isatty() else None
    try:
        for part in write_preset(preset, path, seed, split, progress, **changes):
            print(part)
    except ModelError as error:
        parser.error(str(error))
    except OSError as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
