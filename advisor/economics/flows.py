"""What does each action pay, and when? One entry point for whatever weighs actions.

An action's flows are its capital before month 0, a payment at the end of each month of the horizon,
and a resale at the end. The breakdown shows month 0 line by line, each redoable by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.capacity import busy_hours, overflow_share, phase_hours, utilization
from advisor.economics.inputs import TOKENS_PER_MTOK, ApiPrice, Case, Horizon
from advisor.economics.local_cost import Electricity, ElectricityBasis, electricity, local_month
from advisor.economics.per_call import parts
from advisor.economics.rented import Rented, rented_month

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Line:
    """One amount of month 0 in USD, its formula in words of its inputs, and their values."""

    name: str
    usd: float
    formula: str
    inputs: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Flows:
    """What one action pays: undiscounted, in USD. The lines of `breakdown` sum to month 0."""

    action: str
    capital_usd: float
    monthly_usd: tuple[float, ...]
    resale_usd_at_end: float
    breakdown: tuple[Line, ...]

    def total_usd(self, horizon: Horizon) -> float:
        """`capital + sum of monthly/(1 + m)^(t + 1) - resale/(1 + m)^months`, in today's money."""
        growth = 1.0 + horizon.discount_rate_per_month
        paid = sum(usd / growth ** (t + 1) for t, usd in enumerate(self.monthly_usd))
        return self.capital_usd + paid - self.resale_usd_at_end / growth ** len(self.monthly_usd)


def all_flows(
    case: Case,
    prices: Mapping[str, ApiPrice | Unknown],
    rented: Sequence[Rented] = (),
    overflow_to: ApiPrice | None = None,
) -> dict[str, Flows | Unknown]:
    """The flows of every action by its name: `api:NAME`, `local`, `rented:NAME`.

    `overflow_to` prices what the box cannot serve; without it that load is left out.
    """
    found: dict[str, Flows | Unknown] = {
        f"api:{name}": price if isinstance(price, Unknown) else api_flows(name, case, price)
        for name, price in prices.items()
    }
    found[LOCAL] = local_flows(case, overflow_to)
    found.update((f"rented:{each.name}", rented_flows(case, each)) for each in rented)
    return found


def api_flows(name: str, case: Case, price: ApiPrice) -> Flows:
    """An API pays its bill of each month and nothing else."""
    months = range(case.horizon.months)
    return Flows(
        f"api:{name}",
        0.0,
        tuple(api_usd(case.usage, price, case.horizon, month) for month in months),
        0.0,
        tuple(_api_lines(case, price)),
    )


def _api_lines(case: Case, price: ApiPrice) -> Iterator[Line]:
    for share, _, now in price.in_force(0):
        part_of_month = (("share_of_month", share),) if share < 1.0 else ()
        times_share = " * share_of_month" if part_of_month else ""
        for part in parts(case.usage, now):
            suffix = f" ({part.name})" if part.name else ""
            for name, tokens, usd_per_mtok in part.tokens:
                if tokens > 0:
                    yield Line(
                        name + suffix,
                        tokens / TOKENS_PER_MTOK * usd_per_mtok * share,
                        "tokens/1e6 * usd_per_mtok" + times_share,
                        (("tokens", tokens), ("usd_per_mtok", usd_per_mtok), *part_of_month),
                    )
            fee = part.rates.usd_per_request
            if part.requests > 0 and fee > 0:
                yield Line(
                    "requests" + suffix,
                    part.requests * fee * share,
                    "requests * usd_per_request" + times_share,
                    (("requests", part.requests), ("usd_per_request", fee), *part_of_month),
                )


def local_flows(case: Case, overflow_to: ApiPrice | None = None) -> Flows | Unknown:
    """The box: price and set-up first, running costs and overflow monthly, resale at the end."""
    monthly = []
    for month in range(case.horizon.months):
        running = local_running_usd(case, overflow_to, month)
        if isinstance(running, Unknown):
            return running
        monthly.append(running)
    return Flows(
        LOCAL,
        case.box.capital_usd,
        tuple(monthly),
        case.box.resale_usd(case.horizon.months),
        tuple(_local_lines(case, overflow_to)),
    )


def local_running_usd(case: Case, overflow_to: ApiPrice | None, month: int) -> float | Unknown:
    """One month's electricity, upkeep and parts, and the overflow at an API's price."""
    running = local_month(case, month)
    if isinstance(running, Unknown):
        return running
    return running.usd + overflow_usd(case, overflow_to, month)


def overflow_usd(case: Case, overflow_to: ApiPrice | None, month: int) -> float:
    """What an API charges for the part of one month's load that the box cannot serve."""
    load = utilization(case, month)
    if overflow_to is None or isinstance(load, Unknown):
        return 0.0
    share = overflow_share(load)
    return share * api_usd(case.usage, overflow_to, case.horizon, month) if share else 0.0


def _local_lines(case: Case, overflow_to: ApiPrice | None) -> Iterator[Line]:
    model = electricity(case)
    if not isinstance(model, Unknown):
        yield from _electricity_lines(case, model)
    upkeep, box = case.maintenance, case.box
    if upkeep.usd_per_month:
        yield Line(
            "maintenance",
            upkeep.usd_per_month,
            "hours * usd_per_hour",
            (("hours", upkeep.hours_per_month), ("usd_per_hour", upkeep.usd_per_hour)),
        )
    if box.spare_parts_usd_per_year:
        yield Line(
            "spare parts",
            box.spare_parts_usd_per_year / 12,
            "usd_per_year/12",
            (("usd_per_year", box.spare_parts_usd_per_year),),
        )
    overflow = overflow_usd(case, overflow_to, 0)
    load = utilization(case)
    if overflow and overflow_to is not None and not isinstance(load, Unknown):
        bill = api_usd(case.usage, overflow_to, case.horizon)
        yield Line(
            "overflow to the API",
            overflow,
            "(1 - 1/utilization) * api_usd_per_month",
            (("utilization", load), ("api_usd_per_month", bill)),
        )


def _electricity_lines(case: Case, model: Electricity) -> Iterator[Line]:
    hours = busy_hours(case.usage, case.box)
    idle_usd, work_usd = model.idle_and_work_usd(hours)
    on = model.powered_hours_per_month
    if model.basis is ElectricityBasis.GIVEN:
        yield Line("electricity as given", idle_usd, "given", (("usd_per_month", idle_usd),))
    else:
        kw = model.idle_kwh_per_month / on
        throughout = "active" if model.upper_bound else "idle"
        yield Line(
            f"electricity, {throughout} throughout",
            idle_usd,
            "kw * hours * usd_per_kwh" if model.blocks is None else "kw * hours, by blocks",
            (("kw", kw), ("hours", on), *_price(model, model.usd_per_kwh)),
        )
    if work_usd and not isinstance(hours, Unknown):
        yield Line(
            "electricity that work adds",
            work_usd,
            "added_kw * busy_hours * usd_per_kwh"
            if model.blocks is None
            else "added_kw * busy_hours, by blocks above the idle kWh",
            (
                ("added_kw", model.kwh_per_busy_hour),
                ("busy_hours", min(hours, on)),
                *_phases(case),
                *_price(model, model.busy_price_usd_per_kwh),
            ),
        )
    if model.standing_usd_per_month:
        standing = model.standing_usd_per_month
        yield Line("standing charge", standing, "given", (("usd_per_month", standing),))


def _price(model: Electricity, usd_per_kwh: float) -> tuple[tuple[str, float], ...]:
    if model.blocks is None:
        return (("usd_per_kwh", usd_per_kwh),)
    return (
        ("other_kwh", model.blocks.other_kwh_per_month),
        *((f"up_to_{limit:g}_kwh", price) for limit, price in _limits(model)),
    )


def _limits(model: Electricity) -> Iterator[tuple[float, float]]:
    if model.blocks is not None:
        limits = (*model.blocks.limits_kwh, float("inf"))
        yield from zip(limits, model.blocks.usd_per_kwh, strict=True)


def _phases(case: Case) -> tuple[tuple[str, float], ...]:
    hours = phase_hours(case.usage, case.box)
    if isinstance(hours, Unknown):
        return ()
    return (("prefill_hours", hours[0]), ("decode_hours", hours[1]))


def rented_flows(case: Case, rented: Rented) -> Flows | Unknown:
    """A rented GPU pays its hours of each month."""
    monthly = []
    for month in range(case.horizon.months):
        rent = rented_month(case, rented, month)
        if isinstance(rent, Unknown):
            return rent
        monthly.append(rent.usd)
    first = rented_month(case, rented)
    if isinstance(first, Unknown):
        return first
    line = Line(
        "rent",
        first.usd,
        "usd_per_hour * hours * gpus; hours, or the GPUs where hours are fixed, from "
        "busy_hours (1 + interrupted)/max_utilization",
        (
            ("usd_per_hour", rented.usd_per_hour),
            ("hours", first.hours),
            ("gpus", float(first.gpus)),
            *(() if first.busy_hours is None else (("busy_hours", first.busy_hours),)),
            ("interrupted", rented.interrupted_share),
            ("max_utilization", rented.max_utilization),
        ),
    )
    return Flows(f"rented:{rented.name}", 0.0, tuple(monthly), 0.0, (line,))
