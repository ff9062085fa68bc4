"""What is known beside the price book? Who stopped selling what, what is confirmed, the guide.

Each fact is data with its source and date, in the TOML files beside this module.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources
from typing import TypeVar

import msgspec

_T = TypeVar("_T")
Model = tuple[str, str]


class Retirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `on`, the provider refuses requests for the model."""

    provider: str
    model: str
    on: date
    source: str


class Unlisted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Models of one provider that a list of its catalogue lacks on `missing_on`.

    Since when is not known, so they count as no longer sold on any day.
    """

    provider: str
    missing_on: date
    source: str
    models: tuple[str, ...]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where facts were read, and when."""

    title: str
    url: str
    read_on: date

    @property
    def citation(self) -> str:
        """The source in one line."""
        return f"{self.title}, {self.url}"


class GuidePrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One price as the guide states it."""

    name: str
    provider: str
    model: str
    input_usd_per_mtok: float
    output_usd_per_mtok: float


class _Retired(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    retired: tuple[Retirement, ...]
    unlisted: tuple[Unlisted, ...]
    source: dict[str, Source]


class _Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    confirmed_on: date
    source: str
    models: dict[str, tuple[str, ...]]


class _Guide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    price: tuple[GuidePrice, ...]


class Facts:
    """The facts of this folder, by provider and model."""

    def __init__(self) -> None:
        retired = _read("retired.toml", _Retired)
        listed = _read("listed.toml", _Listed)
        guide = _read("guide.toml", _Guide)
        self.sources = retired.source
        self.retirements = {(each.provider, each.model): each for each in retired.retired}
        self.unlisted = {
            (each.provider, name): each for each in retired.unlisted for name in each.models
        }
        self.listed = {
            (provider, name) for provider, names in listed.models.items() for name in names
        }
        self.listed_on = listed.confirmed_on
        self.guide = guide.price
        self.guide_source = guide.source
        self.release_days = _read("releases.toml", dict[str, date])

    def guide_prices(self, model: Model) -> list[GuidePrice]:
        """The guide's prices of one model of the price book."""
        return [each for each in self.guide if (each.provider, each.model) == model]


@cache
def load_facts() -> Facts:
    """The facts, read once."""
    return Facts()


def _read(name: str, kind: type[_T]) -> _T:
    text = resources.files(__package__).joinpath(name).read_bytes()
    return msgspec.toml.decode(text, type=kind)
