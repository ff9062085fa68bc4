"""How is the money shown that a measurement cost?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.language import _
from advisor.report.text import duration, name, tokens, usd

if TYPE_CHECKING:
    from advisor.bench.spend import Spend


def spend_rows(spend: Spend) -> list[tuple[str, str]]:
    """The facts in a few rows: what was spent, by which price, what had to be waited for."""
    price = spend.price
    dated = _("as given") if price.given else f"{name(price.name)}, {price.as_of}"
    spent = _("{spent} of at most {most}; planned {planned}, by the usage told {by_usage}").format(
        spent=usd(spend.usd),
        most=usd(spend.max_usd),
        planned=usd(spend.planned_usd),
        by_usage=usd(spend.by_usage_usd),
    )
    unit = _("{read} in, {written} out per million tokens ({dated})").format(
        read=usd(price.input_usd_per_mtok), written=usd(price.output_usd_per_mtok), dated=dated
    )
    billed = _("{read} tokens in, {written} out, in {count} requests").format(
        read=tokens(spend.tokens.input),
        written=tokens(spend.tokens.output),
        count=spend.requests,
    )
    rows = [(_("spent"), spent), (_("price"), unit), (_("billed"), billed)]
    if spend.told_usd is not None:
        rows.append((_("the API says"), usd(spend.told_usd)))
    if spend.by_worst_case:
        rows.append(
            (
                _("without usage"),
                _("{count} requests, counted at their worst").format(count=spend.by_worst_case),
            )
        )
    if spend.waits or spend.retries:
        waited = _("{count} times, {time} in all; {retries} requests were tried again").format(
            count=spend.waits, time=duration(spend.waited_s), retries=spend.retries
        )
        rows.append((_("waited"), waited))
    return rows
