"""How is each number of a comparison computed: the API's bill, and when the box has paid?"""

from __future__ import annotations

from itertools import pairwise

from advisor.advice.document import Advice, Comparison
from advisor.advice.explain_lines import Lines, series
from advisor.advice.explain_local import (
    BASE,
    BUSY,
    BUSY_HOUR,
    ELECTRICITY,
    MAINTENANCE,
    OVERFLOW,
    RESALE,
    RUN,
    USD,
    USD_MONTH,
)
from advisor.advice.pricing import PricedApi
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.break_even import balance_usd
from advisor.economics.inputs import ApiPrice

PRICES = ("input_usd_per_mtok", "output_usd_per_mtok", "cached_input_usd_per_mtok")
PER_MTOK = "USD per million tokens"
NO_SAVING = "never: the API's month costs no more than the box's"
TOKENS = ("usage.input_tokens_per_month", "usage.output_tokens_per_month")


def explain_comparison(lines: Lines, index: int, advice: Advice) -> None:
    """Adds the lines of one comparison; its unknown numbers with their reasons."""
    compared, api = advice.comparisons[index], lines.start.situation.apis[index]
    at = f"comparisons[{index}]."
    if isinstance(api.price, ApiPrice):
        _bill(lines, at, compared, api, api.price)
    _box(lines, at, compared)
    if isinstance(api.price, ApiPrice) and lines.knows(RUN):
        _both(lines, at, compared, api.price)
    _unknown(lines, index, advice)


def _bill(lines: Lines, at: str, compared: Comparison, api: PricedApi, price: ApiPrice) -> None:
    case = lines.start.filled.inputs.case()
    prices = [lines.price(api, name, getattr(price, name)) for name in PRICES]
    for each in prices:
        lines.add(at + each.name, f"{api.name}: its price", each.value, PER_MTOK, each.name, each)
    tokens = [lines.key(key) for key in TOKENS]
    lines.add(
        f"{at}api_usd_per_month",
        f"{api.name}: bill of the first month",
        compared.api_usd_per_month,
        USD_MONTH,
        "(input_tokens_per_month * ((1 - cached_input_share) * input_usd_per_mtok + "
        "cached_input_share * cached_input_usd_per_mtok) + output_tokens_per_month * "
        "output_usd_per_mtok) / 1e6",
        *tokens,
        lines.key("usage.cached_input_share"),
        *prices,
    )
    bill = lines.computed(f"{at}api_usd_per_month")
    if compared.blended_usd_per_mtok is not None:
        lines.add(
            f"{at}blended_usd_per_mtok",
            f"{api.name}: input and output together",
            compared.blended_usd_per_mtok,
            PER_MTOK,
            "api_usd_per_month / (input_tokens_per_month + output_tokens_per_month) * 1e6",
            bill,
            *tokens,
        )
    months = max(12, case.horizon.months)
    lines.add(
        f"{at}api_usd",
        f"{api.name}: bill of month t",
        series([api_usd(case.usage, price, case.horizon, month) for month in range(months)]),
        USD,
        "api_usd_per_month * (1 + growth_per_month) ** t * (1 - api_decline_per_year) ** (t / 12)",
        bill,
        lines.key("usage.growth_per_month"),
        lines.key("horizon.api_decline_per_year"),
    )
    lines.add(
        f"{at}api_usd_12_months",
        f"{api.name}: bills of 12 months",
        compared.api_usd_12_months,
        USD,
        "sum(api_usd[t] for t in range(12))",
        lines.computed(f"{at}api_usd"),
    )


def _box(lines: Lines, at: str, compared: Comparison) -> None:
    """What the box costs beside this API: the same for each."""
    if not lines.knows(RUN):
        return
    price, months = lines.key("box.price_usd"), lines.key("horizon.months")
    lines.add(
        f"{at}local_usd_per_month",
        "the box: first month",
        compared.local_usd_per_month,
        USD_MONTH,
        f"usd_per_month + {MAINTENANCE}",
        lines.computed(ELECTRICITY),
        lines.computed(MAINTENANCE),
    )
    lines.add(
        f"{at}local_usd_12_months",
        "the box: its price and 12 months",
        compared.local_usd_12_months,
        USD,
        "price_usd + sum(local_usd[t] for t in range(12))",
        price,
        lines.computed(RUN),
    )
    if compared.local_usd_per_mtok is not None:
        lines.add(
            f"{at}local_usd_per_mtok",
            "the box: a million tokens over the horizon",
            compared.local_usd_per_mtok,
            PER_MTOK,
            "(price_usd - resale_usd[int(months)] + sum(local_usd[t] for t in range(int(months))))"
            " / sum((input_tokens_per_month + output_tokens_per_month) * (1 + growth_per_month) "
            "** t * (1 - overflow_share[t]) for t in range(int(months))) * 1e6",
            price,
            months,
            *(lines.key(key) for key in TOKENS),
            lines.key("usage.growth_per_month"),
            *(lines.computed(each) for each in (RESALE, RUN, OVERFLOW)),
        )


def _both(lines: Lines, at: str, compared: Comparison, price: ApiPrice) -> None:
    """When the box has paid for itself against this API, and from what use and price on."""
    bill, box = lines.computed(f"{at}api_usd_per_month"), lines.computed(f"{at}local_usd_per_month")
    capital = lines.key("box.price_usd")
    lines.add(
        f"{at}break_even_months_simple",
        "the box has paid, by the first month's saving",
        compared.break_even_months_simple,
        "months",
        "price_usd / (api_usd_per_month - local_usd_per_month)",
        capital,
        bill,
        box,
        never=NO_SAVING,
    )
    lines.add(
        f"{at}highest_box_price_usd",
        "most that the box may cost to pay in time",
        compared.highest_box_price_usd,
        USD,
        "break_even_below_months * (api_usd_per_month - local_usd_per_month)",
        lines.key("policy.break_even_below_months"),
        bill,
        box,
        never=NO_SAVING,
    )
    _over_time(lines, at, compared, price)
    tokens = [lines.key(key) for key in TOKENS]
    if f"{at}break_even_tokens_per_month" in _reasons(lines, at, compared):
        return
    per_hour = "12 * usd_per_busy_hour * busy_hours_per_month" if lines.knows(BUSY) else "0"
    lines.add(
        f"{at}break_even_tokens_per_month",
        "use at which 12 months cost the same",
        compared.break_even_tokens_per_month,
        "tokens per month",
        f"(price_usd + 12 * (base_usd_per_month + {MAINTENANCE})) * (input_tokens_per_month + "
        "output_tokens_per_month) / (api_usd_per_month * sum((1 - api_decline_per_year) ** "
        f"(t / 12) for t in range(12)) - {per_hour})",
        capital,
        lines.computed(BASE),
        lines.computed(MAINTENANCE),
        *tokens,
        bill,
        lines.key("horizon.api_decline_per_year"),
        *([lines.computed(BUSY_HOUR), lines.computed(BUSY)] if lines.knows(BUSY) else []),
        never="at no use that the box can serve",
    )


def _over_time(lines: Lines, at: str, compared: Comparison, price: ApiPrice) -> None:
    case = lines.start.filled.inputs.case()
    balance = balance_usd(case, price)
    if isinstance(balance, Unknown):
        return
    lines.add(
        f"{at}balance_usd",
        "box less API so far, after t months, discounted",
        series(balance),
        USD,
        "price_usd - resale_usd[t] / (1 + discount_rate_per_year) ** (t / 12) + sum((local_usd[k] "
        "+ overflow_share[k] * api_usd[k] - api_usd[k]) / (1 + discount_rate_per_year) ** "
        "((k + 1) / 12) for k in range(t))",
        lines.key("box.price_usd"),
        lines.key("horizon.discount_rate_per_year"),
        *(lines.computed(each) for each in (RESALE, RUN, OVERFLOW, f"{at}api_usd")),
    )
    so_far = lines.computed(f"{at}balance_usd")
    lines.add(
        f"{at}net_present_value_usd",
        "what the box gains over the API by the horizon",
        compared.net_present_value_usd,
        USD,
        "-balance_usd[int(months)]",
        so_far,
        lines.key("horizon.months"),
    )
    wholes = {month: (before, after) for month, (before, after) in enumerate(pairwise(balance))}
    crossed = [(f"{at}crossings[{n}].month", each) for n, each in enumerate(compared.crossings)]
    first = next((each for each in compared.crossings if each.ahead == "local"), None)
    labels = {f"{at}break_even_months_full": first, **dict(crossed)}
    for line_id, crossing in labels.items():
        if crossing is None:
            lines.add(
                line_id,
                "the box has paid, all counted",
                None,
                "months",
                "months",
                never="never within the horizon",
            )
            continue
        month = _month_of(crossing.month, wholes)
        whole = lines.given(
            "month", float(month), "month", f"computed: {at}balance_usd passes 0 after it"
        )
        formula = "month"
        if wholes[month][0] != wholes[month][1]:
            formula = (
                "month + balance_usd[int(month)] / "
                "(balance_usd[int(month)] - balance_usd[int(month) + 1])"
            )
        label = f"{'the box' if crossing.ahead == 'local' else 'the API'} is ahead from then on"
        lines.add(line_id, label, crossing.month, "months", formula, whole, so_far)


def _month_of(crossing: float, wholes: dict[int, tuple[float, float]]) -> int:
    """The whole month in which the balance passes zero at `crossing`."""
    for month, (before, after) in wholes.items():
        inside = float(month) if before == after else month + before / (before - after)
        passes = (before > 0) != (after > 0) or month == 0
        if passes and inside == crossing:
            return month
    return min(int(crossing), len(wholes) - 1)


def _reasons(lines: Lines, at: str, compared: Comparison) -> set[str]:
    tokens = lines.start.filled.inputs.case().usage.tokens_per_month
    none = compared.break_even_tokens_per_month is None and tokens == 0
    return {f"{at}break_even_tokens_per_month"} if none else set()


def _unknown(lines: Lines, index: int, advice: Advice) -> None:
    """The numbers of this comparison that are unknown, with the document's own reason."""
    at = f"comparisons[{index}]."
    for path, reason in advice.unknown.items():
        if path.startswith(at) and path not in lines.found:
            name = path.removeprefix(at).replace("_", " ")
            lines.add(path, name, Unknown(reason), "", "")
