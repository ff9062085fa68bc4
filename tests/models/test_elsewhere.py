"""Speed of boxes that one does not own: bands, what widens them, what is left unknown."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.models.band import Band
from advisor.models.catalogue import find
from advisor.models.device_rates import rates_of, with_facts
from advisor.models.devices import Device, Kind, devices, find_device
from advisor.models.elsewhere import (
    band_power,
    decode_seconds,
    factors,
    predict_elsewhere,
    prefill_seconds,
    quantization_class,
)
from advisor.models.roofline import prompt_of, step_of

LLAMA = find("llama-3.1-8b")


def _width(rate: Band) -> float:
    return rate.p90 / rate.p10


@pytest.mark.parametrize("one", devices(), ids=lambda one: one.name)
def test_every_known_device_has_a_band_below_its_roof(one: Device) -> None:
    found = predict_elsewhere(one, LLAMA, "Q4_K_M")
    rate = found.decode_tok_per_s
    assert 0 < rate.p10 < rate.p50 < rate.p90
    assert rate.p50 < one.bandwidth_gb_per_s * 1e9 / 4.6e9
    if one.fp32_tflops is None and one.compute_units is None:
        assert found.prefill_tok_per_s is None
        assert "compute" in found.unknown["prefill_tok_per_s"]
    else:
        assert found.prefill_tok_per_s is not None
        assert found.prefill_tok_per_s.p50 > rate.p50
        assert not found.unknown


def test_an_anonymous_box_gets_a_wider_band_and_no_guess_at_its_prompts() -> None:
    known = find_device("RTX 4090")
    box = Device(kind="cuda", memory_gib=24, bandwidth_gb_per_s=1_008)
    anonymous = predict_elsewhere(box, LLAMA, "Q4_K_M")
    named = predict_elsewhere(known, LLAMA, "Q4_K_M")
    assert _width(anonymous.decode_tok_per_s) > 1.1 * _width(named.decode_tok_per_s)
    assert anonymous.prefill_tok_per_s is None
    assert "fp16_tflops" in anonymous.unknown["prefill_tok_per_s"]
    with_compute = msgspec.structs.replace(box, fp16_tflops=165.0)
    assert predict_elsewhere(with_compute, LLAMA, "Q4_K_M").prefill_tok_per_s is not None


def test_a_known_name_completes_a_machine_file_but_does_not_overrule_it() -> None:
    file = Device(name="RTX 4090", kind="cuda", memory_gib=48, bandwidth_gb_per_s=900)
    full = with_facts(file)
    assert (full.generation, full.fp32_tflops) == ("ada", 82.58)
    assert (full.memory_gib, full.bandwidth_gb_per_s) == (48, 900)
    assert with_facts(msgspec.structs.replace(file, name="some box")).generation is None


def test_a_generation_without_results_widens_the_band() -> None:
    known = find_device("RTX 4090")
    strange = msgspec.structs.replace(known, name="", generation="rubin")
    wide = predict_elsewhere(strange, LLAMA, "Q4_K_M").decode_tok_per_s
    assert _width(wide) > _width(predict_elsewhere(known, LLAMA, "Q4_K_M").decode_tok_per_s)


def test_a_generation_that_only_another_backend_has_seen_lies_between() -> None:
    assert "pascal" in factors().decode["cuda"].seen
    vulkan = factors().decode["vulkan"]
    assert "pascal" in vulkan.generation_time
    assert "pascal" not in vulkan.seen
    card = msgspec.structs.replace(find_device("Titan Xp"), kind="vulkan")
    widths = [
        _width(predict_elsewhere(one, LLAMA, "Q4_0").decode_tok_per_s)
        for one in (
            msgspec.structs.replace(card, name="", generation="ada"),
            card,
            msgspec.structs.replace(card, name="", generation="rubin"),
        )
    ]
    assert widths == sorted(widths)


def test_mixtures_of_experts_have_a_wider_band_of_prompts() -> None:
    card = find_device("RTX 4090")
    dense = predict_elsewhere(card, LLAMA, "Q4_K_M").prefill_tok_per_s
    experts = predict_elsewhere(card, find("qwen3-30b-a3b"), "Q4_K_M").prefill_tok_per_s
    assert dense is not None
    assert experts is not None
    assert _width(experts) > _width(dense)


def test_mixtures_on_a_backend_that_none_were_fitted_of_have_a_wider_band_yet() -> None:
    known = factors()
    assert known.decode["cuda"].experts_seen
    card = find_device("RTX 4090")
    seen, unseen = (
        band_power(known.decode_wider, fitted, card, has_experts=True)
        for fitted in (
            known.decode["cuda"],
            msgspec.structs.replace(known.decode["cuda"], experts_seen=False),
        )
    )
    assert 1.0 <= seen <= unseen == known.decode_wider.unseen_experts


def test_less_power_for_as_many_units_slows_prompts_only() -> None:
    """An L40 has the RTX 4090's chip at 300 W instead of 450."""
    card = with_facts(find_device("RTX 4090"))
    slow = msgspec.structs.replace(card, active_power_w=300.0)
    rates = rates_of(card, "cuda")
    prefill, decode = factors().prefill["cuda"], factors().decode["cuda"]
    prompt = prompt_of(LLAMA, "Q4_0", 512)
    longer = prefill_seconds(prefill, prompt, rates, slow, "plain")
    assert 1.05 < longer / prefill_seconds(prefill, prompt, rates, card, "plain") < 1.5
    step = step_of(LLAMA, "Q4_0")
    alike = [decode_seconds(decode, step, rates, one, "plain") for one in (card, slow)]
    assert alike[0] == alike[1]


def test_the_power_that_a_file_states_is_the_box_s_and_not_the_chip_s() -> None:
    file = Device(
        name="RTX 4090", kind="cuda", memory_gib=24, bandwidth_gb_per_s=1_008, active_power_w=700
    )
    assert with_facts(file).active_power_w == find_device("RTX 4090").active_power_w
    assert with_facts(msgspec.structs.replace(file, name="some box")).active_power_w is None


@given(st.floats(0.1, 1e3), st.floats(1.0, 10.0), st.floats(1.0, 10.0), st.floats(0.1, 1e6))
def test_a_band_keeps_its_order_upside_down(
    low: float, more: float, most: float, total: float
) -> None:
    band = Band(low, low * more, low * more * most)
    assert band.times(2.0).p50 == 2 * band.p50
    under = band.under(total)
    assert under.p10 <= under.p50 <= under.p90
    assert under.under(total).p10 == pytest.approx(band.p10)


def test_more_cards_add_memory_but_no_speed() -> None:
    one = find_device("RTX 3090")
    two = msgspec.structs.replace(one, count=2)
    alone = predict_elsewhere(one, LLAMA, "Q4_K_M").decode_tok_per_s.p50
    together = predict_elsewhere(two, LLAMA, "Q4_K_M").decode_tok_per_s.p50
    assert 0.9 * alone < together < alone


def test_two_joined_dies_do_not_reach_the_sum_of_their_bandwidths() -> None:
    ultra = find_device("M2 Ultra (76-core GPU)")
    single = msgspec.structs.replace(ultra, name="", dies=1)
    whole = find("llama-2-7b")
    as_two = predict_elsewhere(ultra, whole, "F16").decode_tok_per_s.p50
    assert as_two < 0.95 * predict_elsewhere(single, whole, "F16").decode_tok_per_s.p50


def test_much_bandwidth_without_compute_is_wasted_on_small_models() -> None:
    """The A100 has twice the RTX 3090's bandwidth, and decodes a 7B a fifth faster (15013)."""
    seven = find("llama-2-7b")
    rates = {
        name: predict_elsewhere(find_device(name), seven, "Q4_0").decode_tok_per_s.p50
        for name in ("NVIDIA A100 80GB", "RTX 3090")
    }
    assert 1.0 < rates["NVIDIA A100 80GB"] / rates["RTX 3090"] < 1.5


@given(st.sampled_from(["RTX 5090", "DGX Spark", "M4 Max (40-core GPU)"]), st.integers(2, 64))
def test_streams_share_the_box(name: str, streams: int) -> None:
    device = find_device(name)
    alone = predict_elsewhere(device, LLAMA, "Q4_K_M", 1_024).decode_tok_per_s
    shared = predict_elsewhere(device, LLAMA, "Q4_K_M", 1_024, streams).decode_tok_per_s
    assert alone.p50 < shared.p50 < streams * alone.p50
    assert _width(shared) > _width(alone)


def test_metal_may_be_driven_by_mlx() -> None:
    device = find_device("M4 Max (40-core GPU)")
    driven = msgspec.structs.replace(device, kind="mlx")
    mlx = predict_elsewhere(driven, LLAMA, "Q4_0").decode_tok_per_s
    assert mlx.p50 != predict_elsewhere(device, LLAMA, "Q4_0").decode_tok_per_s.p50


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Q4_K_M", "k"),
        ("UD-Q4_K_XL", "k"),
        ("Q6_K", "k"),
        ("IQ4_XS", "iq"),
        ("UD-IQ2_XXS", "iq"),
        ("Q8_0", "8-bit"),
        ("F16", "16-bit"),
        ("BF16", "16-bit"),
        ("Q4_0", "plain"),
        ("MXFP4", "plain"),
    ],
)
def test_quantizations_fall_into_classes_by_how_they_are_unpacked(name: str, found: str) -> None:
    assert quantization_class(name) == found


def test_every_kind_of_device_has_factors_of_steps_and_of_prompts() -> None:
    known = factors()
    assert known.decode.keys() == known.prefill.keys() == set(get_args(Kind))


def test_the_factors_say_when_and_how_they_were_fitted() -> None:
    known = factors()
    assert known.fitted_on >= "2026-11-28"
    assert "predict_published" in known.command
    for decode in known.decode.values():
        assert 0.1 < decode.factors.bandwidth_share <= 1
        assert decode.band.p10 < decode.band.p50 < decode.band.p90
