"""How are the steps of a decision shown, and what would turn each of them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.console import facts_table
from advisor.report.text import name, number, safe, tokens, usd

if TYPE_CHECKING:
    from rich.table import Table

    from advisor.advice.document import Advice, Comparison, Flip, Reversal
    from advisor.advice.flow import Step

HEADLINES = {
    "local": "Run it on the box",
    "api": "Stay with the API",
    "hybrid": "Use both",
    "measure": "Measure first",
}
LEVERS = {
    "usage.tokens_per_month": "use",
    "box.price_usd": "the box's price",
    "box.electricity_usd_per_month": "electricity",
    "tariff.usd_per_kwh": "electricity",
    "maintenance.usd_per_month": "upkeep",
}
ANSWERS = {
    ("usage.stable", False): "use turns out to swing",
    ("usage.stable", True): "use turns out steady",
    ("usage.sensitive", True): "there are data that must not leave",
    ("usage.sensitive", False): "the data may leave after all",
    ("usage.can_maintain", False): "nobody can look after the box",
    ("usage.can_maintain", True): "somebody can look after the box",
    ("team.validating", True): "it is not sure yet that the use will last",
    ("team.validating", False): "you are past the stage of trying things out",
}
INSTEAD = {
    "local": "local",
    "api": "API",
    "hybrid": "both",
    "measure": "measure first",
}
"""The decisions in as few words as a line leaves room for."""


def path_table(advice: Advice) -> Table:
    """Each step with its number, its answer, and under it where it would turn."""
    from rich.console import Group
    from rich.text import Text

    rows = []
    for index, step in enumerate(advice.path, 1):
        end = " ←" if step.ends_flow else ""
        said = Text(f"{safe(step.question)} {safe(step.answer)}{_beside(step)}{end}")
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
    instead = INSTEAD[step.flips_to]
    if isinstance(at, bool):
        return f"→ {instead} if {ANSWERS[key, at]}"
    unit = step.flips_unit or ""
    above = at > float(step.flips_now or 0)
    shown = f"{_amount(at, unit)}{_per(unit)}"
    if key == "usage.tokens_per_month":
        return f"→ {instead} {'from' if above else 'below'} {shown}"
    return f"→ {instead} if {lever(key)} is {'above' if above else 'below'} {shown}"


def lever(key: str) -> str:
    """An input in words; an API's price by the API's name."""
    if key.startswith("api."):
        return f"{name(key.removeprefix('api.'), 50)}'s price"
    return LEVERS.get(key, name(key))


def flip_line(flip: Flip) -> str:
    """One flip point as a sentence: what to do, and when."""
    moves = "rises above" if flip.direction == "above" else "falls below"
    turn = f"{lever(flip.key)} {moves} {_amount(flip.at, flip.unit)}{_per(flip.unit)}"
    return f"{HEADLINES[flip.decision]} if {turn} (now {_amount(flip.now, flip.unit)})"


def reversal_line(other: Reversal) -> str:
    """A rented GPU or a candidate box that would turn the decision."""
    label = name(other.name.partition(":")[2], 30)
    if other.kind == "rented":
        return f"Rent {label} rather than buy the box: it costs least of all over 12 months"
    return f"{HEADLINES[other.decision]} if {label} is bought in place of this box"


def crossings_line(compared: Comparison) -> str:
    """Every change of the cheaper side, where there is more than one."""
    parts = [
        f"{'the box' if each.ahead == 'local' else 'the API'} from month {number(each.month)}"
        for each in compared.crossings
    ]
    return f"Cheaper in all, against {name(compared.name, 40)}: {', '.join(parts)}."


def _amount(value: float, unit: str) -> str:
    return usd(value) if unit.startswith("USD") else tokens(value)


def _per(unit: str) -> str:
    return f" {unit.removeprefix('USD').strip()}".rstrip().split(",")[0]
