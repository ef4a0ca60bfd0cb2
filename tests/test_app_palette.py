"""Finding actions by letters, reading scripts, keeping settings: what needs no window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ggmlviz.app import settings
from ggmlviz.app.actions import Action
from ggmlviz.app.script import Script, commands
from ggmlviz.app.shell.fuzzy import matching, score
from ggmlviz.errors import GgmlVizError


def action(name: str, title: str) -> Action:
    return Action(name, title, lambda _: None)


ACTIONS = [
    action("run next", "Next run"),
    action("run previous", "Previous run"),
    action("view theme", "Dark or light theme"),
    action("timeline zoom-in", "Zoom in"),
    action("timeline zoom-out", "Zoom out"),
]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("next", "run next"),
        ("rp", "run previous"),
        ("light", "view theme"),
        ("zo", "timeline zoom-in"),
        ("zout", "timeline zoom-out"),
        ("timeline zoom-o", "timeline zoom-out"),
    ],
)
def test_letters_find_the_action_that_is_meant(typed, first):
    assert matching(typed, ACTIONS)[0].name == first


def test_nothing_typed_is_everything_and_letters_that_are_not_there_are_nothing():
    assert len(matching("", ACTIONS)) == len(ACTIONS)
    assert matching("xyzzy", ACTIONS) == []
    assert score("abc", "acb") is None


def done(script: Script) -> list[str]:
    did: list[str] = []
    while not script.ended:
        script.step(did.append)
    return did


def test_a_script_skips_comments_and_empty_lines(tmp_path):
    file = tmp_path / "steps.txt"
    file.write_text("# first\nrun next\n\n  view theme dark  \n")
    script = Script(str(file), lambda: None)
    assert done(script) == ["run next", "view theme dark"]
    assert script.failed == ""


def test_a_script_ends_at_the_first_command_that_cannot_be_done(tmp_path):
    file = tmp_path / "steps.txt"
    file.write_text("one\ntwo\nthree\n")
    did: list[str] = []

    def do(line: str) -> None:
        if line == "two":
            raise GgmlVizError("two is too much")
        did.append(line)

    script = Script(str(file), lambda: None)
    while not script.ended:
        script.step(do)
    assert did == ["one"]
    assert script.failed == "`two`: two is too much"


def test_commands_that_cannot_be_read_are_an_error(tmp_path):
    with pytest.raises(GgmlVizError, match="cannot be read"):
        commands(tmp_path / "none.txt")


@pytest.fixture
def config(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(settings.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "ggml-viz"


def test_settings_are_kept(config):
    kept = settings.load()
    kept.theme, kept.width = "light", 1234
    kept.opened(Path("/a/x.ggmlviz"))
    settings.save(kept)
    assert settings.load() == kept


def test_recent_files_are_few_and_each_once(config):
    kept = settings.Settings()
    for number in (*range(20), 15):
        kept.opened(Path(f"/a/{number}.ggmlviz"))
    assert len(kept.recent) == settings.MOST_RECENT
    assert kept.recent[:2] == ["/a/15.ggmlviz", "/a/19.ggmlviz"]
    assert len(set(kept.recent)) == len(kept.recent)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"width": "wide", "recent": 5, "theme": null}'])
def test_settings_that_make_no_sense_are_as_if_never_set(config, text):
    config.mkdir(parents=True)
    settings.settings_file().write_text(text)
    assert settings.load() == settings.Settings()


def test_what_is_of_the_right_kind_is_taken_even_if_the_rest_is_not(config):
    config.mkdir(parents=True)
    settings.settings_file().write_text(json.dumps({"width": "wide", "height": 700, "later": 1}))
    assert settings.load() == settings.Settings(height=700)
