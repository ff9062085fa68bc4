"""How are the other ways to run it shown: GPUs by the hour, and boxes that could be bought?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report import money
from advisor.report.console import bullets, columns_table, facts_table
from advisor.report.language import _, sentence
from advisor.report.metrics import months_cell
from advisor.report.text import name, number, pair, safe, usd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.table import Table

    from advisor.advice.actions_document import CandidatePart, RentedPart
    from advisor.advice.document import Advice, Comparison


def show_other_actions(console: Console, advice: Advice) -> None:
    """Prints the rented GPUs beside box and API, and the candidates with what each saves."""
    baseline = next((each for each in advice.comparisons if each.baseline), None)
    if advice.rented:
        console.print()
        console.print(_("A GPU by the hour"), style="bold")
        console.print(
            facts_table(
                (
                    _("Rented {name}").format(name=name(each.name, 30)),
                    _rented(each, baseline, advice),
                )
                for each in advice.rented
            )
        )
    if advice.candidates:
        console.print()
        console.print(_("Another box in place of this one"), style="bold")
        console.print(_candidates(advice))
        console.print(bullets(line for each in advice.candidates for line in _told(each, advice)))


def _rented(rented: RentedPart, baseline: Comparison | None, advice: Advice) -> str:
    """The rent, what it saves or costs beside both sides, and why it may not be had."""
    if rented.usd_per_month is None or rented.usd_12_months is None:
        index = advice.rented.index(rented)
        return _("unknown: {unknown}").format(
            unknown=safe(sentence(advice.unknown[f"rented[{index}].usd_per_month"]))
        )
    text = _("{usd_per_month} a month, {usd_12_months} in 12 months").format(
        usd_per_month=usd(rented.usd_per_month), usd_12_months=usd(rented.usd_12_months)
    )
    if rented.busy_hours_per_month is None:
        return _("{text} for one GPU, which may not be enough: its speed is not known").format(
            text=text
        )
    others = [(advice.local_usd_12_months_with_overflow, _("this box"))]
    if baseline is not None:
        others.append((baseline.api_usd_12_months, name(baseline.name, 30)))
    beside = [
        (
            _("{amount} cheaper than {what}")
            if rented.usd_12_months < other
            else _("{amount} dearer than {what}")
        ).format(amount=usd(abs(other - rented.usd_12_months)), what=what)
        for other, what in others
        if other is not None
    ]
    parts = [_(", ").join([text, *beside])]
    if rented.at_box_speed:
        parts.append(_("taken to be as fast as this box"))
    if not advice.inputs.usage.can_maintain:
        parts.append(_("somebody must look after the server on it"))
    elif advice.local_maintenance_usd_per_month:
        parts.append(_("looking after the server on it is not counted"))
    if rented.ruled_out is not None:
        parts.append(_("ruled out: {ruled_out}").format(ruled_out=safe(sentence(rented.ruled_out))))
    return _("; ").join(parts)


def _candidates(advice: Advice) -> Table:
    per_month = _("{symbol}/month").format(symbol=money.symbol())
    heads = (_("up front"), per_month, _("12 months"), _("pays back"), _("in full"), _("busy"))
    table = columns_table("", *heads, right=heads)
    for index, each in enumerate(advice.candidates):
        known = f"candidates[{index}].break_even_months_simple" not in advice.unknown
        table.add_row(
            name(each.name, 30),
            usd(each.capital_usd),
            _money(each.local_usd_per_month),
            _money(each.usd_12_months_with_overflow),
            months_cell(each.break_even_months_simple, known=known),
            months_cell(each.break_even_months_full, known=known),
            "?" if each.utilization is None else f"{number(100 * each.utilization)} %",
        )
    return table


def _told(candidate: CandidatePart, advice: Advice) -> Iterator[str]:
    """What the table cannot show: whether it beats this box, and what is unknown of it."""
    label, less = name(candidate.name, 30), candidate.less_than_box_usd_12_months
    if less is not None:
        yield _beside_box(label, less)
    index = advice.candidates.index(candidate)
    for key in ("local_usd_per_month", "utilization"):
        reason = advice.unknown.get(f"candidates[{index}].{key}")
        if reason is not None:
            yield pair(label, safe(sentence(reason)))
    if candidate.fits is False and candidate.overflow_share is not None:
        yield (
            _(
                "{label} cannot serve {overflow_share} % of the load; the API does, and is counted"
            ).format(label=label, overflow_share=number(100 * candidate.overflow_share))
        )
    if candidate.electricity_upper_bound:
        yield _("{label}: its electricity is an upper bound").format(label=label)


def _money(value: float | None) -> str:
    return "?" if value is None else usd(value)


def _beside_box(label: str, less_usd: float) -> str:
    if less_usd > 0:
        said = _("{label} beats this box: {amount} less in 12 months")
    elif less_usd < 0:
        said = _("{label} costs {amount} more than this box in 12 months")
    else:
        return _("{label} costs what this box does").format(label=label)
    return said.format(label=label, amount=usd(abs(less_usd)))
