"""Which choices of a scenario are simulated, and what follows from its keys?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from advisor.advice.box_table import HARDWARE, BoxTable
from advisor.advice.inputs import Inputs
from advisor.advice.price_tables import ApiTable, TokenPricesTable
from advisor.advice.pricing import PricedApi
from advisor.advice.stated_price import stated_price
from advisor.documents import Unknown
from advisor.economics.capacity import busy_hours
from advisor.economics.hours import HourBand
from advisor.economics.inputs import ApiPrice, Case
from advisor.economics.local_cost import electricity
from advisor.economics.queueing.profile import week_profile
from advisor.economics.rented import rented_month
from advisor.economics.simulation.plan import ApiPlan, Carbon, OffBand, Plan, PriceKey


def plan_of(
    inputs: Inputs,
    apis: Sequence[PricedApi],
    baseline: int | None,
) -> Plan | Unknown:
    """Every priced API, the box, candidates and rented GPUs whose costs are known, and the hybrid
    where it holds.

    Unknown without a price for the baseline or without local costs.
    """
    if baseline is None:
        return Unknown("there is no API to compare with")
    price = apis[baseline].price
    if isinstance(price, Unknown):
        return price
    case = inputs.case()
    running = electricity(case)
    if isinstance(running, Unknown):
        return running
    priced = [api for api in apis if isinstance(api.price, ApiPrice)]
    usage = inputs.usage
    return Plan(
        case,
        tuple(_api_plans(priced, inputs)),
        priced.index(apis[baseline]),
        rented=tuple(
            each for each in inputs.rentals() if not isinstance(rented_month(case, each), Unknown)
        ),
        candidates=tuple(
            each
            for each in inputs.candidates()
            if not isinstance(electricity(replace(case, box=each.box)), Unknown)
        ),
        hybrid=_splits(case, inputs),
        peak_to_mean=inputs.arrivals.peak_to_mean,
        bands=hour_bands(inputs),
        setup_hours=dict(_setup_hours(inputs)),
        follows=dict(_follows(inputs)),
        request_tokens=usage.mean_lengths
        if usage.requests_per_month is None and usage.requests_known is not None
        else None,
        off_band=_off_band(inputs),
        carbon=Carbon(inputs.carbon.grid_g_per_kwh or 0.0, inputs.carbon.usd_per_tonne),
    )


def _splits(case: Case, inputs: Inputs) -> bool:
    """Whether the cheapest split of a month is known: by the box's rates, without blocks, of work
    that may leave the house, and either of one length or spread evenly."""
    rates_known = not isinstance(busy_hours(case.usage, case.box), Unknown)
    one_length = len(case.usage.shapes) == 1
    simple = one_length or inputs.arrivals.peak_to_mean is None
    return rates_known and case.blocks is None and not inputs.usage.sensitive and simple


def _api_plans(priced: Sequence[PricedApi], inputs: Inputs) -> Iterator[ApiPlan]:
    tables = {table.name: table for table in inputs.api}
    told = {each.name: each.g_co2e_per_mtok for each in inputs.carbon.told}
    for api in priced:
        if isinstance(api.price, ApiPrice):
            stated = tables[api.name] if api.status == "given" else None
            keys = () if stated is None else tuple(_price_keys(stated, inputs))
            yield ApiPlan(api.name, api.price, keys, told.get(api.name, 0.0))


def _price_keys(table: ApiTable, inputs: Inputs) -> Iterator[PriceKey]:
    """Each price of the table's own, with all that the scenario lets follow from it."""
    nothing = _free(table)
    for field in _priced_fields(table):
        alone = msgspec.structs.replace(nothing, **{field: 1.0})
        yield PriceKey(field, getattr(table, field), stated_price(alone, inputs))


def _free(table: Any) -> Any:
    """The same table, and those in it, with 0 in place of every price."""
    changed: dict[str, object] = dict.fromkeys(_priced_fields(table), 0.0)
    if isinstance(table, ApiTable):
        for name in ("tier", "time", "change"):
            changed[name] = tuple(_free(each) for each in getattr(table, name))
    return msgspec.structs.replace(table, **changed)


def _priced_fields(table: TokenPricesTable) -> list[str]:
    return [
        name
        for name in table.__struct_fields__
        if "usd" in name and getattr(table, name) is not None
    ]


def _setup_hours(inputs: Inputs) -> Iterator[tuple[str, float]]:
    yield "box.", inputs.box.setup_hours
    for table in inputs.candidate:
        yield f"candidate.{table.name}.", table.as_box(inputs.box).setup_hours


def _follows(inputs: Inputs) -> Iterator[tuple[str, str]]:
    """What a candidate takes over from [box]."""
    for table in inputs.candidate:
        taken = set(BoxTable.__struct_fields__) - {*HARDWARE, *table.own_keys}
        yield from ((f"candidate.{table.name}.{key}", f"box.{key}") for key in sorted(taken))


def hour_bands(inputs: Inputs) -> tuple[HourBand, ...]:
    """When the work comes. Raises InputError for a peak that the hours contradict."""
    bands = tuple(each.plain() for each in inputs.usage.hours)
    week_profile(bands, inputs.arrivals.peak_to_mean)
    return bands


def _off_band(inputs: Inputs) -> OffBand | None:
    """What tariff.usd_per_kwh is the price of."""
    tariff = inputs.tariff
    if tariff.usd_per_kwh is None:
        return None
    if not tariff.band:
        return OffBand(tariff.usd_per_kwh)
    bands = tuple(msgspec.structs.replace(each, usd_per_kwh=0.0) for each in tariff.band)
    alone = msgspec.structs.replace(tariff, usd_per_kwh=1.0, band=bands)
    hours_share = alone.mean_usd_per_kwh
    work_share = alone.busy_usd_per_kwh(inputs.usage.hours)
    return OffBand(
        tariff.usd_per_kwh, hours_share, hours_share if work_share is None else work_share
    )
