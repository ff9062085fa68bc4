"""How fast does this machine read and compute, judged by what was measured on it?

A decode step takes a fixed time, a time for each layer, and times for what it reads and computes:
`t = t0 + t_layer layers + weight bytes/read rate + cache bytes/cache rate + flops/compute rate`.
The first and third terms are always there; each other one only where the measurements vary in it
and predictions of models left out come nearer to the truth with it. Times are never below 0. Errors
are relative, so that small and large models weigh the same. The band comes from how far off the fit
is for models that it has not seen, and widens as usual away from what was measured: by
`sqrt(1 + x' (X'X)^-1 x)` for the terms x over the predicted time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from advisor.errors import InputError

LEAST_MODELS = 3
ALWAYS: tuple[int, ...] = (0, 2)
"""The fixed time and the weights."""
LAYERS = 1
OPTIONAL = (LAYERS, 3, 4)
"""Layers, cache and computing."""
VARIES = 1.2
"""A term is tried where the largest of its values is so many times the smallest."""
HELPS = 0.97
"""Each further term must bring the error of left-out models below this part of what it was."""
LEAST_LOG_ERROR = 0.05
"""Measurements stop at an interval of 5 %: a fit to few of them can be nearer only by chance."""
WITHIN = 0.8
"""The share of new models that the band is to hold: P10 to P90."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one step does: `cache_bytes` and `flops` are those of all streams together."""

    layers: int
    weight_bytes: float
    cache_bytes: float
    flops: float

    @property
    def terms(self) -> tuple[float, ...]:
        return (1.0, float(self.layers), self.weight_bytes, self.cache_bytes, self.flops)


@dataclass(frozen=True, slots=True)
class Measured:
    """A step of that work took `seconds` with the model of that name."""

    model: str
    work: Work
    seconds: float


@dataclass(frozen=True, slots=True)
class Band:
    """10th, 50th and 90th percentile."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The fit: seconds for each unit of `Work.terms`, 0 where a term is not used.

    `log_error` is what 80 % of the errors `|ln(predicted/true)|` of models that were left out of
    the fit in turn stay below, each over its own widening; `median_error` is the median of their
    relative errors. `spread` is `(X'X)^-1` for all terms, 0 where a term is not used.
    """

    seconds_each: tuple[float, ...]
    spread: tuple[tuple[float, ...], ...]
    models: int
    steps: int
    log_error: float
    median_error: float

    def seconds(self, work: Work) -> Band:
        """How long a step of that work takes."""
        middle = _dot(self.seconds_each, work.terms)
        factor = math.exp(self.log_error * _widening(self.spread, work, middle))
        return Band(middle / factor, middle, middle * factor)


def calibrate(measured: Sequence[Measured]) -> Calibration:
    """The fit to steps of at least three models.

    Raises InputError for fewer, or for steps that took no time.
    """
    models = sorted({each.model for each in measured})
    if len(models) < LEAST_MODELS:
        raise InputError(
            "This machine is not calibrated",
            why=f"{len(models)} of at least {LEAST_MODELS} models were measured on it",
            remedy="Run: advisor models calibrate",
        )
    if not all(math.isfinite(each.seconds) and each.seconds > 0 for each in measured):
        raise InputError("A measured step", why="took no time or no finite one")
    chosen, errors = ALWAYS, _left_out(measured, models, ALWAYS)
    for terms in _candidates(measured, models):
        found = _left_out(measured, models, terms)
        if _size(found) < HELPS ** (len(terms) - len(chosen)) * _size(errors):
            chosen, errors = terms, found
    seconds_each = _fit(measured, chosen)
    return Calibration(
        seconds_each=seconds_each,
        spread=_spread(measured, seconds_each),
        models=len(models),
        steps=len(measured),
        log_error=max(
            LEAST_LOG_ERROR, _exceeded_by_a_fifth([each.log / each.widening for each in errors])
        ),
        median_error=median(abs(math.expm1(each.log)) for each in errors),
    )


def _candidates(measured: Sequence[Measured], models: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """The sets of terms that can be told apart, small ones first."""
    varying = []
    for term in OPTIONAL:
        values = [each.work.terms[term] for each in measured]
        if max(values) > VARIES * min(values):
            varying.append(term)
    if len(models) <= LEAST_MODELS and LAYERS in varying:
        varying.remove(LAYERS)
    for count in range(1, min(len(varying), len(measured) - len(ALWAYS) - 1) + 1):
        for more in combinations(varying, count):
            yield tuple(sorted((*ALWAYS, *more)))


@dataclass(frozen=True, slots=True)
class _Error:
    """`ln(predicted/true)` of a step by a fit without its model, and that prediction's widening."""

    log: float
    widening: float


def _left_out(
    measured: Sequence[Measured], models: Sequence[str], terms: tuple[int, ...]
) -> list[_Error]:
    """The errors of each step by a fit without its model."""
    errors = []
    for model in models:
        others = [each for each in measured if each.model != model]
        fitted = _fit(others, terms)
        spread = _spread(others, fitted)
        for each in measured:
            if each.model == model:
                seconds = max(_dot(fitted, each.work.terms), 1e-12)
                widening = _widening(spread, each.work, seconds)
                errors.append(_Error(math.log(seconds / each.seconds), widening))
    return errors


def _spread(
    measured: Sequence[Measured], seconds_each: Sequence[float]
) -> tuple[tuple[float, ...], ...]:
    """`(X'X)^-1` of the terms in use, each row of X the terms over the measured time."""
    import numpy as np

    used = [term for term, seconds in enumerate(seconds_each) if seconds > 0]
    found = np.zeros((len(seconds_each), len(seconds_each)))
    if used:
        rows = np.array([[each.work.terms[t] / each.seconds for t in used] for each in measured])
        scale = np.abs(rows).max(axis=0)
        inverse = np.linalg.pinv((rows / scale).T @ (rows / scale)) / np.outer(scale, scale)
        found[np.ix_(used, used)] = inverse
    return tuple(map(tuple, found.tolist()))


def _widening(spread: Sequence[Sequence[float]], work: Work, seconds: float) -> float:
    terms = [each / seconds for each in work.terms]
    return math.sqrt(1.0 + max(0.0, _dot(terms, [_dot(row, terms) for row in spread])))


def _fit(measured: Sequence[Measured], terms: tuple[int, ...]) -> tuple[float, ...]:
    """Least squares of the relative errors with no time below 0: of all sets of terms that give
    none, the best."""
    import numpy as np

    rows = np.array([[each.work.terms[term] / each.seconds for term in terms] for each in measured])
    scale = np.abs(rows).max(axis=0)
    scale[scale == 0] = 1.0
    rows /= scale
    best, least = np.zeros(len(terms)), math.inf
    for kept in _subsets(len(terms)):
        found, *_ = np.linalg.lstsq(rows[:, kept], np.ones(len(rows)), rcond=None)
        error = float(((rows[:, kept] @ found - 1.0) ** 2).sum())
        if (found >= 0).all() and error < least:
            least, best = error, np.zeros(len(terms))
            best[list(kept)] = found / scale[list(kept)]
    each = [0.0] * len(measured[0].work.terms)
    for term, seconds in zip(terms, best.tolist(), strict=True):
        each[term] = seconds
    return tuple(each)


def _subsets(size: int) -> Iterator[tuple[int, ...]]:
    for count in range(size, 0, -1):
        yield from combinations(range(size), count)


def _exceeded_by_a_fifth(errors: Sequence[float]) -> float:
    """The size that holds the next error with a chance of `WITHIN`, whatever their distribution:
    the `ceil(WITHIN (n + 1))`-th smallest of n (Lei et al., "Distribution-Free Predictive Inference
    for Regression", Journal of the American Statistical Association 113, 2018); the largest of too
    few."""
    ordered = sorted(abs(each) for each in errors)
    return ordered[min(len(ordered), math.ceil(WITHIN * (len(ordered) + 1))) - 1]


def _dot(seconds_each: Sequence[float], terms: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(seconds_each, terms, strict=True))


def _size(errors: Sequence[_Error]) -> float:
    return math.sqrt(math.fsum(each.log**2 for each in errors) / len(errors))
