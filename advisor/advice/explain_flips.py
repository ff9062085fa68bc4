"""How were the flip points found, and how does one see by hand that the decision turns there?"""

from __future__ import annotations

from advisor.advice.asked_document import ExplainedInput
from advisor.advice.document import Advice, Flip
from advisor.advice.explain_lines import Lines
from advisor.advice.explain_local import USD, USD_MONTH
from advisor.advice.flips import lever_at
from advisor.advice.situation import Situation
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.local_cost import local_month

SHORT_OF = 1e-6
"""How far before the flip point, as a share of it, the other side is shown."""


def explain_flips(lines: Lines, advice: Advice) -> None:
    """A line for each flip point with both sides' amounts, and the months they come to."""
    situation = lines.start.situation
    for index, flip in enumerate(advice.what_would_change_it):
        _flip(lines, f"what_would_change_it[{index}].", flip, situation)
    for index, step in enumerate(advice.path):
        found = next(
            (
                number
                for number, flip in enumerate(advice.what_would_change_it)
                if flip.key == step.flips_key and flip.at == step.flips_at
            ),
            None,
        )
        if found is not None:
            flip = advice.what_would_change_it[found]
            at = f"what_would_change_it[{found}].at"
            label = f"{step.id}: where it leads to {flip.decision}"
            lines.add(
                f"path[{index}].flips_at", label, flip.at, flip.unit, "at", lines.computed(at)
            )


def _flip(lines: Lines, at: str, flip: Flip, situation: Situation) -> None:
    short = flip.at * (1 - SHORT_OF if flip.direction == "above" else 1 + SHORT_OF)
    before = lever_at(situation, flip.key, short)
    there = lever_at(situation, flip.key, flip.at)
    note = (
        f"decided again, halving the gap: {before.outcome().decision} at {short:.10g}"
        f"{_months(before)}, {flip.decision} at {flip.at:.10g}{_months(there)}"
    )
    lines.without_formula(
        f"{at}at", f"{flip.key}: {flip.decision} {flip.direction} it", flip.at, flip.unit, note
    )
    for name, side, value in (("before", before, short), ("there", there, flip.at)):
        months = side.break_even_months(side.baseline)
        amounts = _amounts(side, f"the formulas of the comparison, with {flip.key} = {value:.10g}")
        if isinstance(months, float) and amounts is not None:
            lines.add(
                f"{at}break_even_months_{name}",
                f"{flip.key}: months until the box pays, "
                + ("just before it" if name == "before" else "at it"),
                months,
                "months",
                "capital_usd / (api_usd_per_month - local_usd_per_month) if capital_usd > 0 else 0",
                *amounts,
            )


def _months(side: Situation) -> str:
    months = side.break_even_months(side.baseline)
    if isinstance(months, Unknown):
        return ""
    return " (never pays)" if months is None else f" (pays in {months:.9g} months)"


def _amounts(side: Situation, source: str) -> tuple[ExplainedInput, ...] | None:
    case, price = side.inputs.case(), side.baseline_price
    local = local_month(case)
    if isinstance(local, Unknown) or isinstance(price, Unknown):
        return None
    given = (
        ("capital_usd", case.box.capital_usd, USD),
        ("api_usd_per_month", api_usd(case.usage, price, case.horizon), USD_MONTH),
        ("local_usd_per_month", local.usd, USD_MONTH),
    )
    return tuple(
        ExplainedInput(name=name, value=value, unit=unit, source=source)
        for name, value, unit in given
    )
