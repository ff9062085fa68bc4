"""Is information worth what the closed forms say, and never less than nothing or more than all?"""

from __future__ import annotations

from math import erf, exp, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.economics.foresight import best_choices, choices, chosen_costs, most_inputs
from advisor.economics.information import (
    Worth,
    partial_information,
    perfect_information,
    readings,
    sample_information,
)
from advisor.economics.regret import regret_summary
from advisor.economics.waiting import delayed_usd, wait
from advisor.errors import InputError

DRAWS = 200_000


def normal_loss(mean: float, sd: float) -> float:
    """E[max(0, d)] - max(0, E[d]) of d ~ N(mean, sd^2): the two-action linear value in closed
    form."""
    z = -abs(mean) / sd
    return sd * (exp(-z * z / 2) / sqrt(2 * pi) + z * (1 + erf(z / sqrt(2))) / 2)


def close(found: Worth, expected: float) -> bool:
    return abs(found.usd - expected) <= 4 * found.standard_error_usd + 0.003 * expected


def linear_case(
    mean: float, spread_x: float, spread_rest: float, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Costs of two actions whose difference is `mean + spread_x x + spread_rest e`, and x."""
    rng = np.random.default_rng(seed)
    x, rest = rng.standard_normal((2, DRAWS))
    common = 1000 + 50 * rng.standard_normal(DRAWS)
    return np.stack([common, common + mean + spread_x * x + spread_rest * rest]), x


@pytest.mark.parametrize("mean", [0.0, 3.0, -12.0])
@pytest.mark.parametrize("spread_rest", [0.0, 5.0, 20.0])
def test_linear_gaussian_values_are_the_closed_form(mean: float, spread_rest: float) -> None:
    costs, x = linear_case(mean, 10.0, spread_rest)
    assert close(perfect_information(costs), normal_loss(mean, sqrt(100 + spread_rest**2)))
    assert close(partial_information(costs, x), normal_loss(mean, 10.0))
    for noise, observations in ((1.0, 1), (1.0, 4), (0.3, 1)):
        known = 1 / (1 + noise**2 / observations)
        seen = readings(x, noise, observations=observations, seed=7)
        assert close(sample_information(costs, seen), normal_loss(mean, 10.0 * sqrt(known)))


def test_a_group_of_inputs_is_worth_the_closed_form() -> None:
    rng = np.random.default_rng(3)
    x, y, rest = rng.standard_normal((3, DRAWS))
    costs = np.stack([np.zeros(DRAWS), 2.0 + 6 * x - 8 * y + 5 * rest])
    assert close(partial_information(costs, [x, y]), normal_loss(2.0, 10.0))
    assert close(partial_information(costs, x), normal_loss(2.0, 6.0))
    product = np.stack([np.zeros(DRAWS), 10 * x * y + 5 * rest])
    assert close(partial_information(product, [x, y]), 10 / pi)  # E|xy|/2 = (2/pi)/2
    assert partial_information(product, x).usd < 0.15


def test_a_choice_that_turns_twice_is_found() -> None:
    rng = np.random.default_rng(4)
    x = rng.uniform(-1, 1, DRAWS)
    costs = np.stack([np.zeros(DRAWS), 0.25 - x**2 + 0.3 * rng.standard_normal(DRAWS)])
    informed = 2 * ((0.25 * 1 - 1 / 3) - (0.25 * 0.5 - 0.125 / 3)) / 2
    assert close(partial_information(costs, x), (0.25 - 1 / 3) - informed)


def test_a_skewed_input_and_a_yes_or_no_are_worth_the_closed_form() -> None:
    rng = np.random.default_rng(5)
    volume = np.exp(rng.standard_normal(DRAWS))
    costs = np.stack([np.full(DRAWS, 1.5), volume])

    def below(mean: float) -> float:
        return (1 + erf(mean / sqrt(2))) / 2

    edge = np.log(1.5)
    with_all = exp(0.5) * below(edge - 1) + 1.5 * (1 - below(edge))
    assert close(partial_information(costs, volume), 1.5 - with_all)
    answer = rng.integers(0, 2, DRAWS).astype(float)
    noisy = np.stack([np.zeros(DRAWS), np.where(answer > 0, 4.0, -2.0) + rng.normal(0, 9, DRAWS)])
    assert close(partial_information(noisy, answer), 1.0)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(0, 2**32),
    st.floats(0.01, 100),
    st.booleans(),
)
def test_no_worth_is_below_nothing_or_above_everything(
    actions: int, inputs: int, seed: int, noise: float, heavy: bool
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((inputs, 2_000))
    costs = rng.uniform(-3, 3, (actions, inputs)) @ x + rng.standard_normal((actions, 2_000))
    costs = np.exp(costs) if heavy else costs
    everything = perfect_information(costs)
    rounding = 1e-9 * float(np.abs(costs).max())
    for found in (
        partial_information(costs, x),
        partial_information(costs, x[0]),
        sample_information(costs, readings(x, noise, seed=seed)),
    ):
        assert 0 <= found.usd <= everything.usd + rounding


def test_everything_is_worth_the_least_expected_regret() -> None:
    costs, _ = linear_case(3.0, 10.0, 5.0)
    assert perfect_information(costs).usd == pytest.approx(min(regret_summary(costs).expected_usd))


def test_a_longer_log_is_worth_more_and_at_most_what_the_truth_is() -> None:
    costs, x = linear_case(4.0, 10.0, 10.0)
    worth = [
        sample_information(costs, readings(x, 2.0, observations=months, seed=2)).usd
        for months in (1, 3, 12, 120)
    ]
    assert worth == sorted(worth)
    assert worth[-1] <= partial_information(costs, x).usd * 1.01


def test_what_tells_nothing_is_worth_nothing() -> None:
    costs, _ = linear_case(4.0, 10.0, 10.0)
    stranger = np.random.default_rng(9).standard_normal(DRAWS)
    found = partial_information(costs, stranger)
    assert found.usd <= 0.05
    assert partial_information(costs, np.ones(DRAWS)) == Worth(0.0, 0.0)
    assert partial_information(costs[:1], stranger).usd == 0.0


def test_equal_seeds_give_equal_worth() -> None:
    costs, x = linear_case(4.0, 10.0, 10.0)
    first, second = (sample_information(costs, readings(x, 1.0, seed=5)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "signal", [[1.0, 2.0], [float("nan")] * 1000, [float("inf")] * 1000, np.zeros((13, 1000))]
)
def test_a_signal_that_does_not_fit_is_an_error(signal: object) -> None:
    with pytest.raises(InputError):
        choices(np.ones((2, 1000)), signal)  # type: ignore[arg-type]


def test_too_few_draws_and_senseless_errors_are_an_error() -> None:
    with pytest.raises(InputError, match="too few"):
        partial_information([[1.0, 2.0], [2.0, 1.0]], [0.0, 1.0])
    for sd, observations in ((-1.0, 1), (float("nan"), 1), (1.0, 0)):
        with pytest.raises(InputError):
            readings([1.0], sd, observations=observations, seed=0)


def test_waiting_is_worth_what_is_learnt_less_the_delay() -> None:
    today, x = linear_case(3.0, 10.0, 5.0)
    later = today + np.array([[0.0], [2.0]])
    known = wait(3, today, later, best_choices(later))
    seen = wait(3, today, later, choices(later, readings(x, 1.0, seed=3)))
    blind = wait(3, today, later, np.zeros(DRAWS, dtype=np.intp))
    for waiting in (known, seen, blind):
        assert waiting.net.usd == pytest.approx(
            waiting.information.usd - waiting.delay_usd, abs=1e-9
        )
        assert waiting.mean_cost_usd == pytest.approx(today.mean(axis=1).min() - waiting.net.usd)
    assert known.net.usd > seen.net.usd > blind.net.usd == 0.0
    assert (known.costs_usd == later.min(axis=0)).all()
    with pytest.raises(InputError):
        wait(3, today, later[:, :5], best_choices(later[:, :5]))


def test_a_delayed_action_pays_the_other_until_then() -> None:
    until = [[10.0, 20.0], [1.0, 1.0]]
    whole = [[33.0, 63.0], [3.0, 3.0]]
    later = delayed_usd(until, whole, [[0.0, 0.0], [100.0, 90.0]], stays_at=0)
    assert later.tolist() == [[33.0, 63.0], [112.0, 112.0]]
    assert chosen_costs(whole, np.array([1, 0])).tolist() == [3.0, 63.0]
    for purchase, stays_at in (([[0.0, 0.0]], 0), ([[0.0, 0.0]] * 2, 2)):
        with pytest.raises(InputError):
            delayed_usd(until, whole, purchase, stays_at)


def test_so_many_inputs_as_the_scenarios_can_carry() -> None:
    rng = np.random.default_rng(5)
    for scenarios in (100, 250, 500, 2000):
        costs = rng.normal(size=(2, scenarios))
        for wanted in range(1, 13):
            most = most_inputs(wanted, scenarios)
            choices(costs, rng.normal(size=(most, scenarios)))
            if most < wanted:
                with pytest.raises(InputError):
                    choices(costs, rng.normal(size=(most + 1, scenarios)))
    assert most_inputs(3, 10) == 0 and most_inputs(20, 10**6) == 12
