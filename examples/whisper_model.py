"""Write a whisper.cpp model with random weights, in whisper.cpp's own format.

The file is: magic, eleven sizes, the mel filters, the vocabulary, then the
tensors one after another to the end of the file, each with a small header.
Used by make_model.py.
"""

import math
import struct
import zlib
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

MAGIC = 0x67676D6C
F32, F16 = 0, 1  # ggml's numbers of these types
SAMPLE_RATE, FFT_SIZE = 16000, 400

# whisper.cpp has the numbers of the special tokens built in: the first of them
# (end of text) is 50256, and the last time stamp is 51863, so the vocabulary
# cannot be smaller even when everything else is.
END_OF_TEXT, VOCAB_SIZE = 50256, 51864


@dataclass(frozen=True)
class WhisperConfig:
    """The sizes, in the order in which the file has them."""

    vocab: int
    audio_context: int
    audio_width: int
    audio_heads: int
    audio_layers: int
    text_context: int
    text_width: int
    text_heads: int
    text_layers: int
    mels: int


# whisper.cpp names a model by its number of audio layers: 4 is "tiny".  A short
# text context keeps the decoder, which hardly ever ends by itself, short as well.
TINY = WhisperConfig(VOCAB_SIZE, 1500, 64, 2, 4, 64, 64, 2, 4, 80)


def mel_filters(mels):
    """Triangular filters spaced evenly in mels, of equal area."""
    bins = FFT_SIZE // 2 + 1
    top = 2595 * math.log10(1 + SAMPLE_RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, mels + 2) / 2595) - 1)
    frequencies = np.linspace(0, SAMPLE_RATE / 2, bins)
    left, middle, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (frequencies - left) / (middle - left)
    falling = (right - frequencies) / (right - middle)
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * 2 / (right - left)).astype(np.float32)


def _linear(name, rows, columns, bias=True):
    yield name + ".weight", (rows, columns), F16
    if bias:
        yield name + ".bias", (rows,), F32


def _norm(name, width):
    yield name + ".weight", (width,), F32
    yield name + ".bias", (width,), F32


def _attention(block, name, width):
    yield from _norm(f"{block}{name}_ln", width)
    yield from _linear(f"{block}{name}.query", width, width)
    yield from _linear(f"{block}{name}.key", width, width, bias=False)
    yield from _linear(f"{block}{name}.value", width, width)
    yield from _linear(f"{block}{name}.out", width, width)


def _mlp(block, width):
    yield from _norm(block + "mlp_ln", width)
    yield from _linear(block + "mlp.0", 4 * width, width)
    yield from _linear(block + "mlp.2", width, 4 * width)


def tensors(config):
    """Yield (name, shape, type) of every tensor, shapes in numpy order."""
    width = config.audio_width
    yield "encoder.positional_embedding", (config.audio_context, width), F32
    yield "encoder.conv1.weight", (width, config.mels, 3), F16
    yield "encoder.conv1.bias", (width, 1), F32
    yield "encoder.conv2.weight", (width, width, 3), F16
    yield "encoder.conv2.bias", (width, 1), F32
    yield from _norm("encoder.ln_post", width)
    for i in range(config.audio_layers):
        block = f"encoder.blocks.{i}."
        yield from _attention(block, "attn", width)
        yield from _mlp(block, width)
    width = config.text_width
    yield "decoder.positional_embedding", (config.text_context, width), F32
    yield "decoder.token_embedding.weight", (config.vocab, width), F16
    yield from _norm("decoder.ln", width)
    for i in range(config.text_layers):
        block = f"decoder.blocks.{i}."
        yield from _attention(block, "attn", width)
        yield from _attention(block, "cross_attn", width)
        yield from _mlp(block, width)


def random_tensor(name, shape, kind, seed):
    """The tensor's data, the same for the same name, sizes and seed."""
    dtype = np.float16 if kind == F16 else np.float32
    if name.endswith(".bias"):
        return np.zeros(shape, dtype)
    if len(shape) == 1:
        return np.ones(shape, dtype)  # a norm's gain
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    data = rng.standard_normal(shape, dtype=np.float32)
    if name == "decoder.token_embedding.weight":
        # These rows are the output weights too: near-zero special tokens and
        # time stamps leave the choice to the words.
        data[END_OF_TEXT:] *= 1e-3
    elif name == "decoder.positional_embedding":
        data *= 8  # outweighs the last word, which would else be said again and again
    elif not name.endswith("positional_embedding"):
        data /= math.sqrt(math.prod(shape[1:]))
    return data.astype(dtype)


def _words():
    """One distinct word for each ordinary token.

    whisper.cpp looks the first one up by name to keep a text from starting blank.
    """
    yield b" "
    letters = "abcdefghijklmnopqrstuvwxyz"
    for i in range(1, END_OF_TEXT):
        parts = [letters[i // 26**place % 26] for place in range(4)]
        yield (" " + "".join(parts)).encode()


def write_whisper(path, config=TINY, seed=0):
    """Write the model file and return its path."""
    path = Path(path)
    with open(path, "wb") as file:
        file.write(struct.pack("<I10ii", MAGIC, *astuple(config), F16))
        filters = mel_filters(config.mels)
        file.write(struct.pack("<ii", *filters.shape))
        file.write(filters.tobytes())
        file.write(struct.pack("<i", END_OF_TEXT))
        for word in _words():
            file.write(struct.pack("<I", len(word)) + word)
        for name, shape, kind in tensors(config):
            encoded = name.encode()
            file.write(struct.pack("<iii", len(shape), len(encoded), kind))
            file.write(struct.pack(f"<{len(shape)}i", *reversed(shape)))
            file.write(encoded)
            file.write(random_tensor(name, shape, kind, seed).tobytes())
    return path
