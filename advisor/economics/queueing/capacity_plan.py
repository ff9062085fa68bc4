"""How much of the work can the box do in time, now and as it grows, and what goes to the API?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from advisor.documents import Unknown
from advisor.economics.capacity import overflow_share
from advisor.economics.inputs import HOURS_PER_MONTH
from advisor.economics.queueing.formulas import load_dependent, mg1
from advisor.economics.queueing.profile import HOURS_PER_WEEK, WeekProfile
from advisor.economics.queueing.requests import Mix
from advisor.economics.queueing.week import Server, Slo, Week, simulate_week

PROMISED_SHARE = 0.95
SEARCH_STEPS = 9
SEED = 1

WeekAt = Callable[[float, int | None], Week | Unknown]
"""The week at so many times month 0, with that room."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What comes: requests in month 0, when in the week, how large, how they grow.

    `seasonal_peak` is the busiest month over the mean one. In a box that is not always powered
    the busiest hours of the week are taken to be the powered ones; the rest goes to the API.
    """

    requests_per_month: float
    profile: WeekProfile
    mix: Mix
    burstiness: float = 1.0
    seasonal_peak: float = 1.0
    growth_per_month: float = 0.0
    months: int = 60
    powered_hours_per_month: float = HOURS_PER_MONTH

    @property
    def hours_on(self) -> tuple[bool, ...]:
        """Which hours of the week the box is on."""
        share = min(1.0, self.powered_hours_per_month / HOURS_PER_MONTH)
        return self.profile.busiest(max(1, round(share * HOURS_PER_WEEK)))

    def rates_per_s(self, factor: float = 1.0) -> tuple[float, ...]:
        """Requests a second at `factor` times month 0, none in hours without power."""
        rates = self.profile.rates_per_s(self.requests_per_month * factor)
        return tuple(rate if on else 0.0 for rate, on in zip(rates, self.hours_on, strict=True))

    @property
    def unpowered_share(self) -> float:
        """The part of the requests that comes while the box is off."""
        return math.fsum(
            share for share, on in zip(self.profile.shares, self.hours_on, strict=True) if not on
        )

    def growth(self, month: int) -> float:
        """How many times month 0's requests month `month` has."""
        return float((1.0 + self.growth_per_month) ** month)


@dataclass(frozen=True, slots=True)
class Load:
    """How a month at `factor` times month 0 loads the box.

    Three answers to what goes to the API: `smooth` as if the work were spread evenly over the
    powered hours (`1 - 1/u`), `by_hour` what exceeds the box's full speed in its own hour, and
    `to_keep_slo` what a router sends away so that nobody who would be late comes in and 95 % of
    the rest keep the SLO (None without one).
    """

    month: int
    factor: float
    requests_per_month: float
    utilization_mean: float
    utilization_peak_hour: float
    overflow_smooth: float
    overflow_by_hour: float
    overflow_to_keep_slo: float | None


@dataclass(frozen=True, slots=True)
class CapacityPlan:
    """Month 0 with everything served here (`all_local`) and with a router that sends to the API
    what would come too late (`with_api`), then the months ahead."""

    now: Load
    all_local: Week | Unknown
    with_api: Week | Unknown
    unpowered_share: float
    room: int | None
    largest_requests_per_month: float | Unknown
    first_month_outside_slo: int | None
    months: tuple[Load, ...]
    busiest_month: Load | None
    peak_wait_mean_s: float | Unknown
    """Of the busiest hour, by formula, where one holds; `all_local` has the simulated one."""

    @property
    def overflow_share_peak(self) -> float:
        """What goes to the API, of the requests, hours and SLO considered."""
        kept = self.now.overflow_to_keep_slo
        return self.now.overflow_by_hour if kept is None else kept

    def overflow_token_shares(self) -> tuple[float, float]:
        """The same of input and of output tokens, which differ where lengths do."""
        if isinstance(self.with_api, Unknown):
            return self.overflow_share_peak, self.overflow_share_peak
        off, week = self.unpowered_share, self.with_api
        return (
            off + (1 - off) * week.turned_away_input_share,
            off + (1 - off) * week.turned_away_output_share,
        )


def plan_capacity(server: Server, demand: Demand, slo: Slo, *, seed: int = SEED) -> CapacityPlan:
    """The whole plan, by simulation with a fixed seed; `Unknown` where none is possible."""
    most = admission_room(server, demand.mix, slo) if _is_measured(server, slo) else None

    @lru_cache(maxsize=256)
    def week(factor: float, room: int | None) -> Week | Unknown:
        return simulate_week(
            server,
            demand.mix,
            demand.rates_per_s(factor),
            slo,
            room=room,
            burstiness=demand.burstiness,
            seed=seed,
        )

    def load(month: int, factor: float) -> Load:
        plain = _load(server, demand, month, factor)
        if most is None:
            return plain
        found = week(factor, _room_that_keeps(week, factor, most, slo))
        if isinstance(found, Unknown):
            return plain
        off = demand.unpowered_share
        return replace(plain, overflow_to_keep_slo=off + (1 - off) * found.turned_away_share)

    all_local = week(1.0, None)
    now = load(0, 1.0)
    room = None if most is None else _room_that_keeps(week, 1.0, most, slo)
    largest = _largest_factor(week, server, slo, now)
    return CapacityPlan(
        now=now,
        all_local=all_local,
        with_api=Unknown(_why_no_router(server, slo)) if room is None else week(1.0, room),
        unpowered_share=demand.unpowered_share,
        room=room,
        largest_requests_per_month=(
            largest if isinstance(largest, Unknown) else largest * demand.requests_per_month
        ),
        first_month_outside_slo=(
            None
            if isinstance(largest, Unknown)
            else next((m for m in range(demand.months) if demand.growth(m) > largest), None)
        ),
        months=tuple(load(month, demand.growth(month)) for month in _looked_at(demand)),
        busiest_month=load(0, demand.seasonal_peak) if demand.seasonal_peak > 1 else None,
        peak_wait_mean_s=closed_form_wait_s(server, demand),
    )


def admission_room(server: Server, mix: Mix, slo: Slo) -> int | None:
    """How many others a request may find and still be served here; None without a promise.

    The router does not know how long an answer will be, so it reckons with a mean one: it waits
    `(others - largest + 1)*mean/full speed`, then takes the P95 time to first token measured at
    that concurrency, and `mean*n/speed(n)` in all. The first number of others at which this
    exceeds the SLO is the room; `queue_limit` bounds it too.
    """
    if not slo.promises and slo.queue_limit is None:
        return None
    curve = server.curve
    mean = mix.mean_work(server.work)
    speeds = curve.speeds()
    ttft_s = curve.ttft_p95_s() if curve.tells_ttft else [0.0] * curve.largest
    longer = _mean_input(mix) / server.ttft_input_tokens if server.ttft_input_tokens else 1.0
    most = None if slo.queue_limit is None else curve.largest + slo.queue_limit
    others = 0
    while (most is None or others < most) and others < 100_000:
        inside = min(others + 1, curve.largest)
        wait_s = max(0, others + 1 - curve.largest) * mean / curve.full_speed
        late = slo.ttft_s is not None and wait_s + ttft_s[inside - 1] * longer > slo.ttft_s
        whole_s = wait_s + mean * inside / speeds[inside - 1]
        if late or (slo.request_s is not None and whole_s > slo.request_s):
            break
        others += 1
    return others


def closed_form_wait_s(server: Server, demand: Demand) -> float | Unknown:
    """The busiest hour's mean wait by formula, where one holds: M/G/1 for one at a time, a
    load-dependent server for exponential sizes; as if that hour lasted until it has settled."""
    if demand.burstiness != 1.0:
        return Unknown("no formula holds for requests that do not come at random (Poisson)")
    curve, work, mix = server.curve, server.work, demand.mix
    peak_per_s, mean = max(demand.rates_per_s()), mix.mean_work(work)
    if curve.largest == 1:
        steady = mg1(peak_per_s, mean / curve.full_speed, mix.cv_of_work(work))
    elif mix.is_exponential:
        steady = load_dependent(peak_per_s, [speed / mean for speed in curve.speeds()])
    else:
        return Unknown("no formula holds for many at once whose sizes are not exponential")
    return steady if isinstance(steady, Unknown) else steady.wait_mean_s


def _load(server: Server, demand: Demand, month: int, factor: float) -> Load:
    mean, full = demand.mix.mean_work(server.work), server.curve.full_speed
    on = sum(demand.hours_on)
    everything = demand.profile.rates_per_s(demand.requests_per_month * factor)
    rates = demand.rates_per_s(factor)
    exceeding = math.fsum(max(0.0, rate - full / mean) for rate in rates)
    total = math.fsum(everything)
    return Load(
        month=month,
        factor=factor,
        requests_per_month=demand.requests_per_month * factor,
        utilization_mean=math.fsum(rates) * mean / full / on,
        utilization_peak_hour=max(rates) * mean / full,
        overflow_smooth=overflow_share(total * mean / full / on),
        overflow_by_hour=demand.unpowered_share + (exceeding / total if total else 0.0),
        overflow_to_keep_slo=None,
    )


def _room_that_keeps(week: WeekAt, factor: float, most: int, slo: Slo) -> int:
    """The most others a request may find so that 95 % of those served are within the SLO.

    `most` where that keeps it; else by bisection, for longer requests are later than the mean one
    that the router reckons with. 0 where not even a request alone is in time often enough.
    """
    if not slo.promises or _keeps(week(factor, most)):
        return most
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _keeps(week(factor, middle)) else (low, middle)
    return low


def _keeps(week: Week | Unknown) -> bool:
    if isinstance(week, Unknown) or week.quality.share_within_slo is None:
        return False
    return week.quality.share_within_slo >= PROMISED_SHARE


def _largest_factor(week: WeekAt, server: Server, slo: Slo, now: Load) -> float | Unknown:
    """By bisection with the same random numbers, all served here; 0 where even little is late."""
    if not _is_measured(server, slo):
        return Unknown(_why_no_router(server, slo))
    if not slo.promises:
        return Unknown("no SLO is given")

    low, high = 0.0, 1.0 / now.utilization_mean
    for _ in range(SEARCH_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _keeps(week(middle, None)) else (low, middle)
    return low


def _is_measured(server: Server, slo: Slo) -> bool:
    return slo.ttft_s is None or server.curve.tells_ttft


def _why_no_router(server: Server, slo: Slo) -> str:
    if not _is_measured(server, slo):
        return "the benchmark has no time to first token at every concurrency"
    return "no SLO is given, so no request can come too late"


def _looked_at(demand: Demand) -> list[int]:
    """Month 0, each year's first and the last; only month 0 where nothing grows."""
    if demand.growth_per_month == 0:
        return [0]
    return sorted({*range(0, demand.months, 12), demand.months - 1})


def _mean_input(mix: Mix) -> float:
    return math.fsum(kind.share * kind.input_tokens for kind in mix.kinds)
