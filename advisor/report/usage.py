"""How is use shown? A line a month and model, the week as heat, then growth and swings in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.text import name, safe, tokens

if TYPE_CHECKING:
    from rich.console import Console

    from advisor.usage.document import Tokens, Usage, Week

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HEAT = " ▁▂▃▄▅▆▇█"
MODELS_A_MONTH = 5
MODEL_WIDTH = 22
PROBLEMS_SHOWN = 5
_NONE = "–"
_COLUMNS = {
    "input": "input_tokens",
    "cached": "cached_input_tokens",
    "written": "cache_write_tokens",
    "output": "output_tokens",
    "requests": "requests",
}


def show_usage(document: Usage) -> None:
    """Prints months by model, hours of the week, growth, swings, lengths and what was wrong."""
    console = result_console()
    span = (
        f"{document.first_day} to {document.last_day} ({document.covered_days} days, "
        f"{name(document.time_zone)})"
        if document.first_day
        else "without times"
    )
    console.print(f"{_sources(document)}: {span}", style="bold")
    _months(console, document)
    if document.week:
        _week(console, document.week)
    console.print(facts_table(_facts(document)))
    for note in document.notes:
        console.print(safe(note), style="dim")
    _problems(console, document)


def _sources(document: Usage) -> str:
    return ", ".join(name(origin.source) for origin in document.sources)


def _months(console: Console, document: Usage) -> None:
    columns = [label for label, key in _COLUMNS.items() if getattr(document.total, key) != 0]
    table = columns_table("month", "model", *columns, right=columns)
    for month in document.months:
        label = month.month if month.full else f"{month.month} {month.covered_days:>2}d"
        if not month.models:
            table.add_row(label, "no data", style="yellow")
        for model in month.models[:MODELS_A_MONTH]:
            table.add_row(label, name(model.model, MODEL_WIDTH), *_cells(model, columns))
            label = ""
        if (more := len(month.models) - MODELS_A_MONTH) > 0:
            table.add_row("", f"and {more} more")
        if len(month.models) > 1:
            table.add_row("", "all", *_cells(month, columns), style="bold")
    if len(document.months) != 1:
        table.add_row("total", "", *_cells(document.total, columns), style="bold")
    console.print(table)


def _cells(row: Tokens, columns: Sequence[str]) -> list[str]:
    values = [getattr(row, _COLUMNS[label]) for label in columns]
    return [
        _NONE if value is None else f"{value:,}" if label == "requests" else tokens(value)
        for label, value in zip(columns, values, strict=True)
    ]


def _week(console: Console, week: Week) -> None:
    most = max(week.shares)
    console.print("Hours of the week (full block: the busiest)", style="bold")
    console.print("     0     6     12    18")
    for day, label in enumerate(DAYS):
        shares = week.shares[24 * day : 24 * day + 24]
        heat = "".join(HEAT[_level(share / most)] for share in shares)
        console.print(f"{label}  {heat}  {sum(shares):4.0%}")
    console.print()


def _level(share: float) -> int:
    return 0 if share <= 0 else max(1, round(share * (len(HEAT) - 1)))


def _facts(document: Usage) -> list[tuple[str, str]]:
    unknown = {key: f"unknown: {safe(why)}" for key, why in document.unknown.items()}
    return [
        ("a month", _month(document) or unknown["monthly"]),
        ("growth", _growth(document) or unknown["growth"]),
        ("swings", _steadiness(document) or unknown["steadiness"]),
        ("peaks", _peaks(document) or unknown["week"]),
        ("a request", _lengths(document) or unknown["lengths"]),
        ("left out", _left_out(document)),
    ]


def _month(document: Usage) -> str:
    monthly = document.monthly
    if monthly is None:
        return ""
    cached = (
        f", {monthly.cached_input_share:.0%} of it cached" if monthly.cached_input_share else ""
    )
    asked = f", {monthly.requests:,} requests" if monthly.requests is not None else ""
    return (
        f"{tokens(monthly.input_tokens)} input{cached}, {tokens(monthly.output_tokens)} output"
        f"{asked} ({monthly.basis})"
    )


def _growth(document: Usage) -> str:
    growth = document.growth
    if growth is None:
        return ""
    low, high = growth.ci95
    shown = "" if not low <= 0 <= high else "; not shown to differ from none"
    return (
        f"{growth.per_month:+.1%} a month (95 %: {low:+.1%} to {high:+.1%}, "
        f"{growth.months} full months){shown}"
    )


def _steadiness(document: Usage) -> str:
    steady = document.steadiness
    if steady is None:
        return ""
    parts = []
    if steady.weekly_cv is not None:
        parts.append(f"weeks by {steady.weekly_cv:.0%} of their mean ({steady.weeks})")
    if steady.monthly_cv is not None:
        parts.append(f"months by {steady.monthly_cv:.0%} ({steady.months})")
    verdict = "stable" if steady.stable else "unstable"
    return f"{', '.join(parts)}: {verdict}, as the limit is {steady.unstable_above:.0%}"


def _peaks(document: Usage) -> str:
    week = document.week
    if week is None:
        return ""
    known = "" if week.known_share > 0.995 else f" ({week.known_share:.0%} known to the hour)"
    return (
        f"busiest hour of the week {week.peak_to_mean:.1f} times the mean, busiest hour of all "
        f"{week.busiest_hour_to_mean:.1f} times{known}"
    )


def _lengths(document: Usage) -> str:
    found = document.lengths
    if found is None:
        return ""
    return (
        f"input {tokens(found.input_p50)} (95 % under {tokens(found.input_p95)}), output "
        f"{tokens(found.output_p50)} (95 % under {tokens(found.output_p95)})"
    )


def _left_out(document: Usage) -> str:
    return (
        f"{document.duplicates:,} duplicates, {document.without_usage:,} without usage, "
        f"{document.bad_lines:,} bad"
    )


def _problems(console: Console, document: Usage) -> None:
    for problem in document.problems[:PROBLEMS_SHOWN]:
        console.print(
            f"{name(problem.origin)}:{problem.line}: {safe(problem.why, 160)}", style="yellow"
        )
    if (more := document.bad_lines - PROBLEMS_SHOWN) > 0:
        console.print(f"and {more:,} more bad records", style="yellow")
