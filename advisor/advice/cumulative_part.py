"""What has the box cost by each month, and what the API that decides?"""

from __future__ import annotations

import msgspec

from advisor.advice.situation import Situation
from advisor.documents import Unknown
from advisor.economics.cumulative import cumulative_usd


class CumulativePart(msgspec.Struct, frozen=True, kw_only=True):
    """USD spent by the end of month 0, 1, … of the horizon, in today's money; 0 is the purchase.

    `local_usd` is the box with its running cost, less what it would sell for then, and with what
    the baseline charges for work that the box cannot serve. The curves cross where
    `break_even_months_full` says.
    """

    local_usd: tuple[float, ...]
    api_usd: tuple[float, ...]


def cumulative_part(situation: Situation) -> CumulativePart | Unknown:
    """Both curves against the baseline. Unknown without its price or the local cost."""
    price = situation.baseline_price
    if isinstance(price, Unknown):
        return price
    found = cumulative_usd(situation.inputs.case(), price)
    if isinstance(found, Unknown):
        return found
    return CumulativePart(local_usd=found.local_usd, api_usd=found.api_usd)
