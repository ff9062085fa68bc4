"""Is a paid API measured with few requests, patiently, and within its limit? Over real sockets."""

from __future__ import annotations

import itertools
import shutil
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from fake_apis import (
    KEY,
    WORD,
    Behaviour,
    FakeApi,
    Reply,
    Seen,
    chat,
    data,
    honest_usage,
    refusal,
    serving_api,
)

from advisor.advice.paid.guard import Guard, most_text_bytes
from advisor.advice.paid.measure import ApiWish, PaidBench, Prepared, agree, measure_api, prepare
from advisor.advice.paid.rates import given_rates
from advisor.bench.paid import PaidPlan
from advisor.bench.workload import fixed
from advisor.errors import AdvisorError, InputError
from advisor.servers.apis.providers import known_provider

SMALL = fixed(40, 12)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("GROQ_API_KEY", "OPENROUTER_API_KEY"):
        monkeypatch.setenv(variable, KEY)


def ready(api: FakeApi, *, provider: str = "groq", max_usd: float = 0.1) -> Prepared:
    wish = ApiWish(known_provider(provider), "model-x", max_usd, api.url, "0.5/1")
    return prepare(wish)


def measured(
    *behaviours: Behaviour,
    provider: str = "groq",
    max_usd: float = 0.1,
    requests: int = 6,
    concurrencies: tuple[int, ...] = (1,),
    max_time_s: float = 10.0,
    tls: ssl.SSLContext | None = None,
) -> tuple[PaidBench, list[Seen]]:
    plan = PaidPlan("model-x", SMALL, requests, concurrencies, max_time_s)
    with serving_api(*behaviours, tls=tls) as api:
        prepared = ready(api, provider=provider, max_usd=max_usd)
        expected = agree(prepared, plan, lambda _: True)
        found = measure_api(prepared, plan, expected, machine_id="m", on_progress=lambda _: None)
        return found, list(api.seen)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    secret, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(secret)]
    subprocess.run(
        [*command.split(), *names, "-out", str(certificate)], check=True, capture_output=True
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, secret)
    return context


def test_encrypted_streams_are_measured_and_cut_like_others(tls: ssl.SSLContext) -> None:
    def endless(seen: Seen) -> Reply:
        event = data({"choices": [{"index": 0, "delta": {"content": WORD}}]})
        return Reply(events=itertools.repeat(event), pause_s=0.0005)

    good = chat(x_groq=True)
    found, seen = measured(good, good, good, good, endless, max_usd=1.0, tls=tls)
    assert found.run.document.server.url.startswith("https://localhost")
    assert found.run.document.stages[0].requests == 2
    assert found.run.document.spend is not None
    assert (found.run.document.spend.cut, len(seen)) == (1, 5)


def test_as_many_requests_as_asked_and_two_to_warm_up_no_more() -> None:
    found, seen = measured(chat(x_groq=True))
    document = found.run.document
    assert len(seen) == 8
    assert document.stages[0].requests == 6
    assert document.stages[0].stopped_by == "end"
    assert not document.partial
    assert document.stages[0].warmup.requests == 2
    prompts = [each.body["messages"][0]["content"] for each in seen]
    assert len(set(prompts)) == len(prompts)


def test_requests_follow_one_another_unless_more_are_asked_for() -> None:
    running, most = 0, 0

    def counted(seen: Seen) -> Reply:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.05)
        running -= 1
        return chat(x_groq=True)(seen)

    measured(counted)
    assert most == 1
    found, _ = measured(counted, concurrencies=(1, 3))
    assert most == 3
    assert [stage.concurrency for stage in found.run.document.stages] == [1, 3]


def test_what_an_api_cannot_show_is_unknown_with_its_reason() -> None:
    document = measured(chat(x_groq=True))[0].run.document
    assert document.stages[0].energy is None
    for path in ("stages[0].energy", "stages[0].prefill_tok_per_s", "operating_point"):
        assert document.unknown[path]
    assert "API" in document.unknown["stages[0].energy"]
    assert document.unknown["server.version"]


def test_the_money_is_counted_by_usage_and_price() -> None:
    found, seen = measured(chat(x_groq=True))
    spend = found.run.document.spend
    assert spend is not None
    prompts = sum(len(each.body["messages"][0]["content"].split()) + 10 for each in seen)
    answers = sum(each.body["max_completion_tokens"] for each in seen)
    assert (spend.tokens.input, spend.tokens.output) == (prompts, answers)
    assert spend.usd == pytest.approx((0.5 * prompts + 1.0 * answers) / 1e6)
    assert spend.usd == pytest.approx(spend.by_usage_usd)
    assert (spend.requests, spend.by_worst_case, spend.waits) == (8, 0, 0)
    assert spend.price.given
    assert len(spend.rests_on) >= 4


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "1"},
        {"retry-after-ms": "900"},
        {"Retry-After": "date"},
        {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "950ms"},
    ],
)
def test_a_rate_limit_is_waited_out_and_is_in_no_latency(headers: dict[str, str]) -> None:
    def busy(seen: Seen) -> Reply:
        soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        told = {name: soon if value == "date" else value for name, value in headers.items()}
        return refusal(429, told)(seen)

    good = chat(x_groq=True)
    found, seen = measured(good, good, good, busy, good, requests=3)
    stage, spend = found.run.document.stages[0], found.run.document.spend
    assert spend is not None
    assert (stage.requests, spend.refused, spend.retries, spend.waits) == (3, 1, 1, 1)
    assert 0 < spend.waited_s <= 2.0
    gaps = [b.at - a.at for a, b in itertools.pairwise(seen)]
    assert max(gaps) >= spend.waited_s - 0.01
    assert seen[3].body["messages"] == seen[4].body["messages"]
    assert stage.e2e_ms is not None and stage.window_s is not None
    elapsed_s = seen[-1].at - seen[2].at + stage.e2e_ms.p99 / 1000
    assert stage.window_s + spend.waited_s <= elapsed_s + 0.05
    assert stage.errors == {"http_429": 1}
    assert not found.run.document.partial


def test_a_limit_that_is_used_up_is_rested_before_the_next_request() -> None:
    tired = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "400ms"}
    good = chat(x_groq=True)
    found, seen = measured(good, good, chat(x_groq=True, headers=tired), good, requests=2)
    spend = found.run.document.spend
    assert spend is not None
    assert (spend.waits, spend.waited_s) == (1, pytest.approx(0.4))
    assert seen[3].at - seen[2].at >= 0.39


def test_a_pause_longer_than_the_time_limit_ends_it() -> None:
    good = chat(x_groq=True)
    began = time.monotonic()
    found, seen = measured(good, good, good, refusal(429, {"Retry-After": "3600"}), max_time_s=4)
    assert time.monotonic() - began < 5
    document = found.run.document
    assert document.stages[0].stopped_by == "rate_limit"
    assert document.partial
    assert len(seen) == 4
    assert any("wait longer" in warning for warning in document.warnings)


def test_a_broken_server_is_tried_again_a_few_times_only() -> None:
    good = chat(x_groq=True)
    found, seen = measured(good, good, refusal(529), refusal(500), good, requests=2)
    spend = found.run.document.spend
    assert spend is not None
    assert (found.run.document.stages[0].requests, spend.retries) == (2, 2)
    assert spend.by_worst_case == 2
    assert len(seen) == 6


def test_an_error_in_mid_stream_is_tried_again_and_counts_at_its_worst() -> None:
    broken = chat(
        3, usage=None, finish=None, more=[data({"error": {"code": 502, "message": "gone"}})]
    )
    good = chat(x_groq=True)
    found, _ = measured(good, good, good, broken, good, requests=2)
    document = found.run.document
    assert document.stages[0].requests == 2
    assert document.stages[0].errors == {"error_body": 1}
    assert document.spend is not None
    assert document.spend.by_worst_case == 1


def test_a_wrong_key_is_asked_once_and_never_shown() -> None:
    said = {"error": {"message": f"Invalid API Key {KEY}"}}
    with serving_api(refusal(401, body=said)) as api:
        prepared = ready(api)
        plan = PaidPlan("model-x", SMALL, 3)
        expected = agree(prepared, plan, lambda _: True)
        with pytest.raises(AdvisorError) as caught:
            measure_api(prepared, plan, expected, machine_id="m", on_progress=lambda _: None)
        assert len(api.seen) == 1
    assert KEY not in str(caught.value)
    assert "[key]" in str(caught.value)
    assert "Check the key" in str(caught.value)


def test_an_endless_answer_is_cut_and_nothing_follows() -> None:
    def endless(seen: Seen) -> Reply:
        event = data({"choices": [{"index": 0, "delta": {"content": WORD}}]})
        return Reply(events=itertools.repeat(event), pause_s=0.0005)

    good = chat(x_groq=True)
    found, seen = measured(good, good, endless, max_usd=1.0)
    spend = found.run.document.spend
    assert spend is not None
    assert spend.cut == 1
    assert spend.broken
    assert len(seen) == 3
    assert found.run.document.partial


def test_a_flood_of_comments_is_bounded() -> None:
    def flood(seen: Seen) -> Reply:
        return Reply(events=itertools.repeat(b": still here" + b"." * 400 + b"\n\n"))

    good = chat(x_groq=True)
    began = time.monotonic()
    found, seen = measured(good, good, flood, max_usd=1.0, max_time_s=20)
    assert time.monotonic() - began < 20
    assert found.run.document.spend is not None
    assert found.run.document.spend.cut == 1
    assert len(seen) == 3


def test_a_limit_that_allows_only_a_few_requests_stops_before_it() -> None:
    guard = Guard(given_rates("x", "0.5/1"), 1.0)
    worst_usd = guard.rates.most_usd(900, most_text_bytes(12))
    found, seen = measured(chat(usage=None), max_usd=2.5 * worst_usd, requests=20)
    spend = found.run.document.spend
    assert spend is not None
    assert spend.usd <= 2.5 * worst_usd
    assert spend.by_worst_case == len(seen) == spend.requests
    assert 2 <= len(seen) < 6
    assert found.run.document.partial
    assert any("spending limit" in warning for warning in found.run.document.warnings)


def test_a_limit_that_allows_no_request_sends_none() -> None:
    with serving_api(chat()) as api:
        prepared = ready(api, max_usd=1e-6)
        with pytest.raises(InputError, match="--max-usd"):
            agree(prepared, PaidPlan("model-x", SMALL, 3), lambda _: True)
        assert api.seen == []


def test_declining_the_estimate_sends_nothing() -> None:
    shown: list[str] = []
    with serving_api(chat()) as api:
        prepared = ready(api)
        with pytest.raises(AdvisorError, match="nothing was sent"):
            agree(prepared, PaidPlan("model-x", SMALL, 3), lambda text: bool(shown.append(text)))
        assert api.seen == []
    assert "5 requests" in shown[0]
    assert "$0.10 (--max-usd)" in shown[0]


def test_a_cost_that_the_api_tells_otherwise_is_flagged_and_the_higher_one_counts() -> None:
    def dear(seen: Seen) -> Reply:
        usage = honest_usage(seen, seen.body["max_completion_tokens"])
        return chat(usage={**usage, "cost": 0.0001})(seen)

    found, seen = measured(dear, provider="openrouter")
    spend = found.run.document.spend
    assert spend is not None
    assert spend.told_usd == pytest.approx(0.0001 * len(seen))
    assert spend.usd == pytest.approx(spend.told_usd)
    assert spend.by_usage_usd < spend.told_usd
    assert spend.disagreement is not None
    assert spend.disagreement in found.run.document.warnings


def test_a_cost_that_agrees_is_not_flagged() -> None:
    def fair(seen: Seen) -> Reply:
        usage = honest_usage(seen, seen.body["max_completion_tokens"])
        cost = (0.5 * usage["prompt_tokens"] + usage["completion_tokens"]) / 1e6
        return chat(usage={**usage, "cost": cost})(seen)

    spend = measured(fair, provider="openrouter")[0].run.document.spend
    assert spend is not None
    assert spend.disagreement is None


def test_a_model_without_a_price_is_refused_before_anything_is_sent() -> None:
    wish = ApiWish(known_provider("groq"), "made-up-model", 0.1)
    with pytest.raises(InputError, match="--price"):
        prepare(wish)


def test_a_response_without_end_is_no_answer() -> None:
    good = chat(x_groq=True)
    cut_off = chat(4, usage=None, finish=None)

    def breaks(seen: Seen) -> Reply:
        reply = cut_off(seen)
        reply.events = list(reply.events or [])[:-1]
        reply.breaks = True
        return reply

    found, _ = measured(good, good, breaks, good, requests=2)
    assert found.run.document.stages[0].requests == 2
    assert sum(found.run.document.stages[0].errors.values()) == 1
