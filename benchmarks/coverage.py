"""How often do the intervals hold the truth, on values that follow each other?

Simulated are series whose logarithms follow a first-order process, so that the truth is known:

- `median`: one value a request (spread 0.2), `gaps`: 5 to 60 a request around its own level;
- `rate`: a server's amounts over batches of unequal length;
- `stop1`, `stopN`: the stopping rule at concurrency 1 and above, asked for 5 %. The first request
  is half as fast as the steady ones and the lag shrinks by e every two (0 in `cold`: no warm-up).
  Counted are requests, in `stopN` spans of half a request, warm-up included.

    python benchmarks/coverage.py [--trials 2000] [--seed 1] [--json FILE]

`held` is the share of trials whose 95 % interval holds the truth, in %: 90 to 98 is the aim.
Its own standard error is 0.5 % at 2000 trials, 1.1 % for the stopping rule, which has a fifth.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from advisor.bench.metrics import Span, output_rate
from advisor.bench.statistics import distribution, rate_interval
from advisor.bench.stopping import ByRequest, ByThroughput

S = 1_000_000_000
COUNTS = (8, 15, 30, 100, 300)
CORRELATIONS = (0.0, 0.3, 0.6, 0.8)
STOP_CORRELATIONS = (0.0, 0.3, 0.6)
VARIATIONS = (0.02, 0.05, 0.1, 0.2, 0.3)
PRECISION = 0.05
MOST = 400
WARM_UP_REQUESTS = 2.0
TICKS_A_SPAN = 10
TICKS_A_CHECK = 3
SPAN_S = 1.0
STOP_SHARE = 5
"""Of the trials one in so many for the stopping rule, which takes as much longer."""

Interval = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One case: how often its interval held the truth, and what the stop took."""

    case: str
    correlation: float
    n: int | None
    variation: float
    cold: bool
    trials: int
    held_percent: float
    mean_count: float | None = None
    median_count: float | None = None
    at_most_percent: float | None = None


def in_sequence(rng: np.random.Generator, n: int, r: float) -> np.ndarray:
    """A first-order process of mean 0 and spread 1."""
    steps = rng.normal(size=n).tolist()
    values = [steps[0]]
    for step in steps[1:]:
        values.append(r * values[-1] + math.sqrt(1 - r * r) * step)
    return np.array(values)


def holds(interval: Interval, truth: float) -> bool:
    """Whether there is an interval and the truth is in it."""
    return interval is not None and interval[0] <= truth <= interval[1]


def median_of(groups: list[np.ndarray]) -> Interval:
    """The interval as the runner takes it."""
    found = distribution(groups)
    return found.ci95 if found else None


def fixed(rng: np.random.Generator, case: str, n: int, r: float) -> bool:
    """One trial with a count that is given."""
    levels = 0.2 * in_sequence(rng, n, r)
    if case == "median":
        return holds(median_of(list(np.exp(levels)[:, None])), 1.0)
    if case == "gaps":
        sizes = rng.integers(5, 61, n)
        gaps = np.exp(np.repeat(levels, sizes) + 0.1 * rng.normal(size=int(sizes.sum())))
        return holds(median_of(np.split(gaps, np.cumsum(sizes)[:-1])), 1.0)
    spans = rng.uniform(0.8, 1.2, n)
    return holds(rate_interval(spans * np.exp(levels - 0.02), spans), 1.0)


def warming_up(
    rng: np.random.Generator, r: float, variation: float, lag: float
) -> tuple[np.ndarray, float]:
    """Rates of steady median 1 that lag at first, and their steady mean; `lag` in values."""
    variance = math.log(1 + variation**2)
    rates = np.exp(math.sqrt(variance) * in_sequence(rng, MOST, r))
    if lag:
        rates *= 1 - 0.5 * np.exp(-np.arange(MOST) / lag)
    return rates, math.exp(variance / 2)


def stop_by_request(
    rng: np.random.Generator, r: float, variation: float, cold: bool
) -> tuple[bool, float]:
    """One trial at concurrency 1: whether the final interval holds, and the requests sent."""
    rates, _ = warming_up(rng, r, variation, WARM_UP_REQUESTS if cold else 0)
    watch = ByRequest(PRECISION)
    sent = 0
    for sent, rate in enumerate(rates.tolist(), 1):
        watch.add(rate, sent * S)
        if watch.is_enough():
            break
    first = (watch.steady_from_ns or S) // S - 1
    return holds(median_of(list(rates[first:sent, None])), 1.0), sent


class Arrived:
    """Tokens that arrive as the bytes do."""

    def __init__(self, times_ns: np.ndarray, received: np.ndarray) -> None:
        self._times_ns, self._received = times_ns, received

    def between(self, edges_ns: np.ndarray) -> np.ndarray:
        """Tokens between each edge and the next."""
        return np.diff(np.interp(edges_ns, self._times_ns, self._received))


def stop_by_throughput(
    rng: np.random.Generator, r: float, variation: float, cold: bool
) -> tuple[bool, float]:
    """One trial above concurrency 1: whether the final interval holds, and the spans taken."""
    rates, truth = warming_up(rng, r, variation, 2 * WARM_UP_REQUESTS if cold else 0)
    times_ns = np.arange(MOST * TICKS_A_SPAN + 1) * (SPAN_S * S / TICKS_A_SPAN)
    received = np.concatenate([[0.0], np.cumsum(np.repeat(rates, TICKS_A_SPAN) / TICKS_A_SPAN)])
    timeline = list(zip(times_ns.astype(int).tolist(), received.tolist(), strict=True))
    watch = ByThroughput(PRECISION, ramp_up_end_ns=0)
    end = 0
    for end in range(TICKS_A_SPAN, len(timeline), TICKS_A_CHECK):
        if watch.is_enough(timeline[: end + 1], 2 * SPAN_S):
            break
    found = output_rate(
        Arrived(times_ns, received),
        [SimpleNamespace(e2e_s=2 * SPAN_S)],
        Span(watch.steady_from_ns or 0, timeline[end][0]),
        2,
    )
    return holds(found.ci95 if found else None, truth / SPAN_S), end / TICKS_A_SPAN


def cells(trials: int, seed: int) -> Iterator[Cell]:
    """Every case in turn, each from a seed of its own."""
    seeds = np.random.SeedSequence(seed)
    for case in ("median", "gaps", "rate"):
        for n in COUNTS:
            for r in CORRELATIONS:
                rng = np.random.default_rng(seeds.spawn(1)[0])
                held = sum(fixed(rng, case, n, r) for _ in range(trials))
                yield Cell(case, r, n, 0.2, False, trials, 100 * held / trials)
    stops = max(1, trials // STOP_SHARE)
    for case, trial in (("stop1", stop_by_request), ("stopN", stop_by_throughput)):
        for cold in (False, True):
            for variation in VARIATIONS:
                for r in STOP_CORRELATIONS:
                    rng = np.random.default_rng(seeds.spawn(1)[0])
                    seen = [trial(rng, r, variation, cold) for _ in range(stops)]
                    held_share, counts = zip(*seen, strict=True)
                    yield Cell(
                        case=case,
                        correlation=r,
                        n=None,
                        variation=variation,
                        cold=cold,
                        trials=stops,
                        held_percent=100 * float(np.mean(held_share)),
                        mean_count=float(np.mean(counts)),
                        median_count=float(np.median(counts)),
                        at_most_percent=100 * float(np.mean(np.array(counts) >= MOST - 1)),
                    )


def row(cell: Cell) -> str:
    """A line of the table."""
    count = f"n={cell.n}" if cell.n else f"mean {cell.mean_count:.0f}"
    most = "" if cell.at_most_percent is None else f"{cell.at_most_percent:.0f} % at {MOST}"
    outside = "" if 90 <= cell.held_percent <= 98 else "outside 90-98"
    cold = "cold" if cell.cold else ""
    return (
        f"{cell.case:7} r={cell.correlation:.1f}  cv={cell.variation:.2f}  {cold:5}"
        f"{count:10} {cell.held_percent:5.1f} %  {most:12} {outside}"
    ).rstrip()


def main() -> None:
    """Runs every case, prints a line for each, and writes them all if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = []
    for cell in cells(arguments.trials, arguments.seed):
        found.append(cell)
        print(row(cell), flush=True)
    if arguments.json:
        document = {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seed": arguments.seed,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "precision": PRECISION,
            "aim_percent": [90, 98],
            "outside_aim": [row(c) for c in found if not 90 <= c.held_percent <= 98],
            "cells": [asdict(cell) for cell in found],
        }
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
