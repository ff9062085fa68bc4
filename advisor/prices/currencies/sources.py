"""Who publishes rates that may be kept, and are those of an answer of today?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from advisor.errors import AdvisorError
from advisor.prices.currencies.cbc import TWD, read_cbc
from advisor.prices.currencies.document import Rate
from advisor.prices.currencies.ecb import read_ecb

OLDEST = timedelta(days=14)
"""Rates come every working day; no holiday is as long as this."""


@dataclass(frozen=True, slots=True)
class Source:
    """A publisher, where its document is, and how it is read."""

    name: str
    url: str
    read: Callable[[bytes], tuple[Rate, ...]]

    def rates(self, data: bytes, today: date) -> tuple[Rate, ...]:
        """The rates in an answer. Raises AdvisorError unless each is sound and of these days."""
        found = self.read(data)
        for rate in found:
            _check(rate, today)
        return found


ECB = Source("ECB", "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml", read_ecb)
CBC = Source("CBC", "https://cpx.cbc.gov.tw/api/OpenData/FTDOpenData_Day", read_cbc)


def sources_of(codes: Sequence[str]) -> tuple[Source, ...]:
    """Whom to ask for these currencies; for none in particular, everyone."""
    wanted = {CBC if code == TWD else ECB for code in codes} or {ECB, CBC}
    return tuple(source for source in (ECB, CBC) if source in wanted)


def _check(rate: Rate, today: date) -> None:
    try:
        msgspec.convert(msgspec.to_builtins(rate), Rate)
        day = date.fromisoformat(rate.as_of)
    except ValueError as error:
        what = f"the rate of {rate.code[:10]!r} makes no sense"
        raise AdvisorError(what, why=str(error)) from None
    if day > today + timedelta(days=1):
        raise AdvisorError(f"its rates are of {rate.as_of}, a day to come")
    if today - day > OLDEST:
        raise AdvisorError(
            f"its rates are of {rate.as_of}, {(today - day).days} days ago, not of these days"
        )
