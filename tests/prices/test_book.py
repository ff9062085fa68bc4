"""The whole embedded book: against the library's own arithmetic, the guide, and its own facts."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import jsonschema
import msgspec
import pytest
from genai_prices import Usage
from genai_prices.data import providers

from advisor.cli.schema import json_schema
from advisor.documents import to_json
from advisor.errors import InputError
from advisor.prices.book import PriceBook
from advisor.prices.document import Price, Prices, Rates, Tier
from advisor.prices.entry import checked_days
from advisor.prices.facts import load_facts

MODELS = {
    f"{provider.id}/{model.id}": (provider, model)
    for provider in providers
    for model in provider.models
}


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook.load()


@pytest.fixture(scope="module")
def prices(book: PriceBook) -> dict[str, Price]:
    return {price.name: price for price in book.listing()}


def applying(rates: Price | Rates, input_tokens: int) -> Price | Rates | Tier:
    above = [tier for tier in rates.tiers if input_tokens > tier.above_input_tokens]
    return above[-1] if above else rates


def test_every_model_of_the_data_is_in_the_book(prices: dict[str, Price]) -> None:
    assert prices.keys() == MODELS.keys()


@pytest.mark.parametrize("input_tokens", [1_000, 1_000_000])
def test_prices_agree_with_the_librarys_own_arithmetic(
    book: PriceBook, prices: dict[str, Price], input_tokens: int
) -> None:
    """Every flat-rate model, priced by genai-prices itself for a request of two sizes."""
    noon = datetime.combine(book.day, time(12), UTC)
    compared = 0
    for name, price in prices.items():
        if price.state != "priced" or price.by_time:
            continue
        provider, model = MODELS[name]
        usage = Usage(input_tokens=input_tokens, output_tokens=1_000)
        theirs = model.calc_price(usage, provider, genai_request_timestamp=noon)
        ours = applying(price, input_tokens)
        fee = price.usd_per_request or 0.0
        expected = input_tokens * ours.input_usd_per_mtok + 1_000 * ours.output_usd_per_mtok
        assert float(theirs.total_price) == pytest.approx(expected / 1e6 + fee, abs=1e-9), name
        compared += 1
    assert compared > 1_500


def test_batch_prices_agree_where_they_exist_and_are_null_where_they_do_not(
    book: PriceBook, prices: dict[str, Price]
) -> None:
    noon = datetime.combine(book.day, time(12), UTC)
    usage = Usage(input_tokens=1_000, output_tokens=1_000)
    with_batch, trapped = 0, 0
    for name, price in prices.items():
        if price.state != "priced" or price.by_time or price.usd_per_request:
            continue
        provider, model = MODELS[name]
        theirs = model.calc_price(
            usage, provider, genai_request_timestamp=noon, price_context={"processing": "batch"}
        )
        if price.batch is None:
            full = price.input_usd_per_mtok + price.output_usd_per_mtok
            assert float(theirs.total_price) == pytest.approx(full / 1e3)
            assert "batch" in price.unknown
            trapped += 1
        else:
            batch = price.batch.input_usd_per_mtok + price.batch.output_usd_per_mtok
            assert float(theirs.total_price) == pytest.approx(batch / 1e3), name
            with_batch += 1
    assert with_batch > 50
    assert trapped > 1_000


def test_the_document_follows_its_schema_and_reads_back(book: PriceBook) -> None:
    document = book.document(book.listing())
    written = to_json(document)
    jsonschema.validate(msgspec.json.decode(written), json_schema("advisor.prices/1"))
    assert msgspec.json.decode(written, type=Prices) == document


def test_every_null_has_its_reason(prices: dict[str, Price]) -> None:
    for price in prices.values():
        for key in (
            *("input_usd_per_mtok", "output_usd_per_mtok", "cached_input_usd_per_mtok", "batch"),
            *("cache_write_usd_per_mtok", "usd_per_request", "confirmed_on", "retires_on"),
        ):
            assert (getattr(price, key) is None) == (key in price.unknown), (price.name, key)


def test_every_price_has_a_date_and_a_source(prices: dict[str, Price]) -> None:
    for price in prices.values():
        assert date.fromisoformat(price.as_of or "")
        assert price.source.startswith("genai-prices ")
        assert price.history


def test_equal_books_give_equal_documents() -> None:
    first, second = PriceBook.load(), PriceBook.load()
    assert to_json(first.show("gpt-4o")) == to_json(second.show("gpt-4o"))
    assert first.day == date.fromisoformat(first.identity.as_of)


def test_a_price_that_is_not_stated_is_unpriced(prices: dict[str, Price]) -> None:
    unpriced = [price for price in prices.values() if price.state == "unpriced"]
    assert unpriced
    assert all(
        price.input_usd_per_mtok is None or price.output_usd_per_mtok is None for price in unpriced
    )


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("GPT-4", "openai/gpt-4"),
        ("gpt-4-0613", "openai/gpt-4"),
        ("GPT-4o", "openai/gpt-4o"),
        ("GPT-4o mini", "openai/gpt-4o-mini"),
        ("GPT-3.5 Turbo", "openai/gpt-3.5-turbo"),
        ("OpenAI/GPT-3.5 Turbo", "openai/gpt-3.5-turbo"),
        ("Claude 3.5 Sonnet", "anthropic/claude-3-5-sonnet"),
        ("claude-3-5-sonnet-20241022", "anthropic/claude-3-5-sonnet"),
        ("claude-haiku-5.5", "anthropic/claude-haiku-5-5"),
        ("together/openai/gpt-oss-120b", "together/openai/gpt-oss-120b"),
        ("Together AI/gpt-oss-120b", "together/openai/gpt-oss-120b"),
        ("groq/llama-3.1-8b-instant", "groq/llama-3.1-8b-instant"),
        ("xai/grok 4.3", "x-ai/grok-4.3"),
        ("  gpt-4o ", "openai/gpt-4o"),
    ],
)
def test_common_spellings_are_found(book: PriceBook, spelled: str, name: str) -> None:
    assert book.show(spelled).name == name


@pytest.mark.parametrize("name", ["gpt-oss-120b", "llama-3.3-70b", "gemma-3-27b-it"])
def test_an_open_model_without_a_provider_is_never_guessed(book: PriceBook, name: str) -> None:
    with pytest.raises(InputError, match="several providers sell") as raised:
        book.show(name)
    assert "Say which, such as" in str(raised.value)


@pytest.mark.parametrize(
    "name", ["", "/", "groq/", "no such model at all", "gpt-4-bananas", "\x1b[31m"]
)
def test_an_unknown_name_is_an_input_error(book: PriceBook, name: str) -> None:
    with pytest.raises(InputError, match="has no model"):
        book.show(name)


def test_a_misspelt_name_gets_its_nearest(book: PriceBook) -> None:
    with pytest.raises(InputError, match="openai/gpt-4o-mini"):
        book.show("gpt-4o-mimi")


def test_an_unknown_provider_gets_its_nearest(book: PriceBook) -> None:
    with pytest.raises(InputError, match="Nearest: groq"):
        book.listing("grok")


def test_a_model_on_the_own_machine_is_local_and_has_no_price(book: PriceBook) -> None:
    price = book.show("ollama/llama3.1:8b")
    assert (price.state, price.input_usd_per_mtok) == ("local", None)


def test_search_finds_all_words_in_any_spelling(book: PriceBook) -> None:
    found = [price.name for price in book.search("claude 3.5 sonnet")]
    assert "anthropic/claude-3-5-sonnet" in found
    assert all("sonnet" in name for name in found)
    statuses = [price.status == "historic" for price in book.search("gpt")]
    assert statuses == sorted(statuses)


@pytest.mark.parametrize(
    ("name", "retired"),
    [
        ("GPT-3.5 Turbo", date(2026, 10, 23)),
        ("GPT-4", date(2026, 10, 23)),
        ("Claude 3.5 Sonnet", date(2025, 10, 28)),
        ("groq/llama-3.3-70b-versatile", date(2026, 8, 16)),
    ],
)
def test_a_model_is_historic_from_the_day_of_its_retirement(name: str, retired: date) -> None:
    before = PriceBook.load(date.fromordinal(retired.toordinal() - 1)).show(name)
    after = PriceBook.load(retired).show(name)
    assert (before.status, after.status) == ("current", "historic")
    assert before.retires_on == after.retires_on == retired.isoformat()
    assert after.history[-1].status == "historic"
    assert after.status_source


def test_an_announced_price_is_applied_from_its_day() -> None:
    early, late = PriceBook.load(date(2026, 11, 24)), PriceBook.load(date(2027, 1, 1))
    name = "google/gemini-3.7-flash"
    assert early.show(name).input_usd_per_mtok == 0.75
    assert [each.status for each in early.show(name).history] == ["current", "announced"]
    assert late.show(name).input_usd_per_mtok == 1.5
    assert [each.status for each in late.show(name).history] == ["historic", "current"]


@pytest.mark.parametrize("name", ["GPT-4", "Claude 3.5 Sonnet"])
def test_the_guides_price_agrees_with_the_books_last_one(book: PriceBook, name: str) -> None:
    guide, last = book.show(name).history
    assert guide.note == "the guide's"
    assert guide.status == last.status == "historic"
    assert (guide.input_usd_per_mtok, guide.output_usd_per_mtok) == (
        last.input_usd_per_mtok,
        last.output_usd_per_mtok,
    )


def test_the_guides_gpt_3_5_is_an_older_snapshots_price(book: PriceBook) -> None:
    guide, last = book.show("GPT-3.5 Turbo").history
    snapshot = book.show("gpt-3.5-turbo-0613")
    assert (guide.input_usd_per_mtok, guide.output_usd_per_mtok) == (1.5, 2.0)
    assert (last.input_usd_per_mtok, last.output_usd_per_mtok) == (0.5, 1.5)
    assert (snapshot.input_usd_per_mtok, snapshot.output_usd_per_mtok) == (1.5, 2.0)


def test_the_guides_groq_stands_alone_and_is_historic(book: PriceBook) -> None:
    price = book.show("Groq")
    assert (price.input_usd_per_mtok, price.output_usd_per_mtok) == (2.5, 2.5)
    assert (price.status, price.as_of, price.source) == (
        "historic",
        None,
        load_facts().guide_source,
    )


@pytest.mark.parametrize("name", ["llama-3.1-8b", "llama3.1:8b", "Meta-Llama-3.1-8B-Instruct"])
def test_hosts_serve_the_same_model_cheapest_first(book: PriceBook, name: str) -> None:
    hosts = book.hosts_of(name, input_tokens=6e6, output_tokens=6e6)
    assert len(hosts) > 5
    assert all("8b" in host.model.lower() and "70b" not in host.model for host in hosts)
    assert {(host.status, host.state) for host in hosts} == {("current", "priced")}
    assert not {"groq", "cerebras", "huggingface_groq"} & {host.provider for host in hosts}
    confirmed = [
        host.input_usd_per_mtok + host.output_usd_per_mtok for host in hosts if host.confirmed_on
    ]
    assert confirmed == sorted(confirmed)
    flags = [host.confirmed_on is None for host in hosts]
    assert flags == sorted(flags)


def test_a_router_to_a_host_of_the_book_is_no_second_host(book: PriceBook) -> None:
    providers = {host.provider for host in book.hosts_of("llama-3.3-70b")}
    assert "novita" in providers
    assert "huggingface_novita" not in providers
    assert "huggingface_groq" not in providers
    assert "huggingface_nebius" in providers


def test_the_split_decides_which_host_is_cheapest(book: PriceBook) -> None:
    long_prompts = book.hosts_of("llama-3.1-8b", input_tokens=1, output_tokens=0)
    long_answers = book.hosts_of("llama-3.1-8b", input_tokens=0, output_tokens=1)
    assert [host.name for host in long_prompts] != [host.name for host in long_answers]


def test_free_offers_are_no_hosts(book: PriceBook) -> None:
    for model in ("llama-3.3-70b", "gpt-oss-20b", "qwen3-8b"):
        assert all(
            host.input_usd_per_mtok + host.output_usd_per_mtok > 0 for host in book.hosts_of(model)
        )


def test_a_model_that_nobody_hosts_has_no_hosts(book: PriceBook) -> None:
    assert book.hosts_of("smollm2-135m") == []


def test_every_fact_is_about_a_model_of_the_book(prices: dict[str, Price]) -> None:
    facts = load_facts()
    about = {*facts.retirements, *facts.unlisted, *facts.listed}
    assert {f"{provider}/{model}" for provider, model in about} <= prices.keys()
    assert not facts.listed & facts.unlisted.keys()
    cited = {each.source for each in (*facts.retirements.values(), *facts.unlisted.values())}
    assert cited == facts.sources.keys()


def test_the_installed_release_has_a_known_day(book: PriceBook) -> None:
    assert book.identity.version in load_facts().release_days


def test_a_release_of_unknown_day_is_at_least_as_new_as_its_last_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda _: "99.0")
    assert PriceBook.load().identity.as_of == max(load_facts().release_days.values()).isoformat()


def test_prices_are_the_decimals_of_the_data(prices: dict[str, Price]) -> None:
    _, model = MODELS["openai/gpt-4o-mini"]
    assert prices["openai/gpt-4o-mini"].input_usd_per_mtok == float(Decimal("0.15"))
    assert model.prices.input_mtok == Decimal("0.15")


@pytest.mark.parametrize(
    ("comment", "days"),
    [
        ("prices checked 2026-10-31", [date(2026, 10, 31)]),
        ("Verified on 2026-01-30, again as of 2026-02-05", [date(2026, 1, 30), date(2026, 2, 5)]),
        ("checked 2026-02-30", []),
        ("launched 2026-10-31", []),
        (None, []),
    ],
)
def test_a_comment_tells_on_which_days_a_price_was_checked(
    comment: str | None, days: list[date]
) -> None:
    assert checked_days(comment) == days
