"""Real engines as a user has them installed: programs in a folder that can be put on PATH."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_llama_server import _build
from real_servers import _build_093, _built
from real_vllm import Installed


@pytest.fixture(scope="session")
def llama_server_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """llama.cpp's own `llama-server`, which computes on the processor."""
    folder = _built("llama-server-2.6.0", _build)
    return _wrapped(
        tmp_path_factory.mktemp("installed") / "llama-server",
        folder / "llama-server",
        f"export LD_LIBRARY_PATH={folder}",
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


@pytest.fixture(scope="session")
def vllm_program(tmp_path_factory: pytest.TempPathFactory, installed_vllm: Installed) -> Path:
    """vLLM for the processor as `vllm`; it compiles nothing, which takes it a minute each time."""
    return _wrapped(
        tmp_path_factory.mktemp("installed") / "vllm",
        installed_vllm.program,
        "export VLLM_CPU_KVCACHE_SPACE=1",
        more="--enforce-eager",
    )


def _wrapped(path: Path, program: Path, preparation: str, more: str = "") -> Path:
    command = f'exec {program} "$@" {more}'.rstrip()
    path.write_text(f"#!/bin/sh\n{preparation}\n{command}\n", encoding="utf-8")
    path.chmod(0o755)
    return path
