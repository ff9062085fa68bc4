"""How far do the residuals reach, and by how much more where less is known?

Residuals are of rows that a fit has not seen. In quantiles every chip counts as one, however many
rows it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
from published_rows import Row

from advisor.models.band import Band

FEW_CHIPS = 8
"""Fewer chips than these do not make a backend's own quantiles: the farthest of them counts, or how
far off a backend is that was not seen at all. Nor do they tell how much other backends know of a
generation: it then counts as one without results."""


@dataclass(frozen=True)
class Residual:
    """A row with the logarithm of truth over prediction, and what the fit had seen of its chip.

    `generation` is "seen" with results of the row's own backend, else of an "other backend" only,
    else "unseen".
    """

    row: Row
    off: float
    generation: str
    has_experts: bool

    @property
    def usual(self) -> bool:
        return self.generation == "seen" and not self.has_experts


Residuals = Sequence[Residual]


@dataclass(frozen=True)
class Bands:
    """Each backend's band, and the powers to which it is raised where less is known."""

    of: dict[str, Band]
    other_backend: float
    unseen: float
    experts: float
    unseen_experts: float = 1.0
    with_experts: frozenset[str] = frozenset()
    """The backends that mixtures of experts were fitted of."""

    def power(self, one: Residual) -> float:
        """As `elsewhere.predict_elsewhere` widens."""
        known = {"seen": 1.0, "other backend": self.other_backend, "unseen": self.unseen}
        experts = self.experts if one.row.backend in self.with_experts else self.unseen_experts
        return max(known[one.generation], experts if one.has_experts else 1.0)

    def holds(self, one: Residual) -> bool | None:
        """Whether the truth is inside; None where the backend has no band."""
        band = self.of.get(one.row.backend)
        if band is None:
            return None
        power, middle = self.power(one), log(band.p50)
        low, high = log(band.p10) - middle, log(band.p90) - middle
        return middle + power * low <= one.off <= middle + power * high


def bands_of(
    unseen: Residuals, strange: Residuals, foreign: Residuals = (), rare: Residuals = ()
) -> Bands:
    """Bands of usual rows, and how much wider others lie.

    `strange` are residuals of fits that saw nothing of the rows' generations, `foreign` of fits
    that saw nothing of their backends, `rare` of mixtures by fits that saw none of their backends'.
    """
    plain = [one for one in unseen if is_plain(one.row) and one.row.backend != "cpu"]
    usual = [one for one in plain if one.usual]
    found = {}
    for backend in sorted({one.row.backend for one in unseen}):
        mine = [one for one in usual if one.row.backend == backend]
        if backend == "cpu":
            mine = [one for one in unseen if one.row.backend == "cpu"]
        if count_chips(one.row for one in mine) >= FEW_CHIPS:
            found[backend] = band_of(mine)
            continue
        farthest = _student(mine) * _distance(mine, 1.0) if mine else 0.0
        half = max(farthest, reach(usual), reach([one for one in foreign if not one.has_experts]))
        found[backend] = Band(p10=exp(-half), p50=1.0, p90=exp(half))
    width_of_usual = reach(usual)

    def power(some: Iterable[Residual]) -> float:
        return max(1.0, reach(list(some)) / width_of_usual)

    lost = [one for one in (*plain, *strange) if is_plain(one.row) and not one.has_experts]
    of_other = [one for one in lost if one.generation == "other backend"]
    other = power(of_other if count_chips(one.row for one in of_other) >= FEW_CHIPS else lost)
    experts = power(one for one in plain if one.has_experts and one.generation == "seen")
    return Bands(
        of=found,
        other_backend=other,
        unseen=max(other, power(one for one in lost if one.generation == "unseen")),
        experts=experts,
        unseen_experts=max(experts, power(rare)),
        with_experts=frozenset(one.row.backend for one in unseen if one.has_experts),
    )


def only_plain(some: Iterable[Row]) -> list[Row]:
    return [row for row in some if is_plain(row)]


def is_plain(row: Row) -> bool:
    return row.measured == "engine's clock" and row.streams == 1


def count_chips(some: Iterable[Row]) -> int:
    return len({row.chip for row in some})


def band_of(residuals: Residuals) -> Band:
    """Nine chips in ten lie above P10, nine below P90, of those to come."""
    tail, more = _of_next_chip(0.9, residuals), _student(residuals)
    low, middle, high = (quantile(residuals, share) for share in (1 - tail, 0.5, tail))
    return Band(
        p10=exp(middle + more * (low - middle)),
        p50=exp(middle),
        p90=exp(middle + more * (high - middle)),
    )


def reach(residuals: Residuals) -> float:
    """The distance from 0 that eight residuals in ten keep, of chips to come."""
    if not residuals:
        return 0.0
    return _student(residuals) * _distance(residuals, _of_next_chip(0.8, residuals))


def spread(residuals: Residuals) -> float:
    """The distance from 0 that eight residuals in ten keep, of the chips seen."""
    return _distance(residuals, 0.8)


def _distance(residuals: Residuals, share: float) -> float:
    pairs = [Residual(one.row, abs(one.off), "", has_experts=False) for one in residuals]
    return quantile(pairs, share)


def _of_next_chip(share: float, residuals: Residuals) -> float:
    """The share of the chips seen below which `share` of further chips are expected."""
    seen = count_chips(one.row for one in residuals)
    return min(1.0, share * (seen + 1) / seen)


def _student(residuals: Residuals) -> float:
    """How much wider few chips make an interval of the next one: nearly Student's."""
    return 1 + 1.5 / count_chips(one.row for one in residuals)


def quantile(residuals: Residuals, share: float) -> float:
    alike = Counter(one.row.chip for one in residuals)
    order = sorted(residuals, key=lambda one: one.off)
    weights = np.cumsum([1 / alike[one.row.chip] for one in order])
    at = min(int(np.searchsorted(weights, share * weights[-1])), len(order) - 1)
    return order[at].off
