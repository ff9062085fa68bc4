"""The real servers that this room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_servers import cache_folder, ollama_054, ollama_093

__all__ = ["ollama_054", "ollama_093", "smollm2_path"]


@pytest.fixture(scope="session")
def smollm2_path() -> Path:
    return cache_folder() / "SmolLM2-135M-Instruct.Q4_1.gguf"
