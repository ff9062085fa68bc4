"""What does a month cost in each scenario, in parts that time only multiplies? The first stage.

The only place that knows what the parts are made of: another kind of cost is another term here,
and the months (`months.py`) stay as they are. Every formula is the scalar one of
`advisor.economics` written for arrays, and the tests hold them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.economics.inputs import SECONDS_PER_HOUR, TOKENS_PER_MTOK, ApiPrice, Case

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from advisor.economics.simulation.normal import Floats

ALWAYS_ENOUGH = 1e150
"""Hours available over hours needed where nothing is needed, or the need is not known."""
LEAST_GROWTH_FACTOR = 1e-6


@dataclass(frozen=True, slots=True)
class ApiPlan:
    """An API with its price, and the prices that replace it from a month on (announced ones)."""

    name: str
    price: ApiPrice
    changes: tuple[tuple[int, ApiPrice], ...] = ()


@dataclass(frozen=True, slots=True)
class RentedPlan:
    """A GPU by the hour, at the box's rates unless it has its own.

    With `hours_per_month` those are paid whatever the load, and only `max_utilization` of them can
    be used; without, each busy hour is paid `1/max_utilization` times.
    """

    name: str
    usd_per_hour: float
    hours_per_month: float | None = None
    max_utilization: float = 1.0
    prefill_tok_per_s: float | None = None
    decode_tok_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The choices to be weighed, at the inputs' medians.

    `hybrid_share` of the tokens on the box and the rest at the baseline API is one more action.
    `peak_to_mean` of the load, where it is known, makes a box overflow before it is full.
    """

    case: Case
    apis: tuple[ApiPlan, ...]
    baseline: int = 0
    rented: tuple[RentedPlan, ...] = ()
    hybrid_share: float | None = None
    peak_to_mean: float | None = None

    @property
    def actions(self) -> tuple[str, ...]:
        """The rows of the matrix of costs."""
        hybrid = () if self.hybrid_share is None else ("hybrid",)
        return (
            *(f"api:{api.name}" for api in self.apis),
            "local",
            *(f"rented:{each.name}" for each in self.rented),
            *hybrid,
        )

    def keys(self) -> frozenset[str]:
        """The keys whose uncertainty moves a cost."""
        return frozenset(
            (
                *KEYS,
                *(f"api.{api.name}.{field}" for api in self.apis for field in PRICES),
                *(f"rented.{each.name}.usd_per_hour" for each in self.rented),
            )
        )


PRICES = ("input_usd_per_mtok", "output_usd_per_mtok", "cached_input_usd_per_mtok")
KEYS = (
    "usage.input_tokens_per_month",
    "usage.output_tokens_per_month",
    "usage.cached_input_share",
    "usage.growth_per_month",
    "box.price_usd",
    "box.resale_decline_per_year",
    "box.prefill_tok_per_s",
    "box.decode_tok_per_s",
    "box.active_power_w",
    "box.idle_power_w",
    "box.powered_hours_per_month",
    "box.wall_factor",
    "box.electricity_usd_per_month",
    "tariff.usd_per_kwh",
    "maintenance.hours_per_month",
    "maintenance.usd_per_hour",
    "horizon.discount_rate_per_year",
    "horizon.api_decline_per_year",
    "arrivals.peak_to_mean",
)


@dataclass(frozen=True, slots=True)
class Serving:
    """One way to serve tokens oneself; arrays have a value a scenario.

    Month t costs `base + usd_per_busy_hour * hours run`; the load of month 0 needs `1/headroom` of
    the hours available, and what is not served goes to the API.
    """

    capital_usd: Floats
    base_usd: Floats
    busy_usd: Floats
    """USD a month for the busy hours that month 0's whole load needs, before any cap."""
    headroom: Floats
    share: float
    """Of the tokens, meant to be served here."""

    def at(self, where: NDArray[np.intp]) -> Serving:
        """The same in some of the scenarios."""
        return Serving(
            self.capital_usd[where],
            self.base_usd[where],
            self.busy_usd[where],
            self.headroom[where],
            self.share,
        )


@dataclass(frozen=True, slots=True)
class Flows:
    """What every month's costs are made of, with the factor by which each month changes them."""

    growth: Floats
    discount: Floats
    api_decline: Floats
    resale: Floats
    bills: tuple[tuple[tuple[int, Floats], ...], ...]
    """For each API: month from which it holds, and month 0's volume at these prices in USD."""
    servings: tuple[Serving, ...]
    peak_to_mean: Floats | None

    def at(self, where: NDArray[np.intp]) -> Flows:
        """The same in some of the scenarios."""
        return Flows(
            self.growth[where],
            self.discount[where],
            self.api_decline[where],
            self.resale[where],
            tuple(tuple((month, usd[where]) for month, usd in steps) for steps in self.bills),
            tuple(serving.at(where) for serving in self.servings),
            None if self.peak_to_mean is None else self.peak_to_mean[where],
        )


def components(plan: Plan, draws: Mapping[str, Floats], count: int) -> Flows:
    """The parts of `count` scenarios; what `draws` leaves out stands as in the plan."""
    import numpy as np

    case = plan.case
    usage, horizon = case.usage, case.horizon

    def of(key: str, otherwise: float) -> Floats:
        found = draws.get(key)
        return np.full(count, float(otherwise)) if found is None else found

    tokens_in = of("usage.input_tokens_per_month", usage.input_tokens_per_month)
    tokens_out = of("usage.output_tokens_per_month", usage.output_tokens_per_month)
    cached = of("usage.cached_input_share", usage.cached_input_share)
    growth = 1.0 + of("usage.growth_per_month", usage.growth_per_month)
    rate = of("horizon.discount_rate_per_year", horizon.discount_rate_per_year)
    decline = of("horizon.api_decline_per_year", horizon.api_decline_per_year)
    resale_decline = of("box.resale_decline_per_year", case.box.resale_decline_per_year)

    def bill(name: str, price: ApiPrice) -> Floats:
        key = f"api.{name}."
        price_in = of(key + "input_usd_per_mtok", price.input_usd_per_mtok)
        price_out = of(key + "output_usd_per_mtok", price.output_usd_per_mtok)
        same = (
            price.cached_input_usd_per_mtok == price.input_usd_per_mtok
            and key + "cached_input_usd_per_mtok" not in draws
        )
        price_cached = (
            price_in
            if same
            else of(key + "cached_input_usd_per_mtok", price.cached_input_usd_per_mtok)
        )
        mixed = (1.0 - cached) * price_in + cached * price_cached
        return (tokens_in * mixed + tokens_out * price_out) / TOKENS_PER_MTOK

    def changed(api: ApiPlan, price: ApiPrice) -> Floats:
        """An announced price carries the uncertainty of today's in proportion."""
        certain = not any(f"api.{api.name}.{field}" in draws for field in PRICES)
        today = _plain_bill(plan, api.price)
        if certain or today == 0:
            return _bill_at(tokens_in, tokens_out, cached, price)
        return bill(api.name, api.price) * (_plain_bill(plan, price) / today)

    bills = tuple(
        (
            (0, bill(api.name, api.price)),
            *((month, changed(api, price)) for month, price in sorted(api.changes)),
        )
        for api in plan.apis
    )
    peak = of("arrivals.peak_to_mean", plan.peak_to_mean or 1.0)
    peaks = plan.peak_to_mean is not None or "arrivals.peak_to_mean" in draws
    local = _local(plan, of, tokens_in, tokens_out)
    rented = tuple(_rented(each, plan, of, tokens_in, tokens_out) for each in plan.rented)
    hybrid: tuple[Serving, ...] = ()
    if plan.hybrid_share is not None:
        hybrid = (_shared(local, plan.hybrid_share),)
    return Flows(
        growth=np.maximum(growth, LEAST_GROWTH_FACTOR),
        discount=(1.0 + rate) ** (-1 / 12),
        api_decline=np.maximum(1.0 - decline, 0.0) ** (1 / 12),
        resale=np.maximum(1.0 - resale_decline, 0.0) ** (1 / 12),
        bills=bills,
        servings=(local, *rented, *hybrid),
        peak_to_mean=np.maximum(peak, 1.0) if peaks else None,
    )


def _local(plan: Plan, of: _Of, tokens_in: Floats, tokens_out: Floats) -> Serving:
    import numpy as np

    case, box = plan.case, plan.case.box
    hours_on = of("box.powered_hours_per_month", box.powered_hours_per_month)
    hours = _busy_hours(
        tokens_in,
        tokens_out,
        _rate(of, "box.prefill_tok_per_s", box.prefill_tok_per_s),
        _rate(of, "box.decode_tok_per_s", box.decode_tok_per_s),
    )
    upkeep = of("maintenance.hours_per_month", case.maintenance.hours_per_month) * of(
        "maintenance.usd_per_hour", case.maintenance.usd_per_hour
    )
    usd_per_kw_hour = (
        of("box.wall_factor", box.wall_factor) * of("tariff.usd_per_kwh", case.usd_per_kwh) / 1000
    )
    busy_usd = np.zeros_like(hours_on)
    if box.electricity_usd_per_month is not None:
        base = of("box.electricity_usd_per_month", box.electricity_usd_per_month)
    else:
        if box.active_power_w is None:
            raise ValueError("local costs are unknown: the caller settles that first")
        active = of("box.active_power_w", box.active_power_w)
        if box.idle_power_w is None or hours is None:
            base = active * usd_per_kw_hour * hours_on
        else:
            idle = np.minimum(of("box.idle_power_w", box.idle_power_w), active)
            base = idle * usd_per_kw_hour * hours_on
            busy_usd = (active - idle) * usd_per_kw_hour * hours
    return Serving(
        capital_usd=of("box.price_usd", box.price_usd),
        base_usd=base + upkeep,
        busy_usd=busy_usd,
        headroom=_headroom(hours_on, hours),
        share=1.0,
    )


def _rented(
    each: RentedPlan, plan: Plan, of: _Of, tokens_in: Floats, tokens_out: Floats
) -> Serving:
    import numpy as np

    box = plan.case.box
    hours = _busy_hours(
        tokens_in,
        tokens_out,
        _rate(of, "box.prefill_tok_per_s", box.prefill_tok_per_s)
        if each.prefill_tok_per_s is None
        else each.prefill_tok_per_s,
        _rate(of, "box.decode_tok_per_s", box.decode_tok_per_s)
        if each.decode_tok_per_s is None
        else each.decode_tok_per_s,
    )
    usd_per_hour = of(f"rented.{each.name}.usd_per_hour", each.usd_per_hour)
    nothing = np.zeros_like(usd_per_hour)
    if each.hours_per_month is not None:
        return Serving(
            capital_usd=nothing,
            base_usd=usd_per_hour * each.hours_per_month,
            busy_usd=nothing,
            headroom=_headroom(nothing + each.hours_per_month * each.max_utilization, hours),
            share=1.0,
        )
    if hours is None:
        raise ValueError("busy hours are unknown: the caller settles that first")
    return Serving(
        capital_usd=nothing,
        base_usd=nothing,
        busy_usd=usd_per_hour * hours / each.max_utilization,
        headroom=nothing + ALWAYS_ENOUGH,
        share=1.0,
    )


def _shared(local: Serving, share: float) -> Serving:
    """The same box with only a share of the tokens."""
    import numpy as np

    return Serving(
        capital_usd=local.capital_usd,
        base_usd=local.base_usd,
        busy_usd=local.busy_usd * share,
        headroom=np.minimum(local.headroom / max(share, 1 / ALWAYS_ENOUGH), ALWAYS_ENOUGH),
        share=share,
    )


def _busy_hours(
    tokens_in: Floats,
    tokens_out: Floats,
    prefill_tok_per_s: Floats | float | None,
    decode_tok_per_s: Floats | float | None,
) -> Floats | None:
    """None where a rate that is needed is unknown."""
    seconds = tokens_in * 0.0
    for tokens, tok_per_s in ((tokens_in, prefill_tok_per_s), (tokens_out, decode_tok_per_s)):
        if tok_per_s is not None:
            seconds = seconds + tokens / tok_per_s
        elif tokens.any():
            return None
    return seconds / SECONDS_PER_HOUR


def _headroom(hours_available: Floats, hours_needed: Floats | None) -> Floats:
    import numpy as np

    if hours_needed is None:
        return np.full_like(hours_available, ALWAYS_ENOUGH)
    least = hours_available / ALWAYS_ENOUGH
    return hours_available / np.maximum(hours_needed, np.maximum(least, 1e-300))


def _rate(of: _Of, key: str, otherwise: float | None) -> Floats | None:
    return None if otherwise is None else of(key, otherwise)


def _plain_bill(plan: Plan, price: ApiPrice) -> float:
    usage = plan.case.usage
    cached = usage.cached_input_share
    mixed = (1 - cached) * price.input_usd_per_mtok + cached * price.cached_input_usd_per_mtok
    return (
        usage.input_tokens_per_month * mixed
        + usage.output_tokens_per_month * price.output_usd_per_mtok
    )


def _bill_at(tokens_in: Floats, tokens_out: Floats, cached: Floats, price: ApiPrice) -> Floats:
    mixed = (1.0 - cached) * price.input_usd_per_mtok + cached * price.cached_input_usd_per_mtok
    return (tokens_in * mixed + tokens_out * price.output_usd_per_mtok) / TOKENS_PER_MTOK


if TYPE_CHECKING:
    from collections.abc import Callable

    _Of = Callable[[str, float], Floats]
