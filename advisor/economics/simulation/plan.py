"""Which choices are simulated?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from advisor.economics.candidates import Candidate
from advisor.economics.hours import HourBand
from advisor.economics.inputs import ApiPrice, Case
from advisor.economics.rented import Rented


@dataclass(frozen=True, slots=True)
class PriceKey:
    """One uncertain price of an API: its key's last word, its median, and what follows from it.

    `follows` is the API's price with 1 wherever this key's value stands and 0 elsewhere: tiers,
    times of the day and later prices take over what they do not name.
    """

    field: str
    median: float
    follows: ApiPrice


@dataclass(frozen=True, slots=True)
class ApiPlan:
    """An API with its price at the medians, and those of its prices that may be uncertain.

    `g_co2e_per_mtok` is what its tokens emit; where carbon weighs it is in the price."""

    name: str
    price: ApiPrice
    uncertain: tuple[PriceKey, ...] = ()
    g_co2e_per_mtok: float = 0.0


@dataclass(frozen=True, slots=True)
class Carbon:
    """The grid's intensity and what a tonne costs, at their medians and as far as they weigh."""

    grid_g_per_kwh: float = 0.0
    usd_per_tonne: float = 0.0


@dataclass(frozen=True, slots=True)
class OffBand:
    """The price outside a tariff's bands, with the shares of the week's hours and of the work's
    that pay it; all of them where there are none."""

    usd_per_kwh: float
    hours_share: float = 1.0
    work_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """The choices to be weighed, at the inputs' medians.

    `hybrid`, the cheapest split of each month between the box and the baseline API, is one more
    action; it needs the box's rates and a tariff without blocks. Where `peak_to_mean` of the load
    is known, a box overflows by the hour of the week, the work coming in the `bands`. `setup_hours`
    are those within the set-up of a box, by the beginning of its keys; `follows` says of a key
    without draws of its own which other key's it takes; `request_tokens` are the mean request's
    input and output where the number of requests follows from them.
    """

    case: Case
    apis: tuple[ApiPlan, ...]
    baseline: int = 0
    rented: tuple[Rented, ...] = ()
    peak_to_mean: float | None = None
    bands: tuple[HourBand, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    hybrid: bool = False
    setup_hours: Mapping[str, float] = field(default_factory=dict)
    follows: Mapping[str, str] = field(default_factory=dict)
    request_tokens: tuple[float, float] | None = None
    off_band: OffBand | None = None
    carbon: Carbon = Carbon()

    @property
    def actions(self) -> tuple[str, ...]:
        """The rows of the matrix of costs."""
        return (
            *(f"api:{api.name}" for api in self.apis),
            "local",
            *(f"candidate:{each.name}" for each in self.candidates),
            *(f"rented:{each.name}" for each in self.rented),
            *(("hybrid",) if self.hybrid else ()),
        )
