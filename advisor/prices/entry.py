"""How does one model of the price book become a `Price`: its status, its history, its sources?"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from advisor.prices.document import BookIdentity, Change, Price, Rates, Status
from advisor.prices.facts import Facts, GuidePrice
from advisor.prices.rates import batch_on, batch_starts_on, dated_rates, rates_on

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

_CHECKED = re.compile(
    r"\b(?:checked|verified|as of)\D{0,12}(20\d\d-[01]\d-[0-3]\d)\b", re.ASCII | re.IGNORECASE
)
_NOT_LISTED = "the price book does not state it"
_BILLED_AS_INPUT = "the price book states no cached price, so cached input costs as input"
_NOT_CONFIRMED = "no dated source beside the price book confirms that this price is still charged"
_NO_DATE = "the guide does not say when it read its prices"


@dataclass(frozen=True, slots=True)
class Entry:
    """One provider's model in the price book."""

    provider: Provider
    model: ModelInfo

    @property
    def name(self) -> str:
        """The full name: "provider/model"."""
        return f"{self.provider.id}/{self.model.id}"

    @property
    def key(self) -> tuple[str, str]:
        return self.provider.id, self.model.id


@dataclass(frozen=True, slots=True)
class _Standing:
    status: Status
    reason: str | None = None
    source: str | None = None
    retires_on: date | None = None


def price_of(entry: Entry, *, day: date, book: BookIdentity, facts: Facts) -> Price:
    """What the entry costs on `day`, with its history."""
    model = entry.model
    rates, by_time = rates_on(model, day)
    batch = batch_on(model, day)
    standing = _standing(entry, day, facts)
    confirmed = _confirmed_on(entry, day, facts)
    unknown: dict[str, str] = {}
    for name in ("input_usd_per_mtok", "output_usd_per_mtok", "cache_write_usd_per_mtok"):
        if getattr(rates, name) is None:
            unknown[name] = _NOT_LISTED
    if rates.cached_input_usd_per_mtok is None:
        unknown["cached_input_usd_per_mtok"] = _BILLED_AS_INPUT
    if rates.usd_per_request is None:
        unknown["usd_per_request"] = "the price book states no fee per request"
    if batch is None:
        unknown["batch"] = _why_no_batch(model)
    if confirmed is None:
        unknown["confirmed_on"] = _NOT_CONFIRMED
    if standing.retires_on is None:
        unknown["retires_on"] = "no day of retirement is known"
    priced = rates.input_usd_per_mtok is not None and rates.output_usd_per_mtok is not None
    return Price(
        provider=entry.provider.id,
        model=model.id,
        title=model.name,
        state="priced" if priced else "unpriced",
        status=standing.status,
        status_reason=standing.reason,
        status_source=standing.source,
        input_usd_per_mtok=rates.input_usd_per_mtok,
        output_usd_per_mtok=rates.output_usd_per_mtok,
        cached_input_usd_per_mtok=rates.cached_input_usd_per_mtok,
        cache_write_usd_per_mtok=rates.cache_write_usd_per_mtok,
        usd_per_request=rates.usd_per_request,
        tiers=rates.tiers,
        batch=batch,
        by_time=by_time,
        valid_on=day.isoformat(),
        as_of=book.as_of,
        confirmed_on=confirmed.isoformat() if confirmed else None,
        retires_on=standing.retires_on.isoformat() if standing.retires_on else None,
        source=_source(entry, book),
        comment=model.price_comments,
        history=tuple(_history(entry, day, standing, book, facts)),
        unknown=unknown,
    )


def guide_only(guide: GuidePrice, *, day: date, facts: Facts) -> Price:
    """A price of the guide's for which the price book has no model ("Groq", blended)."""
    missing = dict.fromkeys(
        ("cached_input_usd_per_mtok", "cache_write_usd_per_mtok", "usd_per_request", "batch"),
        "the guide does not state it",
    )
    return Price(
        provider=guide.provider,
        model=guide.model,
        title=guide.name,
        state="priced",
        status="historic",
        status_reason="the guide's figure for no particular model",
        status_source=facts.guide_source,
        input_usd_per_mtok=guide.input_usd_per_mtok,
        output_usd_per_mtok=guide.output_usd_per_mtok,
        cached_input_usd_per_mtok=None,
        cache_write_usd_per_mtok=None,
        usd_per_request=None,
        tiers=(),
        batch=None,
        by_time=(),
        valid_on=day.isoformat(),
        as_of=None,
        confirmed_on=None,
        retires_on=None,
        source=facts.guide_source,
        comment=None,
        history=(_guide_change(guide, facts),),
        unknown={
            **missing,
            "as_of": _NO_DATE,
            "confirmed_on": _NOT_CONFIRMED,
            "retires_on": "the guide names no model",
        },
    )


def served_here(name: str, *, day: date) -> Price:
    """A model on the team's own server: no API sells it, so no price is due to anyone."""
    server, _, model = name.partition("/")
    reason = "it runs on the team's own machine; `advisor advise` works out what that costs"
    prices = (
        *("input_usd_per_mtok", "output_usd_per_mtok", "cached_input_usd_per_mtok"),
        *("cache_write_usd_per_mtok", "usd_per_request", "batch"),
        *("as_of", "confirmed_on", "retires_on"),
    )
    return Price(
        provider=server.lower(),
        model=model,
        title=None,
        state="local",
        status="current",
        status_reason=reason,
        status_source=None,
        input_usd_per_mtok=None,
        output_usd_per_mtok=None,
        cached_input_usd_per_mtok=None,
        cache_write_usd_per_mtok=None,
        usd_per_request=None,
        tiers=(),
        batch=None,
        by_time=(),
        valid_on=day.isoformat(),
        as_of=None,
        confirmed_on=None,
        retires_on=None,
        source="the name: " + server.lower(),
        comment=None,
        history=(),
        unknown=dict.fromkeys(prices, reason),
    )


def _standing(entry: Entry, day: date, facts: Facts) -> _Standing:
    starts = dated_rates(entry.model)[0][0]
    if starts is not None and starts > day:
        return _Standing("announced", f"sold from {starts.isoformat()}")
    retirement = facts.retirements.get(entry.key)
    if retirement is not None:
        source, on = facts.sources[retirement.source].citation, retirement.on
        if on <= day:
            return _Standing("historic", f"retired on {on.isoformat()}", source, on)
        return _Standing("current", f"retires on {on.isoformat()}", source, on)
    if entry.model.deprecated:
        return _Standing("historic", "the price book marks it as deprecated")
    missing = facts.unlisted.get(entry.key)
    if missing is not None:
        reason = f"not in the provider's catalogue on {missing.missing_on.isoformat()}"
        return _Standing("historic", reason, facts.sources[missing.source].citation)
    return _Standing("current")


def checked_days(comment: str | None) -> list[date]:
    """The days on which a comment of the price book says that a price was checked."""
    days: list[date] = []
    for day in _CHECKED.findall(comment or ""):
        with suppress(ValueError):
            days.append(date.fromisoformat(day))
    return days


def _confirmed_on(entry: Entry, day: date, facts: Facts) -> date | None:
    """The last day on which a source dates the price of `day`: a change, a check, a second list."""
    model = entry.model
    days = [start for start, _ in dated_rates(model) if start is not None and start <= day]
    days += [checked for checked in checked_days(model.price_comments) if checked <= day]
    if entry.key in facts.listed and rates_on(model, facts.listed_on) == rates_on(model, day):
        days.append(facts.listed_on)
    return max(days, default=None)


def _history(
    entry: Entry, day: date, standing: _Standing, book: BookIdentity, facts: Facts
) -> list[Change]:
    dated = dated_rates(entry.model)
    in_force = sum(1 for start, _ in dated if start is None or start <= day) - 1
    changes = [_guide_change(guide, facts) for guide in facts.guide_prices(entry.key)]
    for number, (start, rates) in enumerate(dated):
        if number > in_force:
            status: Status = "announced"
        else:
            status = standing.status if number == in_force else "historic"
        changes.append(_change(start, rates, status, _source(entry, book)))
    return changes


def _change(start: date | None, rates: Rates, status: Status, source: str) -> Change:
    return Change(
        from_date=start.isoformat() if start else None,
        input_usd_per_mtok=rates.input_usd_per_mtok,
        output_usd_per_mtok=rates.output_usd_per_mtok,
        cached_input_usd_per_mtok=rates.cached_input_usd_per_mtok,
        status=status,
        source=source,
    )


def _guide_change(guide: GuidePrice, facts: Facts) -> Change:
    return Change(
        from_date=None,
        input_usd_per_mtok=guide.input_usd_per_mtok,
        output_usd_per_mtok=guide.output_usd_per_mtok,
        cached_input_usd_per_mtok=None,
        status="historic",
        source=facts.guide_source,
        note="the guide's",
    )


def _source(entry: Entry, book: BookIdentity) -> str:
    pages = entry.provider.pricing_urls or []
    page = f", from {pages[0]}" if pages else ""
    return f"{book.name} {book.version} ({book.license}){page}"


def _why_no_batch(model: ModelInfo) -> str:
    first = batch_starts_on(model)
    return (
        f"the price book records a batch price only from {first.isoformat()}"
        if first
        else "the price book lists no batch price"
    )
