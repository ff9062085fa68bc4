"""How did the numbers of one model go, run after run?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.history.record import RunSummary
from advisor.report.language import _

SHOWN = ("decode_tok_per_s", "output_tok_per_s", "ttft_ms", "j_per_output_token")
UNITS = ("tok/s", "tok/s", "ms", "J")


@dataclass(frozen=True, slots=True)
class Trend:
    """A number of the newest runs that have it, oldest first."""

    label: str
    unit: str
    values: tuple[float, ...]


def trends_of(runs: Sequence[RunSummary]) -> tuple[Trend, ...]:
    """Each number that some of these runs have; `runs` are alike, and oldest first."""
    labels = (
        _("One stream writes"),
        _("The whole server writes"),
        _("First token after"),
        _("Energy per output token"),
    )
    trends = (
        Trend(label, unit, tuple(_numbers(runs, field)))
        for label, unit, field in zip(labels, UNITS, SHOWN, strict=True)
    )
    return tuple(trend for trend in trends if trend.values)


def _numbers(runs: Sequence[RunSummary], field: str) -> list[float]:
    return [value for run in runs if isinstance(value := getattr(run, field), float)]
