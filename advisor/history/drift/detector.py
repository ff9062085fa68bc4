"""Where did a series of runs change its level?

After each run the newest ones, as few as LEAST_NEW and as many as MOST_NEW, are held against those
before them, back to the last change: Student's two-sample t on logarithms. The strongest of these
splits counts if it is far beyond chance (ALPHA, small because the question is asked again at every
run and for several splits) and if it matters in practice. A single odd run is never a change.

How often it errs and how soon it finds a step is shown by `benchmarks/drift.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.bench.statistics import t_quantile

LEAST_BEFORE = 5
MOST_BEFORE = 40
LEAST_NEW, MOST_NEW = 2, 8
ALPHA = 5e-4
PRACTICAL = 0.03
"""A smaller change than this share is none that matters."""
LEAST_SPREAD = 0.003
"""Of the logarithms: runs that agree better than this do so by luck."""


@dataclass(frozen=True, slots=True)
class Change:
    """The level changed at run `at` (an index), which was known at run `seen_at`.

    `ratio` is the new level over the old one, `ci95` its interval.
    """

    at: int
    seen_at: int
    ratio: float
    ci95: tuple[float, float]
    p: float


def changes(values: Sequence[float]) -> list[Change]:
    """Every change in a series of positive values, oldest first, as each became known."""
    found: list[Change] = []
    begin = 0
    for seen_at in range(LEAST_BEFORE + LEAST_NEW - 1, len(values)):
        change = _strongest(values[begin : seen_at + 1], begin, seen_at)
        if change is not None:
            found.append(change)
            begin = change.at
    return found


def _strongest(values: Sequence[float], begin: int, seen_at: int) -> Change | None:
    logs = [math.log(value) for value in values]
    best: Change | None = None
    for new in range(LEAST_NEW, MOST_NEW + 1):
        cut = len(logs) - new
        if cut < LEAST_BEFORE:
            break
        change = _split(logs[max(0, cut - MOST_BEFORE) : cut], logs[cut:], begin + cut, seen_at)
        if change is not None and (best is None or change.p < best.p):
            best = change
    return best


def _split(before: list[float], after: list[float], at: int, seen_at: int) -> Change | None:
    """The change between the two parts, if it is one."""
    step = _mean(after) - _mean(before)
    freedom = len(before) + len(after) - 2
    spread = max(math.sqrt((_squares(before) + _squares(after)) / freedom), LEAST_SPREAD)
    error = spread * math.sqrt(1 / len(before) + 1 / len(after))
    p = two_sided_p(abs(step) / error, freedom)
    if p > ALPHA or abs(math.expm1(step)) < PRACTICAL:
        return None
    half = t_quantile(freedom) * error
    interval = (math.exp(step - half), math.exp(step + half))
    return Change(at, seen_at, math.exp(step), interval, p)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _squares(values: Sequence[float]) -> float:
    middle = _mean(values)
    return sum((value - middle) ** 2 for value in values)


def two_sided_p(t: float, freedom: int) -> float:
    """Of Student's t with whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(freedom))
    if freedom == 1:
        return 1 - 2 * angle / math.pi
    odd = freedom % 2
    term = total = math.cos(angle) if odd else 1.0
    for k in range(1 + odd, freedom - 2, 2):
        term *= math.cos(angle) ** 2 * k / (k + 1)
        total += term
    within = 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
    return max(0.0, 1 - within)
