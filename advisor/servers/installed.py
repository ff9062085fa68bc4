"""Which engines are installed on this machine, and which command starts each?"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Installed:
    """An engine's program, and the command that makes it serve."""

    kind: str
    program: Path
    start_command: str


_ENGINES = (
    ("ollama", "ollama", "{program} serve"),
    ("vllm", "vllm", "{program} serve MODEL"),
    ("llama.cpp", "llama-server", "{program} -m FILE.gguf"),
    ("lmstudio", "lms", "{program} server start"),
)
"""Kind, program, and how it is started (each engine's own documentation, seen 2026-11-24)."""


def installed() -> list[Installed]:
    """The engines whose program is on PATH or where their installers put it."""
    found = []
    for kind, name, command in _ENGINES:
        program = _find(name)
        if program is not None:
            shown = name if shutil.which(name) else f'"{program}"'
            found.append(Installed(kind, program, command.format(program=shown)))
    return found


def _find(name: str) -> Path | None:
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    for folder in _installers_folders():
        elsewhere = shutil.which(name, path=str(folder))
        if elsewhere:
            return Path(elsewhere)
    return None


def _installers_folders() -> list[Path]:
    """Where installers put programs without PATH knowing: LM Studio, Ollama on macOS, Windows."""
    folders = [Path.home() / ".lmstudio" / "bin"]
    if sys.platform == "darwin":
        folders += [Path("/Applications/Ollama.app/Contents/Resources"), Path("/opt/homebrew/bin")]
    elif sys.platform == "win32":
        folders.append(Path(os.environ.get("LOCALAPPDATA", "")) / "Programs" / "Ollama")
    else:
        folders.append(Path("/usr/local/bin"))
    return folders
