"""What do the records come to: months, growth, swings, hours of the week, lengths?"""

from __future__ import annotations

import calendar as months_of_years
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, tzinfo
from typing import Any

from advisor.documents import Unknown, Unknowns
from advisor.usage.calendar import Calendar, Sums, calendar_of
from advisor.usage.cell import Cell
from advisor.usage.counts import Counts
from advisor.usage.document import (
    ModelTokens,
    Month,
    Monthly,
    Origin,
    Problem,
    Tokens,
    Usage,
    Week,
)
from advisor.usage.ledger import Ledger
from advisor.usage.lengths import lengths
from advisor.usage.trend import UNSTABLE_ABOVE, growth, steadiness

DAYS_PER_MONTH = 365.25 / 12
LEAST_DAYS = 7
"""Fewer cannot stand for a month: a week has a weekend."""
Undated = Mapping[tuple[str, str], Counts]


def summarize(
    ledger: Ledger,
    zone: tzinfo,
    zone_name: str,
    *,
    unstable_above: float = UNSTABLE_ABOVE,
    problems: Sequence[Problem] = (),
    bad_lines: int = 0,
    without_usage: int = 0,
    notes: Iterable[str] = (),
) -> Usage:
    """The document of everything in a ledger, by the calendar of a time zone."""
    found = ledger.settle()
    cells, undated = found.cells, found.undated
    by_day = calendar_of(cells, zone, found.covered)
    unknowns = Unknowns()
    months = tuple(_months(by_day))
    full = [month for month in months if month.full]
    models = _models(cells, undated)
    total = _total(models)
    sources = tuple(_origins(cells, undated, zone))
    if total.requests is None:
        unknowns.reasons["total.requests"] = "a source tells totals without the number of requests"
    weeks = _full_weeks(by_day)
    per_day = [
        (_number(each), (each.input_tokens + each.output_tokens) / each.days) for each in full
    ]
    return Usage(
        time_zone=zone_name,
        first_day=_iso(by_day.first),
        last_day=_iso(by_day.last),
        covered_days=_covered(by_day),
        sources=sources,
        total=total,
        models=models,
        months=months,
        monthly=unknowns.settle("monthly", _monthly(by_day, months, undated)),
        growth=unknowns.settle("growth", growth(per_day)),
        steadiness=unknowns.settle(
            "steadiness", steadiness(weeks, [each for _, each in per_day], unstable_above)
        ),
        week=unknowns.settle("week", _week(by_day)),
        lengths=unknowns.settle(
            "lengths",
            lengths(found.input_bins, found.output_bins)
            or Unknown("the records are totals, not single requests"),
        ),
        duplicates=ledger.duplicates,
        without_usage=without_usage,
        bad_lines=bad_lines,
        problems=tuple(problems),
        notes=(*notes, *_remarks(cells, months, undated), *_beginnings(sources)),
        unknown=unknowns.reasons,
        covered_hours=found.covered,
        cells=tuple(cells),
        input_bins=tuple(found.input_bins),
        output_bins=tuple(found.output_bins),
    )


def _iso(day: int | None) -> str | None:
    return None if day is None else date.fromordinal(day).isoformat()


def _covered(by_day: Calendar) -> int:
    if by_day.first is None or by_day.last is None:
        return 0
    return by_day.last - by_day.first + 1


def _number(month: Month) -> int:
    year, number = map(int, month.month.split("-"))
    return 12 * year + number


def _months(by_day: Calendar) -> Iterator[Month]:
    """Every month from the first to the last, those without data too."""
    if by_day.first is None or by_day.last is None:
        return
    first, last = date.fromordinal(by_day.first), date.fromordinal(by_day.last)
    for number in range(12 * first.year + first.month - 1, 12 * last.year + last.month):
        year, month = number // 12, number % 12 + 1
        days = months_of_years.monthrange(year, month)[1]
        begins = date(year, month, 1).toordinal()
        covered = min(by_day.last, begins + days - 1) - max(by_day.first, begins) + 1
        sums = by_day.months.get((year, month), {})
        models = tuple(
            ModelTokens(model=model, **_fields(sums[model]))
            for model in sorted(sums, key=lambda model: (-_tokens(sums[model]), model))
        )
        yield Month(
            month=f"{year}-{month:02}",
            days=days,
            covered_days=covered,
            full=covered == days,
            models=models,
            **_fields([math.fsum(parts) for parts in zip([0.0] * 6, *sums.values(), strict=True)]),
        )


def _tokens(sums: Sums) -> float:
    return sums[0] + sums[3]


def _fields(sums: Sequence[float]) -> dict[str, Any]:
    names = (
        "input_tokens",
        "cached_input_tokens",
        "cache_write_tokens",
        "output_tokens",
        "reasoning_tokens",
        "requests",
    )
    return {
        name: None if math.isnan(value) else round(value)
        for name, value in zip(names, sums, strict=True)
    }


def _models(cells: Sequence[Cell], undated: Undated) -> tuple[ModelTokens, ...]:
    sums: dict[str, Sums] = {}
    rows = [(cell.model, cell.values) for cell in cells]
    rows += [(model, counts) for (_, model), counts in undated.items()]
    for model, values in rows:
        into = sums.setdefault(model, [0.0] * 6)
        for place, value in enumerate(values):
            into[place] += math.nan if value is None else value
    ordered = sorted(sums, key=lambda model: (-_tokens(sums[model]), model))
    return tuple(ModelTokens(model=model, **_fields(sums[model])) for model in ordered)


def _total(models: Sequence[ModelTokens]) -> Tokens:
    requests = [model.requests for model in models]
    known = [each for each in requests if each is not None]
    return Tokens(
        input_tokens=sum(model.input_tokens for model in models),
        cached_input_tokens=sum(model.cached_input_tokens for model in models),
        cache_write_tokens=sum(model.cache_write_tokens for model in models),
        output_tokens=sum(model.output_tokens for model in models),
        reasoning_tokens=sum(model.reasoning_tokens for model in models),
        requests=sum(known) if len(known) == len(requests) else None,
    )


def _monthly(by_day: Calendar, months: Sequence[Month], undated: Undated) -> Monthly | Unknown:
    full = [month for month in months if month.full and month.input_tokens + month.output_tokens]
    if full:
        last = full[-1]
        return _as_monthly(f"{last.month}, the last full month", 1.0, [last])
    covered = _covered(by_day)
    if not covered:
        why = "the records carry no times" if undated else "there are no records"
        return Unknown(why)
    if covered < LEAST_DAYS:
        return Unknown(f"{covered} days cannot stand for a month: it takes {LEAST_DAYS}")
    return _as_monthly(
        f"{covered} days, brought to {DAYS_PER_MONTH:.1f}", DAYS_PER_MONTH / covered, months
    )


def _as_monthly(basis: str, factor: float, months: Sequence[Month]) -> Monthly:
    sent = sum(month.input_tokens for month in months)
    requests = [month.requests for month in months if month.requests is not None]
    return Monthly(
        basis=basis,
        is_scaled=factor != 1.0,
        input_tokens=round(factor * sent),
        output_tokens=round(factor * sum(month.output_tokens for month in months)),
        cached_input_share=_share(sum(month.cached_input_tokens for month in months), sent),
        cache_write_share=_share(sum(month.cache_write_tokens for month in months), sent),
        requests=round(factor * sum(requests)) if len(requests) == len(months) else None,
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _full_weeks(by_day: Calendar) -> list[float]:
    """Tokens of each week, Monday to Sunday, that lies within the records."""
    if by_day.first is None or by_day.last is None:
        return []
    monday = by_day.first + (1 - by_day.first) % 7
    return [
        sum(by_day.days.get(day, 0.0) for day in range(start, start + 7))
        for start in range(monday, by_day.last - 5, 7)
    ]


def _week(by_day: Calendar) -> Week | Unknown:
    known, total = math.fsum(by_day.week), math.fsum(by_day.days.values())
    if not known:
        return Unknown("no source tells the hour")
    if _covered(by_day) < LEAST_DAYS:
        return Unknown(f"the records cover {_covered(by_day)} days, less than a week")
    hours = 24 * _covered(by_day)
    return Week(
        shares=tuple(tokens / known for tokens in by_day.week),
        known_share=min(1.0, known / total),
        peak_to_mean=max(by_day.week) / known * len(by_day.week),
        busiest_hour_to_mean=max(by_day.hours.values()) / known * hours,
    )


def _origins(cells: Sequence[Cell], undated: Undated, zone: tzinfo) -> Iterator[Origin]:
    for source in sorted({cell.source for cell in cells} | {source for source, _ in undated}):
        own = [cell for cell in cells if cell.source == source]
        days = calendar_of(own, zone)
        rest = sum(counts.tokens for (name, _), counts in undated.items() if name == source)
        yield Origin(
            source=source,
            first_day=_iso(days.first),
            last_day=_iso(days.last),
            tokens=sum(cell.tokens for cell in own) + rest,
        )


def _remarks(cells: Sequence[Cell], months: Sequence[Month], undated: Undated) -> Iterator[str]:
    for month in months:
        if not month.input_tokens + month.output_tokens:
            yield f"{month.month} has no data: no use, or a gap in the logs."
    if undated and cells:
        tokens = sum(counts.tokens for counts in undated.values())
        yield f"{tokens:,} tokens carry no time: in the totals, in no month."
    seen: dict[tuple[str, int], set[str]] = {}
    for cell in cells:
        seen.setdefault((cell.model, cell.start_hour // 24), set()).add(cell.source)
    for sources in sorted({tuple(sorted(names)) for names in seen.values() if len(names) > 1}):
        yield (
            f"{' and '.join(sources)} tell of the same model on the same days: if these are the "
            "same requests, import one of them."
        )


def _beginnings(sources: Sequence[Origin]) -> Iterator[str]:
    dated = sorted((each.first_day, each.source) for each in sources if each.first_day)
    if len(dated) < 2 or dated[0][0] == dated[-1][0]:
        return
    since = ", ".join(f"{source} on {day}" for day, source in dated)
    yield f"The records begin at different times ({since}): that is no growth of use."
