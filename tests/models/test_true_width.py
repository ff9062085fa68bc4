"""Memory of catalogue models at their true width, held against what llama.cpp sets aside.

Copies of the fewest layers that show what the model consists of, with a small vocabulary. Their
weights are not written: memory does not depend on what they are.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_log import buffers
from hollow_models import write_hollow
from msgspec.structs import replace

from advisor.models import shallow
from advisor.models.catalogue import find
from advisor.models.memory import Load, need_of
from advisor.models.model import Model, quantized

MOST_BYTES = 1.5e9
"""Of a copy: more takes the engine some seconds to map."""
LOAD = Load(1_000, 1)


def _copy(name: str, monkeypatch: pytest.MonkeyPatch) -> Model:
    """The deeper of the two least copies that is not too large."""
    monkeypatch.setattr(shallow, "WANTED_BYTES", 0)
    one = replace(find(name), vocab=2_048)
    found = shallow.shallow_copies(quantized(one, "Q4_K_M"), LOAD, 10**13, 10**13)
    return found.deep if found.deep.weights_bytes < MOST_BYTES else found.shallow


@pytest.mark.parametrize(
    "name",
    [
        "qwen3-coder-30b-a3b",
        "glm-4.7-flash",
        "minimax-m2.5",
        "kimi-k2.5",
        "gemma-4-e2b",
        "gemma-4-e4b",
        "lfm2-1.2b",
        "lfm2-8b-a1b",
    ],
)
def test_a_copy_of_true_width_needs_what_llama_cpp_sets_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    copy = _copy(name, monkeypatch)
    path = write_hollow(copy, tmp_path / "m.gguf")
    said, need = buffers(path, LOAD.context_tokens, LOAD.streams), need_of(copy, LOAD)
    path.unlink()
    assert need.weights_bytes == pytest.approx(said.weights_bytes, rel=0.005)
    assert need.cache_bytes == pytest.approx(said.cache_bytes, rel=0.005)
    ours = need.weights_bytes + need.cache_bytes + need.compute_bytes
    engines = said.weights_bytes + said.cache_bytes + said.compute_bytes
    assert ours == pytest.approx(engines, rel=0.05)
