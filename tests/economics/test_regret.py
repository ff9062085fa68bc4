"""Do many scenarios sum up to the same regrets as a few, weights and ties included?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.economics.regret import regret_summary, regrets
from advisor.errors import InputError

matrices = st.tuples(st.integers(1, 5), st.integers(1, 12)).flatmap(
    lambda shape: st.lists(
        st.lists(st.floats(0, 1e6), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    )
)


@settings(deadline=None)
@given(matrices, st.integers(0, 2**32))
def test_the_matrix_agrees_with_the_table(costs: list[list[float]], seed: int) -> None:
    weights = np.random.default_rng(seed).uniform(0.1, 1, len(costs[0])).tolist()
    few, many = regrets(costs), regret_summary(costs, weights)
    assert many.worst_usd == pytest.approx(few.worst_usd)
    assert many.expected_usd == pytest.approx(few.expected_usd(weights), abs=1e-6)
    assert few.minimax in many.minimax
    assert all(p95 <= worst for p95, worst in zip(many.p95_usd, many.worst_usd, strict=True))


@settings(deadline=None)
@given(matrices)
def test_the_action_of_least_mean_cost_has_the_least_mean_regret(costs: list[list[float]]) -> None:
    found = regret_summary(costs)
    assert found.mean_cost_usd.index(min(found.mean_cost_usd)) in found.least_expected


def test_figures_by_hand() -> None:
    found = regret_summary([[10.0, 30.0], [20.0, 10.0]])
    assert found.expected_usd == (10.0, 5.0)
    assert found.worst_usd == (20.0, 10.0)
    assert found.minimax == (1,) and found.least_expected == (1,)
    assert found.standard_error_usd == pytest.approx((10 / 2**0.5, 5 / 2**0.5))
    assert regret_summary([[10.0, 30.0], [20.0, 10.0]], [4, 1]).expected_usd == (4.0, 8.0)


def test_equals_are_all_named_and_a_scenario_without_weight_scares_nobody() -> None:
    found = regret_summary([[1.0, 2.0], [2.0, 1.0], [9.0, 9.0]])
    assert found.minimax == (0, 1) and found.least_expected == (0, 1)
    assert regret_summary([[1.0, 1e9], [2.0, 0.0]], [1, 0]).worst_usd == (0.0, 1.0)


@pytest.mark.parametrize(
    "costs", [[], [[]], [1.0], [[1.0], [1.0, 2.0]], [[float("nan")]], [[float("inf")]]]
)
def test_costs_that_are_none_are_an_error(costs: list[list[float]]) -> None:
    with pytest.raises(InputError):
        regret_summary(costs)


@pytest.mark.parametrize("weights", [[1.0], [0.0, 0.0], [-1.0, 2.0], [float("nan"), 1.0]])
def test_weights_that_are_none_are_an_error(weights: list[float]) -> None:
    with pytest.raises(InputError):
        regret_summary([[1.0, 2.0]], weights)
