"""A made-up device, its factors and a prompt, in round figures that are easily worked with."""

from __future__ import annotations

from advisor.models.roofline import Prompt, PromptFactors, Rates, StepFactors

RATES = Rates(
    bandwidth_bytes_per_s=1e12,
    fp32_flop_per_s=40e12,
    fp16_flop_per_s=160e12,
    quantized_op_per_s=320e12,
)
STEP_FACTORS = StepFactors(
    layer_s=20e-6, expert_layer_s=10e-6, bandwidth_share=0.8, flop_per_weight=4.0
)
PROMPT_FACTORS = PromptFactors(
    layer_s=1e-4,
    expert_layer_s=2e-4,
    matrix_share=0.5,
    work_per_op=0.25,
    attention_share=0.25,
    expert_padding=16.0,
    passes=2.0,
)


def prompt(*, quantized: bool = True, tokens_per_expert: float | None = None) -> Prompt:
    """Two batches of 512 tokens, with experts where it is told how many each of them sees."""
    return Prompt(
        starts=10,
        tokens=1_024,
        batches=2,
        tokens_per_expert=tokens_per_expert,
        quantized=quantized,
        matrix_flop=1e12,
        attention_flop=1e11,
        carried_bytes=5e10,
        weight_bytes=2e9,
    )
