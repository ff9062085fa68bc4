"""How is use shown? A line a month and model, the week as heat, then growth and swings in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from advisor.report.console import columns_table, facts_table, is_plain, result_console
from advisor.report.language import N_, _, sentence
from advisor.report.text import name, pair, safe, tokens
from advisor.report.week import DAYS, week_lines

if TYPE_CHECKING:
    from rich.console import Console

    from advisor.usage.document import Tokens, Usage, Week

HEAT = " ▁▂▃▄▅▆▇█"
MODELS_A_MONTH = 5
MODEL_WIDTH = 22
PROBLEMS_SHOWN = 5
_NONE = "–"
_COLUMNS = {
    N_("input"): "input_tokens",
    N_("cached"): "cached_input_tokens",
    N_("written"): "cache_write_tokens",
    N_("output"): "output_tokens",
    N_("requests"): "requests",
}


def show_usage(document: Usage) -> None:
    """Prints months by model, hours of the week, growth, swings, lengths and what was wrong."""
    console = result_console()
    span = (
        _("{first} to {last} ({days} days, {zone})").format(
            first=document.first_day,
            last=document.last_day,
            days=document.covered_days,
            zone=name(document.time_zone),
        )
        if document.first_day
        else _("without times")
    )
    console.print(pair(_sources(document), span), style="bold")
    _months(console, document)
    if document.week:
        _week(console, document.week)
    console.print(facts_table(_facts(document)))
    for note in document.notes:
        console.print(safe(sentence(note)), style="dim")
    _problems(console, document)


def _sources(document: Usage) -> str:
    return _(", ").join(name(origin.source) for origin in document.sources)


def _months(console: Console, document: Usage) -> None:
    columns = [label for label, key in _COLUMNS.items() if getattr(document.total, key) != 0]
    heads = [_(label) for label in columns]
    table = columns_table(_("month"), _("model"), *heads, right=heads)
    for month in document.months:
        label = month.month if month.full else f"{month.month} {month.covered_days:>2}d"
        if not month.models:
            table.add_row(label, _("no data"), style="yellow")
        for model in month.models[:MODELS_A_MONTH]:
            table.add_row(label, name(model.model, MODEL_WIDTH), *_cells(model, columns))
            label = ""
        if (more := len(month.models) - MODELS_A_MONTH) > 0:
            table.add_row("", _("and {count} more").format(count=more))
        if len(month.models) > 1:
            table.add_row("", _("all"), *_cells(month, columns), style="bold")
    if len(document.months) != 1:
        table.add_row(_("total"), "", *_cells(document.total, columns), style="bold")
    console.print(table)


def _cells(row: Tokens, columns: Sequence[str]) -> list[str]:
    values = [getattr(row, _COLUMNS[label]) for label in columns]
    return [
        _NONE if value is None else f"{value:,}" if label == "requests" else tokens(value)
        for label, value in zip(columns, values, strict=True)
    ]


def _week(console: Console, week: Week) -> None:
    most = max(week.shares)
    days = [week.shares[24 * day : 24 * day + 24] for day in range(7)]
    if is_plain():
        console.print(_("Days of the week:"))
        console.print(facts_table((_(DAYS[day]), _day(hours)) for day, hours in enumerate(days)))
        return
    console.print(_("Hours of the week (full block: the busiest)"), style="bold")
    heat = [Text("".join(HEAT[_level(share / most)] for share in shares)) for shares in days]
    for line in week_lines(heat, [f"{sum(shares):4.0%}" for shares in days]):
        console.print(line)
    console.print()


def _day(shares: Sequence[float]) -> str:
    """A day's part of the week, and its busiest hour."""
    busiest = max(range(len(shares)), key=lambda hour: shares[hour])
    return _("{share} of the week, busiest from {hour} on").format(
        share=f"{sum(shares):.0%}", hour=f"{busiest:02d}:00"
    )


def _level(share: float) -> int:
    return 0 if share <= 0 else max(1, round(share * (len(HEAT) - 1)))


def _facts(document: Usage) -> list[tuple[str, str]]:
    unknown = {
        key: _("unknown: {reason}").format(reason=safe(sentence(why)))
        for key, why in document.unknown.items()
    }
    return [
        (_("a month"), _month(document) or unknown["monthly"]),
        (_("growth"), _growth(document) or unknown["growth"]),
        (_("swings"), _steadiness(document) or unknown["steadiness"]),
        (_("peaks"), _peaks(document) or unknown["week"]),
        (_("a request"), _lengths(document) or unknown["lengths"]),
        (_("left out"), _left_out(document)),
    ]


def _month(document: Usage) -> str:
    monthly = document.monthly
    if monthly is None:
        return ""
    parts = [_("{count} input").format(count=tokens(monthly.input_tokens))]
    if monthly.cached_input_share:
        parts.append(_("{share} of it cached").format(share=f"{monthly.cached_input_share:.0%}"))
    parts.append(_("{count} output").format(count=tokens(monthly.output_tokens)))
    if monthly.requests is not None:
        parts.append(_("{count} requests").format(count=f"{monthly.requests:,}"))
    return f"{_(', ').join(parts)} ({sentence(monthly.basis)})"


def _growth(document: Usage) -> str:
    growth = document.growth
    if growth is None:
        return ""
    low, high = growth.ci95
    said = _("{change} a month (95 %: {low} to {high}, {months} full months)").format(
        change=f"{growth.per_month:+.1%}",
        low=f"{low:+.1%}",
        high=f"{high:+.1%}",
        months=growth.months,
    )
    if low <= 0 <= high:
        return _("{said}; not shown to differ from none").format(said=said)
    return said


def _steadiness(document: Usage) -> str:
    steady = document.steadiness
    if steady is None:
        return ""
    parts = []
    if steady.weekly_cv is not None:
        parts.append(
            _("weeks by {share} of their mean ({count})").format(
                share=f"{steady.weekly_cv:.0%}", count=steady.weeks
            )
        )
    if steady.monthly_cv is not None:
        parts.append(
            _("months by {share} ({count})").format(
                share=f"{steady.monthly_cv:.0%}", count=steady.months
            )
        )
    said = (
        _("{swings}: stable, as the limit is {limit}")
        if steady.stable
        else _("{swings}: unstable, as the limit is {limit}")
    )
    return said.format(swings=_(", ").join(parts), limit=f"{steady.unstable_above:.0%}")


def _peaks(document: Usage) -> str:
    week = document.week
    if week is None:
        return ""
    said = _(
        "busiest hour of the week {of_week} times the mean, busiest hour of all {of_all} times"
    ).format(of_week=f"{week.peak_to_mean:.1f}", of_all=f"{week.busiest_hour_to_mean:.1f}")
    if week.known_share > 0.995:
        return said
    return _("{said} ({share} known to the hour)").format(
        said=said, share=f"{week.known_share:.0%}"
    )


def _lengths(document: Usage) -> str:
    found = document.lengths
    if found is None:
        return ""
    return _(
        "input {read} (95 % under {read_p95}), output {written} (95 % under {written_p95})"
    ).format(
        read=tokens(found.input_p50),
        read_p95=tokens(found.input_p95),
        written=tokens(found.output_p50),
        written_p95=tokens(found.output_p95),
    )


def _left_out(document: Usage) -> str:
    return _("{duplicates} duplicates, {without} without usage, {bad} bad").format(
        duplicates=f"{document.duplicates:,}",
        without=f"{document.without_usage:,}",
        bad=f"{document.bad_lines:,}",
    )


def _problems(console: Console, document: Usage) -> None:
    for problem in document.problems[:PROBLEMS_SHOWN]:
        console.print(
            f"{name(problem.origin)}:{problem.line}: {safe(sentence(problem.why), 160)}",
            style="yellow",
        )
    if (more := document.bad_lines - PROBLEMS_SHOWN) > 0:
        console.print(_("and {count} more bad records").format(count=f"{more:,}"), style="yellow")
