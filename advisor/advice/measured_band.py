"""How far may the waiting be off, as the benchmark's rates may be?"""

from __future__ import annotations

from advisor.advice.capacity_document import BandPart, BandSidePart
from advisor.advice.load_keys import LoadKeys
from advisor.advice.measured_curve import measured_server
from advisor.bench.document import Bench
from advisor.documents import Unknown
from advisor.economics.queueing.capacity_plan import Demand
from advisor.economics.queueing.week import Server, Slo, simulate_week


def band(
    bench: Bench | None, keys: LoadKeys, demand: Demand, slo: Slo, *, seed: int
) -> BandPart | Unknown:
    """The same week, all of it served by the box, at both ends of the rates' 95 % intervals."""
    slow = measured_server(bench, keys, demand.mix, "low")
    fast = measured_server(bench, keys, demand.mix, "high")
    if isinstance(slow, Unknown):
        return slow
    if isinstance(fast, Unknown):
        return fast
    return BandPart(
        slow=_side(slow, demand, slo, seed=seed), fast=_side(fast, demand, slo, seed=seed)
    )


def _side(server: Server, demand: Demand, slo: Slo, *, seed: int) -> BandSidePart:
    rates_per_s = demand.rates_per_s()
    week = simulate_week(
        server,
        demand.mix,
        rates_per_s,
        slo,
        room=None,
        burstiness=demand.burstiness,
        seed=seed,
    )
    per_request = demand.mix.mean_work(server.work) / server.curve.full_speed
    seen = None if isinstance(week, Unknown) else week.quality

    def ms(seconds: float | None) -> float | None:
        return None if seconds is None else seconds * 1e3

    return BandSidePart(
        utilization_mean=sum(rates_per_s) * per_request / sum(demand.hours_on),
        utilization_peak_hour=max(rates_per_s) * per_request,
        wait_mean_ms=ms(seen.wait_mean_s) if seen else None,
        wait_p95_ms=ms(seen.wait_p95_s) if seen else None,
        request_p95_ms=ms(seen.request_p95_s) if seen else None,
        share_within_slo=seen.share_within_slo if seen else None,
        why_unknown=week.reason if isinstance(week, Unknown) else None,
    )
