"""Fixtures of the integration tests: models with random weights, made once, and the programs that need looking for."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from gui_support import display, window  # noqa: F401 (fixtures of the tests with a window)
from support import EXAMPLES, PROGRAMS, TESTS, compile_library

NODE_PACKAGE = "node-llama-cpp"
NODE_VERSION = "3.22.1"
NODE_BINARIES = {"x86_64": ["linux-x64", "linux-x64-vulkan"], "aarch64": ["linux-arm64"]}


class Models(NamedTuple):
    """Makes each model when it is first asked for."""

    folder: Path

    def make(self, name: str, preset: str, *options: str) -> Path:
        path = self.folder / name
        if not path.exists():
            command = [sys.executable, str(EXAMPLES / "make_model.py"), preset, "-o", str(path), *options]
            subprocess.run(command, check=True, capture_output=True)
        return path

    @property
    def tiny(self) -> Path:
        return self.make("tiny.gguf", "tiny")

    @property
    def experts(self) -> Path:
        return self.make("experts.gguf", "tiny-moe")

    @property
    def quantized(self) -> Path:
        """The CPU backend repacks it: its weights are copied into buffers of another layout."""
        return self.make("quantized.gguf", "tiny", "--type", "Q4_0")

    @property
    def whisper(self) -> Path:
        return self.make("whisper.bin", "whisper-tiny")

    @property
    def split(self) -> list[Path]:
        """A model in several files; the first is the one to load."""
        parts = self.folder / "split"
        if not parts.exists():
            parts.mkdir()
            Models(parts).make("part.gguf", "tiny", "--split", "3")
        return sorted(parts.glob("part-*.gguf"))


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Models:
    return Models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def oracle(tmp_path_factory) -> Path:
    """Tells what ggml says of its own graphs; knows nothing of our code."""
    return compile_library(TESTS / "native" / "oracle.c", tmp_path_factory.mktemp("oracle") / "oracle.so")


@pytest.fixture(scope="session")
def node_generate(pytestconfig) -> Callable[..., list[str]]:
    """The command of node_generate.mjs.

    GGMLVIZ_TEST_NODE names a node_modules folder to take node-llama-cpp from, or is 0 to do without. If it is not set,
    NODE_PATH is looked at, and else npm puts the package into a cache, once.
    """
    wanted = os.environ.get("GGMLVIZ_TEST_NODE")
    if wanted == "0":
        pytest.skip("GGMLVIZ_TEST_NODE is 0")
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    folders = [wanted] if wanted else os.environ.get("NODE_PATH", "").split(os.pathsep)
    package = next((at for folder in folders if folder and (at := Path(folder) / NODE_PACKAGE).is_dir()), None)
    if not package and wanted:
        pytest.fail(f"GGMLVIZ_TEST_NODE is {wanted}, but there is no {NODE_PACKAGE} in it")
    package = package or _install_node_package()

    def command(*arguments: object) -> list[str]:
        program = str(PROGRAMS / "node_generate.mjs")
        return ["env", f"NODE_LLAMA_CPP={package}", "UV_THREADPOOL_SIZE=1", "node", program, *map(str, arguments)]

    return command


def _install_node_package() -> Path:
    """Only the package and the binary packages that this machine needs: all of them together are 700 MB."""
    binaries = NODE_BINARIES.get(platform.machine(), [])
    if not shutil.which("npm") or not binaries:
        pytest.skip(f"{NODE_PACKAGE} is not installed, and npm cannot install it here")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ggml-viz-tests" / NODE_VERSION
    package, complete = cache / "node_modules" / NODE_PACKAGE, cache / "complete"
    wanted = [f"{name}@{NODE_VERSION}" for name in [NODE_PACKAGE, *(f"@{NODE_PACKAGE}/{one}" for one in binaries)]]
    if complete.exists() and complete.read_text() == " ".join(wanted):
        return package
    options = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--prefix", str(cache)]
    cache.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["npm", "install", *options, *wanted], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"npm could not install {NODE_PACKAGE}: {done.stderr.strip().splitlines()[-1:]}")
    complete.write_text(" ".join(wanted))
    return package
