"""How fast does this machine read and compute, judged by what was measured on it?

A decode step takes a fixed time, and times for what it reads and computes:

    t = t0 + weight bytes/read rate + t_alone operations alone + t_together operations together
        + t_logit logits + t_attention attention + t_cached cached bytes
        + t_activation activations

Times are never below 0. The first two terms are always there; each other one only where the
measurements can tell it from the rest. Errors are relative, so that small and large models weigh
the same. The band comes from how far off the fit is for models that it has not seen, is no narrower
than what was measured twice differs, and widens as usual away from what was measured: by
`sqrt(1 + x' (X'X)^-1 x)` for the terms x over the predicted time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, median

from advisor.errors import InputError
from advisor.models.band import Band
from advisor.models.nonnegative import least_squares

LEAST_MODELS = 3
ALWAYS = (0, 1)
"""The fixed time and the weights."""
WEIGHTS, ALONE, TOGETHER, LOGITS, ATTENTION, CACHED, ACTIVATIONS = 1, 2, 3, 4, 5, 6, 7
GROWING = (ATTENTION, CACHED)
"""They grow with what lies before a token: only a model that was measured after a short and a long
context tells them from computing."""
VARIES = 1.2
"""A term counts where the largest of its values is so many times the smallest."""
LEAST_LOG_ERROR = 0.05
"""Measurements stop at an interval of 5 %: a fit to few of them can be nearer only by chance."""
ALIKE = 0.05
"""Two steps of a model whose terms differ by no larger share are the same one, measured twice."""
WITHIN = 0.8
"""The share of new models that the band is to hold: P10 to P90."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one step does: all but `weight_bytes` is that of all streams together.

    `alone_flops` are the operations of a lone token, `together_flops` those of tokens that meet a
    weight at once, each counted as many times as its type takes longer than the reference
    (kernels.py). `logits` are the numbers that next tokens are drawn from. `attention` counts, in a
    step, the cached tokens that each head of each layer looks at, in a prompt the numbers in them;
    `cached_bytes` are those of keys, values and recurrent states, which come anew from memory.
    `activations` are the numbers that layers hand on, each of which is normed, added and rounded.
    """

    weight_bytes: float
    alone_flops: float = 0.0
    together_flops: float = 0.0
    logits: float = 0.0
    attention: float = 0.0
    cached_bytes: float = 0.0
    activations: float = 0.0

    @property
    def terms(self) -> tuple[float, ...]:
        return (
            1.0,
            self.weight_bytes,
            self.alone_flops,
            self.together_flops,
            self.logits,
            self.attention,
            self.cached_bytes,
            self.activations,
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """A step of that work took `seconds` with the model of that name."""

    model: str
    work: Work
    seconds: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The fit: seconds for each unit of `Work.terms`, 0 where a term is not used.

    `log_error` is what 80 % of the errors `|ln(predicted/true)|` of models that were left out of
    the fit in turn stay below, each over its own widening, or, if that is more, what 80 % of the
    differences of a step that was measured again do; `median_error` is the median of the relative
    errors of the former. `spread` is `(X'X)^-1` for all terms, 0 where a term is not used.
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

    Where no step has tokens that meet a weight at once, each is taken to cost what a lone one does.
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
    terms = _terms(measured)
    errors = _left_out(measured, models, terms)
    seconds_each = _fit(measured, terms)
    return Calibration(
        seconds_each=_with_several(measured, seconds_each, terms),
        spread=_spread(measured, seconds_each),
        models=len(models),
        steps=len(measured),
        log_error=max(
            LEAST_LOG_ERROR,
            NormalDist().inv_cdf((1 + WITHIN) / 2) * _scatter(measured, seconds_each),
            _exceeded_by_a_fifth([each.log / each.widening for each in errors]),
        ),
        median_error=median(abs(math.expm1(each.log)) for each in errors),
    )


def _terms(measured: Sequence[Measured]) -> tuple[int, ...]:
    """The terms that the measurements can tell apart."""
    varying = (ALONE, TOGETHER, LOGITS, ACTIVATIONS, *GROWING)
    return (*ALWAYS, *(term for term in varying if _is_told_apart(term, measured)))


def _is_told_apart(term: int, measured: Sequence[Measured]) -> bool:
    if term in GROWING:
        return _grows(term, measured)
    values = [each.work.terms[term] for each in measured]
    return max(values) > VARIES * min(values)


def _grows(term: int, measured: Sequence[Measured]) -> bool:
    """Whether one model was measured with more and with less of the term for each operation."""
    shares: dict[str, list[float]] = {}
    for each in measured:
        terms = each.work.terms
        flops = max(terms[ALONE] + terms[TOGETHER], 1.0)
        shares.setdefault(each.model, []).append(terms[term] / flops)
    return any(max(each) > VARIES * min(each) for each in shares.values())


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


def _scatter(measured: Sequence[Measured], seconds_each: Sequence[float]) -> float:
    """The standard deviation of `ln(seconds)` between measurements of the same step; 0 without."""
    ordered = sorted(measured, key=lambda each: (each.model, each.work.terms))
    squares = [
        (_off(one, seconds_each) - _off(other, seconds_each)) ** 2 / 2
        for one, other in pairwise(ordered)
        if one.model == other.model and _alike(one.work, other.work)
    ]
    return math.sqrt(math.fsum(squares) / len(squares)) if squares else 0.0


def _alike(one: Work, other: Work) -> bool:
    return all(
        math.isclose(mine, theirs, rel_tol=ALIKE)
        for mine, theirs in zip(one.terms, other.terms, strict=True)
    )


def _off(step: Measured, seconds_each: Sequence[float]) -> float:
    return math.log(step.seconds / max(_dot(seconds_each, step.work.terms), 1e-12))


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
    """Least squares of the relative errors with no time below 0."""
    import numpy as np

    rows = np.array([[each.work.terms[term] / each.seconds for term in terms] for each in measured])
    each = [0.0] * len(measured[0].work.terms)
    for term, seconds in zip(terms, least_squares(rows, np.ones(len(rows))).tolist(), strict=True):
        each[term] = seconds
    return tuple(each)


def _with_several(
    measured: Sequence[Measured], seconds_each: tuple[float, ...], terms: tuple[int, ...]
) -> tuple[float, ...]:
    """Where only lone tokens were measured, several take the more: what a lone one does with all
    that its weights take counted as computing."""
    if TOGETHER in terms or ALONE not in terms:
        return seconds_each
    computing = _fit(measured, tuple(term for term in terms if term != WEIGHTS))
    found = list(seconds_each)
    found[TOGETHER] = computing[ALONE]
    return tuple(found)


def _exceeded_by_a_fifth(errors: Sequence[float]) -> float:
    """The size that holds the next error with a chance of `WITHIN`, whatever their distribution:
    the `ceil(WITHIN (n + 1))`-th smallest of n (Lei et al., "Distribution-Free Predictive Inference
    for Regression", Journal of the American Statistical Association 113, 2018); the largest of too
    few."""
    ordered = sorted(abs(each) for each in errors)
    return ordered[min(len(ordered), math.ceil(WITHIN * (len(ordered) + 1))) - 1]


def _dot(seconds_each: Sequence[float], terms: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(seconds_each, terms, strict=True))
