"""How is it shown how sure the answer is? Ranges, chances, and what moves them most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, is_plain, result_console
from advisor.report.language import _
from advisor.report.text import months, name, number, tokens, usd

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from advisor.advice.uncertainty_document import BreakEvenSpread, TornadoBar, UncertaintyPart

BAR_CELLS = 40
MOST_BARS = 8


def show_uncertainty(part: UncertaintyPart, console: Console | None = None) -> None:
    """Prints pay-back and costs over all scenarios, and the tornado."""
    console = console or result_console()
    baseline = next(each for each in part.break_even if each.api == part.baseline)
    console.print(pays_back(baseline))
    saving = part.saving_usd
    console.print(
        _("Saves over {api}: {middle} ({low} to {high})").format(
            api=name(part.baseline, 24),
            middle=usd(saving.p50),
            low=usd(saving.p10),
            high=usd(saving.p90),
        )
    )
    console.print(_actions_table(part))
    if part.tornado:
        console.print(
            _("What moves that saving (each at its P10 and P90, the rest at the median):")
        )
        for line in _tornado_lines(part):
            console.print(line)
    for line in notes(part):
        console.print(line, style="dim")


def pays_back(spread: BreakEvenSpread) -> str:
    """The pay-back against one API in one line: P50, P10 to P90, and the chances."""
    low = _("never") if spread.p10_months is None else f"{spread.p10_months:.1f}"
    return _(
        "Pays back: {middle} ({low} to {high}); within 12 months {within}, never {never}"
    ).format(
        middle=months(spread.p50_months),
        low=low,
        high=months(spread.p90_months),
        within=chance(spread.within_12_months_probability),
        never=chance(spread.never_probability),
    )


def chance(probability: float) -> str:
    """A probability in whole percent, never 0 % or 100 % where it is not quite that."""
    if 0 < probability < 0.005:
        return "<1 %"
    if 0.995 < probability < 1:
        return ">99 %"
    return f"{100 * probability:.0f} %"


def notes(part: UncertaintyPart) -> Iterator[str]:
    """How it was computed, and what was left out."""
    yield (
        _(
            "{scenarios} scenarios, seed {seed}; costs are discounted totals over "
            "{months} months. Ranges are P10 to P90."
        ).format(scenarios=f"{part.scenarios:,}", seed=part.seed, months=part.months)
    )
    idle = [name(each.key) for each in part.inputs if not each.moves_costs]
    if idle:
        yield _("Moves no cost here: {listed}.").format(listed=_(", ").join(idle))
    if part.taken_as_certain:
        yield (
            _("Taken as certain, since nobody said how far off: {listed}.").format(
                listed=_(", ").join(part.taken_as_certain)
            )
        )


def _actions_table(part: UncertaintyPart) -> Table:
    heads = ("P10", "P50", "P90", _("cheapest"))
    table = columns_table("", *heads, right=heads)
    for each in part.actions:
        table.add_row(
            name(each.action, 36),
            usd(each.usd.p10),
            usd(each.usd.p50),
            usd(each.usd.p90),
            chance(each.cheapest_probability),
        )
    return table


def _tornado_lines(part: UncertaintyPart) -> Iterator[str]:
    """Two lines a bar: the input with its range, then the saving at both ends."""
    shown = part.tornado[:MOST_BARS]
    ends = [
        part.saving_at_medians_usd,
        *(bar.saving_usd_at_p10 for bar in shown),
        *(bar.saving_usd_at_p90 for bar in shown),
    ]
    for bar in shown:
        said = (
            _("{key}: {low} to {high}")
            if bar.variance_share is None
            else _("{key}: {low} to {high}, {share} of variance")
        ).format(
            key=name(bar.key, 40),
            low=_value(bar, bar.value_p10),
            high=_value(bar, bar.value_p90),
            share=chance(bar.variance_share or 0.0),
        )
        moved = _("{low} to {high}").format(
            low=usd(bar.saving_usd_at_p10), high=usd(bar.saving_usd_at_p90)
        )
        if is_plain():
            yield _("{input}: it saves {range}").format(input=said, range=moved)
            continue
        yield f"  {said}"
        yield f"  {_drawn(bar, part.saving_at_medians_usd, min(ends), max(ends))} {moved}"
    if len(part.tornado) > MOST_BARS:
        more = _("and {count} that move it less").format(count=len(part.tornado) - MOST_BARS)
        yield f"  {more}"


def _value(bar: TornadoBar, value: float) -> str:
    return tokens(value) if "tokens_per_month" in bar.key else number(value)


def _drawn(bar: TornadoBar, middle: float, least: float, most: float) -> str:
    """The bar between the savings at both ends, with the medians' saving marked."""
    if most <= least:
        return " " * BAR_CELLS

    def cell(value: float) -> int:
        return round((value - least) / (most - least) * (BAR_CELLS - 1))

    start, end = sorted((cell(bar.saving_usd_at_p10), cell(bar.saving_usd_at_p90)))
    cells = ["█" if start <= at <= end else " " for at in range(BAR_CELLS)]
    cells[cell(middle)] = "┃"
    return "".join(cells)
