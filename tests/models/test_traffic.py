"""What a decode step reads: weights, chosen experts, caches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.models.architecture import Architecture, Experts
from advisor.models.cache import layer_bytes, read_bytes, state_bytes
from advisor.models.catalogue import catalogue, find
from advisor.models.quantization import weight_bytes
from advisor.models.traffic import decode_bytes, experts_touched


def test_decode_reads_the_embedding_only_where_it_is_the_output() -> None:
    tied, untied = find("llama-3.2-1b"), find("llama-3.1-8b")
    assert decode_bytes(tied, "F16") == weight_bytes(tied, "F16")
    assert weight_bytes(untied, "F16") - decode_bytes(untied, "F16") == 128_256 * 4_096 * 2


def test_of_the_layers_own_embeddings_a_token_reads_a_row_of_each() -> None:
    """Gemma 4 E2B: 35 layers of 256 numbers for each of 262,144 words. The output is tied."""
    one = find("gemma-4-e2b")
    assert weight_bytes(one, "F16") - decode_bytes(one, "F16") == 35 * 256 * 262_144 * 2


def test_batching_shares_weights_but_not_caches() -> None:
    one = find("llama-3.1-8b")
    empty = decode_bytes(one, "Q4_K_M")
    assert decode_bytes(one, "Q4_K_M", concurrency=8) == empty
    per_stream = 1_000 * 128 * 1_024
    assert decode_bytes(one, "Q4_K_M", 1_000, 8) == empty + 8 * per_stream


def test_a_sparse_model_reads_its_chosen_experts() -> None:
    one = find("gpt-oss-120b")
    experts = 36 * 4 * 3 * 2_880 * 2_880 * 17 / 32
    attention = 36 * 2 * 2_880 * (64 + 8) * 64 * 34 / 32
    output = 201_088 * 2_880 * 34 / 32
    assert decode_bytes(one, "MXFP4") == pytest.approx(experts + attention + output, rel=0.02)
    assert decode_bytes(one, "MXFP4") < decode_bytes(one, "MXFP4", concurrency=4)
    assert decode_bytes(one, "MXFP4", concurrency=10_000) < weight_bytes(one, "MXFP4")


@given(st.integers(1, 512), st.integers(1, 64), st.integers(1, 64))
def test_experts_touched_grow_to_all(count: int, used: int, tokens: int) -> None:
    experts = Experts(count=count, used=min(used, count), ffn=1)
    now, later = experts_touched(experts, tokens), experts_touched(experts, tokens + 1)
    assert min(used, count) / count <= now + 1e-12
    assert now <= later <= 1
    assert now * count <= tokens * used + 1e-9


def test_layers_without_a_mixer_read_nothing_of_the_context() -> None:
    """Of Nemotron 3 Nano 4B's 42 layers, 4 attend, with 8 heads of 128 for keys and values."""
    one = find("nemotron-3-nano-4b")
    assert read_bytes(one, 1_000) - read_bytes(one, 0) == 1_000 * 4 * 2 * 8 * 128 * 2


def test_a_window_bounds_what_is_read() -> None:
    one = find("gemma-3-27b")
    near, far = read_bytes(one, 1_024), read_bytes(one, 10_240)
    whole_context_layers = one.kinds.count("A")
    assert far - near == 9_216 * whole_context_layers * layer_bytes(one, 5)


def test_a_state_is_read_whole_from_the_first_token_on() -> None:
    one = find("qwen3.5-27b")
    assert read_bytes(one, 0) == one.kinds.count("D") * state_bytes(one)


@pytest.mark.parametrize("one", catalogue(), ids=lambda one: one.name)
def test_no_step_reads_more_weights_than_there_are(one: Architecture) -> None:
    weights = decode_bytes(one, "Q4_K_M") - read_bytes(one, 0)
    assert 0 < weights <= weight_bytes(one, "Q4_K_M")
