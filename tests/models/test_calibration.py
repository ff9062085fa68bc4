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
        flops=flops,
        single_flops=flops if streams % 4 else 0.0,
        logits=vocab * streams,
        attention_rows=300 * depth * streams,
        cached_rows=heads * depth * streams,
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
        + one.flops * 7e-12
        + one.single_flops * 2e-12
        + one.logits * 1e-8
        + one.attention_rows * 1e-8
        + one.cached_rows * 5e-8
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


def test_operations_of_several_cost_what_those_of_one_do_where_only_one_was_measured() -> None:
    steps = machine(0.0, 1, overhead_s=0.0)
    alone = calibrate([each for each in steps if each.work.single_flops])
    shape = (2e9, 1e5, 100, 1.2)
    one, four = work(shape, 32), work(shape, 32, 4)
    assert alone.seconds_each[3] == 0.0
    assert alone.seconds(four).p50 >= true_s(four, 0.0)
    assert alone.seconds(one).p50 == pytest.approx(true_s(one, 0.0), rel=0.05)


def test_two_models_calibrate_nothing() -> None:
    with pytest.raises(InputError, match="not calibrated"):
        calibrate(machine(0.0, 1)[:6])


def test_a_step_without_time_is_refused() -> None:
    steps = machine(0.0, 1)
    with pytest.raises(InputError, match="no time"):
        calibrate([*steps, Measured("x", Work(1.0, 1.0), 0.0)])


def test_slow_types_count_where_they_vary() -> None:
    def step(size: float, slow: bool, streams: int) -> Work:
        flops = 2 * size * streams
        single = flops if streams == 1 else 0.0
        return Work(size, flops, single, flops * slow, single * slow)

    def seconds(one: Work) -> float:
        fast = one.flops / 140e9 + one.single_flops / 500e9
        return 1e-3 + fast + one.slow_flops / 150e9 + one.slow_single_flops / 400e9

    steps = [
        Measured(f"m{number}", one, seconds(one))
        for number, size in enumerate(SIZES)
        for streams in (1, 4)
        for one in [step(size, number % 2 == 0, streams)]
    ]
    found = calibrate(steps)
    for slow in (False, True):
        one = step(3e9, slow, 1)
        assert found.seconds(one).p50 == pytest.approx(seconds(one), rel=0.02)
    without = calibrate([each for each in steps if not each.work.slow_flops or each.model == "m0"])
    assert without.seconds_each[4] > 0


def test_a_context_counts_only_where_one_model_had_two() -> None:
    steps = machine(0.0, 1)
    short = [each for each in steps if each.work.attention_rows < 300 * 2_000]
    assert calibrate(short).seconds_each[7:9] == (0.0, 0.0)
    assert max(calibrate(steps).seconds_each[7:]) > 0


def test_prompts_of_dense_models_learn_from_steps_what_single_tokens_cost() -> None:
    steps = calibrate(machine(0.0, 1))
    prompts = [
        Measured(f"m{number}", one, one.weight_bytes / 100e9 + one.flops * 5e-12)
        for number, size in enumerate(SIZES)
        for one in [Work(size, 2 * size * WEIGHTS_PER_BYTE[number] * 128)]
    ]
    alone, learnt = calibrate(prompts), calibrate(prompts, steps)
    dense, mixture = Work(1e9, 256e9), Work(1e9, 256e9, single_flops=200e9)
    assert learnt.seconds(dense) == alone.seconds(dense)
    further_s = learnt.seconds(mixture).p50 - alone.seconds(mixture).p50
    assert further_s == pytest.approx(200e9 * steps.seconds_each[3])
    assert further_s == pytest.approx(200e9 * 2e-12, rel=0.01)
    assert (
        calibrate([*prompts, Measured("m9", mixture, 2.0)], steps).seconds_each[3]
        != (learnt.seconds_each[3])
    )
