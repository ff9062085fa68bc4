"""How is carbon shown? A column beside the costs, and a line that says whose grams they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    unknown = "" if len(told) == len(part.actions) else " ?: nobody tells."
    figures = f"{'; '.join(told)}, per million tokens." if told else "unknown."
    return f"CO2e of the first month: {figures}{unknown} {_weighs(part)}"


def _weighs(part: CarbonPart) -> str:
    if not part.usd_per_tonne:
        return "Not part of the verdict."
    costs = [
        f"{usd(each.usd_per_month)} of {_who(each)}"
        for each in part.actions
        if each.usd_per_month is not None
    ]
    return f"It weighs at {usd(part.usd_per_tonne)} a tonne: {', '.join(costs)} a month above."


def _who(action: ActionCarbon) -> str:
    kind, _, called = action.action.partition(":")
    return "this box" if kind == "local" else name(called, 40)


def _per_mtok(action: ActionCarbon, part: CarbonPart) -> str:
    grid = action.action == "local" and part.grid_g_per_kwh is not None
    from_grid = f"{number(part.grid_g_per_kwh or 0)} g/kWh, " if grid else ""
    dated = f", {safe(action.as_of)}" if action.as_of else ""
    bound = "at most " if action.upper_bound else ""
    said = f"{from_grid}{name(action.source or 'nobody')}{dated}"
    return f"{_who(action)} {bound}{number(action.g_co2e_per_mtok or 0)} g ({said})"
