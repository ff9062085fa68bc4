"""What is left of two records of use, where both may tell of the same days?

Requests cannot be told apart any more once they are totals. So of each day of a source's model the
fuller record stands, the newer of two equal ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.usage.cell import Bin, Cell

Day = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Merged:
    """The cells that stand, which share of each side's requests is in them, and how many days both
    sides told of."""

    cells: list[Cell]
    new_share: float
    old_share: float
    doubled: int


def merged(new: Sequence[Cell], old: Sequence[Cell]) -> Merged:
    """The fuller side of each day."""
    fresh, kept = _by_day(new), _by_day(old)
    both = fresh.keys() & kept.keys()
    from_old = {day for day in both if _tokens(kept[day]) > _tokens(fresh[day])}
    standing_new = [cell for day in fresh if day not in from_old for cell in fresh[day]]
    standing_old = [
        cell for day in kept if day not in both or day in from_old for cell in kept[day]
    ]
    return Merged(
        standing_new + standing_old,
        _share(standing_new, new),
        _share(standing_old, old),
        len(both),
    )


def added(sides: Sequence[tuple[Sequence[Bin], float]]) -> list[Bin]:
    """Bins of several sides together, each side only by its share."""
    sums: dict[int, list[float]] = {}
    for bins, share in sides:
        for each in bins:
            into = sums.setdefault(each.index, [0.0] * 3)
            for place, value in enumerate((each.requests, each.input_tokens, each.output_tokens)):
                into[place] += value * share
    whole = ((index, [round(value) for value in sums[index]]) for index in sorted(sums))
    return [Bin(index, *values) for index, values in whole if values[0]]


def _by_day(cells: Sequence[Cell]) -> dict[Day, list[Cell]]:
    days: dict[Day, list[Cell]] = {}
    for cell in cells:
        days.setdefault((cell.source, cell.model, cell.start_hour // 24), []).append(cell)
    return days


def _tokens(cells: Sequence[Cell]) -> int:
    return sum(cell.tokens for cell in cells)


def _share(standing: Sequence[Cell], all_of: Sequence[Cell]) -> float:
    requests = sum(cell.requests or 0 for cell in all_of)
    return sum(cell.requests or 0 for cell in standing) / requests if requests else 1.0
