"""Does the fit find a machine's rates from steps measured on it, and know how far off it is?"""

from __future__ import annotations

import random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.models.calibration import Measured, Work, calibrate

SIZES = (0.1e9, 0.3e9, 0.5e9, 0.8e9, 1.3e9)
LAYERS = (30, 32, 24, 16, 28)


def machine(
    noise: float, seed: int, overhead_s: float = 2e-3, layer_s: float = 0.0
) -> list[Measured]:
    """Steps of five models at two contexts and two batch sizes on a machine of known rates."""
    draw = random.Random(seed)
    found = []
    for number, (size, layers) in enumerate(zip(SIZES, LAYERS, strict=True)):
        for context, streams in ((32, 1), (2_000, 1), (32, 4)):
            work = Work(layers, size, 30e3 * context * streams, 2 * size * streams)
            found.append(Measured(f"m{number}", work, true_s(work, overhead_s, layer_s)))
    return [
        Measured(each.model, each.work, each.seconds * (1 + draw.gauss(0, noise))) for each in found
    ]


def true_s(work: Work, overhead_s: float = 2e-3, layer_s: float = 0.0) -> float:
    return (
        overhead_s
        + layer_s * work.layers
        + work.weight_bytes / 18e9
        + work.cache_bytes / 9e9
        + work.flops / 150e9
    )


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 5e-3), st.floats(0, 2e-4), st.integers(0, 1000), st.floats(0.05e9, 4e9))
def test_without_noise_the_truth_of_a_new_model_is_found(
    overhead_s: float, layer_s: float, seed: int, size: float
) -> None:
    found = calibrate(machine(0.0, seed, overhead_s, layer_s))
    work = Work(26, size, 30e3 * 500, 2 * size)
    assert found.seconds(work).p50 == pytest.approx(true_s(work, overhead_s, layer_s), rel=0.05)


def test_the_band_holds_the_truth_of_left_out_models_four_times_in_five() -> None:
    inside, errors = [], []
    for seed in range(30):
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


def test_no_time_is_below_zero() -> None:
    found = calibrate(machine(0.2, 3, overhead_s=0.0))
    assert min(found.seconds_each) >= 0
    assert found.log_error > 0.05


def test_the_weights_alone_where_nothing_else_varies() -> None:
    steps = [
        Measured(f"m{number}", Work(24, size, 1e6, 2e9), 1e-3 + size / 20e9)
        for number, size in enumerate(SIZES)
    ]
    found = calibrate(steps)
    assert found.seconds_each[2] == pytest.approx(1 / 20e9)
    assert found.seconds_each[1] == found.seconds_each[3] == found.seconds_each[4] == 0.0
    assert found.median_error == pytest.approx(0, abs=1e-9)


def test_two_models_calibrate_nothing() -> None:
    with pytest.raises(InputError, match="not calibrated"):
        calibrate(machine(0.0, 1)[:6])


def test_a_step_without_time_is_refused() -> None:
    steps = machine(0.0, 1)
    with pytest.raises(InputError, match="no time"):
        calibrate([*steps, Measured("x", Work(1, 1.0, 1.0, 1.0), 0.0)])
