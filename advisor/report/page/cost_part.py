"""What does each side cost: month by month, against each API, over all futures?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from advisor.report import money
from advisor.report.advice_path import crossings_line
from advisor.report.charts.cumulative import Curves, cumulative_chart, months_shown
from advisor.report.language import _, sentence
from advisor.report.page.blocks import Block, Facts, Picture, Section, Table, Text
from advisor.report.page.head import baseline_of
from advisor.report.page.together import listed, sentences
from advisor.report.text import months, name, safe, tokens, usd
from advisor.report.uncertainty import chance

if TYPE_CHECKING:
    from advisor.advice.document import Advice, Comparison, RegretTable
    from advisor.advice.uncertainty_document import UncertaintyPart


def cost_sections(advice: Advice) -> tuple[Section, ...]:
    """The curves, the table of APIs, and how sure it is."""
    sure = () if isinstance(advice.uncertainty, UnsetType) else tuple(_sure(advice.uncertainty))
    return (
        Section("cost", _("Cost over time"), tuple(_curves(advice))),
        Section("apis", _("Against each API"), tuple(_apis(advice))),
        Section("sure", _("How sure is it?"), sure),
    )


def curves_of(advice: Advice) -> Curves | None:
    """Both curves with their bands; None where a cost is unknown or the record is older."""
    baseline = baseline_of(advice)
    if baseline is None or advice.cumulative is None:
        return None
    band = () if advice.uncertainty is UNSET else advice.uncertainty.cumulative
    return Curves(
        name(baseline.name, 60),
        advice.cumulative.local_usd,
        advice.cumulative.api_usd,
        tuple((month.local_usd.p10, month.local_usd.p90) for month in band),
        tuple((month.api_usd.p10, month.api_usd.p90) for month in band),
        tuple(each.month for each in baseline.crossings),
    )


def curves_picture(advice: Advice) -> Picture | None:
    """Both curves drawn; None where there are none."""
    curves = curves_of(advice)
    if curves is None:
        return None
    return Picture(cumulative_chart(curves, _in_words(curves)), _caption(advice, curves))


def _curves(advice: Advice) -> Iterator[Block]:
    curves, picture = curves_of(advice), curves_picture(advice)
    if curves is None or picture is None:
        old = _("the record holds no curve: it was made by an earlier version")
        why = advice.unknown.get("cumulative")
        told = old if why is None else safe(sentence(why))
        yield Text(_("Unknown: {why}").format(why=told), "note")
        return
    yield picture
    yield _by_year(curves)
    baseline = baseline_of(advice)
    if baseline is not None and len(baseline.crossings) > 1:
        yield Text(crossings_line(baseline))


def _in_words(curves: Curves) -> str:
    end = curves.months
    shape = _("After {months} months the box has cost {local}, {api_name} {api}.")
    words = shape.format(
        months=end,
        local=usd(curves.local_usd[end]),
        api_name=curves.api_name,
        api=usd(curves.api_usd[end]),
    )
    if not curves.crossings:
        return sentences([words, _("The curves never cross.")])
    first = months(curves.crossings[0])
    return sentences([words, _("They cross first after {months}.").format(months=first)])


def _caption(advice: Advice, curves: Curves) -> str:
    """What is in the curves, and what part of them is drawn."""
    parts = [_in_words(curves)]
    shown = months_shown(curves)
    if shown < curves.months:
        parts.append(
            _("Drawn: the first {shown} of {months} months.").format(
                shown=shown, months=curves.months
            )
        )
    box, horizon = advice.inputs.box, advice.inputs.horizon
    if box.resale_decline_per_year < 1 or box.resale:
        parts.append(_("What the box would sell for in that month is taken off."))
    if horizon.discount_rate_per_year:
        parts.append(_("Amounts are in today's money."))
    if curves.local_band_usd:
        parts.append(_("The bands hold 80 % of the simulated futures (P10 to P90)."))
    else:
        parts.append(_("No band: the scenario states no input as a range."))
    return sentences(parts)


def _by_year(curves: Curves) -> Table:
    """The curves' numbers at the purchase, after half a year, and after each year."""
    marks = sorted({0, 6, *range(12, curves.months + 1, 12), curves.months})
    rows = [
        (
            str(month),
            _with_band(curves.local_usd, curves.local_band_usd, month),
            _with_band(curves.api_usd, curves.api_band_usd, month),
        )
        for month in marks
        if month <= curves.months
    ]
    return Table(
        _("The numbers behind the chart"),
        (_("month"), _("This box"), curves.api_name),
        tuple(rows),
        numeric=frozenset({0, 1, 2}),
        folded=True,
    )


def _with_band(values: Sequence[float], band: Sequence[tuple[float, float]], month: int) -> str:
    if not band:
        return usd(values[month])
    low, high = band[month]
    return _("{middle} ({low} to {high})").format(
        middle=usd(values[month]), low=usd(low), high=usd(high)
    )


def _apis(advice: Advice) -> Iterator[Block]:
    compared = advice.comparisons
    if not compared:
        return
    rows = [_api_row(each) for each in compared]
    box = compared[0]
    rows.append(
        (
            _("this box"),
            _money(box.local_usd_per_month),
            _money(box.local_usd_12_months),
            "",
            "",
            "",
        )
    )
    heads = (
        "",
        _("first month"),
        _("12 months"),
        _("pays back"),
        _("in full"),
        _("from use"),
    )
    decides = frozenset(index for index, each in enumerate(compared) if each.baseline)
    yield Table(_("The box against each API"), heads, tuple(rows), frozenset(range(1, 6)), decides)
    yield Text(sentences(_legend(compared)), "small")
    notes: dict[str, list[str]] = {}
    for each in compared:
        for note in each.notes:
            notes.setdefault(note, []).append(name(each.name, 40))
    for note, names in notes.items():
        yield Text(f"{', '.join(names)}: {safe(sentence(note))}.", "small")
    if not isinstance(advice.currency, UnsetType):
        yield Text(money.rate_line(advice.currency), "small")


def _api_row(each: Comparison) -> tuple[str, ...]:
    marks = (" °" if each.status == "historic" else "") + (" +" if each.added else "")
    volume = each.break_even_tokens_per_month
    return (
        f"{name(each.name, 60)}{marks}",
        _money(each.api_usd_per_month),
        _money(each.api_usd_12_months),
        _when(each, each.break_even_months_simple),
        _when(each, each.break_even_months_full),
        tokens(volume) if volume else "–",
    )


def _legend(compared: Sequence[Comparison]) -> Iterator[str]:
    yield _("The marked API decides.")
    yield _("In full: with growth, price changes, resale, discount and overflow.")
    yield _("From use: tokens a month that pay back within 12 months.")
    if any(each.status == "historic" for each in compared):
        yield _("°: no longer sold at this price.")
    if any(each.added for each in compared):
        yield _("+: the same open model, hosted.")


def _money(value: float | None) -> str:
    return "?" if value is None else usd(value)


def _when(each: Comparison, value: float | None) -> str:
    if each.local_usd_per_month is None or each.api_usd_per_month is None:
        return "?"
    return months(value)


def _sure(part: UncertaintyPart) -> Iterator[Block]:
    """Chances and ranges over all futures."""
    spread = next(each for each in part.break_even if each.api == part.baseline)
    saving = part.saving_usd
    yield Facts(
        (
            (
                _("Pays back"),
                _("{middle} ({low} to {high})").format(
                    middle=months(spread.p50_months),
                    low=months(spread.p10_months),
                    high=months(spread.p90_months),
                ),
            ),
            (_("Within 12 months"), chance(spread.within_12_months_probability)),
            (_("Never"), chance(spread.never_probability)),
            (
                _("Saves over {api}").format(api=name(part.baseline, 40)),
                _("{middle} ({low} to {high})").format(
                    middle=usd(saving.p50), low=usd(saving.p10), high=usd(saving.p90)
                ),
            ),
        )
    )
    rows = tuple(
        (
            action_name(each.action),
            usd(each.usd.p10),
            usd(each.usd.p50),
            usd(each.usd.p90),
            chance(each.cheapest_probability),
        )
        for each in part.actions
    )
    caption = _("Cost of each choice over {months} months").format(months=part.months)
    heads = ("", "P10", "P50", "P90", _("cheapest"))
    yield Table(caption, heads, rows, frozenset(range(1, 5)))
    how = _("{count} simulated futures, seed {seed}; ranges are P10 to P90.")
    yield Text(how.format(count=f"{part.scenarios:,}", seed=part.seed), "small")
    if part.taken_as_certain:
        yield Text(
            _("Taken as certain, since nobody said how far off: {keys}.").format(
                keys=listed(name(sentence(key)) for key in part.taken_as_certain)
            ),
            "small",
        )


def action_name(action: str) -> str:
    """A choice in words: its kind, and its name where there are several of that kind."""
    kind, _colon, named = action.partition(":")
    words = {
        "local": _("this box"),
        "hybrid": _("both, split by month"),
        "api": _("API: {name}"),
        "candidate": _("another box: {name}"),
        "rented": _("rented: {name}"),
    }
    shape = words.get(kind.lower())
    return name(sentence(action), 60) if shape is None else shape.format(name=name(named, 60))


def regret_table(table: RegretTable) -> Table:
    """What each choice costs above the best one, should things turn out otherwise."""
    rows = tuple(
        (
            action_name(each.action),
            *(usd(value) for value in each.regret_usd),
            usd(each.worst_regret_usd),
        )
        for each in table.actions
    )
    heads = ("", *(safe(sentence(each)) for each in table.scenarios), _("at worst"))
    best = frozenset(
        index for index, each in enumerate(table.actions) if each.action == table.minimax
    )
    caption = _("Paid in 12 months above the best choice")
    return Table(caption, heads, rows, frozenset(range(1, len(heads))), best)
