"""Does a load meet what its users were promised, and how many requests a second do?"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from advisor.bench.document import Goodput, SloLimit
from advisor.bench.observe import Observation
from advisor.errors import InputError

METRICS = ("ttft", "itl", "tpot", "e2e")
STATISTICS = ("mean", "p50", "p90", "p95", "p99")
_FORM = re.compile(rf"({'|'.join(METRICS)})_({'|'.join(STATISTICS)})_ms")

Slo = tuple[SloLimit, ...]


def parse_slo(text: str) -> Slo:
    """`ttft_p95_ms=500,itl_p95_ms=50` as limits. Raises InputError for anything else."""
    limits: list[SloLimit] = []
    for part in text.split(","):
        name, _, value = (each.strip() for each in part.partition("="))
        form = _FORM.fullmatch(name)
        try:
            limit_ms = float(value)
        except ValueError:
            limit_ms = math.nan
        if form is None or not (math.isfinite(limit_ms) and limit_ms > 0):
            raise InputError(
                f"'{part.strip()[:80]}' is no limit of an SLO",
                why=f"metrics are {', '.join(METRICS)}, statistics {', '.join(STATISTICS)}",
                remedy="Such as ttft_p95_ms=500,itl_p95_ms=50.",
            )
        limits.append(SloLimit(metric=form[1], statistic=form[2], limit_ms=limit_ms))
    return tuple(limits)


def goodput(slo: Slo, attempts: Sequence[Observation], window_s: float) -> Goodput | None:
    """What of `attempts`, all requests that belong to a steady window, meets the limits.

    A request is good if it ended without an error and none of its own values is above its limit;
    of its gaps the limit's statistic counts. The load meets the SLO if every statistic over all
    requests does, where one that failed or was cut waited forever.
    """
    if not attempts or window_s <= 0:
        return None
    good = sum(all(_of_one(limit, seen) <= limit.limit_ms for limit in slo) for seen in attempts)
    found = tuple(_of_all(limit, attempts) for limit in slo)
    return Goodput(
        slo=slo,
        requests_per_s=good / window_s,
        share=good / len(attempts),
        values_ms=tuple(value if math.isfinite(value) else None for value in found),
        met=all(value <= limit.limit_ms for value, limit in zip(found, slo, strict=True)),
    )


def _of_one(limit: SloLimit, seen: Observation) -> float:
    return _statistic(limit.statistic, _values_ms(limit.metric, seen))


def _of_all(limit: SloLimit, attempts: Sequence[Observation]) -> float:
    """The statistic over all requests; of ITL over all gaps, if enough requests came through."""
    if limit.metric == "itl":
        whole = [seen for seen in attempts if seen.is_whole]
        if len(whole) < _rank(limit.statistic, len(attempts)):
            return math.inf
        return _statistic(limit.statistic, [v for seen in whole for v in _values_ms("itl", seen)])
    return _statistic(limit.statistic, [v for s in attempts for v in _values_ms(limit.metric, s)])


def _values_ms(metric: str, seen: Observation) -> list[float]:
    """What a request shows of a metric; one that failed waited forever."""
    if not seen.is_whole:
        return [math.inf]
    if metric == "ttft":
        return [math.inf if seen.ttft_s is None else seen.ttft_s * 1e3]
    if metric == "e2e":
        return [seen.e2e_s * 1e3]
    if metric == "tpot":
        rate = seen.decode_tok_per_s
        return [1e3 / rate] if rate else []
    events = seen.reading.event_ns
    return [(after - before) / 1e6 for before, after in pairwise(events)]


def _rank(statistic: str, n: int) -> int:
    """How many of n values have to be within the limit."""
    percent = 100 if statistic == "mean" else int(statistic[1:])
    return -(-percent * n // 100)


def _statistic(statistic: str, values: Sequence[float]) -> float:
    """The mean, or the value that the stated share of all does not exceed; 0 of nothing."""
    if not values:
        return 0.0
    if statistic == "mean":
        return sum(values) / len(values)
    return sorted(values)[_rank(statistic, len(values)) - 1]
