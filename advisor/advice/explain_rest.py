"""How are splits, regrets, prices needed, the cost of privacy and the flip points computed?"""

from __future__ import annotations

from msgspec import UnsetType

from advisor.advice.document import Advice, Split
from advisor.advice.explain_flips import explain_flips
from advisor.advice.explain_lines import Lines, series
from advisor.advice.explain_local import RUN, USD, USD_MONTH
from advisor.advice.explain_rules import explain_rules
from advisor.advice.explain_terms import BUSY, capital, running
from advisor.economics.capacity import overflow_share, utilization
from advisor.economics.inputs import Case

TOKENS = ("usage.input_tokens_per_month", "usage.output_tokens_per_month")
PRIVATE = "sensitive_local_rest_api"
COMPUTED_AGAIN = "the formulas of the comparison, with that one change of the inputs"


def explain_rest(lines: Lines, advice: Advice) -> None:
    """Adds the lines of all that stands beside the comparisons."""
    baseline = next((n for n, each in enumerate(advice.comparisons) if each.baseline), None)
    _prices_needed(lines, advice)
    if baseline is not None:
        for index, split in enumerate(advice.hybrid_splits):
            _split(lines, index, split, f"comparisons[{baseline}].")
        _of_baseline(lines, advice, f"comparisons[{baseline}].")
        explain_rules(lines, advice, f"comparisons[{baseline}].")
    _regrets(lines, advice)
    explain_flips(lines, advice)
    if not isinstance(advice.currency, UnsetType):
        rate = lines.start.filled.inputs.currency.shown.usd_per_unit
        lines.add(
            "currency.per_usd",
            "what one USD is worth in the currency shown",
            advice.currency.per_usd,
            f"{advice.currency.code} per USD",
            "1 / usd_per_unit",
            lines.given("usd_per_unit", rate, "USD", advice.currency.source),
        )


def _prices_needed(lines: Lines, advice: Advice) -> None:
    tokens = [lines.key(key) for key in TOKENS]
    for index, needed in enumerate(advice.prices_needed):
        box = capital(lines)
        paid = "" if needed.months is None else f" + {box.name} / months"
        used = []
        if needed.months is not None:
            asked = lines.given("months", needed.months, "months", "the guide's rule of thumb")
            used = [box, asked]
        lines.add(
            f"prices_needed[{index}].usd_per_mtok",
            "price below which the box never pays"
            if needed.months is None
            else f"price at which it pays in {needed.months:g} months",
            needed.usd_per_mtok,
            "USD per million tokens",
            f"(local_usd[0]{paid}) / (input_tokens_per_month + output_tokens_per_month) * 1e6",
            lines.computed(RUN),
            *used,
            *tokens,
        )


def _split(lines: Lines, index: int, split: Split, api: str) -> None:
    case = lines.start.filled.inputs.case()
    at, growth = f"hybrid_splits[{index}].", lines.key("usage.growth_per_month")
    if split.kind == PRIVATE:
        formula, used = "sensitive_share", [lines.key("usage.sensitive_share")]
    else:
        formula = "1 / max(1, utilization * (1 + growth_per_month) ** t)"
        used = [lines.computed("capacity.utilization"), growth]
    shares = _shares(lines, split, case)
    lines.add(f"{at}share", "share on the box in month t", series(shares), "share", formula, *used)
    share = lines.computed(f"{at}share")
    first, later = running(lines, "0", " * share[0]"), running(lines, "t", " * share[t]")
    bills = lines.computed(f"{api}api_usd")
    lines.add(
        f"{at}local_share", "share on the box now", split.local_share, "share", "share[0]", share
    )
    lines.add(
        f"{at}local_usd_per_month",
        "the box's part of the first month",
        split.local_usd_per_month,
        USD_MONTH,
        first.text,
        *first.inputs,
        *([share] if lines.knows(BUSY) else []),
    )
    lines.add(
        f"{at}api_usd_per_month",
        "the API's part of the first month",
        split.api_usd_per_month,
        USD_MONTH,
        "(1 - share[0]) * api_usd[0]",
        share,
        bills,
    )
    box = capital(lines)
    lines.add(
        f"{at}usd_12_months",
        "the split: the box's price and 12 months",
        split.usd_12_months,
        USD,
        f"{box.name} + sum({later.text} + (1 - share[t]) * api_usd[t] for t in range(12))",
        box,
        *later.inputs,
        share,
        bills,
    )
    lines.add(
        f"{at}more_than_cheaper_pure_choice_usd",
        "more than all local or all API",
        split.more_than_cheaper_pure_choice_usd,
        USD,
        "usd_12_months - min(api_usd_12_months, local_usd_12_months)",
        lines.computed(f"{at}usd_12_months"),
        lines.computed(f"{api}api_usd_12_months"),
        lines.computed(f"{api}local_usd_12_months"),
    )


def _shares(lines: Lines, split: Split, case: Case) -> list[float]:
    if split.kind == PRIVATE:
        return [lines.start.filled.inputs.usage.sensitive_share] * 12
    loads = [utilization(case, month) for month in range(12)]
    return [1.0 - overflow_share(load) for load in loads if isinstance(load, float)]


def _of_baseline(lines: Lines, advice: Advice, api: str) -> None:
    premium = advice.privacy_premium_usd_per_month
    kinds = [split.kind for split in advice.hybrid_splits]
    private = kinds.index(PRIVATE) if PRIVATE in kinds else None
    if premium is not None and private is not None:
        lines.add(
            "privacy_premium_usd_per_month",
            "what privacy costs over the API in the first year",
            premium,
            USD_MONTH,
            "(usd_12_months - api_usd_12_months) / 12",
            lines.computed(f"hybrid_splits[{private}].usd_12_months"),
            lines.computed(f"{api}api_usd_12_months"),
        )


def _regrets(lines: Lines, advice: Advice) -> None:
    table = advice.regret_table
    if table is None:
        return
    costs = {action.action: action.usd_12_months for action in table.actions}
    for index, action in enumerate(table.actions):
        at = f"regret_table.actions[{index}]."
        for column, scenario in enumerate(table.scenarios):
            label = f"{action.action}: 12 months, {scenario}"
            cost = action.usd_12_months[column]
            lines.without_formula(f"{at}usd_12_months[{column}]", label, cost, USD, COMPUTED_AGAIN)
            lines.add(
                f"{at}regret_usd[{column}]",
                f"{action.action}: regret, {scenario}",
                action.regret_usd[column],
                USD,
                "own_usd - min(each_usd)",
                lines.given("own_usd", cost, USD, f"computed: {at}usd_12_months[{column}]"),
                lines.given(
                    "each_usd",
                    tuple(each[column] for each in costs.values()),
                    USD,
                    f"computed: regret_table.actions[*].usd_12_months[{column}]",
                ),
            )
        lines.add(
            f"{at}worst_regret_usd",
            f"{action.action}: worst regret",
            action.worst_regret_usd,
            USD,
            "max(regret_usd)",
            lines.given("regret_usd", action.regret_usd, USD, f"computed: {at}regret_usd[*]"),
        )
