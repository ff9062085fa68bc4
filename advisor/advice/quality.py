"""Is like compared with like, or may the API's model be a better one than the box's?"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from advisor.advice.document import Comparison
from advisor.advice.measured import MeasuredBox
from advisor.models.catalogue import recognize
from advisor.prices.names import states_size, weights


def is_same_model(here: str, there: str) -> bool:
    """Whether two names stand for the same open weights, whatever their quantization."""
    known, other = recognize(here), recognize(there)
    if known is not None and other is not None:
        return known.name == other.name
    return states_size(here) and weights(here) == weights(there)


def with_likeness(
    compared: Sequence[Comparison], measured: MeasuredBox | None
) -> tuple[Comparison, ...]:
    """The comparisons, each with whether its API serves the very model that was measured here.

    Null without a measured model: a scenario does not say what runs on its box.
    """
    if measured is None:
        return tuple(compared)
    return tuple(
        msgspec.structs.replace(
            each, same_open_model=each.added or is_same_model(measured.model_name, each.name)
        )
        for each in compared
    )


def like_with_like(compared: Sequence[Comparison]) -> Comparison | None:
    """The cheapest priced API that serves the measured model; None if none is known to."""
    same = [
        each for each in compared if each.same_open_model and each.api_usd_per_month is not None
    ]
    return min(same, key=lambda each: each.api_usd_per_month or 0.0, default=None)
