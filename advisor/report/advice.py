"""How is the advice shown? The decision first, then the numbers that carry it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from advisor.report import money
from advisor.report.advice_actions import show_other_actions
from advisor.report.advice_assumptions import bullets, show_assumptions
from advisor.report.advice_comparison import show_comparison
from advisor.report.advice_path import (
    ANSWERS,
    HEADLINES,
    flip_line,
    path_table,
    reversal_line,
)
from advisor.report.console import facts_table, result_console
from advisor.report.text import months, name, number, safe, tokens, usd

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
    _section(console, "Against each API")
    show_comparison(console, advice)
    show_other_actions(console, advice)
    _section(console, "How this was decided")
    console.print(path_table(advice))
    _section(console, "What would change it")
    console.print(bullets(flips(advice) or ["Nothing within reach of one input alone."]))
    _buying(console, advice)
    _futures(console, advice)
    _queueing(console, advice)
    _section(console, "The three regrets")
    console.print(_regrets(advice))
    _recommendations(console, advice)
    _used(console, advice)
    _section(console, "Assumed, since nobody said otherwise")
    show_assumptions(console, advice.assumptions)
    closing(console, advice, record)


def _buying(console: Console, advice: Advice) -> None:
    """When to buy and which split is cheapest, where no simulated futures tell it."""
    from msgspec import UNSET

    from advisor.report.regret import rules

    rows = rules(advice.ski_rental, advice.best_split)
    if rows and advice.simulated_regret is UNSET:
        _section(console, f"Over {advice.inputs.horizon.months} months")
        console.print(facts_table(rows))


def _futures(console: Console, advice: Advice) -> None:
    """How sure it is and what being wrong costs, where something is uncertain."""
    reason = advice.unknown.get("uncertainty")
    if reason is not None:
        _section(console, "How sure is it?")
        console.print(f"Unknown: {safe(reason)}", style="yellow")
    if advice.uncertainty is not UNSET:
        from advisor.report.uncertainty import show_uncertainty

        _section(console, "How sure is it?")
        show_uncertainty(advice.uncertainty, console)
    if advice.simulated_regret is not UNSET:
        from advisor.report.regret import show_regret

        show_regret(advice.simulated_regret, console)


def _used(console: Console, advice: Advice) -> None:
    """What records of use said, where some were given."""
    from msgspec import UNSET

    if advice.used is not UNSET:
        from advisor.report.used import show_used

        _section(console, "Use, from your records")
        show_used(advice.used, console)


def _queueing(console: Console, advice: Advice) -> None:
    """How the measured box serves the work as it arrives, where the scenario asks."""
    reason = advice.unknown.get("queueing")
    if reason is not None:
        _section(console, "The week at this box")
        console.print(f"Unknown: {safe(reason)}", style="yellow")
    if advice.queueing is not UNSET:
        from advisor.report.capacity import show_capacity

        console.print()
        show_capacity(advice.queueing)


def headline(console: Console, advice: Advice) -> None:
    """The decision in one sentence, and whom the reasoning does not suit."""
    from rich.text import Text

    console.print(Text(safe(advice.summary), style=_STYLES[advice.decision]))
    for exclusion in advice.exclusions:
        console.print(f"Note: {safe(exclusion.advice)}", style="yellow")


def three_numbers(console: Console, advice: Advice) -> None:
    """The API's bill, the box's cost, and when one pays back the other."""
    baseline = next((each for each in advice.comparisons if each.baseline), None)
    if baseline is None:
        return
    box_price = advice.inputs.box.price_usd
    owned = "its resale value" if advice.inputs.box.already_owned else "to buy it"
    setup_usd = advice.local_capital_usd - box_price
    bought = f"{usd(box_price)} {owned}"
    if setup_usd:
        bought += f" and {usd(setup_usd)} to set it up"
    running = _per_month(baseline.local_usd_per_month)
    why = advice.unknown.get("local_electricity.usd_per_month")
    console.print()
    console.print(
        facts_table(
            [
                ("API bill", f"{_per_month(baseline.api_usd_per_month)}   {name(baseline.name)}"),
                ("This box", f"{running}   + {bought}{_electricity(advice)}"),
                *([("", f"Unknown: {safe(why)}")] if why else []),
                ("Pays back", _pays_back(advice, baseline)),
            ]
        )
    )


def _pays_back(advice: Advice, baseline: Comparison) -> str:
    """When by the simple formula, when with all effects where that differs, and from what use."""
    if baseline.local_usd_per_month is None or baseline.api_usd_per_month is None:
        return "unknown"
    simple, full = baseline.break_even_months_simple, baseline.break_even_months_full
    text = months(simple)
    if simple != full:
        within = f" in {advice.inputs.horizon.months} months" if full is None else ""
        text += f"; growth, resale and overflow counted: {months(full)}{within}"
    volume = baseline.break_even_tokens_per_month
    if volume is not None:
        return f"{text}; within 12 months from {tokens(volume)} tokens a month"
    return f"{text}; at no volume that it can serve" if advice.capacity.tokens_per_month else text


def flips(advice: Advice) -> list[str]:
    """What would have to be otherwise for another decision, nearest in proportion first."""
    lines = [flip_line(flip) for flip in advice.what_would_change_it[:MOST_FLIPS]]
    by_decision: dict[str, list[str]] = {}
    for other in advice.reversed_by:
        if other.kind == "api":
            by_decision.setdefault(other.decision, []).append(name(other.name, 30))
    lines += [
        f"{HEADLINES[decision]} if compared with {' or '.join(names)}"
        for decision, names in by_decision.items()
    ]
    lines += [reversal_line(other) for other in advice.reversed_by if other.kind != "api"]
    lines += [
        f"{HEADLINES[flip.decision_otherwise]} if {ANSWERS[flip.key, not flip.now]}"
        for flip in advice.answers_that_would_change_it
        if (flip.key, not flip.now) in ANSWERS
    ]
    return lines


def closing(console: Console, advice: Advice, record: str | None) -> None:
    """Where the numbers come from and where they are kept."""
    console.print()
    for missing in advice.measure_first:
        console.print(f"Missing: {safe(missing)}", style="yellow")
    console.print(f"Prices: {safe(advice.price_book)}", style="dim")
    if not isinstance(advice.currency, UnsetType):
        console.print(money.rate_line(advice.currency), style="dim")
    if record:
        console.print(f"Record: {safe(record)}", style="dim")


def _per_month(value: float | None) -> str:
    return "unknown" if value is None else f"{usd(value)} a month"


def _electricity(advice: Advice) -> str:
    electricity = advice.local_electricity
    if electricity.kwh_per_month is None:
        return ""
    bound = "at most " if electricity.upper_bound else ""
    return f" ({bound}{number(electricity.kwh_per_month)} kWh a month)"


def _regrets(advice: Advice) -> Table:
    return facts_table(
        (
            "applies" if check.applies else "no",
            f"{safe(check.question)} {safe(check.why[:1].upper() + check.why[1:])}.",
        )
        for check in advice.regrets
    )


def _recommendations(console: Console, advice: Advice) -> None:
    from rich.padding import Padding

    if not advice.recommendations:
        return
    _section(console, "Which one")
    for each in advice.recommendations:
        console.print(f"{name(each.name)}: {safe(each.because)}. {safe(each.reason)}")
        limits = (f"Not for: {safe(each.not_for)}", f"Regret: {safe(each.regret)}")
        for limit in limits:
            console.print(Padding(limit, (0, 0, 0, 2)), style="dim")


def _section(console: Console, title: str) -> None:
    console.print()
    console.print(title, style="bold")
