"""How are the figures of rented GPUs, of candidate boxes and of the cheapest action computed?

A candidate is explained as the box is, with its own lines under `candidates[…].`; lines that do not
differ from the box's (the API's bill, for one) stand once.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from advisor.advice.actions_document import CandidatePart, RentedPart
from advisor.advice.advise import Ready, advise_on
from advisor.advice.asked_document import ExplainedInput, Explanation
from advisor.advice.document import Advice
from advisor.advice.explain_api import explain_comparison
from advisor.advice.explain_lines import Lines
from advisor.advice.explain_local import OVERFLOW, RUN, USD, USD_MONTH, explain_local
from advisor.advice.explain_terms import CAPITAL, capital
from advisor.advice.inputs import Scenario
from advisor.advice.measured import Filled
from advisor.advice.situation import OtherBox
from advisor.documents import Unknown

WHOLE = "local_usd_12_months_with_overflow"
HOURS_PAID_FOR = (
    "busy hours * (1 + interrupted_share) / max_utilization; where hours are fixed, as many GPUs "
    "as that takes, rounded up"
)
PAID_BY_RENT = "the comparison's formula in full, with each month's rent as the bill"
LEAST = (
    "the least of the 12 months in the regret table's first column, of those that are not ruled out"
)
COMPUTED = "computed: "


def explain_actions(lines: Lines, advice: Advice) -> None:
    """Adds the lines of every action that is neither the box nor an API; after those."""
    baseline = next((n for n, each in enumerate(advice.comparisons) if each.baseline), None)
    bills = None if baseline is None else f"comparisons[{baseline}].api_usd"
    box = capital(lines)
    lines.add("local_capital_usd", "paid for the box", box.value, USD, box.name, box)
    _whole(lines, WHOLE, advice.local_usd_12_months_with_overflow, bills)
    for index, rented in enumerate(advice.rented):
        _rent(lines, f"rented[{index}].", rented)
    for index, other in enumerate(lines.start.situation.candidates()):
        _candidate(lines, index, other, advice, baseline)
    if advice.cheapest is not None:
        for key, value in (
            ("usd_12_months", advice.cheapest.usd_12_months),
            ("less_than_decided_usd", advice.cheapest.less_than_decided_usd),
        ):
            label = f"{advice.cheapest.action}: {key.replace('_', ' ')}"
            lines.without_formula(f"cheapest.{key}", label, value, USD, LEAST)


def _whole(lines: Lines, line_id: str, value: float | None, bills: str | None) -> None:
    """A box's 12 months with what it cannot serve, where all that goes into them is known."""
    if value is None or not lines.knows(RUN):
        return
    box = capital(lines)
    label = "the box and 12 months, with what it cannot serve"
    if bills is None or not lines.knows(bills):
        text = f"{box.name} + sum(local_usd[t] for t in range(12))"
        lines.add(line_id, label, value, USD, text, box, lines.computed(RUN))
        return
    lines.add(
        line_id,
        label,
        value,
        USD,
        f"{box.name} + sum(local_usd[t] + overflow_share[t] * api_usd[t] for t in range(12))",
        box,
        lines.computed(RUN),
        lines.computed(OVERFLOW),
        lines.computed(bills),
    )


def _candidate(
    lines: Lines, index: int, other: OtherBox, advice: Advice, baseline: int | None
) -> None:
    part, at = advice.candidates[index], f"candidates[{index}]."
    inner = Lines(_start(lines.start, other))
    told = advise_on(inner.start)
    explain_local(inner, told)
    bills = None
    if baseline is not None:
        explain_comparison(inner, baseline, told)
        bills = f"comparisons[{baseline}].api_usd"
    if not inner.knows(CAPITAL):
        price = inner.key("box.price_usd")
        inner.add(CAPITAL, "paid for the box", part.capital_usd, USD, "price_usd", price)
    _whole(inner, "usd_12_months_with_overflow", part.usd_12_months_with_overflow, bills)
    own = {line.id for line in inner.all() if lines.found.get(line.id) != line}
    ids = {each: _id_of(each, at, baseline) for each in own}
    for line in inner.all():
        if line.id in own:
            lines.found[ids[line.id]] = _renamed(line, ids, part, advice)
    if part.less_than_box_usd_12_months is not None:
        lines.add(
            f"{at}less_than_box_usd_12_months",
            f"{part.name}: less than this box",
            part.less_than_box_usd_12_months,
            USD,
            f"{WHOLE} - usd_12_months_with_overflow",
            lines.computed(WHOLE),
            lines.computed(f"{at}usd_12_months_with_overflow"),
        )


def _start(start: Ready, other: OtherBox) -> Ready:
    """The scenario with this candidate as its box, and who said what of it."""
    situation = other.situation
    said = {f"box.{key}" for key in other.table.own_keys}
    defaulted = tuple(key for key in start.scenario.defaulted if key not in said)
    return replace(
        start,
        situation=situation,
        scenario=Scenario(situation.inputs, defaulted, situation.guessed),
        filled=Filled(situation.inputs, (), ()),
    )


def _id_of(line_id: str, at: str, baseline: int | None) -> str:
    """The line of a candidate: under the document's own name where it has one."""
    for prefix in (f"comparisons[{baseline}].", "capacity."):
        if line_id.startswith(prefix):
            return at + line_id.removeprefix(prefix)
    return f"{at}capital_usd" if line_id == CAPITAL else at + line_id


def _renamed(
    line: Explanation, ids: dict[str, str], part: CandidatePart, advice: Advice
) -> Explanation:
    new_id = ids[line.id]
    return msgspec.structs.replace(
        line,
        id=new_id,
        label=f"{part.name}: {line.label}",
        inputs=tuple(_renamed_input(each, ids) for each in line.inputs),
        note=advice.unknown.get(new_id, line.note),
    )


def _renamed_input(each: ExplainedInput, ids: dict[str, str]) -> ExplainedInput:
    computed = each.source.removeprefix(COMPUTED)
    if computed == each.source or computed not in ids:
        return each
    return msgspec.structs.replace(each, source=COMPUTED + ids[computed])


def _rent(lines: Lines, at: str, rented: RentedPart) -> None:
    if (
        rented.usd_per_month is None
        or rented.usd_12_months is None
        or rented.hours_per_month is None
        or rented.gpus is None
    ):
        return
    hourly = lines.given("usd_per_hour", rented.usd_per_hour, "USD per hour", rented.source)
    lines.without_formula(
        f"{at}hours_per_month",
        f"{rented.name}: hours paid for",
        rented.hours_per_month,
        "hours per month",
        HOURS_PAID_FOR,
    )
    lines.add(
        f"{at}usd_per_month",
        f"{rented.name}: rent of the first month",
        rented.usd_per_month,
        USD_MONTH,
        "usd_per_hour * hours_per_month * gpus",
        hourly,
        lines.computed(f"{at}hours_per_month"),
        lines.given("gpus", float(rented.gpus), "GPUs", HOURS_PAID_FOR),
    )
    lines.without_formula(
        f"{at}usd_12_months",
        f"{rented.name}: rent of 12 months",
        rented.usd_12_months,
        USD,
        "the same in each month, with that month's busy hours",
    )
    _against_rent(lines, at, rented)


def _against_rent(lines: Lines, at: str, rented: RentedPart) -> None:
    if not lines.knows(RUN):
        return
    box = capital(lines)
    lines.add(
        f"{at}break_even_months_simple",
        f"{rented.name}: when the box has paid against it",
        rented.break_even_months_simple,
        "months",
        f"{box.name} / (usd_per_month - local_usd[0])",
        box,
        lines.computed(f"{at}usd_per_month"),
        lines.computed(RUN),
        never="never: a month's rent costs no more than the box's month",
    )
    full = rented.break_even_months_full
    label = f"{rented.name}: the same, growth, resale and overflow counted"
    if full is None:
        reason = lines.start.situation.baseline_price
        why = reason.reason if isinstance(reason, Unknown) else "never within the horizon"
        lines.add(f"{at}break_even_months_full", label, Unknown(why), "months", "")
    else:
        lines.without_formula(f"{at}break_even_months_full", label, full, "months", PAID_BY_RENT)
