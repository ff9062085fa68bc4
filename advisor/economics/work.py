"""What work is there in each month, by kind of request: tokens, busy hours, the API's bill?

A request goes to the box or to the API as a whole, so the kinds are those that an API's price tells
apart: by length, by the time of the day, and what can wait for a batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from advisor.documents import Unknown
from advisor.economics.capacity import phase_hours
from advisor.economics.inputs import ApiPrice, Case
from advisor.economics.per_call import Part, parts
from advisor.errors import InputError

ALL = "all requests"
OTHERS = "other requests"


@dataclass(frozen=True, slots=True)
class Work:
    """One class of requests in a month. `sensitive_share` must stay on the box.

    `by_hour` are its shares by hour of the week (or of another cycle, the same for all classes),
    summing to 1; empty: evenly.
    """

    name: str
    tokens: float
    busy_hours: float
    api_usd: float
    sensitive_share: float = 0.0
    by_hour: tuple[float, ...] = ()

    def scaled(self, volume: float, api_price: float = 1.0) -> Work:
        """The same work at `volume` times the amount and `api_price` times the API's prices."""
        return replace(
            self,
            tokens=self.tokens * volume,
            busy_hours=self.busy_hours * volume,
            api_usd=self.api_usd * volume * api_price,
        )


def work_by_month(
    case: Case,
    price: ApiPrice,
    sensitive_share: float = 0.0,
    by_hour: tuple[float, ...] = (),
) -> tuple[tuple[Work, ...], ...] | Unknown:
    """Each month's classes, at the prices in force, all with the same hours; their bills sum to
    `api_usd`.

    A month in which the price changes has the classes of both prices. Unknown without the box's
    rates.
    """
    known = phase_hours(case.usage, case.box)
    if isinstance(known, Unknown):
        return known
    return tuple(
        tuple(
            replace(each, sensitive_share=sensitive_share, by_hour=by_hour)
            for each in _month(case, price, month)
        )
        for month in range(case.horizon.months)
    )


def _month(case: Case, price: ApiPrice, month: int) -> Iterator[Work]:
    for share, since, now in price.in_force(month):
        volume = share * case.usage.growth(month)
        factor = case.horizon.api_price_factor(max(0.0, month - since))
        found = [(part, _tokens(part, case)) for part in parts(case.usage, now)]
        classes = [(part, tokens) for part, tokens in found if sum(tokens) > 0]
        for part, tokens in classes:
            name = part.name or (ALL if len(classes) == 1 else OTHERS)
            work = Work(name, sum(tokens), _hours(tokens, case), part.usd)
            yield work.scaled(volume, factor)


def _tokens(part: Part, case: Case) -> tuple[float, float]:
    """Input and output tokens of the usage in one part, as the team counts them."""
    usage, shape = case.usage, part.shape
    return (
        usage.input_tokens_per_month * shape.input_share * part.work_share,
        usage.output_tokens_per_month * shape.output_share * part.work_share,
    )


def _hours(tokens: tuple[float, float], case: Case) -> float:
    usage = replace(case.usage, input_tokens_per_month=tokens[0], output_tokens_per_month=tokens[1])
    hours = phase_hours(usage, case.box)
    if isinstance(hours, Unknown):
        raise ValueError("busy hours are unknown: the caller settles that first")
    return sum(hours)


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
