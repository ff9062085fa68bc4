"""Can the spending limit be crossed, whatever a provider does? Played without a network."""

from __future__ import annotations

import heapq
import itertools
import json
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.advice.paid.guard import Guard, most_text_bytes
from advisor.advice.paid.rates import ApiRates, given_rates
from advisor.bench.load import Exchange, Load, Prepared
from advisor.bench.observe import observe
from advisor.bench.prompts import Requests
from advisor.bench.replay import FIRST_BYTES
from advisor.bench.scripted import ScriptedLoop
from advisor.errors import InputError
from advisor.servers.apis.openai import OpenAIApi
from advisor.servers.wire import Endpoint, Transcript

SERVER = OpenAIApi(Endpoint("http", "127.0.0.1", 9), "openai")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
ROUNDING_USD = 1e-12


@dataclass(frozen=True)
class Lie:
    """What a provider does with one request.

    It generates `visible` tokens of `token_bytes` each and streams them `per_event` at a time, and
    `hidden` ones unseen; it bills what it generated, and tells `told` of it ("truth", None for no
    usage at all, or numbers of its own).
    """

    status: int = 200
    visible: int = 16
    hidden: int = 0
    token_bytes: int = 5
    per_event: int = 1
    told: tuple[int, int] | str | None = "truth"
    ends: bool = True


@dataclass
class Provider:
    """Answers requests as scripted, byte by byte, and keeps the true bill."""

    rates: ApiRates
    lies: tuple[Lie, ...]
    bill_usd: float = 0.0
    most_over_usd: float = 0.0
    answered: int = 0

    def answer(self, guard: Guard, exchange: Exchange) -> None:
        """Streams as the load generator would read it: until the end, or until it cuts."""
        lie = self.lies[min(self.answered, len(self.lies) - 1)]
        self.answered += 1
        transcript, request = exchange.transcript, exchange.request
        transcript.sent_ns = 1
        if lie.status != 200:
            head = f"HTTP/1.1 {lie.status} No\r\nContent-Length: 2\r\n\r\n{{}}".encode()
            transcript.received.append((2, head))
            return
        prompt_tokens = request.words + 10
        generated, left = lie.hidden, FIRST_BYTES
        reads = itertools.chain([HEAD], self._events(lie, prompt_tokens))
        for number, read in enumerate(reads):
            transcript.received.append((number + 2, read))
            generated += read.count(b'"content"') * lie.per_event
            left -= len(read)
            if left < 0:
                received = sum(len(data) for _, data in transcript.received)
                text_bytes = SERVER.read(transcript).text_bytes
                left = guard.further_bytes(request, received, text_bytes)
                if left <= 0:
                    transcript.failure = "too_large"
                    break
        cost_usd = self.rates.most_usd(prompt_tokens, generated)
        self.bill_usd += cost_usd
        self.most_over_usd = max(self.most_over_usd, cost_usd - guard.worst_usd(request))

    def _events(self, lie: Lie, prompt_tokens: int):  # type: ignore[no-untyped-def]
        text = "x" * (lie.token_bytes * lie.per_event)
        event = b"data: " + json.dumps({"choices": [{"delta": {"content": text}}]}).encode()
        for _ in range(max(1, lie.visible // lie.per_event)):
            yield event + b"\n\n"
        if not lie.ends:
            return
        yield b'data: {"choices": [{"delta": {}, "finish_reason": "length"}]}\n\n'
        if lie.told == "truth":
            told: tuple[int, int] | None = (prompt_tokens, lie.visible + lie.hidden)
        else:
            told = lie.told  # type: ignore[assignment]
        if told is not None:
            usage = {"prompt_tokens": told[0], "completion_tokens": told[1]}
            yield b"data: " + json.dumps({"choices": [], "usage": usage}).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"


def run(
    lies: tuple[Lie, ...],
    *,
    max_usd: float = 0.01,
    price: str = "1/4",
    output_tokens: int = 16,
    concurrency: int = 1,
    count: int = 12,
) -> tuple[Guard, Provider, int]:
    """Plays a load against a provider; the guard, the provider, and how many requests were sent."""
    rates = given_rates("x", price)
    guard, provider = Guard(rates, max_usd), Provider(rates, lies)
    requests = Requests(SERVER, "m", 1)
    loop = ScriptedLoop(
        [requests.make_of_words(50, output_tokens) for _ in range(count)],
        concurrency=concurrency,
        max_time_s=1e6,
        observe=lambda exchange: observe(exchange, SERVER),
        gate=guard,
    )
    due = [(0, number) for number in range(loop.streams)]
    sent = 0
    loop.tick(0, Load())
    active: list[Exchange] = []
    while due or active:
        while due and len(active) < concurrency:
            heapq.heappop(due)
            active.append(Exchange(loop.request(), Transcript()))
            sent += 1
            assert guard.committed_usd <= max_usd + ROUNDING_USD or guard.broken
        exchange = active.pop(0)
        provider.answer(guard, exchange)
        exchange.transcript.closed_ns = 10
        again = loop.ended(exchange)
        if again is not None:
            heapq.heappush(due, (again, sent))
        assert sent < 1000
    loop.close()
    assert guard.committed_usd == pytest.approx(guard.spent_usd)
    return guard, provider, sent


USAGES = st.sampled_from(
    ["truth", None, (0, 0), (1, 1), (60, 16), (60, 0), (-5, 10**18), (9, 10**6)]
)
LIES = st.builds(
    Lie,
    status=st.sampled_from([200, 200, 200, 429, 500, 503, 529]),
    visible=st.integers(1, 3000),
    hidden=st.just(0),
    token_bytes=st.integers(1, 12),
    per_event=st.integers(1, 8),
    told=USAGES,
    ends=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(LIES, min_size=1, max_size=6),
    st.integers(1, 3),
    st.floats(1e-5, 0.05),
    st.integers(1, 64),
)
def test_what_is_counted_never_passes_the_limit_before_a_request_is_sent(
    lies: list[Lie], concurrency: int, max_usd: float, output_tokens: int
) -> None:
    guard, provider, _ = run(
        tuple(lies), max_usd=max_usd, output_tokens=output_tokens, concurrency=concurrency
    )
    beyond = (provider.most_over_usd + ROUNDING_USD) * concurrency
    assert provider.bill_usd <= max_usd + max(0.0, beyond)
    assert guard.spent_usd <= max_usd + ROUNDING_USD or guard.broken


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.builds(
            Lie,
            status=st.sampled_from([200, 200, 500]),
            visible=st.integers(1, 16),
            hidden=st.just(0),
            token_bytes=st.integers(1, 8),
            told=st.sampled_from(["truth", None, (0, 0), (0, 16), (60, 0)]),
            ends=st.booleans(),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 4),
    st.floats(1e-6, 0.02),
)
def test_the_true_bill_stays_within_the_limit_where_the_limit_sent_is_kept(
    lies: list[Lie], concurrency: int, max_usd: float
) -> None:
    _, provider, _ = run(tuple(lies), max_usd=max_usd, concurrency=concurrency)
    assert provider.bill_usd <= max_usd + ROUNDING_USD


@given(st.integers(17, 100_000), st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_an_endless_stream_is_cut_soon_after_its_limit_and_ends_the_measurement(
    visible: int, token_bytes: int
) -> None:
    lie = Lie(visible=visible, token_bytes=token_bytes, told=None, ends=False)
    guard, provider, sent = run((lie,), max_usd=1.0)
    text = visible * token_bytes
    if text > most_text_bytes(16) + FIRST_BYTES:
        assert (sent, guard.cut) == (1, 1)
        assert guard.broken
        assert provider.bill_usd <= guard.rates.most_usd(60, most_text_bytes(16) + token_bytes)
    assert provider.bill_usd <= 1.0


def test_a_flood_of_comments_is_cut_too() -> None:
    rates = given_rates("x", "1/4")
    guard = Guard(rates, 1.0)
    request = Requests(SERVER, "m", 1).make_of_words(50, 16)
    assert guard.further_bytes(request, 5_000, 0) > 0
    assert guard.further_bytes(request, 10_000_000, 0) <= 0


def test_hidden_reasoning_that_bills_more_ends_the_measurement() -> None:
    guard, provider, sent = run((Lie(), Lie(hidden=5000)), max_usd=1.0)
    assert sent == 2
    assert guard.broken is not None
    assert guard.spent_usd >= provider.bill_usd - ROUNDING_USD


def test_a_huge_usage_counts_as_told_and_one_that_cannot_be_at_its_worst() -> None:
    guard, _, sent = run((Lie(told=(60, 9_000_000)),), max_usd=1.0)
    assert (sent, guard.spent_usd > 30) == (1, True)
    guard, _, sent = run((Lie(told=(60, 10**18)),), max_usd=0.01)
    assert guard.by_worst_case == sent
    assert guard.spent_usd <= 0.01


def test_without_usage_every_answer_counts_at_its_worst() -> None:
    honest, _, many = run((Lie(),), max_usd=0.01, count=50)
    silent, provider, few = run((Lie(told=None),), max_usd=0.01, count=50)
    assert few < many
    assert silent.by_worst_case == few
    assert silent.spent_usd > 5 * provider.bill_usd
    assert honest.by_worst_case == 0


def test_zeros_and_too_little_are_no_usage() -> None:
    for told in ((0, 0), (60, 0), (0, 16)):
        guard, _, sent = run((Lie(told=told),), count=3)
        assert guard.by_worst_case == sent


def test_a_refusal_is_free_and_a_broken_server_is_not() -> None:
    guard, _, sent = run((Lie(status=429), Lie()), count=1)
    assert (sent, guard.refused, guard.by_worst_case) == (2, 1, 0)
    guard, _, sent = run((Lie(status=500), Lie()), count=1)
    assert (sent, guard.refused, guard.by_worst_case) == (2, 0, 1)


def test_errors_end_after_a_bounded_number_of_tries() -> None:
    for status, tries in ((401, 1), (404, 1), (500, 4), (429, 8), (529, 8)):
        _, _, sent = run((Lie(status=status),), max_usd=10.0)
        assert sent == tries, status


def test_a_fee_for_each_request_counts() -> None:
    from advisor.advice.paid.rates import book_rates
    from advisor.prices.book import PriceBook

    fees = [
        price
        for price in PriceBook.load().listing()
        if price.usd_per_request and price.state == "priced"
    ]
    assert fees
    rates = book_rates(fees[0])
    assert rates.most_usd(0, 0) == fees[0].usd_per_request


def test_every_price_of_the_book_is_at_most_its_own_worst_case() -> None:
    from advisor.advice.paid.rates import book_rates
    from advisor.prices.book import PriceBook
    from advisor.servers.wire import Billing

    for price in PriceBook.load().listing():
        if price.state != "priced":
            continue
        rates = book_rates(price)
        for tokens in (1, 1000, 150_000, 300_000, 2_000_000):
            for cached, written in ((0, 0), (tokens, 0), (0, tokens)):
                bill = Billing(tokens, tokens, cached, written)
                cost = rates.cost_usd(bill)
                assert cost <= rates.most_usd(tokens, tokens) * (1 + 1e-9), (price.name, bill)


@pytest.mark.parametrize("typed", ["", "1", "a/b", "-1/2", "1/2/3", "nan/1", "inf/1"])
def test_a_price_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match="no price"):
        given_rates("x", typed)


def test_a_request_is_admitted_once() -> None:
    guard = Guard(given_rates("x", "1/4"), 1.0)
    request = Prepared(b"x" * 100, 10, 16, 1)
    assert guard.admits(request)
    before = guard.committed_usd
    guard.release(request)
    assert (before > 0, guard.committed_usd) == (True, 0)
