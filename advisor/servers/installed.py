"""Which engines are installed on this machine, and which command starts each?

Commands by each engine's own documentation, seen 2026-11-25: docs.ollama.com/cli;
docs.vllm.ai/en/latest/cli/serve; github.com/ggml-org/llama.cpp tools/server/README.md;
lmstudio.ai/docs/cli/serve/server-start; github.com/mostlygeek/llama-swap README.md;
localai.io/docs/installation/linux; github.com/LostRuins/koboldcpp wiki;
github.com/oobabooga/text-generation-webui README.md and wiki "12 - OpenAI API";
mintlify.com/sgl-project/sglang/api/cli/serve; github.com/ml-explore/mlx-lm mlx_lm/SERVER.md.
"""

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


_WEBUI_START = {"darwin": "start_macos.sh", "win32": "start_windows.bat"}.get(
    sys.platform, "start_linux.sh"
)

_ENGINES = (
    ("ollama", ("ollama",), "{program} serve"),
    ("vllm", ("vllm",), "{program} serve MODEL"),
    ("llama.cpp", ("llama-server",), "{program} -m FILE.gguf"),
    ("lmstudio", ("lms",), "{program} server start"),
    ("llama-swap", ("llama-swap",), "{program} --config config.yaml --listen 127.0.0.1:8080"),
    ("localai", ("local-ai",), "{program} run MODEL"),
    ("koboldcpp", ("koboldcpp", "koboldcpp-linux-x64"), "{program} --model FILE.gguf"),
    ("tgwui", (_WEBUI_START,), "{program} --api"),
    ("sglang", ("sglang",), "{program} serve --model-path MODEL"),
    ("mlx", ("mlx_lm.server",), "{program} --model MODEL"),
)
"""Kind, the names of its program, and how it is started."""


def installed() -> list[Installed]:
    """The engines whose program is on PATH or where their installers put it."""
    found = []
    for kind, names, command in _ENGINES:
        name, program = next(
            ((name, program) for name in names if (program := _find(name))), ("", None)
        )
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
    """Where installers put programs without PATH knowing, and where people keep their folders."""
    home = Path.home()
    folders = [home / ".lmstudio" / "bin", home / "text-generation-webui", home / "koboldcpp"]
    if sys.platform == "darwin":
        folders += [Path("/Applications/Ollama.app/Contents/Resources"), Path("/opt/homebrew/bin")]
    elif sys.platform == "win32":
        folders.append(Path(os.environ.get("LOCALAPPDATA", "")) / "Programs" / "Ollama")
    else:
        folders += [Path("/usr/local/bin"), home / ".local" / "bin"]
    return folders
