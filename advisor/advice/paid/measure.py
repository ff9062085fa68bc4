"""From a wish to measure an API to its document: price, estimate, consent, guard, measurement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from advisor.advice.paid.guard import Guard
from advisor.advice.paid.rates import ApiRates
from advisor.advice.paid.spending import Estimate, estimate, rates_of, spend_of
from advisor.bench.document import Bench
from advisor.bench.paid import PaidPlan, PaidRun, run_paid
from advisor.bench.plan import BenchRun
from advisor.bench.progress import OnProgress
from advisor.errors import AdvisorError, InputError
from advisor.servers.apis.connect import connect_api
from advisor.servers.apis.providers import Provider
from advisor.servers.route import SYSTEM, Trust
from advisor.servers.wire import Server


@dataclass(frozen=True, slots=True)
class ApiWish:
    """Which model of which API, at which address and price; None leaves it to what is known.

    `trust` says which authorities its certificate may come from.
    """

    provider: Provider
    model: str
    max_usd: float
    url: str | None = None
    price: str | None = None
    trust: Trust = SYSTEM

    @property
    def name(self) -> str:
        return f"{self.provider.name}/{self.model}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """An API that can be measured: its key is there and its price is known. Nothing was sent."""

    wish: ApiWish
    server: Server = field(repr=False)
    rates: ApiRates


@dataclass(frozen=True, slots=True)
class PaidBench:
    """An API's measurement and the guard that it went through."""

    done: PaidRun
    run: BenchRun
    rates: ApiRates


Consent = Callable[[str], bool]
"""Shows what is about to be spent, and asks where somebody can be asked."""


def prepare(wish: ApiWish) -> Prepared:
    """Looks up key and price. Raises InputError or AdvisorError where one is missing."""
    return Prepared(wish, connect_api(wish.provider, wish.url, wish.trust), _rates(wish))


def agree(ready: Prepared, plan: PaidPlan, consent: Consent) -> Estimate:
    """The estimate, once whoever pays has seen it. Nothing is sent.

    Raises InputError where not even one request fits within the limit, AdvisorError if it is
    declined.
    """
    wish, rates = ready.wish, ready.rates
    expected = estimate(plan, rates)
    if expected.worst_request_usd > wish.max_usd:
        raise InputError(
            f"one request to {wish.name} could cost ${_digits(expected.worst_request_usd)}",
            why=f"that is its worst case, and more than --max-usd {_digits(wish.max_usd)}",
            remedy="Raise --max-usd, or ask for shorter prompts and answers.",
        )
    if not consent(estimate_text(wish, rates, expected)):
        raise AdvisorError("nothing was sent to the API", why="the estimate was declined")
    return expected


def measure_api(
    ready: Prepared,
    plan: PaidPlan,
    expected: Estimate,
    *,
    machine_id: str,
    on_progress: OnProgress,
) -> PaidBench:
    """Measures an API within the limit of its wish. Raises AdvisorError if it answers nothing."""
    wish, rates = ready.wish, ready.rates
    guard = Guard(rates, wish.max_usd)
    done = run_paid(
        plan,
        server=ready.server,
        gate=guard,
        machine_id=machine_id,
        measured_on=f"{wish.provider.title}'s API ({ready.server.endpoint.host})",
        on_progress=on_progress,
    )
    spend = spend_of(done, guard, wish.provider, expected.planned_usd)
    unknown = {path: why for path, why in done.run.document.unknown.items() if path != "spend"}
    document = msgspec.structs.replace(done.run.document, spend=spend, unknown=unknown)
    warnings = [*document.warnings, *_warnings(rates, guard, document)]
    document = msgspec.structs.replace(document, warnings=tuple(dict.fromkeys(warnings)))
    return PaidBench(done, BenchRun(document, done.run.samples, done.run.interrupted), rates)


def estimate_text(wish: ApiWish, rates: ApiRates, expected: Estimate) -> str:
    """What is about to be spent, in two sentences."""
    price = rates.price
    dated = "as given" if price.given else f"{price.name}, {price.as_of}"
    return (
        f"{wish.provider.title}, {wish.model}: ${price.input_usd_per_mtok:g} in and "
        f"${price.output_usd_per_mtok:g} out per million tokens ({dated}). "
        f"{expected.requests} requests cost about ${_digits(expected.planned_usd)}; none is begun "
        f"that could bring it over ${_digits(wish.max_usd)} (--max-usd)."
    )


def _digits(value_usd: float) -> str:
    """Dollars to the cent, small sums to the millionth."""
    return f"{value_usd:.2f}" if value_usd >= 0.01 else f"{value_usd:.6f}".rstrip("0").rstrip(".")


def _rates(wish: ApiWish) -> ApiRates:
    if not 0 < wish.max_usd <= 1000:
        raise InputError("--max-usd lies between 0 and 1,000 USD")
    return rates_of(wish.provider, wish.model, wish.price)


def _warnings(rates: ApiRates, guard: Guard, bench: Bench) -> list[str]:
    warnings = []
    if rates.price.status == "historic":
        warnings.append(f"the price book has {rates.name} as no longer sold: its price may be old")
    if guard.broken:
        warnings.append(f"stopped: {guard.broken}")
    spend = bench.spend
    if spend is not None and spend.disagreement:
        warnings.append(spend.disagreement)
    if spend is not None and spend.tokens.reasoning:
        warnings.append(
            f"{spend.tokens.reasoning} of {spend.tokens.output} output tokens were reasoning: "
            "where it is not streamed, it is in the price and in TTFT, not in tokens per second"
        )
    return warnings
