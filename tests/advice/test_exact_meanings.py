"""Does the document say what the contract's text says? Worked out again from the text alone.

A plain loop over months, written apart from `advisor.economics`, that only reads a scenario's
tables: the formulas of the money section and its exact meanings, one function each.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from advisor.advice.answer import answer
from advisor.advice.comparison import capacity_part, comparisons
from advisor.advice.policy import Policy
from advisor.advice.pricing import ListedPrice, baseline_index, price_apis
from advisor.advice.scenario import parse_scenario
from advisor.advice.situation import Situation
from advisor.documents import Unknown, Unknowns, to_json

Tables = dict[str, Any]

unhurried = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def between(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


tables = st.fixed_dictionaries(
    {
        "usage": st.fixed_dictionaries(
            {
                "input_tokens_per_month": between(1e3, 1e9),
                "output_tokens_per_month": between(1e3, 1e9),
            },
            optional={"cached_input_share": between(0, 1), "growth_per_month": between(-0.1, 0.1)},
        ),
        "box": st.fixed_dictionaries(
            {"price_usd": st.just(0) | between(1, 50_000)},
            optional={
                "resale_decline_per_year": st.sampled_from([0.0, 1.0]) | between(0, 1),
                "prefill_tok_per_s": between(50, 20_000),
                "decode_tok_per_s": between(5, 5_000),
                "active_power_w": between(50, 3_000),
                "idle_power_w": between(0, 50),
                "powered_hours_per_month": between(1, 744),
                "wall_factor": between(1, 2),
                "electricity_usd_per_month": between(0, 500),
            },
        ),
        "api": st.lists(
            st.fixed_dictionaries(
                {
                    "input_usd_per_mtok": between(0, 100),
                    "output_usd_per_mtok": between(0, 200),
                },
                optional={"cached_input_usd_per_mtok": between(0, 100)},
            ),
            min_size=1,
            max_size=2,
        ).map(lambda apis: [api | {"name": f"API {n}"} for n, api in enumerate(apis)]),
    },
    optional={
        "tariff": st.fixed_dictionaries({"usd_per_kwh": between(0, 1)}),
        "maintenance": st.fixed_dictionaries(
            {"hours_per_month": between(0, 20), "usd_per_hour": between(0, 500)}
        ),
        "horizon": st.fixed_dictionaries(
            {},
            optional={
                "months": st.integers(1, 72),
                "discount_rate_per_year": between(0, 0.5),
                "api_decline_per_year": between(-0.2, 0.8),
            },
        ),
    },
)

IDLE_HEAVY: Tables = {
    "usage": {"input_tokens_per_month": 6e6, "output_tokens_per_month": 6e6},
    "box": {
        "price_usd": 2000,
        "prefill_tok_per_s": 3000,
        "decode_tok_per_s": 100,
        "active_power_w": 350,
        "idle_power_w": 60,
    },
    "api": [{"name": "API 0", "input_usd_per_mtok": 30, "output_usd_per_mtok": 60}],
}
OVERFLOWING: Tables = {
    "usage": {
        "input_tokens_per_month": 4e8,
        "output_tokens_per_month": 4e8,
        "growth_per_month": 0.03,
    },
    "box": {
        "price_usd": 9000,
        "resale_decline_per_year": 0.3,
        "prefill_tok_per_s": 3000,
        "decode_tok_per_s": 150,
        "active_power_w": 700,
        "idle_power_w": 90,
        "wall_factor": 1.1,
    },
    "tariff": {"usd_per_kwh": 0.3},
    "maintenance": {"hours_per_month": 4, "usd_per_hour": 50},
    "horizon": {"months": 60, "discount_rate_per_year": 0.08, "api_decline_per_year": 0.6},
    "api": [{"name": "API 0", "input_usd_per_mtok": 3, "output_usd_per_mtok": 15}],
}
HARDLY_PRICED: Tables = {
    "usage": {
        "input_tokens_per_month": 6e6,
        "output_tokens_per_month": 6e6,
        "cached_input_share": 1.05e-9,
    },
    "box": {"price_usd": 500, "electricity_usd_per_month": 0},
    "api": [
        {
            "name": "API 0",
            "input_usd_per_mtok": 0,
            "output_usd_per_mtok": 0,
            "cached_input_usd_per_mtok": 1,
        }
    ],
}


class ByHand:
    """The contract's quantities of one scenario against one of its APIs."""

    def __init__(self, raw: Tables, api: Tables) -> None:
        self.usage, self.box, self.api = raw["usage"], raw["box"], api
        self.horizon = raw.get("horizon", {})
        self.months = self.horizon.get("months", 60)
        self.usd_per_kwh = raw.get("tariff", {}).get("usd_per_kwh", 0.15)
        upkeep = raw.get("maintenance", {})
        self.upkeep = upkeep.get("hours_per_month", 0) * upkeep.get("usd_per_hour", 0)
        self.powered = self.box.get("powered_hours_per_month", 730)
        self.capital = self.box["price_usd"]
        self.tokens = self.usage["input_tokens_per_month"] + self.usage["output_tokens_per_month"]

    def growth(self, month: int) -> float:
        return float((1 + self.usage.get("growth_per_month", 0)) ** month)

    def bill(self, month: int, volume: float = 1.0) -> float:
        """A(t) at `volume` times the tokens."""
        share = self.usage.get("cached_input_share", 0)
        plain = self.api["input_usd_per_mtok"]
        cached = self.api.get("cached_input_usd_per_mtok", plain)
        first = self.usage["input_tokens_per_month"] * ((1 - share) * plain + share * cached)
        first += self.usage["output_tokens_per_month"] * self.api["output_usd_per_mtok"]
        decline = (1 - self.horizon.get("api_decline_per_year", 0)) ** (month / 12)
        return float(first / 1e6 * volume * self.growth(month) * decline)

    def busy(self, month: int, volume: float = 1.0) -> float | None:
        """Busy hours, not cut; None without both rates."""
        if "prefill_tok_per_s" not in self.box or "decode_tok_per_s" not in self.box:
            return None
        seconds = self.usage["input_tokens_per_month"] / self.box["prefill_tok_per_s"]
        seconds += self.usage["output_tokens_per_month"] / self.box["decode_tok_per_s"]
        return float(seconds / 3600 * volume * self.growth(month))

    def overflow(self, month: int) -> float:
        """The share of the load above the powered hours."""
        busy = self.busy(month)
        return 0.0 if busy is None or busy <= self.powered else (busy - self.powered) / busy

    def running(self, month: int, volume: float = 1.0) -> float | None:
        """L(t): electricity and maintenance; None where neither bill nor power is given."""
        if "electricity_usd_per_month" in self.box:
            return float(self.box["electricity_usd_per_month"] + self.upkeep)
        if "active_power_w" not in self.box:
            return None
        busy = self.busy(month, volume)
        if busy is None or "idle_power_w" not in self.box:
            watt_hours = self.box["active_power_w"] * self.powered
        else:
            busy = min(busy, self.powered)
            watt_hours = self.box["active_power_w"] * busy
            watt_hours += self.box["idle_power_w"] * (self.powered - busy)
        kwh = watt_hours / 1000 * self.box.get("wall_factor", 1)
        return float(kwh * self.usd_per_kwh + self.upkeep)

    def resale(self, month: int) -> float:
        kept = 1 - self.box.get("resale_decline_per_year", 1)
        return float(self.capital * kept ** (month / 12)) if month > 0 else 0.0

    def balance(self) -> tuple[list[float], float]:
        """Local less API, cumulative and discounted, after each month; and the sums' size."""
        monthly = (1 + self.horizon.get("discount_rate_per_year", 0)) ** (1 / 12)
        found, local, api = [float(self.capital)], 0.0, 0.0
        for month in range(self.months):
            worth = monthly ** -(month + 1)
            running = self.running(month)
            assert running is not None
            local += (running + self.overflow(month) * self.bill(month)) * worth
            api += self.bill(month) * worth
            found.append(self.capital - self.resale(month + 1) * worth + local - api)
        return found, self.capital + local + api

    def crossings(self) -> list[tuple[float, str]]:
        """Each time the sign turns, by a straight line inside the month."""
        balance, _ = self.balance()
        found: list[tuple[float, str]] = []
        ahead = "api"
        for month in range(1, len(balance)):
            now = "local" if balance[month] <= 0 else "api"
            if now != ahead:
                before, after = balance[month - 1], balance[month]
                step = 0.0 if before == after else before / (before - after)
                found.append((month - 1 + step, now))
                ahead = now
        return found

    def clear_cut(self) -> bool:
        """Whether no month's balance is so near to zero that rounding would decide."""
        balance, size = self.balance()
        return all(abs(each) > 1e-6 * size for each in balance[1:]) and (
            self.capital == 0 or self.capital > 1e-6 * size
        )


def no_price(name: str) -> ListedPrice | Unknown:
    return Unknown(f"no price is known for {name}")


def situation_of(raw: Tables) -> Situation:
    inputs = parse_scenario(raw).inputs
    apis = price_apis(inputs, no_price)
    return Situation(inputs, apis, baseline_index(inputs, apis), Policy())


def document(raw: Tables) -> dict[str, Any]:
    """The parts of the document that hold money and capacity, as they are written; what would
    flip the decision is left out, because it decides hundreds of times."""
    situation, unknown = situation_of(raw), Unknowns()
    return {
        "comparisons": json.loads(to_json(comparisons(situation, unknown))),
        "capacity": json.loads(to_json(capacity_part(situation.inputs.case(), unknown))),
    }


@pytest.mark.parametrize("raw", [IDLE_HEAVY, OVERFLOWING])
def test_the_whole_document_holds_the_same_parts(raw: Tables) -> None:
    whole = json.loads(to_json(answer(raw, origin="made up")))
    for key, part in document(raw).items():
        assert whole[key] == part


def close(value: float) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-9)


@unhurried
@given(tables)
@example(IDLE_HEAVY)
@example(OVERFLOWING)
def test_monthly_and_yearly_money_are_the_contracts(raw: Tables) -> None:
    found = document(raw)
    assert [each["name"] for each in found["comparisons"]] == [api["name"] for api in raw["api"]]
    for api, told in zip(raw["api"], found["comparisons"], strict=True):
        mine = ByHand(raw, api)
        assert told["added"] is False
        assert told["api_usd_per_month"] == close(mine.bill(0))
        assert told["api_usd_12_months"] == close(sum(mine.bill(t) for t in range(12)))
        running = mine.running(0)
        if running is None:
            for key in ("local_usd_per_month", "local_usd_12_months", "break_even_months_simple"):
                assert told[key] is None
            continue
        assert told["local_usd_per_month"] == close(running)
        year = sum(mine.running(t) or 0.0 for t in range(12))
        assert told["local_usd_12_months"] == close(mine.capital + year)


@unhurried
@given(tables)
@example(IDLE_HEAVY)
@example(OVERFLOWING)
def test_both_break_evens_are_the_contracts(raw: Tables) -> None:
    found = document(raw)
    for api, told in zip(raw["api"], found["comparisons"], strict=True):
        mine = ByHand(raw, api)
        running = mine.running(0)
        if running is None:
            continue
        saving = mine.bill(0) - running
        if abs(saving) > 1e-6 * (mine.bill(0) + running):
            simple = mine.capital / saving if saving > 0 else None
            assert told["break_even_months_simple"] == (None if simple is None else close(simple))
        balance, size = mine.balance()
        assert told["net_present_value_usd"] == pytest.approx(
            -balance[-1], rel=1e-9, abs=1e-9 * size
        )
        if not mine.clear_cut():
            continue
        crossings = mine.crossings()
        assert [each["ahead"] for each in told["crossings"]] == [ahead for _, ahead in crossings]
        for each, (month, _) in zip(told["crossings"], crossings, strict=True):
            assert each["month"] == pytest.approx(month, rel=1e-7, abs=1e-7)
        first = next((month for month, ahead in crossings if ahead == "local"), None)
        assert told["break_even_months_full"] == (
            None if first is None else pytest.approx(first, rel=1e-7, abs=1e-7)
        )


@unhurried
@given(tables)
@example(IDLE_HEAVY)
@example(OVERFLOWING)
def test_capacity_and_the_local_price_are_the_contracts(raw: Tables) -> None:
    found = document(raw)
    for api, told in zip(raw["api"], found["comparisons"], strict=True):
        mine = ByHand(raw, api)
        busy = mine.busy(0)
        if busy is None:
            assert found["capacity"]["utilization"] is None
            assert found["capacity"]["fits"] is None
            assert found["capacity"]["overflow_share"] is None
        else:
            assert found["capacity"]["utilization"] == close(busy / mine.powered)
            assert found["capacity"]["overflow_share"] == close(mine.overflow(0))
            if abs(busy / mine.powered - 1) > 1e-9:
                assert found["capacity"]["fits"] is (busy < mine.powered)
        if mine.running(0) is None:
            assert told["local_usd_per_mtok"] is None
            continue
        cost = mine.capital - mine.resale(mine.months)
        served = 0.0
        for month in range(mine.months):
            cost += mine.running(month) or 0.0
            served += mine.tokens * mine.growth(month) * (1 - mine.overflow(month))
        assert told["local_usd_per_mtok"] == close(cost / served * 1e6)


@unhurried
@given(tables)
@example(IDLE_HEAVY)
@example(OVERFLOWING)
@example(HARDLY_PRICED)
def test_the_break_even_volume_makes_twelve_months_equal(raw: Tables) -> None:
    """Without a formula: at the volume told both sides cost the same, the box serves it, and no
    volume is told only where local is dearer at every volume that the box can serve."""
    found = document(raw)
    raw["usage"].pop("growth_per_month", None)
    for api, told in zip(raw["api"], found["comparisons"], strict=True):
        mine = ByHand(raw, api)
        if mine.running(0) is None:
            assert told["break_even_tokens_per_month"] is None
            continue

        def gap(times: float, mine: ByHand = mine) -> float:
            local = mine.capital + 12 * (mine.running(0, times) or 0.0)
            return local - sum(mine.bill(t, times) for t in range(12))

        busy = mine.busy(0)
        most = 1e6 if busy is None else mine.powered / busy
        size = mine.capital + 12 * (mine.running(0, most) or 0.0) + 12 * mine.bill(0, most)
        volume = told["break_even_tokens_per_month"]
        if volume is None:
            if busy is not None:
                assert gap(most) >= -1e-9 * size
        else:
            times = volume / mine.tokens
            assume(size > 0)
            if busy is not None:
                assert times <= most * (1 + 1e-9)
            local = mine.capital + 12 * (mine.running(0, times) or 0.0)
            assert gap(times) == pytest.approx(0, abs=1e-9 * (2 * local + 1e-9))


@unhurried
@given(tables, st.booleans(), st.booleans())
@example(OVERFLOWING, True, False)
def test_a_box_that_does_not_fit_is_never_local_and_sensitive_data_never_the_api(
    raw: Tables, sensitive: bool, can_maintain: bool
) -> None:
    raw = raw | {"usage": raw["usage"] | {"sensitive": sensitive, "can_maintain": can_maintain}}
    situation = situation_of(raw)
    assert situation.baseline == 0
    decision = situation.outcome().decision.value
    assert decision in ("local", "api", "hybrid", "measure")
    if sensitive:
        assert decision != "api"
    elif document(raw)["capacity"]["fits"] is False:
        assert decision != "local"
