"""How is a comparison shown? What differs, then money, then each metric as a ratio."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, result_console
from advisor.report.text import months, name, number, safe, usd

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
        f"Against {name(base.name)}: {_measured(base.model, base.measured_on)}", style="bold"
    )
    for side in others:
        runs = "1 run" if len(side.runs) == 1 else f"{len(side.runs)} runs"
        console.print(f"  {name(side.name)}: {_measured(side.model, side.measured_on)}, {runs}")
    for difference in found.differences:
        values = "; ".join(
            f"{name(side)}: {', '.join(name(value, 40) for value in values)}"
            for side, values in difference.values.items()
        )
        console.print(f"Not alike in {difference.part}: {values}", style="yellow")
    if found.money:
        console.print()
        _show_money(console, found.money)
    for (load, workload), lines in groupby(
        found.lines, key=lambda line: (line.load, line.workload)
    ):
        title = f"{load}, {name(workload)}" if workload else load
        _show_lines(console, title, list(lines), len(others) > 1)
    for mean in found.means:
        console.print(
            f"{name(mean.side)}: {mean.metric} {_ratio(mean.ratio, mean.ci95)} over "
            f"{mean.lines} loads (geometric mean)"
        )
    for crossing in found.crossed:
        console.print(
            f"Crossed {safe(crossing.limit)}: {name(crossing.side)}, {crossing.load}, "
            f"{100 * crossing.change:+.1f} %",
            style="red",
        )
    for note in (*found.notes, *found.unknown.values()):
        console.print(f"Note: {safe(note)}", style="dim")


def show_ranking(found: Ranking) -> None:
    """Prints one row a side, the best first."""
    console = result_console()
    heads = ("1 stream", "in all", "J/token", "$/M", "pays back")
    table = columns_table("tokens/s", *heads, right=heads)
    table.columns[0].no_wrap = True
    for row in found.rows:
        table.add_row(
            name(row.side, 24),
            _banded(row.decode_tok_per_s, row.decode_ci95),
            _banded(row.output_tok_per_s, row.output_ci95),
            "–" if row.j_per_output_token is None else _joules(row),
            "–" if row.local_usd_per_mtok is None else usd(row.local_usd_per_mtok),
            "–" if row.local_usd_per_mtok is None else months(row.break_even_months),
        )
    console.print(table)
    console.print(
        f"Sorted by {found.sorted_by}. $/M: a million tokens on this box. ± is each "
        "measurement's own 95 % interval."
    )
    if not found.like:
        console.print(
            "Not alike: these were not all measured with one model and one workload.",
            style="yellow",
        )
    for reason in found.unknown.values():
        console.print(f"Note: {safe(reason)}", style="dim")


def _show_money(console: Console, money: tuple[Money, ...]) -> None:
    heads = ("$/month", "against", "$/M tokens", "pays back", "advice")
    table = columns_table("at your load", *heads, right=("$/month", "against", "$/M tokens"))
    base = money[0].local_usd_per_month
    for each in money:
        cost = each.local_usd_per_month
        against = "" if each is money[0] or cost is None or base is None else usd(cost - base)
        table.add_row(
            name(each.side, 24),
            "–" if cost is None else usd(cost),
            against,
            "–" if each.local_usd_per_mtok is None else usd(each.local_usd_per_mtok),
            "–" if cost is None else months(each.break_even_months_simple),
            each.decision,
        )
    console.print(table)


def _show_lines(console: Console, title: str, lines: list[Line], several: bool) -> None:
    heads = ("first", "other", "ratio (95 %)")
    console.print(title, style="bold")
    table = columns_table("", *(["side"] if several else []), *heads, "verdict", right=heads)
    for line in lines:
        cells = [line.metric, *([name(line.side, 18)] if several else [])]
        cells += [number(line.values[0]), f"{number(line.values[1])} {line.unit}"]
        cells += [_ratio(line.ratio, line.ci95), f"{MARKS[line.verdict]} {line.words}"]
        table.add_row(*cells, style=STYLES.get(line.verdict))
    console.print(table)


def _ratio(ratio: float, ci95: tuple[float, float]) -> str:
    return f"{ratio:.2f}× ({ci95[0]:.2f}–{ci95[1]:.2f})"


def _measured(model: str, measured_on: str) -> str:
    return f"{name(model, 40)} on {name(measured_on, 60)}"


def _banded(value: float | None, ci95: tuple[float, float] | None) -> str:
    if value is None:
        return "–"
    return (
        number(value) if ci95 is None else f"{number(value)} ±{number((ci95[1] - ci95[0]) / 2, 2)}"
    )


def _joules(row: Ranked) -> str:
    grade = f" ({row.energy_grade})" if row.energy_grade else ""
    return f"{number(row.j_per_output_token or 0.0)}{grade}"
