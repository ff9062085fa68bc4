"""Can the box serve the load, and what is left over if it cannot?

Busy time is `Tin/prefill + Tout/decode` at the whole server's rates, in the tokens of the local
model. The share that the API reads from its cache is not taken off the local prefill; the share
that the server's own prefix cache answers (`box.cached_input_share`) is.
"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.documents import Unknown
from advisor.economics.inputs import SECONDS_PER_HOUR, Box, Case, Usage


@dataclass(frozen=True, slots=True)
class Capacity:
    """How busy month 0 keeps the box, and when growth outruns it."""

    utilization: float
    overflow_share: float
    first_month_over: int | None
    """The first month within the horizon whose load exceeds the box; None if none does."""
    tokens_per_month: float | None
    """The most tokens a month at this split; None when there are no tokens to split."""

    @property
    def fits(self) -> bool:
        return serves_all(self.utilization)


def serves_all(utilization_of_month: float) -> bool:
    """Whether a box of this utilization serves the whole load, if only in all its powered hours."""
    return utilization_of_month <= 1.0


def busy_hours(usage: Usage, box: Box, month: int = 0) -> float | Unknown:
    """Hours that the box works in one month, not cut at its powered hours."""
    hours = phase_hours(usage, box)
    return hours if isinstance(hours, Unknown) else sum(hours) * usage.growth(month)


def phase_hours(usage: Usage, box: Box) -> tuple[float, float] | Unknown:
    """Month 0's hours of prefill and of decode.

    `Tin ratio_in (1 - cached)(1 + retries)/prefill/3600` and
    `Tout ratio_out (1 + reasoning)(1 + retries)/decode/3600`.
    """
    uncached = box.dialogue.input_factor * (1.0 - box.cached_input_share)
    seconds = []
    for key, tokens, tok_per_s in (
        ("prefill_tok_per_s", usage.input_tokens_per_month * uncached, box.prefill_tok_per_s),
        (
            "decode_tok_per_s",
            usage.output_tokens_per_month * box.dialogue.output_factor,
            box.decode_tok_per_s,
        ),
    ):
        if tokens > 0 and tok_per_s is None:
            return Unknown(f"box.{key} is not known: give it, or measure this box")
        seconds.append(tokens / tok_per_s if tok_per_s else 0.0)
    return seconds[0] / SECONDS_PER_HOUR, seconds[1] / SECONDS_PER_HOUR


def utilization(case: Case, month: int = 0) -> float | Unknown:
    """Busy hours over powered hours of one month; above 1 the box cannot serve the load."""
    hours = busy_hours(case.usage, case.box, month)
    return hours if isinstance(hours, Unknown) else hours / case.box.powered_hours_per_month


def overflow_share(utilization_of_month: float) -> float:
    """The part of the load that a box of this utilization cannot serve: `1 - 1/u` above 1."""
    return 0.0 if serves_all(utilization_of_month) else 1.0 - 1.0 / utilization_of_month


def capacity(case: Case) -> Capacity | Unknown:
    """Month 0's utilization and overflow, and the first month of the horizon that does not fit."""
    now = utilization(case)
    if isinstance(now, Unknown):
        return now
    months_over = (
        month
        for month in range(case.horizon.months)
        if not serves_all(now * case.usage.growth(month))
    )
    return Capacity(
        utilization=now,
        overflow_share=overflow_share(now),
        first_month_over=next(months_over, None),
        tokens_per_month=case.usage.tokens_per_month / now if now > 0 else None,
    )
