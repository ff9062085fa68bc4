"""Which model of the price book does a name mean?

Read strictly first: the exact name, then its spelling, then the title, then the patterns by which
the price book itself knows dated snapshots ("gpt-4-0613").
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from advisor.prices.entry import Entry
from advisor.prices.names import Tokens, spelling, states_size, weights

if TYPE_CHECKING:
    from genai_prices.types import Provider

MAKERS = (
    *("openai", "anthropic", "google", "mistral", "deepseek", "x-ai", "cohere", "meta"),
    *("moonshotai", "minimax", "zai", "perplexity", "arcee", "voyageai"),
)
"""Providers that sell their own models: a bare model name means theirs."""

_ROUTER = "huggingface_"
_NEAREST = 5


class Catalogue:
    """Every provider's models, by all the names that they go by."""

    def __init__(self, providers: Iterable[Provider]) -> None:
        self.entries = [
            Entry(provider, model) for provider in providers for model in provider.models
        ]

    def at_provider(self, name: str) -> Entry | None:
        """The entry that "provider/model" names, or None."""
        before, _, after = name.partition("/")
        provider = self.provider(before)
        if provider is None:
            return None
        own = self.by_provider[provider]
        return next(iter(_called(own, after) or _known_as(own, after)), None)

    def find(self, name: str) -> list[Entry]:
        """The entries that a bare model name means: the maker's own, else every provider's.

        The makers' patterns of names are wide, so they do not count for names that state a size:
        those are open models, which anyone may sell.
        """
        makers = [self.by_provider[maker] for maker in MAKERS if maker in self.by_provider]
        readings = [_called] if states_size(name) else [_called, _known_as]
        for reading in readings:
            for own in makers:
                found = reading(own, name)
                if found:
                    return found[:1]
        return _called(self.entries, name) or _known_as(self.entries, name)

    def search(self, text: str) -> list[Entry]:
        """The entries whose provider, model or title holds all words of `text`, however spelled."""
        words, parts = text.lower().split(), set(spelling(text))
        return [
            entry
            for entry in self.entries
            if all(word in _line(entry) for word in words) or (parts and parts <= _parts(entry))
        ]

    def same_weights(self, names: Iterable[str]) -> list[Entry]:
        """The entries that serve the open model that any of `names` spells."""
        wanted = {weights(name) for name in names}
        return [entry for each in sorted(wanted) for entry in self._by_weights.get(each, ())]

    def provider(self, name: str) -> str | None:
        """A provider's id by its id or its title ("Together AI"), or None."""
        return self._provider_names.get(_plain(name))

    def is_router(self, provider: str) -> bool:
        """Whether a provider passes requests on to another one of the book ("huggingface_groq")."""
        before, _, host = provider.partition(_ROUTER)
        return not before and self.provider(host.removesuffix("-ai")) is not None

    def nearest(self, name: str) -> list[str]:
        """Full names that look like `name`, nearest first."""
        by_name = {entry.model.id.lower(): entry.name for entry in reversed(self.entries)}
        by_name |= {entry.name.lower(): entry.name for entry in self.entries}
        close = difflib.get_close_matches(name.lower(), by_name, n=_NEAREST, cutoff=0.6)
        return list(dict.fromkeys(by_name[each] for each in close))

    def nearest_providers(self, name: str) -> list[str]:
        """Provider ids that look like `name`, nearest first."""
        return difflib.get_close_matches(name.lower(), self.by_provider, n=_NEAREST, cutoff=0.5)

    @cached_property
    def by_provider(self) -> dict[str, list[Entry]]:
        """Provider id -> its entries."""
        grouped = defaultdict(list)
        for entry in self.entries:
            grouped[entry.provider.id].append(entry)
        return dict(grouped)

    @cached_property
    def _by_weights(self) -> dict[Tokens, list[Entry]]:
        grouped = defaultdict(list)
        for entry in self.entries:
            grouped[weights(entry.model.id)].append(entry)
        return dict(grouped)

    @cached_property
    def _provider_names(self) -> dict[str, str]:
        titles = {_plain(entry.provider.name): entry.provider.id for entry in self.entries}
        return titles | {_plain(each): each for each in self.by_provider}


def _called(entries: list[Entry], name: str) -> list[Entry]:
    """The entries called `name`, by the strictest reading of it that finds any."""
    wanted, spelled = name.lower(), spelling(name)
    if not spelled:
        return []
    readings: tuple[Callable[[Entry], bool], ...] = (
        lambda entry: entry.model.id.lower() == wanted,
        lambda entry: spelling(entry.model.id) == spelled,
        lambda entry: spelling(entry.model.id.rsplit("/", 1)[-1]) == spelled,
        lambda entry: spelling(entry.model.name or "") == spelled,
    )
    matches = ([entry for entry in entries if reads(entry)] for reads in readings)
    return next(filter(None, matches), [])


def _known_as(entries: list[Entry], name: str) -> list[Entry]:
    """The entries whose pattern of names in the price book holds `name`."""
    return [entry for entry in entries if name and entry.model.is_match(name.lower())]


def _line(entry: Entry) -> str:
    return f"{entry.name} {entry.provider.name} {entry.model.name or ''}".lower()


def _parts(entry: Entry) -> set[str]:
    return {*spelling(entry.name), *spelling(entry.model.name or "")}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
