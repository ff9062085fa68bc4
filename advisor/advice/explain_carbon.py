"""How is the carbon of each action computed?"""

from __future__ import annotations

from advisor.advice.carbon import dialogue_of
from advisor.advice.carbon_document import ActionCarbon
from advisor.advice.document import Advice
from advisor.advice.explain_lines import Lines
from advisor.advice.explain_power import KWH_MONTH, energy_of, explain_active_power
from advisor.documents import Unknown
from advisor.economics.carbon import energy_model
from advisor.economics.inputs import Case
from advisor.economics.rates import Dialogue

LOCAL = "carbon.actions[0]."
G_MONTH = "g CO2e per month"
G_MTOK = "g CO2e per million tokens"
TOKENS = ("usage.input_tokens_per_month", "usage.output_tokens_per_month")


def explain_carbon(lines: Lines, advice: Advice) -> None:
    """Adds the lines of the carbon column, where there is one."""
    carbon, case = advice.carbon, lines.start.filled.inputs.case()
    if carbon is None:
        return
    _local(lines, carbon.actions[0], case)
    for index, action in enumerate(carbon.actions):
        if index and action.g_co2e_per_month is not None:
            _told(lines, f"carbon.actions[{index}].", action, case)
    for index, action in enumerate(carbon.actions):
        if carbon.usd_per_tonne and action.usd_per_month is not None:
            at = f"carbon.actions[{index}]."
            lines.add(
                f"{at}usd_per_month",
                f"{action.action}: what the first month's carbon costs",
                action.usd_per_month,
                "USD per month",
                "g_co2e_per_month * usd_per_tonne / 1e6",
                lines.computed(f"{at}g_co2e_per_month"),
                lines.given("usd_per_tonne", carbon.usd_per_tonne, "USD per tonne", "the scenario"),
            )
    for side, kilograms in (
        ("local", carbon.local_kg_co2e_per_month),
        ("api", carbon.api_kg_co2e_per_month),
    ):
        baseline = next((n for n, each in enumerate(advice.comparisons) if each.baseline), 0)
        place = 0 if side == "local" else 1 + baseline
        if kilograms is not None:
            lines.add(
                f"carbon.{side}_kg_co2e_per_month",
                f"carbon of the first month, {carbon.actions[place].action}",
                kilograms,
                "kg CO2e per month",
                "g_co2e_per_month / 1000",
                lines.computed(f"carbon.actions[{place}].g_co2e_per_month"),
            )


def _local(lines: Lines, action: ActionCarbon, case: Case) -> None:
    model = energy_model(case)
    if isinstance(model, Unknown) or action.kwh_per_month is None:
        return
    explain_active_power(lines, case)
    energy = energy_of(lines, model)
    label = "energy of a month at the wall, by the powers"
    kwh = f"{LOCAL}kwh_per_month"
    lines.add(kwh, label, action.kwh_per_month, KWH_MONTH, energy.text, *energy.inputs)
    if action.g_co2e_per_month is None:
        return
    grid = lines.start.filled.inputs.carbon.grid_g_per_kwh or 0.0
    lines.add(
        f"{LOCAL}g_co2e_per_month",
        "carbon of the box's electricity",
        action.g_co2e_per_month,
        G_MONTH,
        "kwh_per_month * grid_g_per_kwh",
        lines.computed(kwh),
        lines.given("grid_g_per_kwh", grid, "g per kWh", _source(action)),
    )
    _per_mtok(lines, LOCAL, action, served_here=lines.knows("capacity.overflow_share"))


def _told(lines: Lines, at: str, action: ActionCarbon, case: Case) -> None:
    name = action.action.partition(":")[2]
    told = next(
        each for each in lines.start.filled.inputs.carbon.told if each.name == name
    ).g_co2e_per_mtok
    dialogue = _dialogue(lines, action, case)
    source = "its tokens for each of the usage, with reasoning and retries"
    lines.add(
        f"{at}g_co2e_per_month",
        f"{action.action}: carbon of the first month's tokens",
        action.g_co2e_per_month,
        G_MONTH,
        "told_g_per_mtok * (input_tokens_per_month * input_factor + output_tokens_per_month * "
        "output_factor) / 1e6",
        lines.given("told_g_per_mtok", told, G_MTOK, _source(action)),
        *(lines.key(key) for key in TOKENS),
        lines.given("input_factor", dialogue.input_factor, "factor", source),
        lines.given("output_factor", dialogue.output_factor, "factor", source),
    )
    _per_mtok(lines, at, action, served_here=False)


def _dialogue(lines: Lines, action: ActionCarbon, case: Case) -> Dialogue:
    kind, _, name = action.action.partition(":")
    if kind == "rented":
        return case.box.dialogue
    apis = lines.start.situation.apis
    return dialogue_of(next(each.price for each in apis if each.name == name))


def _per_mtok(lines: Lines, at: str, action: ActionCarbon, *, served_here: bool) -> None:
    if action.g_co2e_per_mtok is None:
        return
    share = [lines.computed("capacity.overflow_share")] if served_here else []
    served = " * (1 - overflow_share)" if served_here else ""
    lines.add(
        f"{at}g_co2e_per_mtok",
        f"{action.action}: carbon of a million tokens that it serves",
        action.g_co2e_per_mtok,
        G_MTOK,
        f"g_co2e_per_month / ((input_tokens_per_month + output_tokens_per_month){served}) * 1e6",
        lines.computed(f"{at}g_co2e_per_month"),
        *(lines.key(key) for key in TOKENS),
        *share,
    )


def _source(action: ActionCarbon) -> str:
    dated = f", {action.as_of}" if action.as_of else ""
    return f"{action.source}{dated}"
