"""How far off is a fit on rows that it has not seen, and do its bands hold?

Folds are by chip, fixed by a hash of its name, so that no variant of a chip is on both sides. In
nested cross-validation the bands are taken within each outer fold's training part, again by folds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from math import log

from published_bands import FEW_CHIPS, Bands, Residual, bands_of, count_chips, only_plain
from published_fit import Fit, fit
from published_rows import Row
from published_terms import ALONE

FOLDS = 10
SOURCE_FOLDS = 5

FoldOf = Callable[[Row], int]


def hash_of(text: str) -> int:
    return hashlib.sha256(text.encode()).digest()[0]


def held_out(row: Row) -> bool:
    return hash_of(row.chip) % 3 == 0


def by_chip(row: Row) -> int:
    return hash_of("fold of " + row.chip) % FOLDS


def by_model(row: Row) -> int:
    return hash_of("fold of " + row.model) % FOLDS


def by_generation(row: Row) -> int:
    return hash_of(row.device.generation or "") % FOLDS


def by_source(row: Row) -> int:
    """Whole sources, and all of one publisher together: the next result is a stranger's."""
    return hash_of("fold of " + row.publisher) % SOURCE_FOLDS


def residuals_of(fitted: Fit, some: Iterable[Row]) -> list[Residual]:
    rows = list(some)
    everywhere = {generation for backend, generation in fitted.seen if backend != ALONE}
    found = []
    for row, rate in zip(rows, fitted.rates(rows), strict=True):
        generation = row.device.generation or ""
        seen = "seen" if (row.backend, generation) in fitted.seen else "unseen"
        if row.backend == ALONE:
            seen = "seen"
        elif seen == "unseen" and generation in everywhere:
            seen = "other backend"
        found.append(Residual(row, log(row.tokens_per_s / rate), seen, row.has_experts))
    return found


def out_of_fold(rows: Sequence[Row], fold_of: FoldOf) -> list[Residual]:
    """Each row against a fit that saw nothing of its fold."""
    found: list[Residual] = []
    for fold in sorted({fold_of(row) for row in rows}):
        seen = fit([row for row in rows if fold_of(row) != fold])
        found += residuals_of(seen, [row for row in rows if fold_of(row) == fold])
    return found


def learn(rows: Sequence[Row]) -> tuple[Fit, Bands]:
    """The fit on these rows, with bands from folds of their sources: the next one is a stranger's,
    too."""
    unseen = out_of_fold(rows, by_source)
    bands = bands_of(unseen, out_of_fold(rows, by_generation), _foreign(rows), _rare(rows))
    return fit(rows), bands


def _foreign(rows: Sequence[Row]) -> list[Residual]:
    """The rows of each backend of many chips by a fit that saw nothing of it."""
    backends = {row.backend for row in rows} - {ALONE}
    return [
        residual
        for one in sorted(backends)
        if count_chips(mine := [row for row in rows if row.backend == one]) >= FEW_CHIPS
        for residual in residuals_of(
            fit([row for row in rows if row.backend != one]), only_plain(mine)
        )
    ]


def _rare(rows: Sequence[Row]) -> list[Residual]:
    """The mixtures of each backend by a fit that saw none of them."""
    backends = {row.backend for row in rows if row.has_experts} - {ALONE}
    return [
        residual
        for one in sorted(backends)
        for residual in residuals_of(
            fit([row for row in rows if row.backend != one or not row.has_experts]),
            only_plain(row for row in rows if row.backend == one and row.has_experts),
        )
    ]


def nested(rows: Sequence[Row], fold_of: FoldOf) -> list[tuple[Residual, bool | None]]:
    """Each row with its residual and whether its band held, all learnt without its fold."""
    found: list[tuple[Residual, bool | None]] = []
    for fold in sorted({fold_of(row) for row in rows}):
        fitted, bands = learn([row for row in rows if fold_of(row) != fold])
        off = residuals_of(fitted, [row for row in rows if fold_of(row) == fold])
        found += [(one, bands.holds(one)) for one in off]
    return found
