"""Does each reading err as much as the instrument that takes it?"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from advisor.advice.learning import (
    BENCHMARK_ERROR,
    DECLINE,
    GROWTH,
    Scenarios,
    logged,
    measured,
    monthly_swing,
    prices_seen,
)
from advisor.advice.usage_table import UsageTable
from advisor.bench.plan import BenchPlan

DRAWS = 200_000
VOLUME, SHARE = "usage.output_tokens_per_month", "usage.cached_input_share"
SWING = 0.2


def drawn() -> Scenarios:
    rng = np.random.default_rng(3)
    draws = {
        VOLUME: 6e6 * np.exp(0.5 * rng.standard_normal(DRAWS)),
        SHARE: rng.integers(0, 2, DRAWS) * 0.5,
        GROWTH: rng.normal(0.02, 0.03, DRAWS),
        DECLINE: rng.uniform(0, 0.4, DRAWS),
        "api.one.input_usd_per_mtok": rng.uniform(1, 3, DRAWS),
        "box.decode_tok_per_s": rng.uniform(50, 150, DRAWS),
        "box.active_power_w": rng.uniform(200, 300, DRAWS),
    }
    return Scenarios(draws, tuple(draws), seed=7)


@pytest.mark.parametrize("months", [1, 3, 6])
def test_months_of_logs_err_as_a_line_through_them_does(months: int) -> None:
    """Logs of each scenario, drawn month by month, and least squares through their logarithms."""
    scenarios = drawn()
    rng = np.random.default_rng(11)
    at = np.arange(months)[:, np.newaxis]
    growth = np.log1p(scenarios.draws[GROWTH])
    truth = np.log(scenarios.draws[VOLUME])
    seen = truth + at * growth + SWING * rng.standard_normal((months, DRAWS))
    level_error = seen.mean(axis=0) - (truth + (months - 1) / 2 * growth)
    read = logged(scenarios, months, SWING)
    error = read[VOLUME] - (truth + (months - 1) / 2 * growth)
    assert error.std() == pytest.approx(level_error.std(), rel=0.01)
    assert abs(error.mean()) < 5 * error.std() / sqrt(DRAWS)
    if months == 1:
        assert GROWTH not in read
        return
    middle = at - (months - 1) / 2
    slopes = (middle * seen).sum(axis=0) / (middle**2).sum()
    assert (read[GROWTH] - growth).std() == pytest.approx((slopes - growth).std(), rel=0.01)


def test_a_share_that_may_be_nothing_is_read_in_its_own_unit() -> None:
    scenarios = drawn()
    share = scenarios.draws[SHARE]
    error = logged(scenarios, 1, SWING)[SHARE] - share
    assert error.std() == pytest.approx(SWING * share.mean(), rel=0.01)


def test_prices_of_today_are_seen_exactly_and_their_trend_hardly() -> None:
    scenarios = drawn()
    short, long = (prices_seen(scenarios, months) for months in (1, 6))
    assert (
        short["api.one.input_usd_per_mtok"] == scenarios.draws["api.one.input_usd_per_mtok"]
    ).all()
    decline = scenarios.draws[DECLINE]
    far, near = ((each[DECLINE] - decline).std() for each in (short, long))
    assert far == pytest.approx(near * sqrt(6), rel=1e-6)
    assert near > decline.std()
    assert VOLUME not in short


def test_instruments_read_only_what_is_theirs() -> None:
    scenarios = drawn()
    read = measured(scenarios, ("box.decode_tok_per_s", "box.prefill_tok_per_s"), 0.05)
    assert list(read) == ["box.decode_tok_per_s"]
    error = read["box.decode_tok_per_s"] - np.log(scenarios.draws["box.decode_tok_per_s"])
    assert error.std() == pytest.approx(0.05, rel=0.01)
    assert not set(logged(scenarios, 1, SWING)) & {"box.decode_tok_per_s", DECLINE}


def test_the_same_seed_reads_the_same_and_each_key_has_its_own_errors() -> None:
    first, again = (logged(drawn(), 3, SWING) for _ in range(2))
    assert all((first[key] == again[key]).all() for key in first)
    scenarios = drawn()
    errors = [
        first[GROWTH] - np.log1p(scenarios.draws[GROWTH]),
        measured(scenarios, ("box.active_power_w",), 1.0)["box.active_power_w"]
        - np.log(scenarios.draws["box.active_power_w"]),
    ]
    assert abs(np.corrcoef(errors)[0, 1]) < 0.02


def test_the_swing_is_the_scenarios_own_or_the_most_that_stable_use_has() -> None:
    tokens = {"input_tokens_per_month": 1e6, "output_tokens_per_month": 1e6}
    assert monthly_swing(UsageTable(**tokens, monthly_cv=0.1)) == 0.1
    stable, unstable = (monthly_swing(UsageTable(**tokens, stable=each)) for each in (True, False))
    assert stable == pytest.approx(0.5 / sqrt(365.25 / 12 / 7))
    assert unstable == 0.5


def test_a_benchmark_errs_as_the_bench_stops() -> None:
    default = BenchPlan.__dataclass_fields__["precision"].default
    assert default / 1.96 == BENCHMARK_ERROR
