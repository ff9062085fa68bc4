"""How is regret shown? How bad each choice may turn out, what to learn first, when to buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.advice.summary import promised
from advisor.report.console import columns_table, facts_table, is_plain
from advisor.report.language import N_, _, ngettext, sentence
from advisor.report.language.spacing import filled
from advisor.report.text import name, number, pair, safe, usd

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

MARKS = {"*": N_("least worst regret"), "°": N_("least expected regret")}
MOST_LINES = 6
"""Of keys worth knowing and of classes of requests."""


def show_regret(part: RegretPart, console: Console) -> None:
    """Prints the table of regrets, what knowing more is worth, and the rules that follow."""
    console.print()
    console.print(
        _("If you turn out to be wrong: what you pay above the best choice"), style="bold"
    )
    console.print(_actions(part))
    drawn_from = _("{scenarios} scenarios, {months} months").format(
        scenarios=f"{part.scenarios:,}", months=part.horizon_months
    )
    marks = [f"{sign} {_(words)}" for sign, words in MARKS.items()]
    console.print(drawn_from if is_plain() else "   ".join([*marks, drawn_from]), style="dim")
    console.print()
    console.print(_("What knowing more is worth"), style="bold")
    console.print(facts_table(_information(part)))
    rows = [(_("Wait"), _wait(each)) for each in part.waiting]
    rows += rules(part.ski_rental, part.best_split)
    if rows:
        console.print()
        console.print(_("What follows"), style="bold")
        console.print(facts_table(rows))
    for what, why in part.unknown.items():
        console.print(
            _("Unknown: {what}: {why}").format(
                what=name(sentence(what.replace("_", " "))), why=safe(sentence(why))
            ),
            style="yellow",
        )


def rules(
    not_bought_yet: AllowancePart | None, best_split: BestSplitPart | None
) -> list[tuple[str, str]]:
    """When to buy, and the cheapest split, as far as they are known."""
    rows = []
    if not_bought_yet is not None:
        rows.append((_("If use may end"), allowance(not_bought_yet)))
    if best_split is not None:
        rows.append((_("Best split"), split(best_split)))
    return rows


def allowance(rule: AllowancePart) -> str:
    """The not-yet-bought rule in a sentence."""
    if rule.still_to_spend_usd is None or rule.month is None:
        return _("the box never saves its price within the horizon: do not buy")
    promise = _("at most {factor} times the best cost in hindsight").format(
        factor=promised(rule.at_most_times_hindsight)
    )
    if rule.still_to_spend_usd == 0:
        return _("what went to the API has paid for the box: buy now ({promise})").format(
            promise=promise
        )
    return _(
        "buy when you have spent {amount} more on the API ({months} months from now): "
        "whatever use does, {promise}"
    ).format(amount=_dollars(rule.still_to_spend_usd), months=number(rule.month), promise=promise)


def split(best: BestSplitPart) -> str:
    """The cheapest split in a sentence, by class where there are several."""
    if best.uses == "api":
        return _("everything at the API: no split with this box is cheaper")
    shares = [
        f"{name(each.name, 24)} {_percent(each.local_share)}"
        for each in best.by_class[:MOST_LINES]
        if len(best.by_class) > 1
    ]
    said = _("{share} of the tokens on the box").format(share=_percent(best.local_share))
    if shares:
        said = f"{said} ({_(', ').join(shares)})"
    if abs(best.local_share_last_month - best.local_share) >= 0.005:
        said = _("{said}, {share} in the last month").format(
            said=said, share=_percent(best.local_share_last_month)
        )
    return pair(said, _saves(best))


def _saves(best: BestSplitPart) -> str:
    """What the split saves over either pure choice."""
    everything = best.uses == "local"
    most = [] if everything else [(best.local_first_usd, _("all that fits on the box"))]
    pure = [(best.api_only_usd, _("all at the API")), *most]
    saved = [
        filled(_("{amount} over {what}"), amount=_dollars(usd_of_it - best.usd), what=what)
        for usd_of_it, what in pure
        if usd_of_it is not None and usd_of_it - best.usd >= 0.005
    ]
    return (
        _("saves {saved}").format(saved=_(" and ").join(saved))
        if saved
        else _("as cheap as any other")
    )


def _actions(part: RegretPart) -> Table:
    heads = (_("mean cost"), _("on average"), _("1 in 20 over"), _("at worst"))
    table = columns_table("", *heads, right=heads)
    for each in part.actions:
        table.add_row(
            _marked(each.action, part),
            _dollars(each.mean_cost_usd),
            _dollars(each.expected_regret_usd),
            _dollars(each.p95_regret_usd),
            _dollars(each.worst_regret_usd),
        )
    return table


def _marked(action: str, part: RegretPart) -> str:
    """An action with the signs of what it is best at in front of it, or the words after it."""
    best_at = [
        sign for sign, held in (("*", part.minimax), ("°", part.least_expected)) if action in held
    ]
    if not is_plain():
        signs = "".join(sign if sign in best_at else " " for sign in MARKS)
        return f"{signs} {name(action, 30)}"
    words = [_(MARKS[sign]) for sign in best_at]
    return f"{name(action, 30)} ({_(', ').join(words)})" if words else name(action, 30)


def _information(part: RegretPart) -> list[tuple[str, str]]:
    rows = [(_("everything"), _worth(part.perfect_information))]
    rows += [
        (name(" + ".join(each.keys), 40), _worth(each.worth)) for each in part.knowing[:MOST_LINES]
    ]
    for each in part.measurements:
        verdict = (
            _("{amount} left").format(amount=_dollars(each.net_usd))
            if each.net_usd > 0
            else _("not worth it")
        )
        rows.append(
            (
                name(sentence(each.what), 40),
                _("{worth}, costs {amount}: {verdict}").format(
                    worth=_worth(each.worth), amount=_dollars(each.cost_usd), verdict=verdict
                ),
            )
        )
    return rows


def _wait(waiting: WaitPart) -> str:
    months = ngettext("{count} month", "{count} months", waiting.months)
    result = _("saves {amount}") if waiting.net.usd >= 0 else _("costs {amount}")
    price = (
        _("the delay costs {amount}") if waiting.delay_usd >= 0 else _("the delay saves {amount}")
    )
    return _("{months}, then decide: {result} (what is learnt is worth {learnt}, {price})").format(
        months=months.format(count=waiting.months),
        result=result.format(amount=_dollars(abs(waiting.net.usd))),
        learnt=_dollars(waiting.information.usd),
        price=price.format(amount=_dollars(abs(waiting.delay_usd))),
    )


def _worth(worth: WorthPart) -> str:
    if worth.usd == 0:
        return _("nothing")
    if worth.usd < 2 * worth.standard_error_usd:
        return _("nothing beyond noise (under {amount})").format(
            amount=_dollars(worth.usd + 2 * worth.standard_error_usd)
        )
    return f"{_dollars(worth.usd)} ±{_dollars(2 * worth.standard_error_usd)}"


def _percent(share: float) -> str:
    return f"{number(100 * share)} %"


def _dollars(value: float) -> str:
    """Whole dollars from ten on: the draws know no cents."""
    return usd(round(value)) if abs(value) >= 10 else usd(value)
