"""Is the whole's speed found from two shallow copies, and is the band as wide as the noise?"""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import AdvisorError
from advisor.models.by_layers import (
    LEAST_ERROR,
    Round,
    Rounds,
    decode_rate,
    half_width,
    measured_by_layers,
    prefill_rate,
)
from advisor.models.cache import read_bytes
from advisor.models.machine_file import Box
from advisor.models.memory import Load, Room
from advisor.models.model import Model, of_catalogue
from advisor.models.own_speed import decode_work
from advisor.models.prediction import predict
from advisor.models.shallow import Copies, shallow_copies

DEPTH = 64
MODELS = (
    "llama-3.1-70b:Q4_K_M",
    "gemma-3-27b:Q4_K_M",
    "qwen3-30b-a3b:Q4_K_M",
    "deepseek-v3:Q4_K_M",
)


def step_s(model: Model, overhead_s: float, bytes_per_s: float) -> float:
    """A step on a machine of known rates."""
    read = decode_work(model, DEPTH).weight_bytes + read_bytes(model.architecture, DEPTH)
    return overhead_s + read / bytes_per_s


@cache
def copies_of(name: str) -> Copies:
    return shallow_copies(of_catalogue(name), Load(640), 10**13, 10**13)


def rounds(
    name: str,
    noise: float = 0.0,
    seed: int = 1,
    overhead_s: float = 3e-3,
    bytes_per_s: float = 20e9,
) -> Rounds:
    draw, copies = random.Random(seed), copies_of(name)

    true_s = [step_s(each, overhead_s, bytes_per_s) for each in (copies.shallow, copies.deep)]

    def one() -> Round:
        return Round(*(each * (1 + draw.gauss(0, noise)) for each in true_s))

    decode = tuple(one() for _ in range(20))
    prompts = tuple(Round(20 * each.shallow_s, 20 * each.deep_s) for each in decode)
    return Rounds(copies, DEPTH, decode, 512, prompts)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(MODELS), st.floats(0, 20e-3), st.floats(5e9, 500e9))
def test_without_noise_the_whole_is_found(name: str, overhead_s: float, bytes_per_s: float) -> None:
    band = decode_rate(rounds(name, overhead_s=overhead_s, bytes_per_s=bytes_per_s))
    truth = 1 / step_s(of_catalogue(name), overhead_s, bytes_per_s)
    assert band.p50 == pytest.approx(truth, rel=0.01)
    assert band.p10 == pytest.approx(band.p50 / (1 + LEAST_ERROR))
    assert band.p90 == pytest.approx(band.p50 / (1 - LEAST_ERROR))


def test_with_noise_the_band_holds_the_truth() -> None:
    truth = 1 / step_s(of_catalogue(MODELS[0]), 3e-3, 20e9)
    bands = [decode_rate(rounds(MODELS[0], 0.04, seed)) for seed in range(40)]
    inside = [band.p10 <= truth <= band.p90 for band in bands]
    assert sum(inside) / len(inside) >= 0.75
    assert max(band.p90 / band.p10 for band in bands) > (1 + LEAST_ERROR) / (1 - LEAST_ERROR)


def test_the_width_so_far_grows_with_the_noise() -> None:
    assert half_width(rounds(MODELS[0])) == pytest.approx(0)
    assert half_width(rounds(MODELS[0], 0.05)) > half_width(rounds(MODELS[0], 0.01)) > 0


def test_a_deeper_copy_that_is_not_slower_tells_nothing() -> None:
    found = rounds(MODELS[0])
    odd = replace(found, decode=tuple(Round(each.deep_s, each.shallow_s) for each in found.decode))
    assert half_width(odd) == float("inf")
    with pytest.raises(AdvisorError, match="did not take longer"):
        decode_rate(odd)


@pytest.mark.parametrize(
    ("memory", "fits", "said"), [(10**9, "no", "if it had the memory"), (10**12, "yes", "")]
)
def test_the_prediction_says_how_it_was_measured(memory: int, fits: str, said: str) -> None:
    found = rounds(MODELS[0])
    box = Box(name="this", kind="cpu", room=Room(memory), measured_bytes_per_s=20e9)
    told = measured_by_layers(predict(of_catalogue(MODELS[0]), box), found)
    assert (told.fits, told.basis) == (fits, "layers")
    assert told.decode_tok_per_s == decode_rate(found)
    assert told.prefill_tok_per_s == prefill_rate(found)
    assert told.assumptions[0].startswith("measured by layers: copies of 1 and ")
    assert "of its 80 layers" in told.assumptions[0]
    assert said in " ".join(told.assumptions[1:])
    assert told.rests_on.startswith("two shallow copies")
    assert list(told.unknown) == ["energy_j_per_output_token"]
    powered = msgspec.structs.replace(box, active_power_w=100.0)
    known = measured_by_layers(predict(of_catalogue(MODELS[0]), powered), found)
    assert known.energy_j_per_output_token == decode_rate(found).under(100.0)
    assert not known.unknown
