"""How is a comparison shown? What differs, then money, then each metric as a ratio."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from advisor.report import money
from advisor.report.advice_path import INSTEAD
from advisor.report.console import columns_table, mark, result_console
from advisor.report.language import _, ngettext, sentence
from advisor.report.metrics import ABSENT, change, grade, months_cell, plus_minus
from advisor.report.text import name, number, pair, safe, usd

if TYPE_CHECKING:
    from rich.console import Console

    from advisor.history.compare.document import Comparison, Line, Money
    from advisor.history.compare.ranking import Ranked, Ranking

STYLES = {"better": "green", "worse": "red"}
MARKS = {"better": "+", "worse": "-", "no difference shown": "=", "too few data": "?"}
"""Beside colour, so that the verdict is there without it."""


def show_comparison(found: Comparison) -> None:
    """Prints the sides, what is not alike, the money, the ratios and what crossed a limit."""
    console = result_console()
    base, *others = found.sides
    console.print(
        _("Against {name}: {model}").format(
            name=name(base.name), model=_measured(base.model, base.measured_on)
        ),
        style="bold",
    )
    for side in others:
        count = len(side.runs)
        runs = ngettext("{count} run", "{count} runs", count).format(count=count)
        console.print(
            "  "
            + pair(name(side.name), _(", ").join((_measured(side.model, side.measured_on), runs)))
        )
    for difference in found.differences:
        values = _("; ").join(
            pair(name(side), _(", ").join(name(value, 40) for value in values))
            for side, values in difference.values.items()
        )
        console.print(
            _("Not alike in {part}: {values}").format(
                part=sentence(difference.part), values=values
            ),
            style="yellow",
        )
    if found.money:
        console.print()
        _show_money(console, found.money)
    for (load, workload), lines in groupby(
        found.lines, key=lambda line: (line.load, line.workload)
    ):
        said = sentence(load)
        title = _(", ").join((said, name(sentence(workload)))) if workload else said
        _show_lines(console, title, list(lines), len(others) > 1)
    for mean in found.means:
        console.print(
            _("{side}: {metric} {ratio} over {lines} loads (geometric mean)").format(
                side=name(mean.side),
                metric=mean.metric,
                ratio=_ratio(mean.ratio, mean.ci95),
                lines=mean.lines,
            )
        )
    for crossing in found.crossed:
        console.print(
            _("Crossed {limit}: {side}, {load}, {change} %").format(
                limit=safe(crossing.limit),
                side=name(crossing.side),
                load=sentence(crossing.load),
                change=f"{100 * crossing.change:+.1f}",
            ),
            style="red",
        )
    for note in (*found.notes, *found.unknown.values()):
        console.print(_("Note: {note}").format(note=safe(sentence(note))), style="dim")


def show_ranking(found: Ranking) -> None:
    """Prints one row a side, the best first."""
    console = result_console()
    per_million = f"{money.symbol()}/M"
    heads = (_("1 stream"), _("in all"), _("J/token"), per_million, _("pays back"))
    table = columns_table(_("tokens/s"), *heads, right=heads)
    table.columns[0].no_wrap = True
    for row in found.rows:
        table.add_row(
            name(row.side, 24),
            _banded(row.decode_tok_per_s, row.decode_ci95),
            _banded(row.output_tok_per_s, row.output_ci95),
            "–" if row.j_per_output_token is None else _joules(row),
            "–" if row.local_usd_per_mtok is None else usd(row.local_usd_per_mtok),
            "–" if row.local_usd_per_mtok is None else months_cell(row.break_even_months),
        )
    console.print(table)
    console.print(
        _(
            "Sorted by {what}. {per_million}: a million tokens on this box. ± is each "
            "measurement's own 95 % interval."
        ).format(what=sentence(found.sorted_by), per_million=per_million)
    )
    if not found.like:
        console.print(
            _("Not alike: these were not all measured with one model and one workload."),
            style="yellow",
        )
    for reason in found.unknown.values():
        console.print(_("Note: {reason}").format(reason=safe(sentence(reason))), style="dim")


def _show_money(console: Console, sides: tuple[Money, ...]) -> None:
    symbol = money.symbol()
    per_month = _("{symbol}/month").format(symbol=symbol)
    heads = (per_month, _("against"), _("{symbol}/M tokens").format(symbol=symbol), _("pays back"))
    table = columns_table(_("at your load"), *heads, _("advice"), right=heads)
    base = sides[0].local_usd_per_month
    for each in sides:
        cost = each.local_usd_per_month
        against = "" if each is sides[0] or cost is None or base is None else usd(cost - base)
        table.add_row(
            name(each.side, 24),
            "–" if cost is None else usd(cost),
            against,
            "–" if each.local_usd_per_mtok is None else usd(each.local_usd_per_mtok),
            "–" if cost is None else months_cell(each.break_even_months_simple),
            _(INSTEAD[each.decision]) if each.decision in INSTEAD else each.decision,
        )
    console.print(table)


def _show_lines(console: Console, title: str, lines: list[Line], several: bool) -> None:
    heads = (_("first"), _("other"), _("ratio (95 %)"))
    console.print(title, style="bold")
    table = columns_table("", *([_("side")] if several else []), *heads, _("verdict"), right=heads)
    for line in lines:
        cells = [line.metric, *([name(line.side, 18)] if several else [])]
        cells += [number(line.values[0]), number(line.values[1])]
        sign = mark(f"{MARKS[line.verdict]} ", "")
        cells += [_ratio(line.ratio, line.ci95), f"{sign}{change(line.words)}"]
        table.add_row(*cells, style=STYLES.get(line.verdict))
    console.print(table)


def _ratio(ratio: float, ci95: tuple[float, float]) -> str:
    return f"{ratio:.2f}× ({ci95[0]:.2f}–{ci95[1]:.2f})"


def _measured(model: str, measured_on: str) -> str:
    return _("{model} on {place}").format(
        model=name(model, 40), place=name(sentence(measured_on), 60)
    )


def _banded(value: float | None, ci95: tuple[float, float] | None) -> str:
    return ABSENT if value is None else f"{number(value)}{plus_minus(ci95)}"


def _joules(row: Ranked) -> str:
    joules = number(row.j_per_output_token or 0.0)
    return f"{joules} ({grade(row.energy_grade)})" if row.energy_grade else joules
