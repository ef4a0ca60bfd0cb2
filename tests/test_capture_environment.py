"""What a traced program finds in its environment."""

from pathlib import Path

import pytest

from ggmlviz.capture.environment import Settings, preload_list, traced_environment
from ggmlviz.capture.errors import CaptureError
from ggmlviz.capture.shim import SHIM_NAME, find_shim

SHIM = Path("/opt/v") / SHIM_NAME


@pytest.mark.parametrize(
    ("inherited", "expected"),
    [
        ("", f"{SHIM}"),
        ("libasan.so", f"libasan.so:{SHIM}"),
        ("/a.so:/b.so", f"/a.so:/b.so:{SHIM}"),
        ("/a.so /b.so", f"/a.so:/b.so:{SHIM}"),
        (":/a.so:", f"/a.so:{SHIM}"),
        (f"{SHIM}", f"{SHIM}"),
        (f"/old/{SHIM_NAME}:/a.so", f"/a.so:{SHIM}"),
    ],
)
def test_preloads_after_what_was_there(inherited, expected):
    assert preload_list(inherited, SHIM) == expected


def test_sets_what_was_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings(output=Path("x.ggmlviz"), detail="op", ring_mb=8, verbose=True)
    assert traced_environment({"HOME": "/h"}, SHIM, settings) == {
        "HOME": "/h",
        "LD_PRELOAD": str(SHIM),
        "GGML_VIZ_OUTPUT": str(tmp_path / "x.ggmlviz"),
        "GGML_VIZ_DETAIL": "op",
        "GGML_VIZ_RING_MB": "8",
        "GGML_VIZ_VERBOSE": "1",
    }


def test_leaves_the_defaults_to_the_shim():
    assert traced_environment({}, SHIM, Settings()) == {"LD_PRELOAD": str(SHIM)}


def test_drops_what_an_outer_trace_left():
    inherited = {"GGML_VIZ_OUTPUT": "outer.ggmlviz", "GGML_VIZ_DISABLE": "1", "GGML_OTHER": "stays"}
    assert traced_environment(inherited, SHIM, Settings()) == {"GGML_OTHER": "stays", "LD_PRELOAD": str(SHIM)}


def test_finds_the_shim_of_its_package(tmp_path):
    (tmp_path / SHIM_NAME).touch()
    assert find_shim(tmp_path) == tmp_path / SHIM_NAME


def test_says_what_to_do_when_the_shim_is_missing(tmp_path):
    with pytest.raises(CaptureError, match="is missing: install ggml-viz again"):
        find_shim(tmp_path)


@pytest.mark.parametrize("name", ["my programs", "a:b"])
def test_refuses_a_path_that_the_loader_would_split(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / SHIM_NAME).touch()
    with pytest.raises(CaptureError, match="LD_PRELOAD cannot say"):
        find_shim(folder)
