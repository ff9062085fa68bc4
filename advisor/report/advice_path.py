"""How are the steps of a decision shown, and what would turn each of them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.console import facts_table, mark
from advisor.report.language import N_, _, sentence
from advisor.report.language.spacing import filled
from advisor.report.text import name, number, safe, tokens, usd

if TYPE_CHECKING:
    from rich.table import Table

    from advisor.advice.document import Advice, Comparison, Flip, Reversal
    from advisor.advice.flow import Step

HEADLINES = {
    "local": N_("Run it on the box"),
    "api": N_("Stay with the API"),
    "hybrid": N_("Use both"),
    "measure": N_("Measure first"),
}
LEVERS = {
    "usage.tokens_per_month": N_("use"),
    "box.price_usd": N_("the box's price"),
    "box.electricity_usd_per_month": N_("electricity"),
    "tariff.usd_per_kwh": N_("electricity"),
    "maintenance.usd_per_month": N_("upkeep"),
}
ANSWERS = {
    ("usage.stable", False): N_("use turns out to swing"),
    ("usage.stable", True): N_("use turns out steady"),
    ("usage.sensitive", True): N_("there are data that must not leave"),
    ("usage.sensitive", False): N_("the data may leave after all"),
    ("usage.can_maintain", False): N_("nobody can look after the box"),
    ("usage.can_maintain", True): N_("somebody can look after the box"),
    ("team.validating", True): N_("it is not sure yet that the use will last"),
    ("team.validating", False): N_("you are past the stage of trying things out"),
}
INSTEAD = {
    "local": N_("local"),
    "api": N_("API"),
    "hybrid": N_("both"),
    "measure": N_("measure first"),
}
"""The decisions in as few words as a line leaves room for."""

PER = {
    "USD a month": N_("{amount} a month"),
    "USD per kWh": N_("{amount} per kWh"),
    "USD per million tokens": N_("{amount} per million tokens"),
    "tokens a month": N_("{amount} tokens a month"),
}
"""How an amount of each unit is said; one of plain USD says itself."""


def path_table(advice: Advice) -> Table:
    """Each step with its number, its answer, and under it where it would turn."""
    from rich.console import Group
    from rich.text import Text

    rows = []
    for index, step in enumerate(advice.path, 1):
        end = mark(" ←", " " + _("(this decides)")) if step.ends_flow else ""
        said = Text(
            f"{safe(sentence(step.question))} {safe(sentence(step.answer))}{_beside(step)}{end}"
        )
        turns = _turns(step)
        rows.append((f"{index}", Group(said, Text(turns, style="dim")) if turns else said))
    return facts_table(rows)


def _beside(step: Step) -> str:
    """The number behind the answer, where the answer does not say it."""
    if step.unit == "tokens_per_month" and isinstance(step.value, float):
        return f" ({tokens(step.value)})"
    return ""


def _turns(step: Step) -> str:
    """Where this step would turn the decision, in one line; empty where nowhere near."""
    key, at = step.flips_key, step.flips_at
    if at is None or key is None or step.flips_to is None:
        return ""
    return mark("→ ", _("else: ")) + _turn(step, key, at, _(INSTEAD[step.flips_to]))


def _turn(step: Step, key: str, at: float | bool, instead: str) -> str:
    if isinstance(at, bool):
        return _("{instead} if {condition}").format(instead=instead, condition=_(ANSWERS[key, at]))
    unit = step.flips_unit or ""
    above = at > float(step.flips_now or 0)
    shown = _amount_per(at, unit)
    if key == "usage.tokens_per_month":
        said = _("{instead} from {amount}") if above else _("{instead} below {amount}")
        return filled(said, instead=instead, amount=shown)
    said = (
        _("{instead} if {lever} is above {amount}")
        if above
        else _("{instead} if {lever} is below {amount}")
    )
    return filled(said, instead=instead, lever=lever(key), amount=shown)


def lever(key: str) -> str:
    """An input in words; an API's price by the API's name."""
    if key.startswith("api."):
        return _("{api}'s price").format(api=name(key.removeprefix("api."), 50))
    return _(LEVERS[key]) if key in LEVERS else name(key)


def flip_line(flip: Flip) -> str:
    """One flip point as a sentence: what to do, and when."""
    said = (
        _("{decision} if {lever} rises above {amount} (now {now})")
        if flip.direction == "above"
        else _("{decision} if {lever} falls below {amount} (now {now})")
    )
    return filled(
        said,
        decision=_(HEADLINES[flip.decision]),
        lever=lever(flip.key),
        amount=_amount_per(flip.at, flip.unit),
        now=_amount(flip.now, flip.unit),
    )


def reversal_line(other: Reversal) -> str:
    """A rented GPU or a candidate box that would turn the decision."""
    label = name(other.name.partition(":")[2], 30)
    if other.kind == "rented":
        return _(
            "Rent {label} rather than buy the box: it costs least of all over 12 months"
        ).format(label=label)
    return _("{decision} if {label} is bought in place of this box").format(
        decision=_(HEADLINES[other.decision]), label=label
    )


def crossings_line(compared: Comparison) -> str:
    """Every change of the cheaper side, where there is more than one."""
    parts = [
        (
            _("the box from month {month}")
            if each.ahead == "local"
            else _("the API from month {month}")
        ).format(month=number(each.month))
        for each in compared.crossings
    ]
    return _("Cheaper in all, against {name}: {listed}.").format(
        name=name(compared.name, 40), listed=_(", ").join(parts)
    )


def _amount(value: float, unit: str) -> str:
    return usd(value) if unit.startswith("USD") else tokens(value)


def _amount_per(value: float, unit: str) -> str:
    """An amount with what it is per; what follows a comma in a unit is a note on it."""
    amount, per = _amount(value, unit), unit.split(",", maxsplit=1)[0]
    return _(PER[per]).format(amount=amount) if per in PER else amount
