"""The time of a decode step and of a prompt, from bytes and operations."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_work import PROMPT_FACTORS, RATES, STEP_FACTORS, prompt

from advisor.models.architecture import RECURRENT
from advisor.models.cache import state_bytes
from advisor.models.catalogue import find
from advisor.models.roofline import (
    Step,
    attention_flop,
    prompt_of,
    prompt_seconds,
    step_of,
    step_seconds,
)
from advisor.models.shapes import active_parameters
from advisor.models.traffic import decode_bytes


def test_a_step_is_the_sum_of_starting_reading_and_unpacking() -> None:
    step = Step(starts=30, expert_layers=0, read_bytes=4e9, weights=8e9)
    assert step_seconds(step, RATES, STEP_FACTORS) == pytest.approx(
        30 * 20e-6 + 4e9 / 0.8e12 + 0.8e-3
    )
    sparse = Step(starts=30, expert_layers=28, read_bytes=4e9, weights=8e9)
    more = step_seconds(sparse, RATES, STEP_FACTORS) - step_seconds(step, RATES, STEP_FACTORS)
    assert more == pytest.approx(28 * 10e-6)


def test_a_step_reads_what_traffic_says() -> None:
    one = find("llama-3.1-8b")
    assert step_of(one, "Q4_K_M", 4_096, 8).read_bytes == decode_bytes(one, "Q4_K_M", 4_096, 8)
    assert step_of(one, "Q4_K_M", 0, 8).weights == 8 * step_of(one, "Q4_K_M").weights


def test_every_stream_multiplies_with_all_weights_but_the_embedding() -> None:
    one = find("llama-2-7b")
    multiplied = 6_738_415_616 - 32_000 * 4_096
    assert step_of(one, "Q4_0").weights == multiplied
    assert step_of(one, "Q4_0", concurrency=8).weights == 8 * multiplied


def test_only_layers_with_experts_start_more_for_them() -> None:
    """Of GLM 4.5 Air's 46 layers the first is dense."""
    counted = [step_of(find(name), "Q4_K_M").expert_layers for name in ("glm-4.5-air", "phi-4")]
    assert counted == [45, 0]


def test_nothing_is_before_a_step_or_a_prompt_unless_it_is_said() -> None:
    one = find("llama-3.1-8b")
    assert step_of(one, "Q4_K_M") == step_of(one, "Q4_K_M", 0, 1)
    assert prompt_of(one, "Q4_K_M", 512) == prompt_of(one, "Q4_K_M", 512, 0)


def test_the_files_own_size_outranks_the_rule() -> None:
    one = find("llama-3.1-8b")
    usual = step_of(one, "Q4_K_M").read_bytes
    assert step_of(one, "Q4_K_M", file_bytes=5.5e9).read_bytes > 1.1 * usual
    assert step_of(one, "Q4_K_M", file_bytes=4.92e9).read_bytes == pytest.approx(usual, rel=0.01)


def test_starts_are_counted_by_tensors_and_llama_s_layer_is_one() -> None:
    assert step_of(find("llama-3.1-8b"), "Q4_K_M").starts == pytest.approx(32)
    deltas = find("qwen3.5-35b-a3b")
    assert step_of(deltas, "Q4_K_M").starts > 1.2 * deltas.layers


def test_a_recurrent_state_is_passed_over_six_times_a_token() -> None:
    """Gathered, updated and copied back, each reading and writing; a cache is read once."""
    one = find("qwen3.5-35b-a3b")
    recurrent = sum(kind in RECURRENT for kind in one.kinds)
    assert recurrent > 0
    again = step_of(one, "Q4_K_M", 4_096).read_bytes - decode_bytes(one, "Q4_K_M", 4_096)
    assert again == pytest.approx(5 * recurrent * state_bytes(one))


def test_a_prompt_reads_the_weights_once_a_batch() -> None:
    beside = 1e11 / 40e12 + 2 * 5e10 / 1e12 + 2 * (10 * 1e-4 + 2e9 / 1e12)
    whole = prompt_seconds(prompt(quantized=False), RATES, PROMPT_FACTORS)
    assert whole == pytest.approx(1e12 / 80e12 + beside)
    packed = prompt_seconds(prompt(quantized=True), RATES, PROMPT_FACTORS)
    assert packed == pytest.approx(1e12 / 160e12 + 1e12 * 0.25 / 40e12 + beside)


def test_what_wires_its_memory_anew_takes_readings_once_a_prompt() -> None:
    wiring = msgspec.structs.replace(PROMPT_FACTORS, wirings=5.0)
    usual, anew = (
        prompt_seconds(prompt(quantized=True), RATES, one) for one in (PROMPT_FACTORS, wiring)
    )
    assert anew - usual == pytest.approx(5 * 2e9 / 1e12)


def test_a_prompt_s_output_is_computed_of_its_last_token_alone() -> None:
    """A word of the vocabulary more is a row of the output more, which a prompt does not meet."""
    one = find("llama-3.2-1b")
    wordy = msgspec.structs.replace(one, vocab=2 * one.vocab)
    assert active_parameters(wordy) > active_parameters(one)
    flops = {prompt_of(each, "Q4_K_M", 512).matrix_flop for each in (one, wordy)}
    assert len(flops) == 1


def test_a_prompt_multiplies_and_adds_for_each_token_and_weight() -> None:
    """Without the embedding and the output, Llama 2 7B's tables of 32,000 words by 4,096."""
    in_layers = 6_738_415_616 - 2 * 32_000 * 4_096
    assert prompt_of(find("llama-2-7b"), "Q4_0", 100).matrix_flop == 2 * in_layers * 100


@pytest.mark.parametrize(
    ("quantization", "unpacked"), [("F16", False), ("BF16", False), ("Q8_0", True)]
)
def test_weights_in_floating_point_are_not_unpacked(quantization: str, unpacked: bool) -> None:
    assert prompt_of(find("llama-3.2-1b"), quantization, 512).quantized is unpacked


def test_a_prompt_knows_whether_its_model_has_experts() -> None:
    found = {
        name: prompt_of(find(name), "Q4_0", 512).has_experts
        for name in ("qwen3-30b-a3b", "llama-2-7b")
    }
    assert found == {"qwen3-30b-a3b": True, "llama-2-7b": False}


def test_a_prompt_carries_the_widths_of_its_matrices_in_32_bits() -> None:
    """Llama's layer: into and out of four matrices of attention and three of the feed-forward."""
    one = find("llama-2-7b")
    attention = 4 * 2 * one.hidden
    feed_forward = 3 * (one.hidden + one.ffn)
    expected = 4 * 512 * one.layers * (attention + feed_forward)
    assert prompt_of(one, "Q4_0", 512).carried_bytes == expected


def test_a_prompt_carries_to_the_chosen_experts_only() -> None:
    one = find("qwen3-30b-a3b")
    assert one.experts is not None
    fewer = msgspec.structs.replace(one, experts=msgspec.structs.replace(one.experts, used=4))
    more, less = (prompt_of(each, "Q4_K_M", 1).carried_bytes for each in (one, fewer))
    assert more - less == 4 * one.layers * 4 * 3 * (one.hidden + one.experts.ffn)


def test_experts_of_few_tokens_multiply_much_in_vain() -> None:
    few, many = (
        prompt_seconds(prompt(quantized=True, tokens_per_expert=one), RATES, PROMPT_FACTORS)
        for one in (16.0, 1e9)
    )
    an_op_s = 1 / 160e12 + 0.25 / 40e12
    assert few - many == pytest.approx(1e12 * an_op_s)
    dense = prompt_seconds(prompt(quantized=True), RATES, PROMPT_FACTORS)
    assert many - dense == pytest.approx(2 * 10 * 2e-4)


def test_larger_batches_give_experts_more_tokens_and_read_weights_less_often() -> None:
    one = find("qwen3-30b-a3b")
    small = prompt_of(one, "Q4_K_M", 2_048)
    large = prompt_of(one, "Q4_K_M", 2_048, batch_tokens=2_048)
    assert (small.batches, large.batches) == (4, 1)
    assert (small.tokens_per_expert, large.tokens_per_expert) == (32, 128)
    assert large.matrix_flop == small.matrix_flop


def test_every_head_meets_half_the_prompt_and_all_before_it_with_four_operations_a_number() -> None:
    """All of Llama 3.1 8B's 32 heads do, though they share the keys and values of 8."""
    one = find("llama-3.1-8b")
    a_pair = 4 * 32 * 32 * 128
    assert attention_flop(one, 512) == a_pair * 512 * 256
    assert attention_flop(one, 512, 10_000) == a_pair * 512 * 10_256


def test_layers_of_a_window_look_at_no_more_than_it_and_recurrent_ones_at_nothing() -> None:
    """Gemma 3 12B: 40 of 48 layers see 1,024 tokens. Qwen3.5 35B: 30 of 40 are recurrent."""
    windowed, a_pair = find("gemma-3-12b"), 4 * 16 * 256
    assert attention_flop(windowed, 512) == a_pair * 48 * 512 * 256
    assert attention_flop(windowed, 512, 32_768) == a_pair * (8 * 33_024 + 40 * 1_024) * 512
    assert attention_flop(find("qwen3.5-35b-a3b"), 512) == 4 * 16 * 256 * 10 * 512 * 256


@given(
    st.floats(1e10, 1e13),
    st.floats(1.01, 10),
    st.integers(0, 100_000),
    st.integers(1, 64),
)
def test_more_bandwidth_is_never_slower_and_more_context_never_faster(
    bandwidth: float, faster: float, context: int, streams: int
) -> None:
    one = find("qwen3-30b-a3b")
    step = step_of(one, "Q4_K_M", context, streams)
    slow, fast = (
        replace(RATES, bandwidth_bytes_per_s=one) for one in (bandwidth, bandwidth * faster)
    )
    assert step_seconds(step, fast, STEP_FACTORS) < step_seconds(step, slow, STEP_FACTORS)
    later = step_of(one, "Q4_K_M", context + 256, streams)
    assert step_seconds(later, slow, STEP_FACTORS) > step_seconds(step, slow, STEP_FACTORS)
