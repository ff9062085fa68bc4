"""Which cloud APIs are known, where do they answer, and which variables hold their keys?"""

from __future__ import annotations

import difflib
from datetime import date
from functools import cache
from importlib import resources

import msgspec

from advisor.errors import InputError


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One provider's facts, as `providers.toml` explains them."""

    name: str
    title: str
    base_url: str
    variables: tuple[str, ...]
    limit: str
    source: str
    read_on: date
    book: str = ""

    @property
    def book_name(self) -> str:
        """What the price book calls it."""
        return self.book or self.name

    @property
    def url_variable(self) -> str:
        """The environment variable that names another address, such as a gateway's."""
        return f"ADVISOR_{self.name.upper()}_URL"


class _Providers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    provider: tuple[Provider, ...]


@cache
def providers() -> dict[str, Provider]:
    """Every known provider by its name."""
    text = resources.files(__package__).joinpath("providers.toml").read_bytes()
    return {each.name: each for each in msgspec.toml.decode(text, type=_Providers).provider}


def known_provider(name: str) -> Provider:
    """The provider called `name`. Raises InputError that names the nearest."""
    known = providers()
    wanted = name.strip().lower()
    for provider in known.values():
        if wanted in (provider.name, provider.title.lower(), provider.book_name):
            return provider
    near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.5)
    raise InputError(
        f"there is no API '{name[:100]}'",
        remedy=f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}.",
    )
