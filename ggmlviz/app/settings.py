"""What is kept from one start to the next, in the folder where this system keeps such things."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

MOST_RECENT = 10


@dataclass
class Settings:
    theme: str = "dark"
    scale: float = 0.0  # 0: as the display says
    width: int = 1600
    height: int = 900
    recent: list[str] = field(default_factory=list)  # traces, the last one first
    hidden: list[str] = field(default_factory=list)  # panels
    front: list[str] = field(default_factory=list)  # those in sight: of several tabs the one in front

    def opened(self, path: Path) -> None:
        name = str(path.resolve())
        self.recent = [name, *(other for other in self.recent if other != name)][:MOST_RECENT]


def folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "ggml-viz"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "ggml-viz"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "ggml-viz"


def settings_file() -> Path:
    return folder() / "settings.json"


def load() -> Settings:
    """What cannot be read, or is of another kind than it should be, is as if it had never been set."""
    settings = Settings()
    try:
        kept = json.loads(settings_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return settings
    for one in fields(Settings):
        value = kept.get(one.name) if isinstance(kept, dict) else None
        if type(value) is type(getattr(settings, one.name)):
            setattr(settings, one.name, value)
    settings.recent = [name for name in settings.recent if isinstance(name, str)]
    return settings


def save(settings: Settings) -> None:
    """A folder that cannot be written to is no reason to fail."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        settings_file().write_text(json.dumps(asdict(settings), indent=2), encoding="utf-8")
    except OSError:
        return
