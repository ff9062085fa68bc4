"""The time of a decode step and of a prompt, from bytes and operations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.models.catalogue import find
from advisor.models.roofline import (
    Prompt,
    PromptFactors,
    Rates,
    Step,
    StepFactors,
    prompt_of,
    prompt_seconds,
    step_of,
    step_seconds,
)
from advisor.models.traffic import decode_bytes

FACTORS = StepFactors(layer_s=20e-6, expert_layer_s=10e-6, bandwidth_share=0.8, flop_per_weight=4.0)
RATES = Rates(bandwidth_bytes_per_s=1e12, fp32_flop_per_s=40e12)


def test_a_step_is_the_sum_of_starting_reading_and_unpacking() -> None:
    step = Step(layers=30, expert_layers=0, read_bytes=4e9, weights=8e9)
    assert step_seconds(step, RATES, FACTORS) == pytest.approx(30 * 20e-6 + 4e9 / 0.8e12 + 0.8e-3)
    sparse = Step(layers=30, expert_layers=28, read_bytes=4e9, weights=8e9)
    more = step_seconds(sparse, RATES, FACTORS) - step_seconds(step, RATES, FACTORS)
    assert more == pytest.approx(28 * 10e-6)


def test_a_step_reads_what_traffic_says() -> None:
    one = find("llama-3.1-8b")
    assert step_of(one, "Q4_K_M", 4_096, 8).read_bytes == decode_bytes(one, "Q4_K_M", 4_096, 8)
    assert step_of(one, "Q4_K_M", 0, 8).weights == 8 * step_of(one, "Q4_K_M").weights


def test_the_files_own_size_outranks_the_rule() -> None:
    one = find("llama-3.1-8b")
    usual = step_of(one, "Q4_K_M").read_bytes
    assert step_of(one, "Q4_K_M", file_bytes=5.5e9).read_bytes > 1.1 * usual
    assert step_of(one, "Q4_K_M", file_bytes=4.92e9).read_bytes == pytest.approx(usual, rel=0.01)


def test_a_prompt_reads_the_weights_once_a_batch() -> None:
    prompt = Prompt(
        layers=10,
        tokens=1_024,
        has_experts=False,
        matrix_flop=1e12,
        attention_flop=1e11,
        weight_bytes=2e9,
    )
    factors = PromptFactors(layer_s=1e-4, compute_share=0.5, attention_share=0.25, expert_share=0.1)
    expected = 1e12 / 20e12 + 1e11 / 10e12 + 2 * (10 * 1e-4 + 2e9 / 1e12)
    assert prompt_seconds(prompt, RATES, factors) == pytest.approx(expected)


def test_attention_grows_with_what_is_before_the_prompt_and_not_beyond_a_window() -> None:
    whole, windowed = find("llama-3.1-8b"), find("gemma-3-12b")
    far = prompt_of(whole, "Q4_K_M", 512, 32_768).attention_flop
    assert far > 100 * prompt_of(whole, "Q4_K_M", 512).attention_flop
    near = prompt_of(windowed, "Q4_K_M", 512).attention_flop
    assert prompt_of(windowed, "Q4_K_M", 512, 32_768).attention_flop < 60 * near


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
    slow, fast = Rates(bandwidth, 30e12), Rates(bandwidth * faster, 30e12)
    assert step_seconds(step, fast, FACTORS) < step_seconds(step, slow, FACTORS)
    later = step_of(one, "Q4_K_M", context + 256, streams)
    assert step_seconds(later, slow, FACTORS) > step_seconds(step, slow, FACTORS)
