"""How is the advice shown? The decision first, then the numbers that carry it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from advisor.report import money
from advisor.report.advice_actions import show_other_actions
from advisor.report.advice_assumptions import show_assumptions
from advisor.report.advice_comparison import show_comparison
from advisor.report.advice_path import (
    ANSWERS,
    HEADLINES,
    flip_line,
    path_table,
    reversal_line,
)
from advisor.report.console import bullets, facts_table, result_console
from advisor.report.curve import show_curve
from advisor.report.language import _, sentence
from advisor.report.text import months, name, number, pair, safe, tokens, usd

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from advisor.advice.document import Advice, Comparison

_STYLES = {
    "local": "bold green",
    "api": "bold cyan",
    "hybrid": "bold magenta",
    "measure": "bold yellow",
}
MOST_FLIPS = 5


def show_advice(advice: Advice, *, record: str | None = None) -> None:
    """Prints the whole advice: decision, comparison, path, regrets, assumptions."""
    with money.shown_in(advice.inputs.currency.shown):
        _show_advice(result_console(), advice, record)


def _show_advice(console: Console, advice: Advice, record: str | None) -> None:
    headline(console, advice)
    three_numbers(console, advice)
    _section(console, _("Against each API"))
    show_comparison(console, advice)
    show_curve(console, advice)
    show_other_actions(console, advice)
    _section(console, _("How this was decided"))
    console.print(path_table(advice))
    _section(console, _("What would change it"))
    console.print(bullets(flips(advice) or [_("Nothing within reach of one input alone.")]))
    _buying(console, advice)
    _futures(console, advice)
    _queueing(console, advice)
    _section(console, _("The three regrets"))
    console.print(_regrets(advice))
    _recommendations(console, advice)
    _used(console, advice)
    _section(console, _("Assumed, since nobody said otherwise"))
    show_assumptions(console, advice.assumptions)
    closing(console, advice, record)


def _buying(console: Console, advice: Advice) -> None:
    """When to buy and which split is cheapest, where no simulated futures tell it."""
    from msgspec import UNSET

    from advisor.report.regret import rules

    rows = rules(advice.ski_rental, advice.best_split)
    if rows and advice.simulated_regret is UNSET:
        _section(console, _("Over {months} months").format(months=advice.inputs.horizon.months))
        console.print(facts_table(rows))


def _futures(console: Console, advice: Advice) -> None:
    """How sure it is and what being wrong costs, where something is uncertain."""
    reason = advice.unknown.get("uncertainty")
    if reason is not None:
        _section(console, _("How sure is it?"))
        console.print(_("Unknown: {reason}").format(reason=safe(sentence(reason))), style="yellow")
    if advice.uncertainty is not UNSET:
        from advisor.report.uncertainty import show_uncertainty

        _section(console, _("How sure is it?"))
        show_uncertainty(advice.uncertainty, console)
    if advice.simulated_regret is not UNSET:
        from advisor.report.regret import show_regret

        show_regret(advice.simulated_regret, console)


def _used(console: Console, advice: Advice) -> None:
    """What records of use said, where some were given."""
    from msgspec import UNSET

    if advice.used is not UNSET:
        from advisor.report.used import show_used

        _section(console, _("Use, from your records"))
        show_used(advice.used, console)


def _queueing(console: Console, advice: Advice) -> None:
    """How the measured box serves the work as it arrives, where the scenario asks."""
    reason = advice.unknown.get("queueing")
    if reason is not None:
        _section(console, _("The week at this box"))
        console.print(_("Unknown: {reason}").format(reason=safe(sentence(reason))), style="yellow")
    if advice.queueing is not UNSET:
        from advisor.report.capacity import show_capacity

        console.print()
        show_capacity(advice.queueing)


def headline(console: Console, advice: Advice) -> None:
    """The decision in one sentence, and whom the reasoning does not suit."""
    from rich.text import Text

    console.print(Text(safe(sentence(advice.summary)), style=_STYLES[advice.decision]))
    for exclusion in advice.exclusions:
        console.print(
            _("Note: {advice}").format(advice=safe(sentence(exclusion.advice))), style="yellow"
        )


def three_numbers(console: Console, advice: Advice) -> None:
    """The API's bill, the box's cost, and when one pays back the other."""
    baseline = next((each for each in advice.comparisons if each.baseline), None)
    if baseline is None:
        return
    box_price = advice.inputs.box.price_usd
    bought = (
        _("{amount} its resale value")
        if advice.inputs.box.already_owned
        else _("{amount} to buy it")
    ).format(amount=usd(box_price))
    setup_usd = advice.local_capital_usd - box_price
    if setup_usd:
        bought = _("{bought} and {amount} to set it up").format(
            bought=bought, amount=usd(setup_usd)
        )
    running = _per_month(baseline.local_usd_per_month)
    why = advice.unknown.get("local_electricity.usd_per_month")
    console.print()
    console.print(
        facts_table(
            [
                (
                    _("API bill"),
                    f"{_per_month(baseline.api_usd_per_month)}   {name(baseline.name)}",
                ),
                (_("This box"), f"{running}   + {bought}{_electricity(advice)}"),
                *([("", _("Unknown: {why}").format(why=safe(sentence(why))))] if why else []),
                (_("Pays back"), _pays_back(advice, baseline)),
            ]
        )
    )


def _pays_back(advice: Advice, baseline: Comparison) -> str:
    """When by the simple formula, when with all effects where that differs, and from what use."""
    if baseline.local_usd_per_month is None or baseline.api_usd_per_month is None:
        return _("unknown")
    simple, full = baseline.break_even_months_simple, baseline.break_even_months_full
    text = months(simple)
    if simple != full:
        counted = months(full)
        if full is None:
            counted = _("never in {months} months").format(months=advice.inputs.horizon.months)
        text = _("{text}; growth, resale and overflow counted: {counted}").format(
            text=text, counted=counted
        )
    volume = baseline.break_even_tokens_per_month
    if volume is not None:
        return _("{text}; within 12 months from {volume} tokens a month").format(
            text=text, volume=tokens(volume)
        )
    return (
        _("{text}; at no volume that it can serve").format(text=text)
        if advice.capacity.tokens_per_month
        else text
    )


def flips(advice: Advice) -> list[str]:
    """What would have to be otherwise for another decision, nearest in proportion first."""
    lines = [flip_line(flip) for flip in advice.what_would_change_it[:MOST_FLIPS]]
    by_decision: dict[str, list[str]] = {}
    for other in advice.reversed_by:
        if other.kind == "api":
            by_decision.setdefault(other.decision, []).append(name(other.name, 30))
    lines += [
        _("{decision} if compared with {names}").format(
            decision=_(HEADLINES[decision]), names=_(" or ").join(names)
        )
        for decision, names in by_decision.items()
    ]
    lines += [reversal_line(other) for other in advice.reversed_by if other.kind != "api"]
    lines += [
        _("{decision} if {condition}").format(
            decision=_(HEADLINES[flip.decision_otherwise]),
            condition=_(ANSWERS[flip.key, not flip.now]),
        )
        for flip in advice.answers_that_would_change_it
        if (flip.key, not flip.now) in ANSWERS
    ]
    return lines


def closing(console: Console, advice: Advice, record: str | None) -> None:
    """Where the numbers come from and where they are kept."""
    console.print()
    for missing in advice.measure_first:
        console.print(
            _("Missing: {missing}").format(missing=safe(sentence(missing))), style="yellow"
        )
    console.print(
        _("Prices: {price_book}").format(price_book=safe(sentence(advice.price_book))), style="dim"
    )
    if not isinstance(advice.currency, UnsetType):
        console.print(money.rate_line(advice.currency), style="dim")
    if record:
        console.print(_("Record: {record}").format(record=safe(record)), style="dim")


def _per_month(value: float | None) -> str:
    return _("unknown") if value is None else _("{amount} a month").format(amount=usd(value))


def _electricity(advice: Advice) -> str:
    electricity = advice.local_electricity
    if electricity.kwh_per_month is None:
        return ""
    used = _("at most {kwh} kWh a month") if electricity.upper_bound else _("{kwh} kWh a month")
    return f" ({used.format(kwh=number(electricity.kwh_per_month))})"


def _regrets(advice: Advice) -> Table:
    return facts_table(
        (
            _("applies") if check.applies else _("no"),
            safe(f"{sentence(check.question)} {sentence(f'{_capital(check.why)}.')}"),
        )
        for check in advice.regrets
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _recommendations(console: Console, advice: Advice) -> None:
    from rich.padding import Padding

    if not advice.recommendations:
        return
    _section(console, _("Which one"))
    for each in advice.recommendations:
        console.print(pair(name(each.name), safe(sentence(f"{each.because}. {each.reason}"))))
        limits = (
            _("Not for: {not_for}").format(not_for=safe(sentence(each.not_for))),
            _("Regret: {regret}").format(regret=safe(sentence(each.regret))),
        )
        for limit in limits:
            console.print(Padding(limit, (0, 0, 0, 2)), style="dim")


def _section(console: Console, title: str) -> None:
    console.print()
    console.print(title, style="bold")
