"""How is the money shown that a measurement cost?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.text import duration, name, tokens, usd

if TYPE_CHECKING:
    from advisor.bench.spend import Spend


def spend_rows(spend: Spend) -> list[tuple[str, str]]:
    """The facts in a few rows: what was spent, by which price, what had to be waited for."""
    price = spend.price
    dated = "as given" if price.given else f"{name(price.name)}, {price.as_of}"
    counted = f"{usd(spend.usd)} of at most {usd(spend.max_usd)}; planned {usd(spend.planned_usd)}"
    unit = f"{usd(price.input_usd_per_mtok)} in, {usd(price.output_usd_per_mtok)} out"
    billed = f"{tokens(spend.tokens.input)} tokens in, {tokens(spend.tokens.output)} out"
    rows = [
        ("spent", f"{counted}, by the usage told {usd(spend.by_usage_usd)}"),
        ("price", f"{unit} per million tokens ({dated})"),
        ("billed", f"{billed}, in {spend.requests} requests"),
    ]
    if spend.told_usd is not None:
        rows.append(("the API says", usd(spend.told_usd)))
    if spend.by_worst_case:
        rows.append(("without usage", f"{spend.by_worst_case} requests, counted at their worst"))
    if spend.waits or spend.retries:
        waited = f"{spend.waits} times, {duration(spend.waited_s)} in all"
        rows.append(("waited", f"{waited}; {spend.retries} requests were tried again"))
    return rows
