"""Builds the two native parts from one set of sources.

* ``ggmlviz.format._ring``, a cffi extension: the reader's view of the bytes, and the ring itself for tests and tools.
* ``ggmlviz/capture/libggmlviz.so``, the shim: a plain shared library that knows nothing of Python, so that it can be
  loaded into any program.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import cffi
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).resolve().parent
RING = ["clock.c", "crc32c.c", "head.c", "lane.c", "ring.c", "slots.c", "store.c"]
RECORDER = ["define.c", "intern.c", "keeper.c", "output.c", "process.c", "recorder.c", "say.c"]
HOOKS = ["buffers.c", "caller.c", "experts.c", "files.c", "fingerprint.c", "gguf.c", "graph.c", "layout.c", "library.c"]
HOOKS += ["hooks_memory.c", "hooks_node.c", "hooks_run.c", "run.c", "uid.c"]
ATTACH = ["attach.c", "imports.c", "inject.c", "module.c"]
SHIM = RING + RECORDER + HOOKS + ATTACH
SHIM_FLAGS = [
    "-std=gnu11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-fPIC",
    "-fasynchronous-unwind-tables",
    "-fvisibility=hidden",
    "-pthread",
]

RING_API = """
uint32_t ggmlviz_crc32c(uint32_t crc, const void *data, size_t bytes);
uint32_t ggmlviz_crc32c_portable(uint32_t crc, const void *data, size_t bytes);
"""


def declarations() -> str:
    """The events header as cffi reads it: the same text without the preprocessor's lines."""
    text = (HERE / "ggmlviz_events.h").read_text(encoding="utf-8")
    return re.sub(r"^#.*$", "", text, flags=re.MULTILINE)


def ring_extension(build_dir: str):
    ffi = cffi.FFI()
    ffi.cdef(declarations() + RING_API)
    ffi.set_source(
        "ggmlviz.format._ring",
        '#include "ggmlviz_events.h"\n#include "crc32c.h"\n',
        sources=[str((HERE / name).relative_to(Path.cwd())) for name in RING],
        include_dirs=[str(HERE)],
        extra_compile_args=["-std=gnu11", "-O2", "-pthread"],
    )
    return ffi.distutils_extension(build_dir)


class BuildNative(build_ext):
    """setuptools' build_ext, with the cffi extension made on the spot and the shim built beside it."""

    def finalize_options(self):
        generated = Path("build") / "cffi"
        generated.mkdir(parents=True, exist_ok=True)
        self.distribution.ext_modules = [ring_extension(str(generated))]
        super().finalize_options()

    def run(self):
        super().run()
        if sys.platform == "linux":
            self.build_shim()

    def build_shim(self):
        target = Path("." if self.inplace else self.build_lib) / "ggmlviz" / "capture" / "libggmlviz.so"
        objects = self.compiler.compile(
            [str((HERE / name).relative_to(Path.cwd())) for name in SHIM],
            output_dir=str(Path(self.build_temp) / "shim"),
            extra_postargs=SHIM_FLAGS,
        )
        self.mkpath(str(target.parent))
        self.compiler.link_shared_object(objects, str(target), libraries=["dl", "pthread", "rt"])
