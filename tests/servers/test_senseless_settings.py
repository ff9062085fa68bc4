"""Can a server that answers nonsense about itself do more than leave settings unknown?"""

from __future__ import annotations

from typing import Any

import pytest
from fake_servers import as_json, listed, serving
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.concerns import Demand, concerns
from advisor.servers.dialects.llamacpp_settings import started_with, told_settings
from advisor.servers.dialects.ollama_settings import Told, loaded_context, model_settings
from advisor.servers.discovery import connect
from advisor.servers.listener import Program

DEMAND = Demand(512, 128, 4)
KEYS = st.sampled_from(
    (
        *("default_generation_settings", "params", "n_ctx", "n_ctx_train", "total_slots"),
        *("speculative", "speculative.types", "is_sleeping", "modelfile", "parameters"),
        *("model_info", "x.block_count", "x.context_length", "context_length", "size"),
        *("size_vram", "expires_at"),
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=8)
WORDS = st.lists(st.text(max_size=8) | st.sampled_from(("--ctx-size", "--parallel", "-ngl")))


@settings(deadline=None)
@given(OBJECTS, OBJECTS, WORDS)
def test_no_answer_breaks_the_readers(
    one: dict[str, Any], other: dict[str, Any], words: list[str]
) -> None:
    program = Program(("llama-server", *words), {}, (tuple(words),))
    told = [
        *told_settings(one, other, "/props"),
        *started_with(program, one.get("model_path")),
        *model_settings(Told(one, other), program),
    ]
    assert all(isinstance(each.value, int | float | bool | str | Unknown) for each in told)
    assert all(isinstance(said, str) for said in concerns(told, DEMAND))
    context = loaded_context(Told(one, other), program)
    assert context is None or context > 0


@pytest.mark.parametrize("nonsense", [[], "x", 7, None, {"running": [1, {}, {"model": ["a"]}]}])
def test_a_llama_swap_that_tells_nonsense_tells_nothing(nonsense: object) -> None:
    with serving({"/v1/models": listed("llama-swap"), "/running": as_json(nonsense)}) as url:
        server = connect(url)
        try:
            assert server.settings("model-0") == []
            assert server.unload("model-0") is None
        except AdvisorError as error:
            assert "does not tell what runs" in str(error)
        assert isinstance(server.counters("model-0"), Unknown)


def test_a_model_path_is_only_opened_where_it_is_a_model() -> None:
    program = Program(("llama-server",), {})
    for path in ("/etc/passwd", "/dev/zero", "/no/such.gguf", "\0.gguf", "~", 7, None):
        assert list(started_with(program, path)) == []
