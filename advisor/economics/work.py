"""What work is there in a month, by class of requests and hour of the week?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.capacity import busy_hours
from advisor.economics.inputs import ApiPrice, Box, Horizon, Usage
from advisor.errors import InputError


@dataclass(frozen=True, slots=True)
class Work:
    """One class of requests in month 0. `sensitive_share` must stay on the box.

    `by_hour` are its shares by hour of the week (or of another cycle, the same for all classes),
    summing to 1; empty: evenly.
    """

    name: str
    tokens: float
    busy_hours: float
    api_usd: float
    sensitive_share: float = 0.0
    by_hour: tuple[float, ...] = ()

    def scaled(self, volume: float, api_price: float) -> Work:
        """The same work at `volume` times the amount and `api_price` times the API's prices."""
        return replace(
            self,
            tokens=self.tokens * volume,
            busy_hours=self.busy_hours * volume,
            api_usd=self.api_usd * volume * api_price,
        )


def work_of(
    name: str,
    usage: Usage,
    box: Box,
    price: ApiPrice,
    *,
    sensitive_share: float = 0.0,
    by_hour: tuple[float, ...] = (),
) -> Work | Unknown:
    """Month 0's work of one class of requests; Unknown without the box's rates."""
    hours = busy_hours(usage, box)
    if isinstance(hours, Unknown):
        return hours
    bill = api_usd(usage, price, Horizon())
    return Work(name, usage.tokens_per_month, hours, bill, sensitive_share, by_hour)


def check_work(work: Sequence[Work]) -> None:
    """Raises InputError unless the classes have finite amounts and one cycle of hours."""
    lengths = {len(each.by_hour) for each in work if each.by_hour}
    if not work or len(lengths) > 1 or sum(each.tokens for each in work) <= 0:
        raise InputError("the work", why="it needs tokens, and the same hours for all classes")
    for each in work:
        if each.by_hour and (min(each.by_hour) < 0 or abs(sum(each.by_hour) - 1.0) > 1e-6):
            raise InputError(f"the hours of {each.name}", why="the shares must sum to 1")
        numbers = (each.tokens, each.busy_hours, each.api_usd)
        if not (0.0 <= each.sensitive_share <= 1.0 and all(0 <= n < 1e300 for n in numbers)):
            raise InputError(
                f"the work of {each.name}",
                why="tokens, hours and dollars must be finite and 0 or above, shares 0 to 1",
            )
