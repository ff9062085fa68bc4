"""What did nobody say, and would saying it change the answer?

Each default is decided again with other values: the text tells what flips, or that nothing does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from advisor.advice.document import Assumption, Flip
from advisor.advice.flips import MOST_UPKEEP_USD, flips
from advisor.advice.flow import Decision
from advisor.advice.inputs import Scenario, value_at
from advisor.advice.measured import Filled, MeasuredBox
from advisor.advice.policy import GUIDE
from advisor.advice.situation import Situation, Turn, downward, turn, upward
from advisor.advice.tariff_table import DEFAULT_USD_PER_KWH
from advisor.documents import Unknown
from advisor.economics.capacity import capacity
from advisor.economics.local_cost import electricity

DEFAULT = "default of the scenario file"

FULL_ONLY = "it moves the full break-even"


@dataclass(frozen=True, slots=True)
class _Range:
    """The values tried for a number that was left out, and what else it moves."""

    least: float
    most: float
    moves: str


RANGES = {
    "tariff.usd_per_kwh": _Range(0, 1, "it moves an electricity bill that is not given"),
    "usage.cached_input_share": _Range(0, 1, "it moves the API's bill"),
    "usage.growth_per_month": _Range(0, 0.5, FULL_ONLY),
    "box.resale_decline_per_year": _Range(0, 1, FULL_ONLY),
    "box.powered_hours_per_month": _Range(1, 744, "it moves electricity and capacity"),
    "box.wall_factor": _Range(0.5, 3, "it moves an electricity bill that is not given"),
    "usage.cache_write_share": _Range(0, 1, "it moves the API's bill"),
    "usage.batch_share": _Range(0, 1, "it moves the bill of an API that has a batch price"),
    "box.cooling_factor": _Range(1, 3, "it moves an electricity bill that is not given"),
    "box.setup_hours": _Range(0, 1000, "it counts only where an hour of upkeep has a price"),
    "box.setup_usd": _Range(0, 1e5, "it is paid once, before the first month"),
    "box.spare_parts_usd_per_year": _Range(0, 1e4, "it moves the box's running cost"),
    "box.cached_input_share": _Range(0, 1, "it moves electricity and capacity"),
    "box.input_token_ratio": _Range(0.2, 5, "it moves electricity and capacity"),
    "box.output_token_ratio": _Range(0.2, 5, "it moves electricity and capacity"),
    "box.reasoning_tokens_per_output_token": _Range(0, 20, "it moves electricity and capacity"),
    "box.retry_share": _Range(0, 1, "it moves electricity and capacity"),
    "tariff.usd_per_month": _Range(0, 1e4, "it moves the box's running cost"),
    "horizon.months": _Range(1, 120, "it moves the full break-even and the local price"),
    "horizon.discount_rate_per_year": _Range(0, 1, FULL_ONLY),
    "horizon.api_decline_per_year": _Range(0, 0.9, FULL_ONLY),
    "policy.free_tier_below_tokens_per_month": _Range(0, 1e12, "only less use is a free tier's"),
    "policy.break_even_below_months": _Range(0.1, 600, "it is the limit of the pay-back time"),
}

UPKEEP_KEYS = ("maintenance.hours_per_month", "maintenance.usd_per_hour")

MOVES = {
    "usage.sensitive_share": "it matters only where data are sensitive",
    "box.already_owned": "price_usd counts in full either way",
    "usage.utc_offset_hours": "it matters only where an API's price depends on the time of day",
    "tariff.other_kwh_per_month": "it matters only to a tariff by blocks",
    "team.needs": "needs choose the product, not the decision",
    "api.cached_input_usd_per_mtok": "it matters only where input is cached",
    "policy.maintainer_exception_tokens_per_month": "the flow shows it and does not use it",
    "policy.budget_usd_per_month": "it tells the first regret only",
    "policy.many_users_concurrency": "it chooses the product, not the decision",
    "api.baseline": "reversed_by names any API that would turn it",
}


def assumptions(
    situation: Situation, scenario: Scenario, filled: Filled, measured: MeasuredBox | None
) -> tuple[Assumption, ...]:
    """Every default, guess and simplification behind the answer, the weightiest first."""
    free = replace(situation, guessed=())
    return (
        *_guesses(free, scenario),
        *_simplifications(situation, measured, filled),
        *_overruled(filled, measured),
        *(_default(free, key) for key in scenario.defaulted),
    )


def _guesses(free: Situation, scenario: Scenario) -> Iterator[Assumption]:
    for key in scenario.guessed:
        found = next((flip for flip in flips(free) if _concerns(flip, key)), None)
        yield Assumption(
            key=key,
            value=_plain(value_at(free.inputs, key)),
            source=f"{GUIDE}: its small team, because nobody was there to ask",
            flips=_told(found.direction, Turn(found.at, found.decision), found.key)
            if found
            else "nothing near it would turn what the flow says",
            flips_at=found.at if found else None,
        )


def _concerns(flip: Flip, key: str) -> bool:
    return flip.key == key or (flip.key == "usage.tokens_per_month" and key.startswith("usage."))


def _default(free: Situation, key: str) -> Assumption:
    text, at = _what_flips(free, key)
    table_value = None if key.startswith("api.") else value_at(free.inputs, key)
    if key == "tariff.usd_per_kwh":
        table_value = DEFAULT_USD_PER_KWH
    if key == "api.cached_input_usd_per_mtok":
        table_value = "the input price"
    if key == "api.baseline":
        table_value = "the first API listed"
    source = GUIDE if key.startswith("policy.") else DEFAULT
    return Assumption(key=key, value=_plain(table_value), source=source, flips=text, flips_at=at)


def _what_flips(free: Situation, key: str) -> tuple[str, float | None]:
    today = free.outcome().decision
    if key in UPKEEP_KEYS:
        return _what_upkeep_flips(free)
    if key in RANGES:
        return _what_a_number_flips(free, key)
    if key in MOVES:
        return f"nothing by itself: {MOVES[key]}", None
    now = bool(value_at(free.inputs, key))
    other = free.with_input(key, not now).outcome().decision
    if other is today:
        return f"nothing: with {str(not now).lower()} it would still be {today.value}", None
    return f"with {str(not now).lower()} the decision becomes {other.value}", None


def _what_a_number_flips(free: Situation, key: str) -> tuple[str, float | None]:
    span = RANGES[key]
    value = value_at(free.inputs, key)
    now = free.inputs.usd_per_kwh if value is None else _number(value)

    def decision_at(number: float) -> Decision:
        whole = round(number) if key == "horizon.months" else number
        return free.with_input(key, whole).outcome().decision

    for direction, way in (
        ("above", upward(now, span.most)),
        ("below", downward(now, span.least)),
    ):
        found = turn(decision_at, now, way)
        if found:
            return _told(direction, found, key), found.at
    return f"nothing from {span.least:g} to {span.most:g}: {span.moves}", None


def _what_upkeep_flips(free: Situation) -> tuple[str, float | None]:
    def decision_at(usd_per_month: float) -> Decision:
        return free.at_upkeep(usd_per_month).outcome().decision

    now, money = free.upkeep_usd_per_month, free.inputs.currency.shown.text
    found = turn(decision_at, now, upward(now, MOST_UPKEEP_USD))
    if not found:
        return f"nothing up to {money(MOST_UPKEEP_USD)} of upkeep a month", None
    limit = f"above {money(found.at)} of upkeep a month"
    return f"the decision becomes {found.decision.value} {limit}", found.at


def _told(direction: str, found: Turn, key: str) -> str:
    at = f"{found.at:,.0f}" if found.at >= 10_000 else f"{found.at:,.4g}"
    return f"the decision becomes {found.decision.value} with {key} {direction} {at}"


def _simplifications(
    situation: Situation, measured: MeasuredBox | None, filled: Filled
) -> Iterator[Assumption]:
    inputs, case = situation.inputs, situation.inputs.case()
    stronger = [api.name for api in situation.apis if not api.added]
    if stronger:
        yield Assumption(
            key="quality",
            value=f"the local model does the work as well as {', '.join(stronger)}",
            source="not measured",
            flips="if it does not, the saving buys nothing: compare with the same open model "
            "hosted by an API",
        )
    if isinstance(capacity(case), Unknown):
        yield Assumption(
            key="capacity",
            value="the box serves the whole load",
            source="its speed is unknown",
            flips="a box too slow for the load makes local hybrid: give its rates or measure it",
        )
    model = electricity(case)
    if not isinstance(model, Unknown) and model.upper_bound:
        yield Assumption(
            key="local_electricity",
            value="active power for all powered hours",
            source="rates or idle power are unknown",
            flips="an upper bound: the true bill can only make local cheaper",
        )
    if inputs.usage.cached_input_share > 0:
        yield Assumption(
            key="local.cached_input_share",
            value=0.0,
            source="the local server's prefix cache was not measured",
            flips="nothing by itself: a warm cache makes the box faster and its energy lower",
        )
    if inputs.tariff.band:
        yield Assumption(
            key="tariff.band",
            value=inputs.usd_per_kwh,
            source="average over the hours of the week",
            flips="nothing by itself: work moved into cheap hours costs less",
        )
    if measured and measured.power_grade == "estimated" and "box.active_power_w" in filled.supplied:
        yield Assumption(
            key="box.active_power_w",
            value=inputs.box.active_power_w,
            source="estimated, not metered",
            flips=_what_power_flips(situation),
        )
    for api in situation.apis:
        if api.status in ("historic", "announced"):
            yield Assumption(
                key=f"api.{api.name}",
                value=api.status,
                source=api.source or "the price book",
                flips="the provider no longer sells at this price"
                if api.status == "historic"
                else "the price is announced, not yet in force",
            )


def _what_power_flips(situation: Situation) -> str:
    free = replace(situation, guessed=())
    watts = free.inputs.box.active_power_w or 0.0

    def decision_at(value: float) -> Decision:
        return free.with_input("box.active_power_w", value).outcome().decision

    found = turn(decision_at, watts, upward(watts, watts * 10))
    if not found:
        return "nothing up to ten times as much"
    return _told("above", found, "box.active_power_w")


def _overruled(filled: Filled, measured: MeasuredBox | None) -> Iterator[Assumption]:
    values = measured.values() if measured else {}
    for key in filled.overruled:
        yield Assumption(
            key=key,
            value=_plain(value_at(filled.inputs, key)),
            source=f"the scenario, over the measurement ({values[key]:g})",
            flips="leave the key out to use the measurement",
        )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _plain(value: object) -> bool | float | str | tuple[str, ...] | None:
    """A value as the document may hold it."""
    if isinstance(value, tuple):
        return tuple(str(entry) for entry in value)
    if value is None or isinstance(value, bool | str):
        return value
    return _number(value)
