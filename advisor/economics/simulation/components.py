"""What are the costs of each scenario made of? The first stage: everything but the months.

`Parts` hold every kind of cost. Where a month's costs are month 0's times what growth, decline and
discount make of them, `summable` turns them into `Flows`, which `months` follows in a fraction of
the time; all others are followed month by month (`by_month`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.economics.simulation.api_part import Bill, bills
from advisor.economics.simulation.box_part import OWN, BoxPart, box_part
from advisor.economics.simulation.drawn import Draws, drawn_usage
from advisor.economics.simulation.plan import Plan
from advisor.economics.simulation.rented_part import RentedPart, rented_part
from advisor.economics.simulation.served import Served

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from advisor.economics.simulation.drawn import Amount
    from advisor.economics.simulation.normal import Floats

ALWAYS_ENOUGH = 1e150
"""Hours available over hours needed where nothing is needed, or the need is not known."""
LEAST_GROWTH_FACTOR = 1e-6


@dataclass(frozen=True, slots=True)
class Parts:
    """Every cost of `count` scenarios: numbers, or arrays with a value a scenario."""

    count: int
    growth: Amount
    discount: Amount
    """What a dollar a month later is worth."""
    api_left_per_year: Amount
    """What a year leaves of an API's price."""
    apis: tuple[tuple[Bill, ...], ...]
    boxes: tuple[BoxPart, ...]
    """The team's own, then the candidates."""
    rented: tuple[RentedPart, ...]
    hybrid: bool
    served: Served | None
    """Where the load has a peak, what is served of it; None: evenly spread work."""


def parts(plan: Plan, draws: Mapping[str, Floats], count: int) -> Parts:
    """The parts of `count` scenarios; what `draws` leaves out stands as in the plan."""
    drawn = Draws(draws, plan.follows)
    case, usage = plan.case, drawn_usage(plan, drawn)
    horizon = case.horizon
    rate = drawn.of("horizon.discount_rate_per_year", horizon.discount_rate_per_year)
    decline = drawn.of("horizon.api_decline_per_year", horizon.api_decline_per_year)
    return Parts(
        count=count,
        growth=usage.growth,
        discount=(1.0 + rate) ** (-1 / 12),
        api_left_per_year=1.0 - decline,
        apis=tuple(bills(plan, api, usage, drawn) for api in plan.apis),
        boxes=(
            box_part(plan, OWN, case.box, usage, drawn),
            *(
                box_part(plan, f"candidate.{each.name}.", each.box, usage, drawn)
                for each in plan.candidates
            ),
        ),
        rented=tuple(rented_part(each, case.box, usage, drawn) for each in plan.rented),
        hybrid=plan.hybrid,
        served=None
        if plan.peak_to_mean is None
        else Served(plan.bands, drawn.of("arrivals.peak_to_mean", float(plan.peak_to_mean))),
    )


@dataclass(frozen=True, slots=True)
class Serving:
    """One way to serve tokens oneself; arrays have a value a scenario.

    Month t costs `base + usd_per_busy_hour * hours run`; the load of month 0 needs `1/headroom` of
    the hours available, and what is not served goes to the API. `resale_usd` falls by
    `resale_step` a month.
    """

    capital_usd: Floats
    resale_usd: Floats
    resale_step: Floats
    base_usd: Floats
    busy_usd: Floats
    """USD a month for the busy hours that month 0's whole load needs, before any cap."""
    headroom: Floats

    def at(self, where: NDArray[np.intp]) -> Serving:
        """The same in some of the scenarios."""
        return Serving(
            self.capital_usd[where],
            self.resale_usd[where],
            self.resale_step[where],
            self.base_usd[where],
            self.busy_usd[where],
            self.headroom[where],
        )


@dataclass(frozen=True, slots=True)
class Flows:
    """What every month's costs are made of, with the factor by which each month changes them."""

    growth: Floats
    discount: Floats
    api_decline: Floats
    bills: tuple[Floats, ...]
    """For each API: month 0's volume in USD."""
    servings: tuple[Serving, ...]
    """The own box first."""
    hybrid: bool
    served: Served | None

    def at(self, where: NDArray[np.intp]) -> Flows:
        """The same in some of the scenarios."""
        return Flows(
            self.growth[where],
            self.discount[where],
            self.api_decline[where],
            tuple(usd[where] for usd in self.bills),
            tuple(serving.at(where) for serving in self.servings),
            self.hybrid,
            None if self.served is None else self.served.at(where),
        )


def summable(found: Parts) -> Flows | None:
    """The flows where growth, decline and discount are all that changes by the month; else None:
    with prices to come, blocks of a tariff, resale by age, GPUs by the whole, or a split between
    requests of several lengths."""
    import numpy as np

    if (
        (found.hybrid and len(found.apis[0][0].by_shape) > 1)
        or any(len(prices) > 1 for prices in found.apis)
        or any(box.energy is not None or box.resale_by_age is not None for box in found.boxes)
        or any(each.fixed_hours is not None for each in found.rented)
    ):
        return None

    def full(amount: Amount) -> Floats:
        return np.full(found.count, amount, dtype=np.float64)

    def box(each: BoxPart) -> Serving:
        hours = each.busy_hours
        return Serving(
            capital_usd=full(each.capital_usd),
            resale_usd=full(each.price_usd),
            resale_step=full(np.maximum(1.0 - each.resale_decline_per_year, 0.0) ** (1 / 12)),
            base_usd=full(each.base_usd),
            busy_usd=full(0.0 if hours is None else each.usd_per_busy_hour * hours),
            headroom=full(_headroom(each.hours_available, hours)),
        )

    def rented(each: RentedPart) -> Serving:
        nothing = full(0.0)
        return Serving(
            capital_usd=nothing,
            resale_usd=nothing,
            resale_step=nothing,
            base_usd=nothing,
            busy_usd=full(each.usd_per_hour * each.hours),
            headroom=full(ALWAYS_ENOUGH),
        )

    return Flows(
        growth=full(np.maximum(found.growth, LEAST_GROWTH_FACTOR)),
        discount=full(found.discount),
        api_decline=full(np.maximum(found.api_left_per_year, 0.0) ** (1 / 12)),
        bills=tuple(full(prices[0].usd) for prices in found.apis),
        servings=(*map(box, found.boxes), *map(rented, found.rented)),
        hybrid=found.hybrid,
        served=found.served,
    )


def _headroom(hours_available: Amount, hours_needed: Amount | None) -> Amount:
    import numpy as np

    if hours_needed is None:
        return ALWAYS_ENOUGH
    least = np.maximum(np.asarray(hours_available) / ALWAYS_ENOUGH, 1e-300)
    room: Amount = hours_available / np.maximum(hours_needed, least)
    return room
