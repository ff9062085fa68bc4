"""How are the not-yet-bought rule and the best split computed?"""

from __future__ import annotations

from advisor.advice.asked_document import ExplainedInput
from advisor.advice.best_split import found_split
from advisor.advice.document import Advice
from advisor.advice.explain_lines import Lines, series
from advisor.advice.explain_local import OVERFLOW, RESALE, RUN, USD, USD_MONTH
from advisor.advice.explain_terms import capital
from advisor.advice.regret_document import AllowancePart, BestSplitPart
from advisor.documents import Unknown
from advisor.economics.split import BestSplit

NEVER = "never within the horizon"
MISSED, PURCHASE = "ski_rental.missed_after_t_months_usd", "ski_rental.purchase_by_month_usd"
MISSED_THEN = "ski_rental.missed_when_bought_usd"
WHOLE, SPENT = "ski_rental.whole_months", "ski_rental.still_to_spend_usd"
SHARES, OURS, THEIRS = (
    f"best_split.{each}_by_month" for each in ("local_share", "local_usd", "api_usd")
)
TRIED = "the cheapest of all corners of the month's costs, see docs/regret.md"
TODAY = "(1 + discount_rate_per_year) ** ((t + 1) / 12)"


def explain_rules(lines: Lines, advice: Advice, api: str) -> None:
    """Adds the lines of both; `api` is the beginning of the baseline's own."""
    if not lines.knows(f"{api}api_usd"):
        return
    if advice.ski_rental is not None and lines.knows(RUN):
        _ski_rental(lines, advice.ski_rental, api)
        if advice.wait_until_spent_usd is not None:
            lines.add(
                "wait_until_spent_usd",
                "what may still go to the API before the box is bought",
                advice.wait_until_spent_usd,
                USD,
                "still_to_spend_usd",
                lines.computed(SPENT),
            )
    split = found_split(lines.start.situation)
    if advice.best_split is not None and not isinstance(split, Unknown):
        _best_split(lines, advice.best_split, split, api)


def _ski_rental(lines: Lines, rule: AllowancePart, api: str) -> None:
    months, bills = lines.key("horizon.months"), lines.computed(f"{api}api_usd")
    count = int(lines.start.filled.inputs.horizon.months)
    bill, run, over = ((*_values(lines, each),) for each in (f"{api}api_usd", RUN, OVERFLOW))
    missed = [0.0]
    for month in range(count):
        missed.append(missed[-1] + max(bill[month] - run[month] - over[month] * bill[month], 0.0))
    box, resale = capital(lines), _values(lines, RESALE)
    purchase = [float(_number(box)) - resale[count - month] for month in range(count)]
    lines.add(
        MISSED,
        "what the box would have saved after t months",
        series(missed),
        USD,
        "sum(max(api_usd[k] - local_usd[k] - overflow_share[k] * api_usd[k], 0) for k in range(t))",
        bills,
        lines.computed(RUN),
        lines.computed(OVERFLOW),
    )
    lines.add(
        PURCHASE,
        "the box bought in month t, less its resale at the horizon",
        series(purchase),
        USD,
        f"{box.name} - resale_usd[int(months) - t]",
        box,
        lines.computed(RESALE),
        months,
    )
    lines.add(
        "ski_rental.purchase_usd",
        "the box bought now, less its resale at the horizon",
        rule.purchase_usd,
        USD,
        "purchase_by_month_usd[0]",
        lines.computed(PURCHASE),
    )
    if sum(bill[:count]) > 0:
        lines.add(
            "ski_rental.saved_share_of_bill",
            "what the box would save of the horizon's bills",
            rule.saved_share_of_bill,
            "share",
            "missed_after_t_months_usd[int(months)] / sum(api_usd[t] for t in range(int(months)))",
            lines.computed(MISSED),
            bills,
            months,
        )
    _when(lines, rule, bills, months)


def _when(lines: Lines, rule: AllowancePart, bills: ExplainedInput, months: ExplainedInput) -> None:
    """The month of the purchase, what has been spent by then, and what the rule promises."""
    label = "the month in which the savings missed have paid the purchase"
    spent_label = "what may still go to the API until then"
    promise = "the total over the best cost in hindsight, at most"
    if rule.month is None:
        lines.add("ski_rental.month", label, None, "months", "month", never=NEVER)
        lines.add(SPENT, spent_label, None, USD, "usd", never=NEVER)
        at_most = rule.at_most_times_hindsight
        lines.without_formula(
            "ski_rental.at_most_times_hindsight", promise, at_most, "times", "the rule never buys"
        )
        return
    missed, purchase = lines.computed(MISSED), lines.computed(PURCHASE)
    whole = sum(
        price > saved
        for price, saved in zip(_values(lines, PURCHASE), _values(lines, MISSED)[1:], strict=True)
    )
    lines.add(
        WHOLE,
        "months before it",
        float(whole),
        "months",
        "sum(1 for t in range(int(months)) if purchase_by_month_usd[t] > "
        "missed_after_t_months_usd[t + 1])",
        months,
        purchase,
        missed,
    )
    before = "missed_after_t_months_usd[int(whole_months)]"
    price = "purchase_by_month_usd[int(whole_months)]"
    lines.add(
        "ski_rental.month",
        label,
        rule.month,
        "months",
        f"whole_months + max(0, {price} - {before}) / "
        f"max(missed_after_t_months_usd[int(whole_months) + 1] - {before}, 1e-300)",
        lines.computed(WHOLE),
        missed,
        purchase,
    )
    lines.add(
        SPENT,
        spent_label,
        rule.still_to_spend_usd,
        USD,
        "sum(api_usd[t] for t in range(int(month))) + (month - int(month)) * "
        "api_usd[min(int(month), int(months) - 1)]",
        lines.computed("ski_rental.month"),
        bills,
        months,
    )
    _promise(lines, rule, promise)


def _promise(lines: Lines, rule: AllowancePart, label: str) -> None:
    """What the rule has paid at its purchase over the least that hindsight pays by then."""
    month, months = lines.computed("ski_rental.month"), lines.key("horizon.months")
    missed, purchase = lines.computed(MISSED), lines.computed(PURCHASE)
    at, saved = _number(month), _values(lines, MISSED)
    last = int(at)
    by_then = saved[last] + (at - last) * (saved[min(last + 1, len(saved) - 1)] - saved[last])
    lines.add(
        MISSED_THEN,
        "what the box would have saved until then",
        by_then,
        USD,
        "missed_after_t_months_usd[int(month)] + (month - int(month)) * "
        "(missed_after_t_months_usd[min(int(month) + 1, int(months))] - "
        "missed_after_t_months_usd[int(month)])",
        month,
        missed,
        months,
    )
    if (rule.still_to_spend_usd or 0.0) <= 0:
        at_most = rule.at_most_times_hindsight
        lines.without_formula(
            "ski_rental.at_most_times_hindsight", label, at_most, "times", "bought at once"
        )
        return
    lines.add(
        "ski_rental.at_most_times_hindsight",
        label,
        rule.at_most_times_hindsight,
        "times",
        "(still_to_spend_usd + purchase_by_month_usd[min(int(month), int(months) - 1)]) / "
        "(still_to_spend_usd - missed_when_bought_usd + min(missed_when_bought_usd, "
        "min(missed_after_t_months_usd[k] + purchase_by_month_usd[k] "
        "for k in range(min(int(month) + 1, int(months))))))",
        lines.computed(SPENT),
        lines.computed(MISSED_THEN),
        month,
        missed,
        purchase,
        months,
    )


def _best_split(lines: Lines, part: BestSplitPart, split: BestSplit, api: str) -> None:
    at, months = "best_split.", lines.key("horizon.months")
    rate = lines.key("horizon.discount_rate_per_year")
    for line_id, label, values, unit in (
        (SHARES, "share on the box in month t", [e.local_share for e in split.months], "share"),
        (OURS, "the box's part of month t", [e.local_usd for e in split.months], USD),
        (THEIRS, "the API's part of month t", [e.api_usd for e in split.months], USD),
    ):
        lines.without_formula(line_id, label, series(values), unit, TRIED)
    for name, formula, line_id, unit in (
        ("local_share", "local_share_by_month[0]", SHARES, "share"),
        ("local_share_last_month", "local_share_by_month[int(months) - 1]", SHARES, "share"),
        ("local_usd_per_month", "local_usd_by_month[0]", OURS, USD_MONTH),
        ("api_usd_per_month", "api_usd_by_month[0]", THEIRS, USD_MONTH),
    ):
        label = f"best split: {name.replace('_', ' ')}"
        value = getattr(part, name)
        lines.add(at + name, label, value, unit, formula, lines.computed(line_id), months)
    lines.without_formula(
        f"{at}busy_hours", "hours that the box works in month 0", part.busy_hours, "hours", TRIED
    )
    for index, each in enumerate(part.by_class):
        label = f"share of {each.name} on the box now"
        share_id = f"{at}by_class[{index}].local_share"
        lines.without_formula(share_id, label, each.local_share, "share", TRIED)
    paid = ""
    used: tuple[ExplainedInput, ...] = ()
    if split.uses_box:
        box = capital(lines)
        resale = "resale_usd[int(months)] / (1 + discount_rate_per_year) ** (months / 12)"
        paid, used = f"{box.name} - {resale} + ", (box, lines.computed(RESALE))
    lines.add(
        f"{at}usd",
        "the best split over the horizon, in today's money",
        part.usd,
        USD,
        f"{paid}sum((local_usd_by_month[t] + api_usd_by_month[t]) / {TODAY} "
        "for t in range(int(months)))",
        lines.computed(OURS),
        lines.computed(THEIRS),
        rate,
        months,
        *used,
    )
    barred = Unknown("data that must not leave bar the API")
    lines.add(
        f"{at}api_only_usd",
        "all at the API over the horizon, in today's money",
        barred if part.api_only_usd is None else part.api_only_usd,
        USD,
        f"sum(api_usd[t] / {TODAY} for t in range(int(months)))",
        lines.computed(f"{api}api_usd"),
        rate,
        months,
    )
    lines.without_formula(
        f"{at}local_first_usd",
        "all that fits on the box over the horizon, in today's money",
        part.local_first_usd,
        USD,
        "as the best split, with the box filled in each month by what an hour of it saves",
    )
    pure = [
        lines.computed(at + name)
        for name in ("api_only_usd", "local_first_usd")
        if lines.knows(at + name)
    ]
    least = f"min({', '.join(each.name for each in pure)})" if len(pure) > 1 else pure[0].name
    lines.add(
        f"{at}saved_usd",
        "what the split saves over the cheaper pure choice",
        part.saved_usd,
        USD,
        f"max({least} - usd, 0)",
        lines.computed(f"{at}usd"),
        *pure,
    )


def _values(lines: Lines, line_id: str) -> tuple[float, ...]:
    value = lines.found[line_id].value
    if not isinstance(value, tuple):
        raise ValueError(f"{line_id} is no column of months")
    return value


def _number(explained: ExplainedInput) -> float:
    if isinstance(explained.value, tuple):
        raise ValueError(f"{explained.name} is a column of months")
    return explained.value
