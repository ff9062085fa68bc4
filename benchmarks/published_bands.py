"""How far do the residuals reach, and which rows may a fit see?

The split and the folds are by chip, fixed by a hash of its name, so that no variant of a chip is
on both sides. In quantiles every chip counts as one, however many rows it has.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from math import exp, log

import numpy as np
from published_fit import Fit
from published_rows import Row

from advisor.models.elsewhere import Band

FOLDS = 10
FEW_CHIPS = 8
"""Fewer chips than these do not make a backend's own quantiles."""

Residuals = Sequence[tuple[Row, float]]
"""Rows, each with the logarithm of truth over prediction."""


def residuals_of(fitted: Fit, some: Iterable[Row]) -> Residuals:
    return [(row, log(row.tokens_per_s / fitted.rate(row))) for row in some]


def only_plain(some: Iterable[Row]) -> list[Row]:
    return [row for row in some if is_plain(row)]


def is_plain(row: Row) -> bool:
    return row.measured == "engine's clock" and row.streams == 1


def count_chips(some: Iterable[Row]) -> int:
    return len({row.chip for row in some})


def hash_of(text: str) -> int:
    return hashlib.sha256(text.encode()).digest()[0]


def held_out(row: Row) -> bool:
    return hash_of(row.chip) % 3 == 0


def fold(row: Row) -> int:
    return hash_of("fold of " + row.chip) % FOLDS


def bands_of(residuals: Residuals) -> dict[str, Band]:
    """Each backend's quantiles, every chip counting as one.

    Where few chips were seen the band lies even about the prediction, and is no narrower than
    that of all the others together.
    """
    clean = [(row, off) for row, off in residuals if is_plain(row)]
    found = {}
    for backend in sorted({row.backend for row, _ in residuals}):
        mine = [(row, off) for row, off in clean if row.backend == backend]
        if count_chips(row for row, _ in mine) >= FEW_CHIPS:
            found[backend] = band_of(mine)
            continue
        others = [(row, off) for row, off in clean if row.backend != "cpu"]
        half = max(reach(mine), reach(others))
        found[backend] = Band(p10=exp(-half), p50=1.0, p90=exp(half))
    return found


def band_of(residuals: Residuals) -> Band:
    p10, p50, p90 = (exp(quantile(residuals, share)) for share in (0.1, 0.5, 0.9))
    return Band(p10=p10, p50=p50, p90=p90)


def reach(residuals: Residuals) -> float:
    """The distance from 0 that eight residuals in ten keep."""
    return quantile([(row, abs(off)) for row, off in residuals], 0.8) if residuals else 0.0


def quantile(residuals: Residuals, share: float) -> float:
    alike = Counter(row.chip for row, _ in residuals)
    order = sorted(residuals, key=lambda pair: pair[1])
    weights = np.cumsum([1 / alike[row.chip] for row, _ in order])
    at = min(int(np.searchsorted(weights, share * weights[-1])), len(order) - 1)
    return order[at][1]


def width(residuals: Residuals) -> float:
    band = band_of(residuals)
    return log(band.p90 / band.p10)
