"""Does the not-yet-bought rule keep its promise, whatever use does?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.economics.ski_rental import (
    NOTHING_SPENT,
    Allowance,
    Past,
    allowance,
    follow,
    purchase_usd_by_month,
)
from advisor.errors import InputError

money = st.floats(0, 1e4)
bills = st.lists(st.tuples(money, money), min_size=1, max_size=24)


def best_in_hindsight(
    api: Sequence[float], local: Sequence[float], purchase: Sequence[float]
) -> float:
    """Every month of purchase and never, tried one by one; an owner takes the cheaper side."""
    totals = [sum(api)]
    for start in range(len(api)):
        after = sum(map(min, api[start:], local[start:]))
        totals.append(sum(api[:start]) + purchase[start] + after)
    return min(totals)


def prefix(values: Sequence[float], length: int, part: float) -> list[float]:
    """The first months, the last of them only in part: use ends inside it."""
    return [*values[: length - 1], values[length - 1] * part]


def the_rule(api: Sequence[float], local: Sequence[float], purchase: Sequence[float]) -> float:
    column = [[each] for each in api], [[each] for each in local]
    return float(follow(*column, list(purchase)).usd[0])


def steady(
    api: float, local: float, purchase: float, *, months: int, past: Past = NOTHING_SPENT
) -> Allowance:
    """The allowance where every month costs the same."""
    return allowance([api] * months, [local] * months, purchase, past=past)


def holds(
    api: Sequence[float], local: Sequence[float], purchase: Sequence[float], part: float
) -> None:
    """At most twice the best in hindsight, for use that ends in any month, at any part of it."""
    for length in range(1, len(api) + 1):
        use = prefix(api, length, part), prefix(local, length, part)
        paid = the_rule(*use, purchase[:length])
        best = best_in_hindsight(*use, purchase[:length])
        assert paid <= 2 * best * (1 + 1e-9) + 1e-6


@settings(deadline=None, max_examples=150)
@given(bills, money, st.floats(0, 1), st.floats(0, 1))
@example([(100.0, 0.0)] * 12, 600.0, 0.0, 1.0)
@example([(1e4, 0.0), (0.0, 1e4)] * 6, 5000.0, 0.0, 0.5)
@example([(10.0, 1.0)] * 6 + [(1e4, 1.0)], 100.0, 0.0, 1.0)
@example([(1e4, 1.0)] + [(0.0, 50.0)] * 23, 100.0, 0.0, 1.0)
def test_any_use_costs_at_most_twice_the_best_in_hindsight(
    months: list[tuple[float, float]], price: float, fall: float, part: float
) -> None:
    api, local = zip(*months, strict=True)
    holds(api, local, [price * (1 - fall) ** month for month in range(len(api))], part)


@settings(deadline=None, max_examples=80)
@given(
    months=st.integers(2, 24),
    bill=st.floats(1, 1e4),
    base=st.floats(0, 1),
    growth=st.floats(0.5, 1.6),
    variable=st.floats(0, 2),
    price=money,
    decline=st.floats(0, 1),
    rate=st.floats(0, 0.05),
)
def test_growth_decline_running_costs_resale_and_discount_keep_the_promise(
    *,
    months: int,
    bill: float,
    base: float,
    growth: float,
    variable: float,
    price: float,
    decline: float,
    rate: float,
) -> None:
    api = [bill * growth**t / (1 + rate) ** (t + 1) for t in range(months)]
    local = [
        (base * bill + variable * bill * growth**t) / (1 + rate) ** (t + 1) for t in range(months)
    ]
    resale = [price * (1 - decline) ** (age / 12) for age in range(1, months + 1)]
    holds(api, local, purchase_usd_by_month(price, resale, rate), 1.0)


@settings(deadline=None, max_examples=100)
@given(money, bills, st.floats(0, 1))
def test_an_adversary_who_stops_right_after_the_purchase_cannot_do_worse(
    price: float, months: list[tuple[float, float]], part: float
) -> None:
    api, local = zip(*months, strict=True)
    bought = follow([[a] for a in api], [[b] for b in local], price).month[0]
    if np.isnan(bought):
        assert the_rule(api, local, [price] * len(api)) == pytest.approx(sum(api))
        return
    length = int(bought) + 1
    if length <= len(api):
        holds(api[:length], local[:length], [price] * length, bought % 1)


def test_the_promise_is_tight_and_gets_better_with_running_costs() -> None:
    assert the_rule([100.0] * 6, [0.0] * 6, [600.0] * 6) == 1200.0
    assert best_in_hindsight([100.0] * 6, [0.0] * 6, [600.0] * 6) == 600.0
    assert steady(100, 0, 600, months=12).at_most_times_hindsight == 2.0
    assert steady(100, 25, 600, months=12).at_most_times_hindsight == pytest.approx(1.75)
    assert steady(100, 90, 60, months=12).at_most_times_hindsight == pytest.approx(1.1)


@settings(deadline=None, max_examples=100)
@given(bills, money)
def test_looking_only_at_month_ends_adds_at_most_one_months_savings(
    months: list[tuple[float, float]], price: float
) -> None:
    api, local = zip(*months, strict=True)
    missed, paid, owned = 0.0, 0.0, False
    for bill, running in months:
        if not owned and missed >= price:
            owned, paid = True, paid + price
        paid += min(bill, running) if owned else bill
        missed += max(bill - running, 0.0)
    largest = max(max(bill - running, 0.0) for bill, running in months)
    best = best_in_hindsight(api, local, [price] * len(api))
    assert paid <= 2 * best * (1 + 1e-9) + largest + 1e-6


def test_the_allowance_by_hand() -> None:
    found = steady(540.0, 30.0, 2000.0, months=60)
    assert found.month == pytest.approx(2000 / 510)
    assert found.still_to_spend_usd == pytest.approx(2000 / 510 * 540)
    assert found.saved_share_of_bill == pytest.approx(510 / 540)


def test_growing_bills_are_spent_as_they_come() -> None:
    found = allowance([100.0, 200.0, 400.0], [50.0, 50.0, 50.0], [300.0, 290.0, 280.0])
    assert found.month == pytest.approx(2 + (280 - 50 - 150) / 350)
    assert found.still_to_spend_usd == pytest.approx(100 + 200 + 400 * 80 / 350)
    assert found.saved_share_of_bill == pytest.approx(550 / 700)


@settings(deadline=None, max_examples=100)
@given(bills, money, st.floats(0, 1), st.floats(0, 1))
@example([(1.0, 0.0), (0.0, 0.0)], 1.0, 1.0, 0.0)
@example([(1e-308, 0.0), (1.0, 0.0)], 4e-152, 0.0, 0.0)
def test_what_the_allowance_promises_holds_whenever_use_ends(
    months: list[tuple[float, float]], price: float, fall: float, part: float
) -> None:
    api, local = zip(*months, strict=True)
    prices = [price * (1 - fall) ** month for month in range(len(api))]
    found = allowance(api, local, prices)
    assert 1.0 <= found.at_most_times_hindsight <= 2.0
    if found.month is not None and found.still_to_spend_usd is not None:
        missed = sum(
            max(bill - running, 0.0) * min(max(found.month - month, 0.0), 1.0)
            for month, (bill, running) in enumerate(months)
        )
        assert missed >= prices[min(int(found.month), len(api) - 1)] * (1 - 1e-9) - 1e-9
        assert found.still_to_spend_usd <= sum(api) * (1 + 1e-12)
    for length in range(1, len(api) + 1):
        use = prefix(api, length, part), prefix(local, length, part)
        best = best_in_hindsight(*use, prices[:length])
        promised = found.at_most_times_hindsight * best
        assert the_rule(*use, prices[:length]) <= promised * (1 + 1e-9) + 1e-6


def test_what_was_spent_counts() -> None:
    fresh = steady(540.0, 30.0, 2000.0, months=60)
    past = Past(1000.0, 1000.0 * (540.0 - 30.0) / 540.0)
    later = steady(540.0, 30.0, 2000.0, months=60, past=past)
    assert fresh.still_to_spend_usd is not None and later.still_to_spend_usd is not None
    assert later.still_to_spend_usd == pytest.approx(fresh.still_to_spend_usd - 1000.0)
    assert later.at_most_times_hindsight == pytest.approx(fresh.at_most_times_hindsight)
    over = steady(540.0, 30.0, 2000.0, months=60, past=Past(9000.0, 8500.0))
    assert over.still_to_spend_usd == 0.0 and over.month == 0.0
    assert over.at_most_times_hindsight == pytest.approx((500 + 8500 + 2000) / 2500)


def test_a_box_that_saves_nothing_is_never_bought() -> None:
    for local in (21.0, 30.0):
        found = steady(21.0, local, 2000.0, months=600)
        assert found.still_to_spend_usd is None and found.month is None
        assert found.at_most_times_hindsight == 1.0
    assert steady(0.0, 0.0, 2000.0, months=12).month is None
    assert steady(540.0, 30.0, 2000.0, months=3).month is None


def test_scenarios_are_followed_one_by_one() -> None:
    rng = np.random.default_rng(11)
    api, local = rng.uniform(0, 900, (24, 50)), rng.uniform(0, 300, (24, 50))
    purchase = np.linspace(4000, 2000, 24)
    found = follow(api, local, purchase, Past(100.0, 50.0))
    for scenario in range(50):
        column = slice(scenario, scenario + 1)
        alone = follow(api[:, column], local[:, column], purchase, Past(100.0, 50.0))
        assert alone.usd[0] == found.usd[scenario] and alone.month[0] == found.month[scenario]


def test_the_purchase_is_the_price_less_the_resale_at_the_horizons_end() -> None:
    assert purchase_usd_by_month(1000.0, [900.0, 800.0, 700.0]) == (300.0, 200.0, 100.0)
    halved = purchase_usd_by_month(1000.0, [0.0, 0.0], discount_rate_per_month=1.0)
    assert halved == (1000.0, 500.0)
    with pytest.raises(InputError):
        purchase_usd_by_month(1000.0, [800.0, 900.0])


@pytest.mark.parametrize(
    ("api", "local", "purchase"),
    [
        ([[1.0]], [[-1.0]], 1.0),
        ([[float("nan")]], [[1.0]], 1.0),
        ([[1.0]], [[1.0, 2.0]], 1.0),
        ([[1.0], [1.0]], [[1.0], [1.0]], [1.0, 2.0]),
        ([[1.0], [1.0]], [[1.0], [1.0]], [1.0, 1.0, 1.0]),
        ([], [], 1.0),
    ],
)
def test_money_that_makes_no_sense_is_an_error(
    api: object, local: object, purchase: object
) -> None:
    with pytest.raises(InputError):
        follow(api, local, purchase)  # type: ignore[arg-type]


@settings(deadline=None, max_examples=80)
@given(bills, money, st.integers(1, 23))
def test_the_past_counts_as_if_it_had_been_followed(
    months: list[tuple[float, float]], price: float, gone: int
) -> None:
    api, local = zip(*months, strict=True)
    gone = min(gone, len(api) - 1)
    whole = follow([[a] for a in api], [[b] for b in local], price)
    if gone == 0 or whole.month[0] <= gone:
        return
    missed = sum(max(a - b, 0.0) for a, b in months[:gone])
    rest = follow(
        [[a] for a in api[gone:]],
        [[b] for b in local[gone:]],
        price,
        Past(sum(api[:gone]), missed),
    )
    assert sum(api[:gone]) + rest.usd[0] == pytest.approx(whole.usd[0])
    assert rest.month[0] + gone == pytest.approx(whole.month[0], nan_ok=True)
