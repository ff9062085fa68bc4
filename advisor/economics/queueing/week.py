"""What does a week at the server look like: who waits, who is late, who is turned away?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.documents import Unknown
from advisor.economics.inputs import SECONDS_PER_HOUR
from advisor.economics.queueing.curve import Curve
from advisor.economics.queueing.profile import HOURS_PER_DAY
from advisor.economics.queueing.requests import Mix, Work
from advisor.economics.queueing.simulate import Served, arrival_times, serve

if TYPE_CHECKING:
    import numpy as np

    from advisor.economics.queueing.requests import Floats

    Choice = np.ndarray[tuple[int], np.dtype[np.bool_]]

USUAL_REQUESTS = 60_000
MOST_REQUESTS = 1_000_000
MOST_WEEKS = 200
LEAST_FOR_P95 = 100
"""Of fewer requests the slowest twentieth is told by five at most."""
SHORTEST_HOUR = 20
"""A simulated hour lasts at least so many times a request at full concurrency."""
_Z95 = 1.6448536


@dataclass(frozen=True, slots=True)
class Server:
    """A measured server. Prompts of `ttft_input_tokens` had the curve's times to first token."""

    curve: Curve
    work: Work
    ttft_input_tokens: float | None = None


@dataclass(frozen=True, slots=True)
class Slo:
    """What 95 % of the requests are promised, in seconds; None is no promise.

    `queue_limit` is how many may wait outside; None is any number.
    """

    ttft_s: float | None = None
    request_s: float | None = None
    queue_limit: int | None = None

    @property
    def promises(self) -> bool:
        return self.ttft_s is not None or self.request_s is not None


@dataclass(frozen=True, slots=True)
class Quality:
    """What those who were served saw; None where too few were, or where it is not measured."""

    requests: int
    wait_mean_s: float | None
    wait_p95_s: float | None
    ttft_p95_s: float | None
    request_p95_s: float | None
    share_within_slo: float | None


@dataclass(frozen=True, slots=True)
class HourClass:
    """Hours of the week (0 is Monday 00:00) to which requests come at the same rate."""

    hours: tuple[int, ...]
    requests_per_s: float
    utilization: float
    quality: Quality
    turned_away_share: float


@dataclass(frozen=True, slots=True)
class Week:
    """All hours together, and by class, the busiest first. `hour_s` is how long each simulated
    hour lasted: less than 3,600 where more requests come than are simulated."""

    quality: Quality
    turned_away_share: float
    turned_away_input_share: float
    turned_away_output_share: float
    classes: tuple[HourClass, ...]
    simulated_requests: int
    hour_s: float


def simulate_week(
    server: Server,
    mix: Mix,
    rates_per_s: Sequence[float],
    slo: Slo,
    *,
    room: int | None,
    burstiness: float = 1.0,
    seed: int = 1,
    requests: int = USUAL_REQUESTS,
) -> Week | Unknown:
    """A week whose hours have these rates, as often as it takes for `requests`, after one day.

    With more than `requests` in a week its hours are shortened. `room` is how many others a
    request may find before it is turned away. Unknown where nothing comes, where the queue would
    grow without end, or where too much would have to be simulated. Equal arguments, equal answer.
    """
    import numpy as np

    mean_work = mix.mean_work(server.work)
    per_week = sum(rates_per_s) * SECONDS_PER_HOUR
    if per_week <= 0:
        return Unknown("no requests come")
    peak = max(rates_per_s) * mean_work / server.curve.full_speed
    mean = sum(rates_per_s) / len(rates_per_s) * mean_work / server.curve.full_speed
    at_full_s = server.curve.largest * mean_work / server.curve.full_speed
    hour_s = max(
        min(SECONDS_PER_HOUR, SECONDS_PER_HOUR * requests / per_week),
        min(SECONDS_PER_HOUR, SHORTEST_HOUR * at_full_s),
    )
    if room is None and (mean >= 1 or (peak >= 1 and hour_s < SECONDS_PER_HOUR)):
        which, load = ("mean", mean) if mean >= 1 else ("busiest", peak)
        return Unknown(
            f"the {which} hour brings {load:.3g} times what the box can do: the queue would grow"
        )
    simulated = per_week * hour_s / SECONDS_PER_HOUR
    if simulated > MOST_REQUESTS:
        return Unknown(f"a week brings {per_week:,.0f} requests, too many to simulate")
    weeks = max(1, min(MOST_WEEKS, round(requests / simulated)))
    streams = np.random.default_rng(seed).spawn(3)
    hourly = [*rates_per_s[-HOURS_PER_DAY:], *list(rates_per_s) * weeks]
    arrivals = arrival_times(hourly, hour_s, burstiness, streams[0])
    inputs, outputs = mix.draw(len(arrivals), streams[1])
    work = inputs * server.work.per_input_token + outputs * server.work.per_output_token
    served = serve(arrivals, work, server.curve.speeds(), room)
    seen = _Seen(server, slo, arrivals_s=arrivals, inputs=inputs, served=served, random=streams[2])
    hours = (arrivals / hour_s).astype(int) - HOURS_PER_DAY
    counted = hours >= 0
    hour_of_week = hours % len(rates_per_s)
    away = counted & np.isnan(served.start_s)
    return Week(
        quality=seen.quality(counted),
        turned_away_share=_share(away, counted),
        turned_away_input_share=_share(away, counted, inputs),
        turned_away_output_share=_share(away, counted, outputs),
        classes=tuple(
            HourClass(
                hours=alike,
                requests_per_s=rates_per_s[alike[0]],
                utilization=rates_per_s[alike[0]] * mean_work / server.curve.full_speed,
                quality=seen.quality(of_class := counted & np.isin(hour_of_week, alike)),
                turned_away_share=_share(away & of_class, of_class),
            )
            for alike in hours_alike(rates_per_s)
        ),
        simulated_requests=int(counted.sum()),
        hour_s=hour_s,
    )


def hours_alike(rates_per_s: Sequence[float]) -> list[tuple[int, ...]]:
    """Hours of the week with the same rate (to one part in 10⁹) together, the busiest first."""
    groups: dict[float, list[int]] = {}
    for hour, rate in enumerate(rates_per_s):
        groups.setdefault(float(f"{rate:.9g}"), []).append(hour)
    return [tuple(groups[rate]) for rate in sorted(groups, reverse=True)]


class _Seen:
    """Every request's wait, time to first token and whole time, in seconds."""

    def __init__(
        self,
        server: Server,
        slo: Slo,
        *,
        arrivals_s: Floats,
        inputs: Floats,
        served: Served,
        random: np.random.Generator,
    ) -> None:
        import numpy as np

        self.wait_s = served.start_s - arrivals_s
        self.whole_s = served.end_s - arrivals_s
        self.ttft_s: Floats | None = None
        if server.curve.tells_ttft:
            median, p95 = (
                np.array(server.curve.ttft_median_s()),
                np.array(server.curve.ttft_p95_s()),
            )
            sigma = np.log(np.maximum(p95 / median, 1.0)) / _Z95
            at = np.maximum(served.inside - 1, 0)
            first = median[at] * np.exp(sigma[at] * random.standard_normal(len(at)))
            if server.ttft_input_tokens:
                first = first * inputs / server.ttft_input_tokens
            self.ttft_s = np.minimum(self.wait_s + first, self.whole_s)
        self.within = self._within(slo)

    def _within(self, slo: Slo) -> Choice | None:
        import numpy as np

        if not slo.promises or (slo.ttft_s is not None and self.ttft_s is None):
            return None
        within = np.ones(len(self.wait_s), dtype=bool)
        if slo.ttft_s is not None and self.ttft_s is not None:
            within &= self.ttft_s <= slo.ttft_s
        if slo.request_s is not None:
            within &= self.whole_s <= slo.request_s
        return within

    def quality(self, chosen: Choice) -> Quality:
        """Of those chosen who were served."""
        import numpy as np

        served = chosen & ~np.isnan(self.wait_s)
        n = int(served.sum())

        def p95(values: Floats | None) -> float | None:
            if values is None or n < LEAST_FOR_P95:
                return None
            return float(np.quantile(values[served], 0.95))

        return Quality(
            requests=n,
            wait_mean_s=float(self.wait_s[served].mean()) if n else None,
            wait_p95_s=p95(self.wait_s),
            ttft_p95_s=p95(self.ttft_s),
            request_p95_s=p95(self.whole_s),
            share_within_slo=None
            if self.within is None or not n
            else float(self.within[served].mean()),
        )


def _share(some: Choice, among: Choice, weights: Floats | None = None) -> float:
    """How much of `among` is in `some`, by number or by weight; 0 of nothing."""
    whole = float(among.sum() if weights is None else weights[among].sum())
    part = float(some.sum() if weights is None else weights[some].sum())
    return part / whole if whole > 0 else 0.0
