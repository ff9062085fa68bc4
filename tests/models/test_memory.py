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
from advisor.models.cache import (
    CACHE_TYPES,
    cache_bytes,
    known_cache_type,
    layer_bytes,
    read_bytes,
    state_bytes,
)
from advisor.models.catalogue import catalogue, find
from advisor.models.memory import Load, MemoryNeed, Room, fit, memory_need, need_of
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


def test_a_window_s_layers_set_room_aside_for_it_and_a_batch_in_whole_cells() -> None:
    """gpt-oss 20B: 12 layers of a window of 128, which with a batch of 512 take 3 times 256."""
    a_token = 2 * 8 * 64 * 2
    assert cache_bytes(find("gpt-oss-20b"), 8_192) == 12 * (8_192 + 768) * a_token
    assert cache_bytes(find("gpt-oss-20b"), 300) == 24 * 512 * a_token


def test_a_recurrent_state_is_its_matrix_and_the_last_inputs_of_its_convolution() -> None:
    """Qwen3.5 27B: three inputs of 6,144 + 2 * 16 * 128 channels, and 6,144 rows of 128."""
    one = find("qwen3.5-27b")
    assert state_bytes(one) == 4 * (3 * 10_240 + 6_144 * 128)
    assert cache_bytes(one, 256) == 48 * state_bytes(one) + 16 * 256 * 2 * 4 * 256 * 2
    assert state_bytes(find("llama-3.1-8b")) == 0


def test_layers_without_a_mixer_or_with_a_state_cache_no_tokens() -> None:
    hybrid = find("nemotron-3-nano-4b")
    assert {layer_bytes(hybrid, layer) for layer in range(3)} == {0}


def test_an_indexer_caches_a_key_in_the_layers_that_have_one() -> None:
    """GLM 5.2: the first three layers and then every fourth, beside a latent of 576 numbers."""
    one = find("glm-5.2")
    keys = [128 if layer in {0, 1, 2, 6, 10} else 0 for layer in range(12)]
    assert [layer_bytes(one, layer) for layer in range(12)] == [2 * (576 + key) for key in keys]


def test_values_may_be_narrower_than_keys() -> None:
    one = msgspec.structs.replace(find("llama-3.1-8b"), value_dim=64)
    assert layer_bytes(one, 0) == 8 * (128 + 64) * 2


def test_a_layer_that_looks_at_an_earlier_cache_reads_it_and_keeps_none() -> None:
    """Gemma 4 E2B: of 35 layers the last 20 do, each fifth of them at the whole context."""
    one, windowed, whole = find("gemma-4-e2b"), 2 * 256 * 2, 2 * 512 * 2
    assert [layer_bytes(one, layer) for layer in (0, 4, 15, 19)] == [windowed, whole, 0, 0]
    assert read_bytes(one, 2_048) == 28 * 512 * windowed + 7 * 2_048 * whole


def test_what_some_layers_read_and_the_others_is_what_all_do() -> None:
    one = find("qwen3.5-27b")
    parts = [read_bytes(one, 1_000, "f16", some) for some in (range(10), range(10, 64))]
    assert sum(parts) == read_bytes(one, 1_000)
    assert min(parts) > 7 * state_bytes(one)


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


def test_as_many_of_the_last_layers_as_have_room_go_to_the_device() -> None:
    """Beside the buffers and the process; the rest and the process again have to fit elsewhere."""
    model, load = of_catalogue("llama-3.1-8b:Q4_K_M"), Load(8_192, 2)
    need, layers = need_of(model, load), model.architecture.layers
    sizes = [need.cache_bytes // layers] * layers
    for tensor in model.tensors:
        if tensor.shape.layer is not None:
            sizes[tensor.shape.layer] += tensor.size_bytes
    last_ten = sum(sizes[-10:])
    device = need.compute_bytes + need.process_bytes + last_ten
    host = need.weights_bytes + need.cache_bytes - last_ten + need.process_bytes
    assert fit(model, Room(device, host), load).spilled_layers == layers - 10
    assert fit(model, Room(device - 1, 10**12), load).spilled_layers == layers - 9
    assert fit(model, Room(device + sizes[-11] - 1, 10**12), load).spilled_layers == layers - 10
    assert fit(model, Room(device, host - 1), load).verdict == "no"


def test_a_device_that_all_but_holds_the_model_still_spills() -> None:
    """The embedding and the output, which come last, are then all that main memory has to hold."""
    model = of_catalogue("llama-3.1-8b:Q4_K_M")
    need = need_of(model, Load())
    beside = sum(each.size_bytes for each in model.tensors if each.shape.layer is None)
    host = beside + need.process_bytes
    found = fit(model, Room(need.total_bytes - 1, host), Load())
    assert (found.verdict, found.spilled_layers) == ("partly", 1)
    assert fit(model, Room(need.total_bytes - 1, host - 1), Load()).verdict == "no"


def test_room_for_just_one_request_is_room_for_one() -> None:
    model = of_catalogue("llama-3.1-8b:Q4_K_M")
    found = fit(model, Room(need_of(model, Load(8_192)).total_bytes), Load(8_192))
    assert (found.largest_concurrency, found.largest_context_tokens) == (1, 8_192)
    vast = fit(model, Room(2**60), Load())
    assert (vast.largest_concurrency, vast.largest_context_tokens) == (4_096, 131_072)


def test_the_low_end_leaves_the_process_out_and_the_high_end_takes_the_larger_buffer() -> None:
    """Two per cent off either way; builds of before 2026 set the logits aside if they are more."""
    need = MemoryNeed(
        weights_bytes=4_000,
        cache_bytes=3_000,
        compute_bytes=1_000,
        process_bytes=2_000,
        logits_bytes=1_500,
    )
    assert (need.p10_bytes, need.total_bytes, need.p90_bytes) == (7_840, 10_000, 10_700)
    assert replace(need, logits_bytes=400).p90_bytes == 10_200


def test_a_larger_vocabulary_makes_a_larger_process() -> None:
    """Each word of the tokenizer takes some 450 bytes."""
    small, large = find("llama-2-7b"), find("llama-3.1-8b")
    grown = [memory_need(one, "Q4_K_M").process_bytes for one in (small, large)]
    assert grown[1] - grown[0] == 450 * (128_256 - 32_000)
    assert 30_000_000 < grown[0] < 100_000_000


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
    assert [known_cache_type(one) for one in CACHE_TYPES] == ["f16", "bf16", "q8_0", "q4_0"]
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
    room = Room(24 * GIB, 128 * GIB)
    assert fit(filed, room, Load()) == fit(whole, room, Load())
    assert weights_read(filed.architecture, filed.tensors) == weights_read(
        whole.architecture, whole.tensors
    )
