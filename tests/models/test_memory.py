"""Memory: held against what llama.cpp logs after loading, and what follows from the need."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from engine_log import buffers
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import tiny, tiny_families

from advisor.errors import InputError
from advisor.models.architecture import Architecture
from advisor.models.cache import cache_bytes, known_cache_type
from advisor.models.catalogue import catalogue, find
from advisor.models.memory import Load, Room, fit, memory_need, need_of
from advisor.models.model import of_catalogue, quantized
from advisor.models.quantization import Tensor, weight_bytes
from advisor.models.shapes import Shape
from advisor.models.synthetic import write_synthetic
from advisor.models.traffic import weights_read

GIB = 2**30


def _deep() -> list[Architecture]:
    """Twice as deep, but for those of which each layer is told apart."""
    return [
        one if one.ffn_by_layer else msgspec.structs.replace(one, layers=max(6, 2 * one.layers))
        for one in tiny_families()
    ]


@pytest.mark.parametrize("one", _deep(), ids=lambda one: one.name)
def test_need_is_what_llama_cpp_sets_aside(tmp_path: Path, one: Architecture) -> None:
    made = write_synthetic(one, "Q4_K_M", tmp_path / "m.gguf", memory_available_bytes=10**11)
    said = buffers(made.path, 3_000, 2)
    need = memory_need(one, "Q4_K_M", context_tokens=3_000, streams=2)
    assert need.weights_bytes == pytest.approx(said.weights_bytes, rel=0.005)
    assert need.cache_bytes == pytest.approx(said.cache_bytes, rel=0.005)
    ours = need.weights_bytes + need.cache_bytes + need.compute_bytes
    engines = said.weights_bytes + said.cache_bytes + said.compute_bytes
    assert ours == pytest.approx(engines, rel=0.05)


@pytest.mark.parametrize("quantization", ["IQ1_M", "IQ2_M", "IQ3_XS", "Q3_K_L"])
@pytest.mark.parametrize("family", ["llama", "qwen3moe"])
def test_few_bits_take_what_llama_cpp_sets_aside(
    tmp_path: Path, family: str, quantization: str
) -> None:
    one = next(each for each in _deep() if each.family == family)
    made = write_synthetic(one, quantization, tmp_path / "m.gguf", memory_available_bytes=10**11)
    said = buffers(made.path, 2_048, 1)
    need = memory_need(one, quantization, context_tokens=2_048, streams=1)
    assert need.weights_bytes == pytest.approx(said.weights_bytes, rel=0.005)
    ours = need.weights_bytes + need.cache_bytes + need.compute_bytes
    engines = said.weights_bytes + said.cache_bytes + said.compute_bytes
    assert ours == pytest.approx(engines, rel=0.05)


@pytest.mark.parametrize("cache_type", ["q8_0", "q4_0", "bf16"])
def test_cache_types_are_those_of_llama_cpp(tmp_path: Path, cache_type: str) -> None:
    made = write_synthetic(tiny(), "Q4_K_M", tmp_path / "m.gguf")
    said = buffers(made.path, 4_096, 1, cache_type)
    assert cache_bytes(tiny(), 4_096, 1, cache_type) == pytest.approx(said.cache_bytes, rel=0.005)


def test_kv_cache_of_llama_3_1_8b_takes_128_kib_a_token() -> None:
    assert cache_bytes(find("llama-3.1-8b"), 8_192) == 8_192 * 128 * 1024


def test_a_latent_cache_is_small() -> None:
    """DeepSeek V3 caches 576 values a token and layer, where full heads would take 40,960."""
    assert cache_bytes(find("deepseek-v3"), 256) == 256 * 61 * 576 * 2


def test_a_window_stops_the_cache_from_growing() -> None:
    one = find("gpt-oss-20b")
    grown = cache_bytes(one, 32_768) - cache_bytes(one, 16_384)
    assert grown == 16_384 * 12 * 2 * 8 * 64 * 2


def test_need_is_weights_cache_buffers_and_process() -> None:
    one = find("llama-3.1-8b")
    need = memory_need(one, "Q4_K_M", context_tokens=8_192, streams=4)
    assert need.weights_bytes == weight_bytes(one, "Q4_K_M")
    assert need.cache_bytes == 4 * cache_bytes(one, 8_192)
    assert need.total_bytes == (
        need.weights_bytes + need.cache_bytes + need.compute_bytes + need.process_bytes
    )
    assert 0.05e9 < need.compute_bytes < 0.5e9
    assert need.p10_bytes < need.total_bytes < need.p90_bytes


def test_largest_context_and_concurrency_are_the_last_that_fit() -> None:
    model, room = of_catalogue("llama-3.1-8b:Q4_K_M"), Room(8 * GIB)
    found = fit(model, room, Load(4_096, 2))
    assert found.verdict == "yes"
    for tokens, fits in (
        (found.largest_context_tokens, True),
        (found.largest_context_tokens + 256, False),
    ):
        assert (need_of(model, Load(tokens, 2)).total_bytes <= room.device_bytes) is fits
    for many, fits in ((found.largest_concurrency, True), (found.largest_concurrency + 1, False)):
        assert (need_of(model, Load(4_096, many)).total_bytes <= room.device_bytes) is fits


def test_without_a_limit_of_the_model_the_memory_alone_sets_the_largest_context() -> None:
    model, room = of_catalogue("llama-3.1-8b:Q4_K_M"), Room(8 * GIB)
    silent = quantized(msgspec.structs.replace(model.architecture, context_tokens=0), "Q4_K_M")
    limited, found = fit(model, room, Load()), fit(silent, room, Load())
    assert found.largest_context_tokens == limited.largest_context_tokens > 4_096
    vast = fit(silent, Room(512 * GIB), Load()).largest_context_tokens
    assert vast > fit(model, Room(512 * GIB), Load()).largest_context_tokens == 131_072


def test_a_card_that_is_too_small_keeps_the_last_layers() -> None:
    model = of_catalogue("llama-3.1-70b:Q4_K_M")
    found = fit(model, Room(24 * GIB, 64 * GIB), Load())
    assert found.verdict == "partly"
    assert 30 < found.spilled_layers < 40
    assert found.largest_context_tokens == found.largest_concurrency == 0


def test_nothing_fits_where_main_memory_lacks_the_room_too() -> None:
    model = of_catalogue("llama-3.1-70b:Q4_K_M")
    assert fit(model, Room(24 * GIB, 8 * GIB), Load()).verdict == "no"
    assert fit(model, Room(24 * GIB), Load()).verdict == "no"


def test_a_tight_fit_says_so() -> None:
    model = of_catalogue("llama-3.1-8b:Q4_K_M")
    need = need_of(model, Load())
    assert fit(model, Room(need.total_bytes), Load()).tight
    assert not fit(model, Room(need.p90_bytes), Load()).tight


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([one.name for one in catalogue()]),
    st.integers(1, 40_000),
    st.integers(1, 40_000),
    st.integers(1, 16),
)
def test_more_work_never_needs_less(name: str, some: int, more: int, streams: int) -> None:
    model = quantized(find(name), "Q4_K_M")
    small, large = sorted((some, more))
    need = need_of(model, Load(small, streams))
    assert need.total_bytes <= need_of(model, Load(large, streams)).total_bytes
    assert need.total_bytes < need_of(model, Load(small, streams + 1)).total_bytes
    assert need_of(model, Load(small, streams, "q8_0")).cache_bytes <= need.cache_bytes


def test_cache_type_names() -> None:
    assert known_cache_type(" Q8_0") == "q8_0"
    with pytest.raises(InputError, match="Known: f16"):
        known_cache_type("f32")


def test_layers_that_predict_further_tokens_stay_in_the_file() -> None:
    """GLM-4.5 Air's files hold 47 layers, 46 of which llama.cpp loads."""
    whole = quantized(find("glm-4.5-air"), "Q4_K_M")
    further = tuple(
        Tensor(Shape(f"blk.46.{name}.weight", (4_096, 8_192)), "Q4_K") for name in ("a", "b")
    )
    filed = replace(whole, tensors=whole.tensors + further)
    assert filed.weights_bytes > whole.weights_bytes
    assert need_of(filed, Load()) == need_of(whole, Load())
    assert weights_read(filed.architecture, filed.tensors) == weights_read(
        whole.architecture, whole.tensors
    )
