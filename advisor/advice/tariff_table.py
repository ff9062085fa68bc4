"""What does a scenario say about electricity: one price, a plan by the hour, or blocks?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from advisor.advice.bounds import Kwh, Table, Usd, UsdPerKwh
from advisor.advice.usage_table import HoursTable, work_of
from advisor.economics.blocks import Blocks
from advisor.economics.tariff import (
    Band,
    busy_usd_per_kwh,
    mean_usd_per_kwh,
    parse_days,
    parse_minute,
)

DEFAULT_USD_PER_KWH = 0.15
"""The tariff of the sample scenario, where a file gives neither a price nor bands."""


class BandTable(Table, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    days: str
    start: str
    end: str
    usd_per_kwh: UsdPerKwh


class BlockTable(Table, frozen=True, kw_only=True):
    """The price of a month's kilowatt-hours up to a total; the last has none."""

    usd_per_kwh: UsdPerKwh
    up_to_kwh: Kwh | None = None


class TariffTable(Table, frozen=True, kw_only=True):
    usd_per_kwh: UsdPerKwh | None = None
    usd_per_month: Usd = 0.0
    other_kwh_per_month: Kwh = 0.0
    band: tuple[BandTable, ...] = ()
    block: tuple[BlockTable, ...] = ()

    @property
    def mean_usd_per_kwh(self) -> float:
        """Averaged over the hours of the week; with blocks, of the box's first kilowatt-hour."""
        blocks = self.blocks()
        if blocks is not None:
            return blocks.first_usd_per_kwh
        if self.band:
            return _mean(self.band, self.usd_per_kwh)
        return DEFAULT_USD_PER_KWH if self.usd_per_kwh is None else self.usd_per_kwh

    def busy_usd_per_kwh(self, hours: tuple[HoursTable, ...]) -> float | None:
        """Averaged over the hours of the work; None where no hour differs."""
        return _busy(self.band, self.usd_per_kwh, hours) if self.band and hours else None

    def blocks(self) -> Blocks | None:
        """The blocks, or None where there are none."""
        if not self.block:
            return None
        limits = tuple(each.up_to_kwh for each in self.block if each.up_to_kwh is not None)
        prices = tuple(each.usd_per_kwh for each in self.block)
        return Blocks(limits, prices, self.other_kwh_per_month)

    def scaled(self, factor: float) -> TariffTable:
        """Every price of a kilowatt-hour times `factor`; the default, where none is given."""

        def prices(tables: Sequence[BandTable | BlockTable]) -> tuple[object, ...]:
            return tuple(
                msgspec.structs.replace(each, usd_per_kwh=each.usd_per_kwh * factor)
                for each in tables
            )

        given = self.usd_per_kwh
        if given is None and not self.band and not self.block:
            given = DEFAULT_USD_PER_KWH
        return msgspec.structs.replace(
            self,
            usd_per_kwh=None if given is None else given * factor,
            band=prices(self.band),
            block=prices(self.block),
        )


def _bands(tables: tuple[BandTable, ...]) -> list[Band]:
    return [
        Band(
            parse_days(table.days),
            parse_minute("from", table.start),
            parse_minute("to", table.end),
            table.usd_per_kwh,
        )
        for table in tables
    ]


@lru_cache(maxsize=16)
def _mean(tables: tuple[BandTable, ...], otherwise_usd_per_kwh: float | None) -> float:
    return mean_usd_per_kwh(_bands(tables), otherwise_usd_per_kwh)


@lru_cache(maxsize=16)
def _busy(
    tables: tuple[BandTable, ...],
    otherwise_usd_per_kwh: float | None,
    hours: tuple[HoursTable, ...],
) -> float:
    return busy_usd_per_kwh(_bands(tables), otherwise_usd_per_kwh, work_of(hours))
