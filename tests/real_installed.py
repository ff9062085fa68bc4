"""Real engines as a user has them installed: programs in a folder that can be put on PATH.

llama.cpp's own tools are those of `benchmarks/llama_tools.py`, Ollama that of `real_servers.py`.
"""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path

import pytest
from real_models import python_with_pip
from real_servers import _build_093, _built, require

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from llama_tools import tools


@pytest.fixture(scope="session")
def llama_server_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """llama.cpp's own `llama-server`, which computes on the processor."""
    require(sys.platform == "linux" and platform.machine() == "x86_64", "Linux on x86-64")
    require(shutil.which("gcc") is not None, "gcc")
    require(python_with_pip() is not None, "a Python with pip")
    folder = tools()
    return _wrapped(
        tmp_path_factory.mktemp("installed") / "llama-server",
        folder / "llama-server",
        f"export LD_LIBRARY_PATH={folder} LLAMA_ARG_FLASH_ATTN=off",
    )


@pytest.fixture(scope="session")
def ollama_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ollama 0.9.3 as `ollama`, with a home of its own and no models."""
    folder = _built("ollama-0.9.3", _build_093)
    place = tmp_path_factory.mktemp("installed")
    backend = folder / "libggml-cpu-haswell.so"
    return _wrapped(
        place / "ollama",
        folder / "ollama-lib",
        f"export LD_LIBRARY_PATH={folder} SHIM_CPU_BACKEND={backend} HOME={place}",
    )


def _wrapped(path: Path, program: Path, preparation: str) -> Path:
    path.write_text(f'#!/bin/sh\n{preparation}\nexec {program} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path
