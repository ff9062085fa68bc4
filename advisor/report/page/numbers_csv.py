"""Which numbers does a spreadsheet get? One row a number: what of, which, how much, how far off.

Numbers are whole (USD, milliseconds, tokens a second, as the unit in the name says); the columns
stay the same whatever a report holds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import UNSET

from advisor.bench.interval import Distribution
from advisor.history.exports.spreadsheet import safe
from advisor.report.page.subject import Subject
from advisor.report.text import name

if TYPE_CHECKING:
    from advisor.advice.document import Advice
    from advisor.bench.document import Bench, Stage

COLUMNS = ("part", "of", "at", "metric", "value", "low", "high")

Row = tuple[str, str, float | str, str, float | None, float | None, float | None]

COMPARED = (
    "api_usd_per_month",
    "local_usd_per_month",
    "api_usd_12_months",
    "local_usd_12_months",
    "break_even_months_simple",
    "break_even_months_full",
    "net_present_value_usd",
    "local_usd_per_mtok",
    "break_even_tokens_per_month",
    "input_usd_per_mtok",
    "output_usd_per_mtok",
)


def csv_of(subject: Subject) -> str:
    """All rows. `low` and `high` are P10 and P90 of costs, the 95 % interval of measurements."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(subject):
        writer.writerow([safe(cell) for cell in row])
    return written.getvalue()


def _rows(subject: Subject) -> Iterator[Row]:
    if subject.advice is not None:
        yield from _compared(subject.advice)
        yield from _cumulative(subject.advice)
        yield from _tornado(subject.advice)
    if subject.bench is not None:
        yield from _stages(subject.bench)


def _compared(advice: Advice) -> Iterator[Row]:
    for each in advice.comparisons:
        for metric in COMPARED:
            yield "comparison", name(each.name, 200), "", metric, getattr(each, metric), None, None


def _cumulative(advice: Advice) -> Iterator[Row]:
    if advice.cumulative is None:
        return
    sides = (
        ("local", advice.cumulative.local_usd, "local_usd"),
        (name(advice.baseline or "", 200), advice.cumulative.api_usd, "api_usd"),
    )
    band = () if advice.uncertainty is UNSET else advice.uncertainty.cumulative
    for of, values, side in sides:
        for month, value in enumerate(values):
            spread = getattr(band[month], side) if band else None
            low, high = (spread.p10, spread.p90) if spread else (None, None)
            yield "cumulative", of, month, "cost_usd", value, low, high


def _tornado(advice: Advice) -> Iterator[Row]:
    if advice.uncertainty is UNSET:
        return
    middle = advice.uncertainty.saving_at_medians_usd
    for bar in advice.uncertainty.tornado:
        ends = (bar.saving_usd_at_p10, bar.saving_usd_at_p90)
        yield "tornado", name(bar.key, 200), "", "saving_usd", middle, *ends


def _stages(bench: Bench) -> Iterator[Row]:
    model = name(bench.model.name, 200)
    for stage in bench.stages:
        at = f"{stage.concurrency} streams" if stage.concurrency else f"{stage.rate:g} requests/s"
        for metric, value, interval in _metrics(stage):
            low, high = interval or (None, None)
            yield "measurement", model, at, metric, value, low, high


def _metrics(stage: Stage) -> Iterator[tuple[str, float | None, tuple[float, float] | None]]:
    named = ("ttft_ms", "itl_ms", "tpot_ms", "e2e_ms", "prefill_tok_per_s", "decode_tok_per_s")
    for metric in named:
        found: Distribution | None = getattr(stage, metric)
        if found is not None:
            yield f"{metric}_median", found.median, found.ci95
            yield f"{metric}_p95", found.p95, None
    if stage.output_tok_per_s is not None:
        yield "output_tok_per_s", stage.output_tok_per_s.value, stage.output_tok_per_s.ci95
    if stage.energy is not None:
        yield "active_power_w", stage.energy.active_w, None
        yield "idle_power_w", stage.energy.idle_w, None
        yield "j_per_output_token", stage.energy.j_per_output_token, None
        yield "j_per_request", stage.energy.j_per_request, None
    yield "requests", float(stage.requests), None
