"""How is regret shown? How bad each choice may turn out, what to learn first, when to buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.advice.summary import promised
from advisor.report.console import columns_table, facts_table
from advisor.report.text import name, number, safe, usd

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from advisor.advice.regret_document import (
        AllowancePart,
        BestSplitPart,
        RegretPart,
        WaitPart,
        WorthPart,
    )

MOST_LINES = 6
"""Of keys worth knowing and of classes of requests."""


def show_regret(part: RegretPart, console: Console) -> None:
    """Prints the table of regrets, what knowing more is worth, and the rules that follow."""
    console.print()
    console.print("If you turn out to be wrong: what you pay above the best choice", style="bold")
    console.print(_actions(part))
    console.print(
        f"* least worst regret   ° least expected regret   {part.scenarios:,} scenarios, "
        f"{part.horizon_months} months",
        style="dim",
    )
    console.print()
    console.print("What knowing more is worth", style="bold")
    console.print(facts_table(_information(part)))
    rows = [("Wait", _wait(each)) for each in part.waiting]
    rows += rules(part.ski_rental, part.best_split)
    if rows:
        console.print()
        console.print("What follows", style="bold")
        console.print(facts_table(rows))
    for what, why in part.unknown.items():
        plain = name(what.replace("_", " "))
        console.print(f"Unknown: {plain}: {safe(why)}", style="yellow")


def rules(
    not_bought_yet: AllowancePart | None, best_split: BestSplitPart | None
) -> list[tuple[str, str]]:
    """When to buy, and the cheapest split, as far as they are known."""
    rows = []
    if not_bought_yet is not None:
        rows.append(("If use may end", allowance(not_bought_yet)))
    if best_split is not None:
        rows.append(("Best split", split(best_split)))
    return rows


def allowance(rule: AllowancePart) -> str:
    """The not-yet-bought rule in a sentence."""
    if rule.still_to_spend_usd is None or rule.month is None:
        return "the box never saves its price within the horizon: do not buy"
    promise = f"at most {promised(rule.at_most_times_hindsight)} times the best cost in hindsight"
    if rule.still_to_spend_usd == 0:
        return f"what went to the API has paid for the box: buy now ({promise})"
    return (
        f"buy when you have spent {_dollars(rule.still_to_spend_usd)} more on the API "
        f"({number(rule.month)} months from now): whatever use does, {promise}"
    )


def split(best: BestSplitPart) -> str:
    """The cheapest split in a sentence, by class where there are several."""
    if best.uses == "api":
        return "everything at the API: no split with this box is cheaper"
    shares = [
        f"{name(each.name, 24)} {_percent(each.local_share)}"
        for each in best.by_class[:MOST_LINES]
        if len(best.by_class) > 1
    ]
    detail = f" ({', '.join(shares)})" if shares else ""
    moves = abs(best.local_share_last_month - best.local_share) >= 0.005
    later = f", {_percent(best.local_share_last_month)} in the last month" if moves else ""
    return f"{_percent(best.local_share)} of the tokens on the box{detail}{later}: {_saves(best)}"


def _saves(best: BestSplitPart) -> str:
    """What the split saves over either pure choice."""
    everything = best.uses == "local"
    most = [] if everything else [(best.local_first_usd, "all that fits on the box")]
    pure = [(best.api_only_usd, "all at the API"), *most]
    saved = [
        f"{_dollars(usd_of_it - best.usd)} over {what}"
        for usd_of_it, what in pure
        if usd_of_it is not None and usd_of_it - best.usd >= 0.005
    ]
    return f"saves {' and '.join(saved)}" if saved else "as cheap as any other"


def _actions(part: RegretPart) -> Table:
    heads = ("mean cost", "on average", "1 in 20 over", "at worst")
    table = columns_table("", *heads, right=heads)
    for each in part.actions:
        marks = ("*" if each.action in part.minimax else " ") + (
            "°" if each.action in part.least_expected else " "
        )
        table.add_row(
            f"{marks} {name(each.action, 30)}",
            _dollars(each.mean_cost_usd),
            _dollars(each.expected_regret_usd),
            _dollars(each.p95_regret_usd),
            _dollars(each.worst_regret_usd),
        )
    return table


def _information(part: RegretPart) -> list[tuple[str, str]]:
    rows = [("everything", _worth(part.perfect_information))]
    rows += [
        (name(" + ".join(each.keys), 40), _worth(each.worth)) for each in part.knowing[:MOST_LINES]
    ]
    for each in part.measurements:
        verdict = f"{_dollars(each.net_usd)} left" if each.net_usd > 0 else "not worth it"
        rows.append(
            (
                name(each.what, 40),
                f"{_worth(each.worth)}, costs {_dollars(each.cost_usd)}: {verdict}",
            )
        )
    return rows


def _wait(waiting: WaitPart) -> str:
    months = "1 month" if waiting.months == 1 else f"{waiting.months} months"
    result = "saves" if waiting.net.usd >= 0 else "costs"
    learnt, delay = _dollars(waiting.information.usd), _dollars(abs(waiting.delay_usd))
    price = f"the delay costs {delay}" if waiting.delay_usd >= 0 else f"the delay saves {delay}"
    return (
        f"{months}, then decide: {result} {_dollars(abs(waiting.net.usd))} "
        f"(what is learnt is worth {learnt}, {price})"
    )


def _worth(worth: WorthPart) -> str:
    if worth.usd == 0:
        return "nothing"
    if worth.usd < 2 * worth.standard_error_usd:
        return f"nothing beyond noise (under {_dollars(worth.usd + 2 * worth.standard_error_usd)})"
    return f"{_dollars(worth.usd)} ±{_dollars(2 * worth.standard_error_usd)}"


def _percent(share: float) -> str:
    return f"{number(100 * share)} %"


def _dollars(value: float) -> str:
    """Whole dollars from ten on: the draws know no cents."""
    return usd(round(value)) if abs(value) >= 10 else usd(value)
