"""Does every number of a scenario move the simulated costs, or is it said that it does not?"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from every_cost import put, scenario
from msgspec import UNSET

from advisor.advice.answer import answer
from advisor.advice.scenario import known_keys
from advisor.advice.uncertain_forms import bounds
from advisor.errors import InputError

WITH_ALL = ("api.cached", "api.batch", "api.tier", "api.time", "api.change", "box.phases")
NO_COST = {
    "usage.sensitive_share": "which work may leave, not what it costs",
    "usage.monthly_cv": "how well a month of logs shows the use",
    "slo.": "how long a request may take",
    "arrivals.burstiness": "how long requests wait",
    "arrivals.seasonal_peak": "how long requests wait in the busiest month",
    "arrivals.size_cv": "how long requests wait",
    "policy.": "what the team makes of the costs",
}
NEEDED: dict[str, tuple[frozenset[str], dict[str, Any]]] = {
    "box.active_power_w": (frozenset(), {}),
    "box.electricity_usd_per_month": (frozenset({"box.bill"}), {}),
    "box.resale_decline_per_year": (frozenset(), {}),
    "tariff.other_kwh_per_month": (frozenset({"tariff.block"}), {}),
    "tariff.usd_per_kwh": (frozenset({"tariff.band", "usage.hours"}), {}),
    "arrivals.peak_to_mean": (frozenset(), {"usage.input_tokens_per_month": 900e6}),
    "api.input_usd_per_mtok": (frozenset(), {}),
    "api.output_usd_per_mtok": (frozenset(), {}),
    "api.cached_input_usd_per_mtok": (
        frozenset({"api.cached"}),
        {"usage.cached_input_share": 0.3},
    ),
}
RANGES: dict[str, tuple[float, float]] = {
    "usage.cached_input_share": (0.1, 0.5),
    "usage.cache_write_share": (0.1, 0.3),
    "box.active_power_w": (300, 500),
    "box.idle_power_w": (20, 60),
    "tariff.other_kwh_per_month": (100, 300),
    "box.prefill_power_w": (300, 500),
    "box.decode_power_w": (300, 500),
    "arrivals.peak_to_mean": (1.5, 4),
    "candidate.active_power_w": (300, 500),
    "candidate.idle_power_w": (20, 60),
    "candidate.prefill_power_w": (300, 500),
    "candidate.decode_power_w": (300, 500),
}


ENTRIES = {"api": "api.one.", "rented": "rented.by the hour.", "candidate": "candidate.big."}


def uncertain_keys() -> list[str]:
    """Every key of a scenario that a distribution may stand for."""
    found = []
    for key in known_keys():
        table, _, field = key.partition(".")
        if table == "currency" or ("." in field and not key.startswith("carbon.told")):
            continue
        try:
            bounds(key)
        except InputError:
            continue
        found.append(key)
    return found


@pytest.mark.parametrize("key", uncertain_keys())
def test_an_uncertain_number_moves_the_costs_or_is_said_not_to(key: str) -> None:
    has, others = NEEDED.get(key, (frozenset(WITH_ALL), {}))
    tables = copy.deepcopy(scenario(has))
    for other, value in others.items():
        put(tables, other, value)
    table, _, field = key.partition(".")
    named = ENTRIES.get(table, f"{table}.") + field
    if table == "carbon":
        has, named = frozenset({"carbon"}), key.replace("told", "told.one")
        tables = scenario(has)
    low, high = RANGES.get(key) or _near(bounds(key))
    tables.setdefault(table, {})
    put(tables, named, {"low": low, "high": high})
    tables["uncertainty"] = {"scenarios": 300}
    part = answer(tables, origin="a test").uncertainty
    assert part is not UNSET
    moves = [each.moves_costs for each in part.inputs if each.key == named]
    assert moves == [not any(key.startswith(start) for start in NO_COST)]


def _near(ends: tuple[float, float]) -> tuple[float, float]:
    """A range about 1, or within the bounds where that is none."""
    least, most = ends
    low = max(least, 0.5)
    return (low, min(most, low * 1.5)) if low < most else (least, most)


@pytest.mark.parametrize(
    "key", ["usage.utc_offset_hours", "horizon.months", "usage.stable", "slo.queue_limit"]
)
def test_what_cannot_be_uncertain_is_refused_by_its_key(key: str) -> None:
    tables = copy.deepcopy(scenario(frozenset()))
    table, _, field = key.partition(".")
    tables.setdefault(table, {})[field] = {"low": 1, "high": 2}
    with pytest.raises(InputError, match=f"{key}: cannot be uncertain"):
        answer(tables, origin="a test")
