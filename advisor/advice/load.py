"""Does the measured box serve this team's work in time? From a benchmark and a scenario's tables.

The tables are those of the scenario file, distributions already replaced by their medians.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from advisor.advice.capacity_document import (
    HoursPart,
    LoadPart,
    QueueingPart,
    ServedPart,
    SloPart,
)
from advisor.advice.load_keys import LoadKeys, read_keys
from advisor.advice.measured_band import band
from advisor.advice.measured_curve import measured_server
from advisor.bench.document import Bench
from advisor.documents import Unknown, Unknowns
from advisor.economics.inputs import SECONDS_PER_HOUR
from advisor.economics.queueing.capacity_plan import (
    SEED,
    CapacityPlan,
    Demand,
    Load,
    plan_capacity,
)
from advisor.economics.queueing.profile import week_profile
from advisor.economics.queueing.week import Quality, Server, Slo, Week

NO_REQUESTS = (
    "usage.requests_per_month is not given, and tokens alone do not say how many come at once: "
    "add it to [usage], or lengths as [[usage.request]]"
)
WHY_THEY_DIFFER = (
    "1 - 1/u takes the work as spread evenly, so the quiet hours serve the busy ones; hour by hour "
    "what exceeds the box at its peak cannot wait for the night; and within an hour requests come "
    "at random, so that some are late before the box is full"
)


def queueing_part(
    bench: Bench | None, tables: Mapping[str, Any], *, seed: int = SEED
) -> QueueingPart | Unknown:
    """Utilization by hour, waiting, the SLO and what goes to the API, by simulation.

    Pure: equal arguments give an equal part. Unknown, with what to do, without requests a month or
    without a measured curve. Raises InputError for keys that make no sense.
    """
    keys = read_keys(tables)
    requests = keys.requests_per_month
    if requests is None:
        return Unknown(NO_REQUESTS)
    if requests == 0 or not keys.usage.input_tokens_per_month + keys.usage.output_tokens_per_month:
        return Unknown("the scenario has no requests or no tokens, so nothing queues")
    mix = keys.mix(requests)
    server = measured_server(bench, keys, mix)
    if isinstance(server, Unknown):
        return server
    demand = Demand(
        requests_per_month=requests * (1 + keys.box.retry_share),
        profile=week_profile(keys.bands(), keys.arrivals.peak_to_mean),
        mix=mix,
        burstiness=keys.arrivals.burstiness or 1.0,
        seasonal_peak=keys.arrivals.seasonal_peak,
        growth_per_month=keys.usage.growth_per_month,
        months=keys.horizon.months,
        powered_hours_per_month=keys.box.powered_hours_per_month,
    )
    limit_ms = keys.slo.ttft_p95_ms
    slo = Slo(
        None if limit_ms is None else limit_ms / 1e3, keys.slo.request_s, keys.slo.queue_limit
    )
    plan = plan_capacity(server, demand, slo, seed=seed)
    part = _part(server, demand, keys, plan, run_id=bench.id if bench else "", seed=seed)
    found = band(bench, keys, demand, slo, seed=seed)
    if isinstance(found, Unknown):
        unknown = {**part.unknown, "band": found.reason}
        return msgspec.structs.replace(part, unknown=unknown)
    return msgspec.structs.replace(part, band=found)


def _part(
    server: Server, demand: Demand, keys: LoadKeys, plan: CapacityPlan, *, run_id: str, seed: int
) -> QueueingPart:
    unknown = Unknowns()
    week = unknown.settle("wait_p95_ms", plan.all_local)
    kept = unknown.settle("with_overflow", plan.with_api)
    seen = _served(week.quality) if week else None
    input_share, output_share = plan.overflow_token_shares()
    now, shown = plan.now, kept or week
    formula_s = unknown.settle("peak_wait_formula_ms", plan.peak_wait_mean_s)
    largest = unknown.settle("largest_requests_per_month", plan.largest_requests_per_month)
    if largest is None:
        unknown.reasons["first_month_outside_slo"] = unknown.reasons["largest_requests_per_month"]
    if not server.curve.tells_ttft:
        unknown.reasons["ttft_p95_ms"] = "the benchmark lacks it at some concurrency"
    peak_s = week.classes[0].quality.wait_mean_s if week else None
    slo = keys.slo
    given = (slo.ttft_p95_ms, slo.request_s, slo.queue_limit) != (None, None, None)
    return QueueingPart(
        run_id=run_id,
        measured_concurrencies=tuple(point.concurrency for point in server.curve.points),
        requests_per_month=demand.requests_per_month,
        peak_to_mean=demand.profile.peak_to_mean,
        utilization_mean=now.utilization_mean,
        utilization_peak_hour=now.utilization_peak_hour,
        wait_mean_ms=seen.wait_mean_ms if seen else None,
        wait_p95_ms=seen.wait_p95_ms if seen else None,
        ttft_p95_ms=seen.ttft_p95_ms if seen else None,
        request_p95_ms=seen.request_p95_ms if seen else None,
        slo=SloPart(
            ttft_p95_ms=slo.ttft_p95_ms, request_s=slo.request_s, queue_limit=slo.queue_limit
        )
        if given
        else None,
        share_within_slo=seen.share_within_slo if seen else None,
        largest_requests_per_month=largest,
        first_month_outside_slo=plan.first_month_outside_slo,
        with_overflow=_served(kept.quality) if kept else None,
        admitted_at_most=plan.room,
        powered_off_share=plan.unpowered_share,
        overflow_share_smooth=now.overflow_smooth,
        overflow_share_by_hour=now.overflow_by_hour,
        overflow_share_peak=plan.overflow_share_peak,
        overflow_input_tokens_per_month=input_share * keys.usage.input_tokens_per_month,
        overflow_output_tokens_per_month=output_share * keys.usage.output_tokens_per_month,
        why_they_differ=WHY_THEY_DIFFER,
        peak_wait_mean_ms=None if peak_s is None else peak_s * 1e3,
        peak_wait_formula_ms=None if formula_s is None else formula_s * 1e3,
        hours=_hours(week, kept),
        utilization_by_hour=_by_hour(server, demand),
        months=tuple(_load(load) for load in plan.months),
        busiest_month=_load(plan.busiest_month) if plan.busiest_month else None,
        simulated_requests=shown.simulated_requests if shown else 0,
        seed=seed,
        assumptions=_assumptions(server, demand, keys, shown),
        unknown=unknown.reasons,
    )


def _served(quality: Quality) -> ServedPart:
    def ms(seconds: float | None) -> float | None:
        return None if seconds is None else seconds * 1e3

    return ServedPart(
        wait_mean_ms=ms(quality.wait_mean_s),
        wait_p95_ms=ms(quality.wait_p95_s),
        ttft_p95_ms=ms(quality.ttft_p95_s),
        request_p95_ms=ms(quality.request_p95_s),
        share_within_slo=quality.share_within_slo,
    )


def _hours(week: Week | None, kept: Week | None) -> tuple[HoursPart, ...]:
    known = week or kept
    if known is None:
        return ()
    return tuple(
        HoursPart(
            hours=each.hours,
            requests_per_hour=each.requests_per_s * SECONDS_PER_HOUR,
            utilization=each.utilization,
            served=_served(week.classes[index].quality) if week else None,
            overflow_share=kept.classes[index].turned_away_share if kept else None,
        )
        for index, each in enumerate(known.classes)
    )


def _by_hour(server: Server, demand: Demand) -> tuple[float, ...]:
    per_request = demand.mix.mean_work(server.work) / server.curve.full_speed
    return tuple(rate * per_request for rate in demand.rates_per_s())


def _load(load: Load) -> LoadPart:
    kept = load.overflow_to_keep_slo
    return LoadPart(
        month=load.month,
        requests_per_month=load.requests_per_month,
        utilization_mean=load.utilization_mean,
        utilization_peak_hour=load.utilization_peak_hour,
        overflow_share_smooth=load.overflow_smooth,
        overflow_share_by_hour=load.overflow_by_hour,
        overflow_share_peak=load.overflow_by_hour if kept is None else kept,
    )


def _assumptions(
    server: Server, demand: Demand, keys: LoadKeys, week: Week | None
) -> tuple[str, ...]:
    """What nobody stated or measured, in plain words."""
    curve = server.curve
    found = [f"more than {curve.largest} at once was not measured, so further requests wait"]
    if len(curve.points) == 1:
        found.append("one concurrency was measured, so no gain from batching beyond it is counted")
    if curve.points[0].concurrency > 1:
        found.append(
            f"below {curve.points[0].concurrency} at once each request is as fast as there"
        )
    if not keys.usage.hours:
        found.append("work comes on all days alike (no [[usage.hours]])")
        if keys.arrivals.peak_to_mean is None:
            found.append("work comes at all hours alike (no arrivals.peak_to_mean)")
    if keys.arrivals.burstiness is None:
        found.append("requests come independently of each other (Poisson)")
    if keys.arrivals.size_cv is None:
        found.append(
            "requests have exactly the lengths of [[usage.request]]"
            if keys.usage.request
            else "lengths are exponentially distributed around their mean (arrivals.size_cv 1)"
        )
    if demand.unpowered_share > 0:
        found.append("the box is off in the quietest hours of the week; their work goes to the API")
    if week is not None and week.hour_s < SECONDS_PER_HOUR:
        found.append(f"each simulated hour lasts {week.hour_s:.0f} s at its full rate")
    return tuple(found)
