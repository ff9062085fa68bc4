"""What is one unit of each currency worth in USD, as a document (`advisor.currencies/1`)?"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Code = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Day = Annotated[str, Meta(pattern="^20[0-9]{2}-[0-9]{2}-[0-9]{2}$")]
UsdPerUnit = Annotated[float, Meta(gt=0, le=1e6)]


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A currency's worth on a day: USD for one unit of it."""

    code: Code
    usd_per_unit: UsdPerUnit
    as_of: Day
    source: str

    @property
    def per_usd(self) -> float:
        """What one USD is worth in it."""
        return 1.0 / self.usd_per_unit


class Currencies(msgspec.Struct, frozen=True, kw_only=True):
    """Rates by code. `unknown` names the sources that gave none, with the reason."""

    schema: Literal["advisor.currencies/1"] = "advisor.currencies/1"
    items: tuple[Rate, ...]
    unknown: dict[str, str] = {}
