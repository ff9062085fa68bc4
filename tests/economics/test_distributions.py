"""Are the draws of the stated kind, correlated as stated, and the same for ever?"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from advisor.economics.inputs import ApiPrice, Box, Case, Horizon, Usage
from advisor.economics.simulation import normal
from advisor.economics.simulation.distributions import (
    Distribution,
    Lognormal,
    Normal,
    Quantiles,
    Triangular,
    Uniform,
    of_parameters,
    parameters_of,
)
from advisor.economics.simulation.engine import simulate
from advisor.economics.simulation.plan import ApiPlan, Plan
from advisor.economics.simulation.sampling import Correlation, Sampler
from advisor.economics.simulation.spread import cheapest, quantiles, tornado, variance_shares
from advisor.errors import InputError

STANDARD = NormalDist()
DRAWS = 200_000


def test_normal_quantiles_and_probabilities_are_those_of_python() -> None:
    shares = np.array([1e-300, 1e-12, 1e-4, 0.02, 0.075, 0.3, 0.5, 0.9, 0.97, 1 - 1e-9])
    assert normal.quantile(shares) == pytest.approx(
        [STANDARD.inv_cdf(each) for each in shares], rel=1e-13, abs=1e-15
    )
    z = np.linspace(-12, 8, 4001)
    expected = np.array([normal.probability_of(each) for each in z])
    assert normal.probability(z) == pytest.approx(expected, rel=1e-12)


def cut_normal_quantile(share: float) -> float:
    whole = NormalDist(0.2, 0.3)
    below, above = whole.cdf(0.0), whole.cdf(1.0)
    return whole.inv_cdf(below + share * (above - below))


CASES: list[tuple[Distribution, dict[float, float]]] = [
    (Uniform(2, 6), {0.1: 2.4, 0.5: 4, 0.9: 5.6}),
    (
        Triangular(0, 1, 4),
        {0.1: math.sqrt(0.4), 0.25: 1, 0.5: 4 - math.sqrt(6), 0.9: 4 - math.sqrt(1.2)},
    ),
    (Quantiles(80, 100, 150), {0.1: 80, 0.5: 100, 0.9: 150}),
    (Normal(10, 2), {share: NormalDist(10, 2).inv_cdf(share) for share in (0.1, 0.5, 0.9)}),
    (Normal(0.2, 0.3, 0, 1), {share: cut_normal_quantile(share) for share in (0.1, 0.5, 0.9)}),
    (Lognormal(6e6, 2), {0.1: 3e6, 0.5: 6e6, 0.9: 12e6}),
]


@pytest.mark.parametrize(("distribution", "expected"), CASES)
def test_draws_have_the_quantiles_of_the_closed_form(
    distribution: Distribution, expected: dict[float, float]
) -> None:
    exact = distribution.quantile(np.array(list(expected)))
    assert exact == pytest.approx(list(expected.values()), rel=1e-12)
    assert distribution.median == pytest.approx(float(distribution.quantile(np.array([0.5]))[0]))
    drawn = Sampler({"key": distribution}, seed=11).draw(0, DRAWS)["key"]
    for share, value in expected.items():
        error = math.sqrt(share * (1 - share) / DRAWS)
        assert abs((drawn <= value).mean() - share) < 4 * error


def test_values_beyond_the_bounds_stand_at_the_bound_and_stated_quantiles_hold() -> None:
    drawn = Sampler({"key": Quantiles(0.1, 0.5, 0.9, 0, 1)}, seed=2).draw(0, DRAWS)["key"]
    assert drawn.min() == 0
    assert drawn.max() == 1
    assert abs((drawn <= 0.1).mean() - 0.1) < 0.003


def ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values)).astype(float)


@pytest.mark.parametrize("rank", [-0.6, 0.3, 0.9])
def test_correlated_inputs_have_the_stated_rank_correlation_and_keep_their_own_quantiles(
    rank: float,
) -> None:
    sampler = Sampler(
        {"volume": Lognormal(6e6, 3), "peak": Triangular(1, 3, 8), "other": Uniform(0, 1)},
        seed=5,
        correlations=[Correlation("volume", "peak", rank)],
    )
    drawn = sampler.draw(0, DRAWS)
    found = np.corrcoef(ranks(drawn["volume"]), ranks(drawn["peak"]))[0, 1]
    assert found == pytest.approx(rank, abs=0.01)
    assert abs(np.corrcoef(ranks(drawn["volume"]), ranks(drawn["other"]))[0, 1]) < 0.01
    assert abs((drawn["volume"] <= 18e6).mean() - 0.9) < 0.003
    assert abs((drawn["peak"] <= 3).mean() - 2 / 7) < 0.005


def test_another_uncertain_input_does_not_change_the_draws_of_this_one() -> None:
    alone = Sampler({"a": Uniform(0, 1)}, seed=3).draw(500, 100)["a"]
    beside = Sampler({"a": Uniform(0, 1), "b": Uniform(0, 1)}, seed=3).draw(0, 1000)["a"]
    assert alone.tobytes() == beside[500:600].tobytes()


@pytest.mark.parametrize(
    "correlations",
    [
        [Correlation("a", "missing", 0.5)],
        [Correlation("a", "a", 0.5)],
        [Correlation("a", "b", 0.5), Correlation("b", "a", 0.4)],
        [Correlation("a", "b", 1.5)],
        [Correlation("a", "b", 0.9), Correlation("b", "c", 0.9), Correlation("a", "c", -0.9)],
    ],
)
def test_correlations_that_cannot_be_are_refused(correlations: list[Correlation]) -> None:
    kinds = {key: Uniform(0, 1) for key in "abc"}
    with pytest.raises(InputError, match="correlation"):
        Sampler(kinds, seed=1, correlations=correlations)


def test_quantiles_count_never_as_later_than_all() -> None:
    values = np.array([np.nan, 5.0, 3.0, np.nan, 1.0, 4.0, 2.0, 6.0, 7.0, 8.0])
    assert quantiles(values) == (1.0, 5.0, math.inf)


def test_equals_share_the_scenario_in_which_they_are_cheapest() -> None:
    assert cheapest(np.array([[1.0, 2.0], [1.0, 1.0]])) == (0.25, 0.75)
    by_rounding = np.array([[0.1 + 0.2, 5.0], [0.3, 5.0], [0.3 * (1 + 1e-6), 9.0]])
    assert cheapest(by_rounding) == (0.5, 0.5, 0.0)


@pytest.mark.parametrize(
    "distribution",
    [
        Uniform(1.0, 3.0),
        Triangular(1.0, 2.0, 5.0),
        Quantiles(1.0, 2.0, 5.0, least=0.5),
        Normal(1.0, 0.7, least=0.0, most=9.0),
        Lognormal(6.0, 2.0),
    ],
)
def test_a_distribution_is_made_again_of_its_kind_and_its_numbers(
    distribution: Distribution,
) -> None:
    kind, numbers = parameters_of(distribution)
    assert all(map(math.isfinite, numbers.values()))
    assert of_parameters(kind, numbers) == distribution
    assert of_parameters(kind, {}) is None
    assert of_parameters("poisson", numbers) is None


def test_a_stream_begins_where_it_is_said_to() -> None:
    sampler = Sampler({"box.price_usd": Uniform(0.0, 1.0)}, seed=7)
    bits = np.random.PCG64()
    state, increment = sampler.start_of("box.price_usd")
    bits.state = {**bits.state, "state": {"state": state, "inc": increment}}
    drawn = np.random.Generator(bits).random(5)
    assert drawn.tolist() == sampler.shares(0, 5)["box.price_usd"].tolist()


PLAN = Plan(
    Case(
        Usage(6e6, 6e6),
        Box(2000, electricity_usd_per_month=30.0),
        0.15,
        horizon=Horizon(12),
    ),
    (ApiPlan("GPT-4", ApiPrice(30, 60, 30)),),
)


def test_the_probability_of_paying_back_is_that_of_the_price_that_suffices() -> None:
    """Electricity E uniform: paid back at 2000/(540 - E), within 4 months if E <= 40."""
    kinds = {"box.electricity_usd_per_month": Uniform(0.0, 100.0)}
    found = simulate(PLAN, Sampler(kinds, seed=9), DRAWS).break_even_months[0]
    assert abs((found <= 4).mean() - 0.4) < 4 * math.sqrt(0.24 / DRAWS)
    assert quantiles(found)[1] == pytest.approx(2000 / 490, rel=1e-3)


def test_the_tornado_moves_one_input_at_a_time_and_puts_the_widest_first() -> None:
    kinds: dict[str, Distribution] = {
        "box.electricity_usd_per_month": Uniform(20.0, 40.0),
        "box.price_usd": Uniform(1000.0, 3000.0),
    }
    middle, bars = tornado(PLAN, kinds)
    assert middle == pytest.approx(12 * 510 - 2000)
    assert [bar.key for bar in bars] == ["box.price_usd", "box.electricity_usd_per_month"]
    assert bars[0].values == pytest.approx((1200, 2800))
    assert bars[0].saving_usd == pytest.approx((12 * 510 - 1200, 12 * 510 - 2800))
    assert bars[0].break_even_months == pytest.approx((1200 / 510, 2800 / 510))
    assert bars[1].swing_usd == pytest.approx(12 * 16)


def test_variance_shares_of_a_sum_are_those_of_its_terms() -> None:
    kinds: dict[str, Distribution] = {
        "box.electricity_usd_per_month": Uniform(0.0, 100.0),
        "box.price_usd": Uniform(1400.0, 2600.0),
        "tariff.usd_per_kwh": Uniform(0.1, 0.3),
    }
    sampler = Sampler(kinds, seed=4)
    costs = simulate(PLAN, sampler, 50_000).costs_usd
    found = variance_shares(sampler, costs[0] - costs[1])
    assert found is not None
    assert found["box.electricity_usd_per_month"] == pytest.approx(0.5, abs=0.02)
    assert found["box.price_usd"] == pytest.approx(0.5, abs=0.02)
    assert found["tariff.usd_per_kwh"] < 0.005
    assert variance_shares(Sampler({}, seed=1), np.full(1000, 3.0)) is None
