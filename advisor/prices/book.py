"""What do APIs charge? The embedded price book behind our own interface.

The data is the snapshot inside the `genai-prices` package: no network, no clock. A book is bound to
one day, `day`, on which its prices hold; by default the day on which the snapshot was published, so
that equal books give equal documents.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from datetime import date
from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.prices.catalogue import MAKERS, Catalogue
from advisor.prices.document import BookIdentity, Price, Prices
from advisor.prices.entry import Entry, checked_days, guide_only, price_of, served_here
from advisor.prices.facts import load_facts
from advisor.prices.names import states_size

if TYPE_CHECKING:
    from genai_prices.types import Provider

LOCAL_SERVERS = ("ollama", "vllm", "lmstudio", "llama.cpp", "localai", "text-generation-webui")
"""Names before the slash that say that a model runs on the team's own machine."""

_SHOWN = 5


class PriceBook:
    """The prices of every known API on one day."""

    def __init__(self, providers: Iterable[Provider], identity: BookIdentity, day: date) -> None:
        self.identity = identity
        self.day = day
        self._catalogue = Catalogue(providers)
        self._facts = load_facts()

    @classmethod
    def load(cls, day: date | None = None) -> PriceBook:
        """The embedded book as of `day`, or of the day on which it was published."""
        from genai_prices.data import providers

        identity = _identity(providers)
        return cls(providers, identity, day or date.fromisoformat(identity.as_of))

    def on(self, day: date) -> PriceBook:
        """The same book with the prices of another day."""
        other = copy(self)
        other.day = day
        return other

    def show(self, name: str) -> Price:
        """The price that `name` means: "openai/gpt-4o", "gpt-4o-2024-08-06", "GPT-3.5 Turbo".

        A bare name means the maker's own API, else the only provider that sells it; a name that
        states a size is an open model's, which anyone may sell. Names of local servers
        ("ollama/llama3.1:8b") are known and have no price. Raises InputError for a name that means
        nothing, or several things, with the nearest candidates.
        """
        wanted = " ".join(name.split())
        if "/" in wanted and wanted.partition("/")[0].lower() in LOCAL_SERVERS:
            return served_here(wanted, day=self.day)
        entry = self._catalogue.at_provider(wanted)
        if entry is not None:
            return self._price(entry)
        found = [self._price(entry) for entry in self._catalogue.find(wanted)]
        hosts = self.hosts_of(wanted) if states_size(wanted) or not found else []
        if len(found) == 1 and all(host in found for host in hosts):
            return found[0]
        for guide in self._facts.guide:
            if guide.name.lower() == wanted.lower():
                return guide_only(guide, day=self.day, facts=self._facts)
        raise self._unclear(wanted, found, hosts)

    def search(self, text: str) -> list[Price]:
        """Every price whose provider, model or title holds all words of `text`; current first."""
        return self._sorted(self._catalogue.search(text))

    def listing(self, provider: str | None = None) -> list[Price]:
        """Every price, or those of one provider. Raises InputError for an unknown provider."""
        if provider is None:
            return self._sorted(self._catalogue.entries)
        known = self._catalogue.provider(provider)
        if known is None:
            near = self._catalogue.nearest_providers(provider)
            raise InputError(
                f"the price book has no provider '{provider}'",
                remedy=f"{'Nearest' if near else 'Known'}: "
                f"{', '.join(near or sorted(self._catalogue.by_provider))}.",
            )
        return self._sorted(self._catalogue.by_provider[known])

    def hosts_of(
        self, *names: str, input_tokens: float = 1.0, output_tokens: float = 1.0
    ) -> list[Price]:
        """The APIs that sell the same open model today, cheapest first at the given split.

        `names` are spellings of one open model: "llama-3.1-8b", "Llama-3.1-8B-Instruct". Same means
        equal weights: family, version, size and variant; the hosts' own quantization and speed
        variants count as the same model. Left out: free offers (limited in rate), unpriced,
        historic and announced prices, and routers to hosts that the book has. Prices that no dated
        source confirms come last.
        """
        prices = [
            price
            for price in map(self._price, self._catalogue.same_weights(names))
            if price.state == "priced"
            and price.status == "current"
            and not self._catalogue.is_router(price.provider)
        ]

        def cost(price: Price) -> float:
            return input_tokens * (price.input_usd_per_mtok or 0.0) + output_tokens * (
                price.output_usd_per_mtok or 0.0
            )

        paid = [price for price in prices if cost(price) > 0]
        return sorted(paid, key=lambda price: (price.confirmed_on is None, cost(price), price.name))

    def document(self, prices: Iterable[Price]) -> Prices:
        """The prices as a document that names this book."""
        return Prices(book=self.identity, valid_on=self.day.isoformat(), items=tuple(prices))

    def nearest(self, name: str) -> list[str]:
        """Full names that look like `name`, nearest first."""
        return self._catalogue.nearest(name)

    def _price(self, entry: Entry) -> Price:
        return price_of(entry, day=self.day, book=self.identity, facts=self._facts)

    def _sorted(self, entries: Iterable[Entry]) -> list[Price]:
        ranks = {maker: number for number, maker in enumerate(MAKERS)}

        def order(price: Price) -> tuple[bool, int, str, str]:
            rank = ranks.get(price.provider, len(ranks))
            return (price.status == "historic", rank, price.provider, price.model)

        return sorted((self._price(entry) for entry in entries), key=order)

    def _unclear(self, name: str, found: list[Price], hosts: list[Price]) -> InputError:
        """Why `name` means no single price, and which it could mean; hosts cheapest first."""
        names = list(dict.fromkeys(price.name for price in (*hosts, *found)))
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            return InputError(
                f"several providers sell '{name}'",
                why=", ".join(names[:_SHOWN]) + more,
                remedy=f"Say which, such as {names[0]}.",
            )
        provider, near = self._catalogue.provider(name), self.nearest(name)
        if provider:
            remedy = f"`advisor prices list --provider {provider}` lists that provider's models."
        elif near:
            remedy = f"Nearest: {', '.join(near)}."
        else:
            remedy = "`advisor prices search TEXT` looks through it."
        return InputError(f"the price book has no model '{name}'", remedy=remedy)


def _identity(providers: Iterable[Provider]) -> BookIdentity:
    from importlib.metadata import version

    release = version("genai-prices")
    day = load_facts().release_days.get(release) or _last_check(providers)
    return BookIdentity(
        name="genai-prices",
        version=release,
        as_of=day.isoformat(),
        source="https://github.com/pydantic/genai-prices",
        license="MIT",
    )


def _last_check(providers: Iterable[Provider]) -> date:
    """The newest day on which the data says that it was checked: it is at least as new as that."""
    comments = [
        comment
        for provider in providers
        for comment in (provider.price_comments, *(each.price_comments for each in provider.models))
    ]
    checked = {day for comment in comments for day in checked_days(comment)}
    return max(checked | set(load_facts().release_days.values()))
