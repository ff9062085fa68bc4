"""How is an API's bill computed where its price depends on the call, the hour or the day?

One line for each part of the month's work that is billed at the same rates, then their sum; where
prices change later, a bill at each price and the months in which it holds.
"""

from __future__ import annotations

import msgspec

from advisor.advice.asked_document import ExplainedInput
from advisor.advice.document import Comparison
from advisor.advice.explain_lines import Lines, series
from advisor.advice.pricing import PricedApi
from advisor.economics.api_cost import api_usd
from advisor.economics.inputs import ApiPrice, Usage
from advisor.economics.per_call import Part, bill_usd, parts
from advisor.economics.rates import AS_STATED

NO_END_MONTH = 1e9
"""Stands for the end of the last price."""

SUM = (
    "work_share * ((input_length_share * input_tokens_per_month * input_factor * "
    "((1 - cached_input_share - cache_write_share) * input_usd_per_mtok + "
    "cached_input_share * cached_input_usd_per_mtok + "
    "cache_write_share * cache_write_usd_per_mtok) + "
    "output_length_share * output_tokens_per_month * output_factor * output_usd_per_mtok) / 1e6 + "
    "request_share * requests_per_month * (1 + retry_share) * usd_per_request)"
)


def is_plain(usage: Usage, price: ApiPrice) -> bool:
    """Whether the bill is tokens times the three prices, month after month."""
    found = list(parts(usage, price))
    return (
        not price.changes
        and price.dialogue == AS_STATED
        and usage.cache_write_share == 0
        and len(found) == 1
        and not found[0].name
        and found[0].requests * found[0].rates.usd_per_request == 0
        and found[0].rates.for_length(None).input_usd_per_mtok == price.input_usd_per_mtok
        and found[0].rates.output_usd_per_mtok == price.output_usd_per_mtok
        and found[0].rates.cached_input_usd_per_mtok == price.cached_input_usd_per_mtok
    )


def explain_bill(
    lines: Lines, at: str, compared: Comparison, api: PricedApi, price: ApiPrice
) -> None:
    """Adds the parts of the bill, the first month's sum, and the months where prices change."""
    case = lines.start.filled.inputs.case()
    dialogue = _dialogue(lines, at, price)
    prices = (price, *(change.price for change in price.changes))
    bills = []
    for number, each in enumerate(prices):
        found = list(parts(case.usage, each))
        ids = [f"{at}prices[{number}].parts[{index}].usd" for index in range(len(found))]
        for line_id, part in zip(ids, found, strict=True):
            _part(lines, line_id, api, part, dialogue)
        line_id = f"{at}prices[{number}].bill_usd"
        source = f"computed: {at}prices[{number}].parts[*].usd"
        lines.add(
            line_id,
            f"{api.name}: bill of month 0's work{' at a later price' if number else ''}",
            bill_usd(case.usage, each),
            "USD",
            "sum(parts_usd)",
            lines.given("parts_usd", tuple(part.usd for part in found), "USD", source),
        )
        bills.append(lines.computed(line_id))
    label = f"{api.name}: bill of the first month"
    first = compared.api_usd_per_month
    if not price.changes:
        lines.add(f"{at}api_usd_per_month", label, first, "USD per month", "bill_usd", bills[0])
        return
    months = max(12, case.horizon.months)
    inputs = _changing(lines, at, price, bills)
    lines.add(
        f"{at}api_usd",
        f"{api.name}: bill of month t",
        series([api_usd(case.usage, price, case.horizon, month) for month in range(months)]),
        "USD",
        "(1 + growth_per_month) ** t * sum(bills_usd[k] * max(0, min(ends[k], t + 1) - "
        "max(starts[k], t)) * (1 - api_decline_per_year) ** (max(0, t - starts[k]) / 12) "
        "for k in range(int(prices)))",
        *inputs,
        lines.key("usage.growth_per_month"),
        lines.key("horizon.api_decline_per_year"),
    )
    line = f"{at}api_usd"
    lines.add(
        f"{at}api_usd_per_month",
        label,
        first,
        "USD per month",
        "api_usd[0]",
        lines.computed(line),
    )


def _changing(
    lines: Lines, at: str, price: ApiPrice, bills: list[ExplainedInput]
) -> list[ExplainedInput]:
    starts = (0.0, *(max(0.0, change.from_month) for change in price.changes))
    source = "months from the beginning of month 0 to the day of each price"
    values = tuple(each.value for each in bills if isinstance(each.value, float))
    return [
        lines.given("bills_usd", values, "USD", f"computed: {at}prices[*].bill_usd"),
        lines.given("starts", starts, "month", source),
        lines.given("ends", (*starts[1:], NO_END_MONTH), "month", source),
        lines.given("prices", float(len(starts)), "prices", source),
    ]


def _dialogue(lines: Lines, at: str, price: ApiPrice) -> list[ExplainedInput]:
    """This model's tokens for each one of the usage."""
    told = price.dialogue
    source = "the scenario's [[api]], or its default"
    retry = lines.given("retry_share", told.retry_share, "share", source)
    ratio = lines.given("input_token_ratio", told.input_token_ratio, "factor", source)
    lines.add(
        f"{at}input_factor",
        "input billed for each token of the usage",
        told.input_factor,
        "factor",
        "input_token_ratio * (1 + retry_share)",
        ratio,
        retry,
    )
    lines.add(
        f"{at}output_factor",
        "output billed for each token of the usage",
        told.output_factor,
        "factor",
        "output_token_ratio * (1 + reasoning_tokens_per_output_token) * (1 + retry_share)",
        lines.given("output_token_ratio", told.output_token_ratio, "factor", source),
        lines.given(
            "reasoning_tokens_per_output_token",
            told.reasoning_tokens_per_output_token,
            "tokens per token",
            source,
        ),
        retry,
    )
    return [
        lines.computed(f"{at}input_factor"),
        lines.computed(f"{at}output_factor"),
        retry,
    ]


def _part(
    lines: Lines, line_id: str, api: PricedApi, part: Part, dialogue: list[ExplainedInput]
) -> None:
    usage = lines.start.filled.inputs.case().usage
    rates, shape = part.rates, part.shape
    write = rates.cache_write_usd_per_mtok
    prices = {
        "input_usd_per_mtok": rates.input_usd_per_mtok,
        "cached_input_usd_per_mtok": rates.cached_input_usd_per_mtok,
        "cache_write_usd_per_mtok": rates.input_usd_per_mtok if write is None else write,
        "output_usd_per_mtok": rates.output_usd_per_mtok,
    }
    requests = usage.requests_per_month
    source = "the scenario's requests" if requests is not None else "not given: no fee is counted"
    fee = lines.price(api, "usd_per_request", rates.usd_per_request)
    by_length = "the scenario's [[usage.request]], or all requests alike"
    lines.add(
        line_id,
        f"{api.name}: {part.name or 'its calls'}",
        part.usd,
        "USD",
        SUM,
        lines.given(
            "work_share", part.work_share, "share", "usage.batch_share and [[usage.hours]]"
        ),
        lines.given("input_length_share", shape.input_share, "share", by_length),
        lines.given("output_length_share", shape.output_share, "share", by_length),
        lines.given("request_share", shape.request_share, "share", by_length),
        lines.key("usage.input_tokens_per_month"),
        lines.key("usage.output_tokens_per_month"),
        lines.given("requests_per_month", requests or 0.0, "requests per month", source),
        lines.key("usage.cached_input_share"),
        lines.key("usage.cache_write_share"),
        *dialogue,
        *(lines.price(api, name, value) for name, value in prices.items()),
        msgspec.structs.replace(fee, unit="USD per request"),
    )
