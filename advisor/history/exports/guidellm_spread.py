"""How does GuideLLM sum up values over requests, and rates and streams over time?

Its definitions are those of 0.8.1 (`guidellm/schemas/base/statistics.py`, read 2026-11-24): a
quantile is the least value that enough weight does not exceed; an event's rate is its weight over
half the time between its neighbors, events closer than 0.1 ms being one, and counts for that time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

QUANTILES = {
    "p001": 0.001,
    "p01": 0.01,
    "p05": 0.05,
    "p10": 0.1,
    "p25": 0.25,
    "p50": 0.5,
    "p75": 0.75,
    "p90": 0.9,
    "p95": 0.95,
    "p99": 0.99,
    "p999": 0.999,
}
ONE_EVENT_S = 1e-4
Weighted = tuple[float, float]
"""A value and its weight, or an event's time and its weight."""

MOMENTS = ("mean", "median", "mode", "variance", "std_dev", "min", "max", "total_sum")
NO_VALUES: dict[str, Any] = {
    **dict.fromkeys(MOMENTS, 0.0),
    "count": 0,
    "percentiles": dict.fromkeys(QUANTILES, 0.0),
}
"""How GuideLLM writes the distribution of no values, unknown ones among them."""


def by_status(summary: dict[str, Any]) -> dict[str, Any]:
    """A distribution over successful requests; those that failed have no values."""
    return {
        "successful": summary,
        "incomplete": NO_VALUES,
        "errored": NO_VALUES,
        "total": summary,
    }


def of_values(pairs: Sequence[Weighted], count: int | None = None) -> dict[str, Any]:
    """The distribution of values by their weights; `count` is their total weight unless given."""
    import numpy as np

    weighed = [(value, weight) for value, weight in pairs if weight > 0]
    if not weighed:
        return NO_VALUES
    values, places = np.unique([value for value, _ in weighed], return_inverse=True)
    weights = np.bincount(places, weights=[weight for _, weight in weighed])
    shares = weights / weights.sum()
    mean = float(values @ shares)
    variance = float((values - mean) ** 2 @ shares)
    at = np.searchsorted(np.cumsum(shares), list(QUANTILES.values()))
    quantiles = [float(value) for value in values[np.minimum(at, len(values) - 1)]]
    percentiles = dict(zip(QUANTILES, quantiles, strict=True))
    number = round(float(weights.sum())) if count is None else count
    return {
        "mean": mean,
        "median": percentiles["p50"],
        "mode": float(values[shares.argmax()]),
        "variance": variance,
        "std_dev": variance**0.5,
        "min": float(values[0]),
        "max": float(values[-1]),
        "count": number,
        "total_sum": mean * number,
        "percentiles": percentiles,
    }


def of_rates(events: Sequence[Weighted], start_s: float, end_s: float) -> dict[str, Any]:
    """The distribution over a window's time of the rate at which events' weights came."""
    import numpy as np

    inside = [(at_s, weight) for at_s, weight in events if start_s <= at_s <= end_s]
    merged = _merged(sorted([(start_s, 0.0), *inside, (end_s, 0.0)]))
    if not inside or len(merged) < 2:
        return NO_VALUES
    times = np.array([at_s for at_s, _ in merged])
    weights = np.array([weight for _, weight in merged])
    edges = np.concatenate([times[:1], (times[1:] + times[:-1]) / 2, times[-1:]])
    durations_s = np.diff(edges)
    pairs = [
        (float(rate), float(s)) for rate, s in zip(weights / durations_s, durations_s, strict=True)
    ]
    return of_values(pairs, count=round(float(weights.sum())))


def of_streams(
    spans: Sequence[tuple[float, float]], start_s: float, end_s: float
) -> dict[str, Any]:
    """The distribution over a window's time of how many spans were open at once."""
    import numpy as np

    inside = [(opened, closed) for opened, closed in spans if closed >= start_s and opened <= end_s]
    changes = sorted(
        change
        for opened, closed in inside
        for change in ((max(opened, start_s), 1), (min(closed, end_s), -1))
    )
    times = np.array([start_s, *(at_s for at_s, _ in changes), end_s])
    streams = np.cumsum([0, *(step for _, step in changes)])
    pairs = [(float(n), float(s)) for n, s in zip(streams, np.diff(times), strict=True)]
    return of_values(pairs, count=len(inside))


def _merged(events: Sequence[Weighted]) -> list[Weighted]:
    merged: list[Weighted] = []
    for at_s, weight in events:
        if merged and at_s - merged[-1][0] <= ONE_EVENT_S:
            merged[-1] = (merged[-1][0], merged[-1][1] + weight)
        else:
            merged.append((at_s, weight))
    return merged
