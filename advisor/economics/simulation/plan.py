"""Which choices are simulated, and the uncertainty of which keys moves their costs?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.economics.candidates import Candidate
from advisor.economics.inputs import ApiPrice, Case
from advisor.economics.queueing.profile import HourBand
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
    """An API with its price at the medians, and those of its prices that may be uncertain."""

    name: str
    price: ApiPrice
    uncertain: tuple[PriceKey, ...] = ()


@dataclass(frozen=True, slots=True)
class OffBand:
    """The price outside a tariff's bands, with the shares of the week's hours and of the work's
    that pay it."""

    usd_per_kwh: float
    hours_share: float = 1.0
    work_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """The choices to be weighed, at the inputs' medians.

    `hybrid`, the cheapest split of each month between the box and the baseline API, is one more
    action; it needs the box's rates and a tariff without blocks. Where `peak_to_mean` of the load
    is known, a box overflows by the hour of the week, the work coming in the `bands`. `setup_hours`
    are those within the set-up of the box; `request_tokens` are the mean request's input and output
    where the number of requests follows from them.
    """

    case: Case
    apis: tuple[ApiPlan, ...]
    baseline: int = 0
    rented: tuple[Rented, ...] = ()
    peak_to_mean: float | None = None
    bands: tuple[HourBand, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    hybrid: bool = False
    setup_hours: float = 0.0
    request_tokens: tuple[float, float] | None = None
    off_band: OffBand | None = None

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

    def keys(self) -> frozenset[str]:
        """The keys whose uncertainty moves a cost."""
        return frozenset(self._keys())

    def _keys(self) -> Iterator[str]:
        yield from KEYS
        if self.peak_to_mean is not None:
            yield PEAK
        yield from (f"box.{field}" for field in (*BOX, "setup_hours"))
        for api in self.apis:
            yield from (f"api.{api.name}.{field}" for field in DIALOGUE)
            yield from (f"api.{api.name}.{each.field}" for each in api.uncertain)
        for rented in self.rented:
            yield from (f"rented.{rented.name}.{field}" for field in RENTED)
        for candidate in self.candidates:
            yield from (f"candidate.{candidate.name}.{field}" for field in BOX)


PEAK = "arrivals.peak_to_mean"
DIALOGUE = (
    "input_token_ratio",
    "output_token_ratio",
    "reasoning_tokens_per_output_token",
    "retry_share",
)
BOX = (
    "price_usd",
    "resale_decline_per_year",
    "prefill_tok_per_s",
    "decode_tok_per_s",
    "active_power_w",
    "idle_power_w",
    "prefill_power_w",
    "decode_power_w",
    "powered_hours_per_month",
    "wall_factor",
    "cooling_factor",
    "electricity_usd_per_month",
    "setup_usd",
    "spare_parts_usd_per_year",
    "cached_input_share",
    *DIALOGUE,
)
RENTED = (
    "usd_per_hour",
    "prefill_tok_per_s",
    "decode_tok_per_s",
    "interrupted_share",
    "hours_per_month",
    "max_utilization",
)
KEYS = (
    "usage.input_tokens_per_month",
    "usage.output_tokens_per_month",
    "usage.cached_input_share",
    "usage.cache_write_share",
    "usage.batch_share",
    "usage.requests_per_month",
    "usage.growth_per_month",
    "tariff.usd_per_kwh",
    "tariff.usd_per_month",
    "tariff.other_kwh_per_month",
    "maintenance.hours_per_month",
    "maintenance.usd_per_hour",
    "horizon.discount_rate_per_year",
    "horizon.api_decline_per_year",
)
