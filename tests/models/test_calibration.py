"""Does the fit find a machine's rates from steps measured on it, and know how far off it is?"""

from __future__ import annotations

import random
from dataclasses import replace
from math import log, sqrt
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.models.calibration import Measured, Work, calibrate

SIZES = (0.1e9, 0.3e9, 0.5e9, 0.8e9, 1.3e9)
VOCABS = (49e3, 152e3, 152e3, 128e3, 49e3)
HEADS = (90, 448, 48, 128, 768)
WEIGHTS_PER_BYTE = (1.0, 1.6, 0.9, 1.7, 1.6)


Shape = tuple[float, float, float, float]
"""A model's bytes, vocabulary, heads with keys and values, and weights per byte."""


def work(shape: Shape, depth: float, streams: int = 1) -> Work:
    size, vocab, heads, weights = shape
    flops = 2 * size * weights * streams
    return Work(
        weight_bytes=size,
        alone_flops=flops if streams == 1 else 0.0,
        together_flops=flops if streams > 1 else 0.0,
        logits=vocab * streams,
        attention=300 * depth * streams,
        cached_bytes=64 * heads * depth * streams,
    )


def machine(noise: float, seed: int, overhead_s: float = 2e-3) -> list[Measured]:
    """Steps of five models at two contexts and two batch sizes on a machine of known rates."""
    draw = random.Random(seed)
    found = []
    for number, shape in enumerate(zip(SIZES, VOCABS, HEADS, WEIGHTS_PER_BYTE, strict=True)):
        for depth, streams in ((32, 1), (2_000, 1), (32, 4)):
            one = work(shape, depth, streams)
            found.append(Measured(f"m{number}", one, true_s(one, overhead_s)))
    return [
        Measured(each.model, each.work, each.seconds * (1 + draw.gauss(0, noise))) for each in found
    ]


def true_s(one: Work, overhead_s: float = 2e-3) -> float:
    return (
        overhead_s
        + one.weight_bytes / 100e9
        + one.alone_flops * 9e-12
        + one.together_flops * 7e-12
        + one.logits * 1e-8
        + one.attention * 1e-8
        + one.cached_bytes * 8e-10
    )


@settings(max_examples=15, deadline=None)
@given(st.floats(0, 5e-3), st.integers(0, 1000), st.floats(0.05e9, 4e9), st.sampled_from((1, 2, 8)))
def test_without_noise_the_truth_of_a_new_model_is_found(
    overhead_s: float, seed: int, size: float, streams: int
) -> None:
    found = calibrate(machine(0.0, seed, overhead_s))
    one = work((size, 262e3, 200, 1.3), 500, streams)
    assert found.seconds(one).p50 == pytest.approx(true_s(one, overhead_s), rel=0.05)


def test_the_band_holds_the_truth_of_left_out_models_four_times_in_five() -> None:
    inside, errors = [], []
    for seed in range(12):
        steps = machine(0.04, seed)
        for left_out in sorted({each.model for each in steps}):
            found = calibrate([each for each in steps if each.model != left_out])
            for each in steps:
                if each.model == left_out:
                    band = found.seconds(each.work)
                    inside.append(band.p10 <= each.seconds <= band.p90)
                    errors.append(abs(band.p50 / each.seconds - 1))
    assert 0.72 <= sum(inside) / len(inside) <= 0.95
    assert median(errors) <= 0.05


def test_the_band_is_no_narrower_than_what_was_measured_twice_differs() -> None:
    steps = machine(0.0, 1)
    again = [replace(steps[0], seconds=steps[0].seconds * 1.2)]
    assert calibrate(steps).log_error == pytest.approx(0.05)
    assert calibrate(steps + again).log_error > 1.28 * log(1.2) / sqrt(2) - 1e-3
    elsewhere = [replace(steps[0], model="another", seconds=steps[0].seconds * 1.2)]
    assert calibrate(steps + elsewhere).log_error < calibrate(steps + again).log_error


def test_no_time_is_below_zero() -> None:
    found = calibrate(machine(0.2, 3, overhead_s=0.0))
    assert min(found.seconds_each) >= 0
    assert found.log_error > 0.05


def test_the_weights_alone_where_nothing_else_varies() -> None:
    steps = [
        Measured(f"m{number}", Work(size, 2e9, logits=5e4), 1e-3 + size / 20e9)
        for number, size in enumerate(SIZES)
    ]
    found = calibrate(steps)
    assert found.seconds_each[:2] == pytest.approx((1e-3, 1 / 20e9))
    assert set(found.seconds_each[2:]) == {0.0}
    assert found.median_error == pytest.approx(0, abs=1e-9)


def test_tokens_together_cost_no_less_than_lone_ones_where_only_those_were_measured() -> None:
    steps = machine(0.0, 1, overhead_s=0.0)
    alone = calibrate([each for each in steps if each.work.alone_flops])
    shape = (2e9, 1e5, 100, 1.2)
    one, four = work(shape, 32), work(shape, 32, 4)
    assert alone.seconds(four).p50 >= true_s(four, 0.0)
    assert alone.seconds(one).p50 == pytest.approx(true_s(one, 0.0), rel=0.05)
    assert calibrate(steps).seconds(four).p50 == pytest.approx(true_s(four, 0.0), rel=0.05)


def test_two_models_calibrate_nothing() -> None:
    with pytest.raises(InputError, match="not calibrated"):
        calibrate(machine(0.0, 1)[:6])


def test_a_step_without_time_is_refused() -> None:
    steps = machine(0.0, 1)
    with pytest.raises(InputError, match="no time"):
        calibrate([*steps, Measured("x", Work(1.0, 1.0), 0.0)])


def test_a_context_counts_only_where_one_model_had_two() -> None:
    steps = machine(0.0, 1)
    short = [each for each in steps if each.work.attention < 300 * 2_000]
    assert calibrate(short).seconds_each[5:7] == (0.0, 0.0)
    assert min(calibrate(steps).seconds_each[5:7]) > 0
