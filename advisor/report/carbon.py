"""How is carbon shown? A column beside the costs, and a line that says whose grams they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.language import _, sentence
from advisor.report.text import name, number, safe, usd

if TYPE_CHECKING:
    from advisor.advice.carbon_document import ActionCarbon, CarbonPart

HEAD = "CO2e"


def cell(part: CarbonPart, action: str) -> str:
    """An action's kilograms of the first month; `?` where nobody tells them."""
    found = next((each for each in part.actions if each.action == action), None)
    if found is None or found.g_co2e_per_month is None:
        return "?"
    bound = "≤" if found.upper_bound else ""
    return f"{bound}{number(found.g_co2e_per_month / 1000)} kg"


def carbon_line(part: CarbonPart) -> str:
    """Grams a million tokens with their sources, and that they decide nothing."""
    told = [_per_mtok(each, part) for each in part.actions if each.g_co2e_per_mtok is not None]
    said = _("CO2e of the first month: unknown.")
    if told:
        said = _("CO2e of the first month: {listed}, per million tokens.").format(
            listed=_("; ").join(told)
        )
    unknown = [] if len(told) == len(part.actions) else [_("?: nobody tells.")]
    return " ".join([said, *unknown, _weighs(part)])


def _weighs(part: CarbonPart) -> str:
    if not part.usd_per_tonne:
        return _("Not part of the verdict.")
    costs = [
        _("{amount} of {whom}").format(amount=usd(each.usd_per_month), whom=_who(each))
        for each in part.actions
        if each.usd_per_month is not None
    ]
    return _("It weighs at {amount} a tonne: {listed} a month above.").format(
        amount=usd(part.usd_per_tonne), listed=_(", ").join(costs)
    )


def _who(action: ActionCarbon) -> str:
    kind, _colon, called = action.action.partition(":")
    return _("this box") if kind == "local" else name(called, 40)


def _per_mtok(action: ActionCarbon, part: CarbonPart) -> str:
    grid = action.action == "local" and part.grid_g_per_kwh is not None
    from_grid = f"{number(part.grid_g_per_kwh or 0)} g/kWh, " if grid else ""
    dated = f", {safe(action.as_of)}" if action.as_of else ""
    source = name(sentence(action.source)) if action.source else _("nobody")
    grams = number(action.g_co2e_per_mtok or 0)
    shown = _("at most {grams} g").format(grams=grams) if action.upper_bound else f"{grams} g"
    return f"{_who(action)} {shown} ({from_grid}{source}{dated})"
