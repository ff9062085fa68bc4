"""Each fitted factor acts on its own term of a step's or a prompt's time: figures by hand."""

from __future__ import annotations

import msgspec
import pytest
from made_up_work import PROMPT_FACTORS, RATES, STEP_FACTORS, prompt

from advisor.models.band import Band
from advisor.models.catalogue import find
from advisor.models.device_rates import rates_of, share_of_usual_power, with_facts
from advisor.models.devices import Device, find_device
from advisor.models.elsewhere import (
    Decode,
    Prefill,
    Wider,
    band_power,
    decode_seconds,
    factors,
    predict_elsewhere,
    prefill_seconds,
    quantiles,
)
from advisor.models.roofline import (
    Step,
    prompt_of,
    step_of,
)

BAND = Band(p10=0.5, p50=1.25, p90=2.5)
DECODE = Decode(
    factors=STEP_FACTORS,
    extra_device_s=1e-3,
    two_dies_bandwidth=0.5,
    quantization_work={"k": 1.5},
    generation_start={"ada": 2.0},
    generation_time={"ada": 1.25, "pascal": 1.1},
    seen=("ada",),
    experts_seen=True,
    band=BAND,
)
PREFILL = Prefill(
    factors=PROMPT_FACTORS,
    quantization_work={"k": 1.5},
    generation_share={"ada": 2.0, "pascal": 1.1},
    power_exponent=0.5,
    seen=("ada",),
    experts_seen=True,
    band=BAND,
)
WIDER = Wider(
    unknown_compute=1.3,
    unknown_generation=1.2,
    other_backend=1.1,
    experts=1.25,
    unseen_experts=1.8,
)
CARD = Device(kind="cuda", memory_gib=24, bandwidth_gb_per_s=1_000, fp32_tflops=40)
STEP = Step(starts=30, expert_layers=10, read_bytes=4e9, weights=8e9)
STARTING_S, READING_S, UNPACKING_S = 30 * 20e-6 + 10 * 10e-6, 4e9 / 0.8e12, 8e9 * 4 / 40e12
PROMPT = prompt()
MATRICES_S, UNPACKING_PROMPT_S, ATTENTION_S = 1e12 / 160e12, 1e12 * 0.25 / 40e12, 1e11 / 40e12
MOVING_AND_STARTING_S = 2 * 5e10 / 1e12 + 2 * (10 * 1e-4 + 2e9 / 1e12)


def _step_s(quantization: str = "plain", **known: object) -> float:
    card = msgspec.structs.replace(CARD, **known)
    return decode_seconds(DECODE, STEP, RATES, card, quantization)


def _prompt_s(quantization: str = "plain", card: Device = CARD) -> float:
    return prefill_seconds(PREFILL, PROMPT, RATES, card, quantization)


def test_what_is_in_no_table_counts_once() -> None:
    assert _step_s() == pytest.approx(STARTING_S + READING_S + UNPACKING_S)
    assert _step_s(generation="rubin") == _step_s()
    whole = MATRICES_S + UNPACKING_PROMPT_S + ATTENTION_S + MOVING_AND_STARTING_S
    assert _prompt_s() == pytest.approx(whole)
    assert _prompt_s(card=msgspec.structs.replace(CARD, generation="rubin")) == _prompt_s()


def test_a_generation_s_start_and_time_are_apart() -> None:
    assert _step_s(generation="ada") == pytest.approx(
        2 * STARTING_S + 1.25 * (READING_S + UNPACKING_S)
    )


def test_a_class_of_quantization_changes_the_unpacking_alone() -> None:
    assert _step_s("k") - _step_s() == pytest.approx(0.5 * UNPACKING_S)
    assert _step_s("k", generation="ada") - _step_s(generation="ada") == pytest.approx(
        1.25 * 0.5 * UNPACKING_S
    )
    assert _prompt_s("k") - _prompt_s() == pytest.approx(0.5 * UNPACKING_PROMPT_S)


def test_two_dies_reach_a_share_of_the_bandwidth_alone() -> None:
    assert _step_s(dies=2) - _step_s() == pytest.approx(READING_S)


def test_every_device_after_the_first_is_handed_the_step() -> None:
    assert _step_s(count=3) - _step_s() == pytest.approx(2e-3)


def test_a_generation_s_share_is_of_the_matrix_units_alone() -> None:
    ada = msgspec.structs.replace(CARD, generation="ada")
    assert _prompt_s() - _prompt_s(card=ada) == pytest.approx(MATRICES_S / 2)


def test_a_quarter_of_the_power_halves_what_computes_at_an_exponent_of_a_half() -> None:
    """Moving bytes and starting kernels take as long as before."""
    card = with_facts(find_device("RTX 4090"))
    assert card.active_power_w is not None
    usual_w = card.active_power_w / share_of_usual_power(card)
    usual, slow = (
        msgspec.structs.replace(card, generation="ada", active_power_w=one)
        for one in (usual_w, usual_w / 4)
    )
    computing_s = MATRICES_S / 2 + UNPACKING_PROMPT_S + ATTENTION_S
    assert _prompt_s(card=slow) - _prompt_s(card=usual) == pytest.approx(computing_s)


@pytest.mark.parametrize("fitted", [DECODE, PREFILL])
@pytest.mark.parametrize(
    ("known", "has_experts", "expected"),
    [
        ({"generation": "ada"}, False, 1.0),
        ({"generation": "ada"}, True, 1.25),
        ({"generation": "pascal"}, False, 1.1),
        ({"generation": "pascal"}, True, 1.25),
        ({"generation": "rubin"}, False, 1.2),
        ({}, False, 1.2),
        ({"fp32_tflops": None}, False, 1.3),
        ({"fp32_tflops": None}, True, 1.3),
    ],
)
def test_the_widest_of_what_is_not_known_decides(
    fitted: Decode | Prefill, known: dict[str, str | None], has_experts: bool, expected: float
) -> None:
    card = msgspec.structs.replace(CARD, **known)
    assert band_power(WIDER, fitted, card, has_experts=has_experts) == expected
    unseen = msgspec.structs.replace(fitted, experts_seen=False)
    found = band_power(WIDER, unseen, card, has_experts=has_experts)
    assert found == (1.8 if has_experts else expected)


@pytest.mark.parametrize(
    ("power", "p10", "p90"), [(1.0, 50, 250), (1.5, 125 * 0.4**1.5, 125 * 2**1.5), (3.0, 25, 625)]
)
def test_a_band_is_raised_to_a_power_and_never_wider_than_five_fold(
    power: float, p10: float, p90: float
) -> None:
    assert quantiles(100, BAND, power) == Band(
        p10=pytest.approx(p10), p50=125, p90=pytest.approx(p90)
    )


def test_decode_is_that_of_the_middle_of_128_tokens_and_prefill_of_512_after_as_many() -> None:
    card, one, known = find_device("RTX 4090"), find("llama-3.1-8b"), factors()
    facts, rates = with_facts(card), rates_of(with_facts(card), "cuda")
    for before, found in (
        (0, predict_elsewhere(card, one, "Q4_K_M")),
        (1_000, predict_elsewhere(card, one, "Q4_K_M", 1_000)),
    ):
        decode, prefill = known.decode["cuda"], known.prefill["cuda"]
        step = step_of(one, "Q4_K_M", before + 64)
        step_s = decode_seconds(decode, step, rates, facts, "k")
        assert found.decode_tok_per_s.p50 == pytest.approx(decode.band.p50 / step_s)
        prompt = prompt_of(one, "Q4_K_M", 512, before)
        prompt_s = prefill_seconds(prefill, prompt, rates, facts, "k")
        assert found.prefill_tok_per_s is not None
        assert found.prefill_tok_per_s.p50 == pytest.approx(512 * prefill.band.p50 / prompt_s)
