"""Is each provider asked and read as its reference says?"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fake_apis import KEY, Behaviour, anthropic, chat, data, gemini, refusal, serving_api

from advisor.bench.gate import OpenGate
from advisor.bench.observe import Observation
from advisor.bench.prompts import Requests
from advisor.bench.replay import play
from advisor.bench.workload import fixed
from advisor.errors import AdvisorError, InputError
from advisor.servers.apis.connect import connect_api
from advisor.servers.apis.providers import known_provider, providers
from advisor.servers.wire import Completion, TokenSource

PROVIDERS = tuple(providers())


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in providers().values():
        for variable in provider.variables:
            monkeypatch.setenv(variable, KEY)
        monkeypatch.delenv(provider.url_variable, raising=False)


def answered_by(name: str) -> Behaviour:
    special: dict[str, Callable[[], Behaviour]] = {
        "anthropic": anthropic,
        "gemini": gemini,
        "groq": lambda: chat(x_groq=True),
    }
    return special.get(name, chat)()


def ask(name: str, *behaviours: Behaviour, tokens: int = 16) -> tuple[Observation, list[object]]:
    """One request to a provider's fake; what was seen, and what arrived there."""
    with serving_api(*behaviours) as api:
        server = connect_api(known_provider(name), api.url)
        requests = Requests(server, "some/model", 1)
        replay = play(
            server,
            [requests.make_of_words(24, tokens)],
            fixed(24, tokens),
            concurrency=1,
            max_time_s=0.9,
            gate=OpenGate(),
            interrupted=lambda: False,
            watch=lambda load, loop: None,
        )
    return replay.measured.observations[-1], list(api.seen)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_stream_is_timed_counted_and_billed_by_its_usage(name: str) -> None:
    seen, _ = ask(name, answered_by(name))
    assert seen.reading.error is None, seen.reading
    assert seen.is_whole
    assert (seen.output_tokens, seen.reading.token_source) == (16, TokenSource.USAGE)
    bill = seen.reading.billing
    assert bill is not None
    assert bill.output_tokens == 16
    assert 24 <= bill.input_tokens <= 40
    assert seen.ttft_s is not None and seen.e2e_s >= seen.ttft_s > 0


@pytest.mark.parametrize(
    ("name", "path", "header", "limit"),
    [
        ("openai", "/v1/chat/completions", "authorization", "max_completion_tokens"),
        ("groq", "/v1/chat/completions", "authorization", "max_completion_tokens"),
        ("openrouter", "/v1/chat/completions", "authorization", "max_completion_tokens"),
        ("together", "/v1/chat/completions", "authorization", "max_tokens"),
        ("mistral", "/v1/chat/completions", "authorization", "max_tokens"),
        ("deepseek", "/chat/completions", "authorization", "max_tokens"),
        ("anthropic", "/v1/messages", "x-api-key", "max_tokens"),
    ],
)
def test_each_is_asked_at_its_route_with_its_key_and_its_limit(
    name: str, path: str, header: str, limit: str
) -> None:
    _, arrived = ask(name, answered_by(name))
    request = arrived[0]
    assert request.path == path  # type: ignore[attr-defined]
    assert request.headers[header].removeprefix("Bearer ") == KEY  # type: ignore[attr-defined]
    assert request.body[limit] == 16  # type: ignore[attr-defined]


def test_gemini_is_asked_at_its_model_with_its_own_header() -> None:
    _, arrived = ask("gemini", gemini())
    request = arrived[0]
    path = "/v1beta/models/some%2Fmodel:streamGenerateContent?alt=sse"
    assert request.path == path  # type: ignore[attr-defined]
    assert request.headers["x-goog-api-key"] == KEY  # type: ignore[attr-defined]
    limit = request.body["generationConfig"]  # type: ignore[attr-defined]
    assert limit == {"maxOutputTokens": 16}


def test_what_only_one_of_them_knows_is_sent_to_that_one_only() -> None:
    bodies = {name: ask(name, answered_by(name))[1][0].body for name in PROVIDERS}  # type: ignore[attr-defined]
    assert bodies["openai"]["service_tier"] == "default"
    assert bodies["deepseek"]["thinking"] == {"type": "disabled"}
    assert [n for n, body in bodies.items() if "stream_options" in body] == ["openai", "deepseek"]
    assert not [n for n, body in bodies.items() if "temperature" in body or "seed" in body]


def test_reasoning_that_is_not_streamed_is_billed_but_does_not_speed_up_the_decode() -> None:
    seen, _ = ask("openai", chat(16, hidden=100))
    assert seen.reading.billing is not None
    assert seen.reading.billing.output_tokens == 116
    assert seen.reading.billing.reasoning_tokens == 100
    assert seen.output_tokens == 16
    seen, _ = ask("gemini", gemini(thoughts=8))
    assert (seen.output_tokens, seen.reading.billing.output_tokens) == (8, 16)  # type: ignore[union-attr]
    seen, _ = ask("anthropic", anthropic(thinking=6))
    assert (seen.output_tokens, seen.reading.billing.output_tokens) == (10, 16)  # type: ignore[union-attr]


def test_reasoning_that_is_streamed_counts_as_output() -> None:
    thought = data({"choices": [{"index": 0, "delta": {"reasoning": " hm"}}]})
    usage = {
        "prompt_tokens": 30,
        "completion_tokens": 20,
        "completion_tokens_details": {"reasoning_tokens": 4},
    }
    seen, _ = ask("groq", chat(16, usage=usage, more=[thought] * 4))
    assert (len(seen.reading.event_ns), seen.output_tokens) == (20, 20)


def test_tokens_from_a_cache_are_told_apart() -> None:
    seen, _ = ask("anthropic", anthropic(cached=12))
    bill = seen.reading.billing
    assert bill is not None
    assert (bill.cached_input_tokens, bill.input_tokens) == (12, 32)
    usage = {"prompt_tokens": 34, "completion_tokens": 16, "prompt_cache_hit_tokens": 20}
    seen, _ = ask("deepseek", chat(usage=usage))
    assert seen.reading.billing is not None
    assert seen.reading.billing.cached_input_tokens == 20


def test_openrouters_own_cost_is_read() -> None:
    usage = {"prompt_tokens": 30, "completion_tokens": 16, "cost": 0.00012}
    seen, _ = ask("openrouter", chat(usage=usage))
    assert seen.reading.billing is not None
    assert seen.reading.billing.cost_usd == pytest.approx(0.00012)


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"prompt_tokens": -1, "completion_tokens": 16},
        {"prompt_tokens": 30, "completion_tokens": 10**18},
        {"prompt_tokens": "many", "completion_tokens": True},
        {"prompt_tokens": 30, "completion_tokens": 16, "cost": float("1e400")},
    ],
)
def test_a_usage_that_cannot_be_is_no_bill(usage: dict[str, object] | None) -> None:
    seen, _ = ask("openai", chat(usage=usage))
    bill = seen.reading.billing
    assert bill is None or bill.cost_usd is None
    assert len(seen.reading.event_ns) == 16


@pytest.mark.parametrize(
    ("name", "behaviour", "says"),
    [
        ("anthropic", anthropic(error="overloaded_error"), "Overloaded"),
        (
            "openrouter",
            chat(
                3,
                usage=None,
                finish=None,
                more=[data({"error": {"code": 502, "message": "Provider disconnected"}})],
            ),
            "Provider disconnected",
        ),
        ("openai", refusal(200, body={"error": {"message": "no such thing"}}), "no such thing"),
        ("gemini", refusal(200, body={"error": {"code": 500, "message": "inner"}}), "inner"),
        ("mistral", refusal(200, body={"object": "error", "message": "bad"}), "bad"),
    ],
)
def test_an_error_inside_a_good_status_is_an_error(
    name: str, behaviour: Behaviour, says: str
) -> None:
    seen, _ = ask(name, behaviour)
    assert seen.reading.error == "error_body"
    assert says in seen.reading.error_detail
    assert seen.reading.billing is None


def test_a_blocked_prompt_of_geminis_is_an_error() -> None:
    blocked = data({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {}})
    from fake_apis import Reply

    seen, _ = ask("gemini", lambda _: Reply(events=[blocked]))
    assert seen.reading.error == "error_body"
    assert "SAFETY" in seen.reading.error_detail


def test_the_key_does_not_follow_a_redirect() -> None:
    with serving_api(chat()) as elsewhere:
        seen, arrived = ask("openai", refusal(307, {"Location": f"{elsewhere.url}/v1"}))
        assert seen.reading.error == "http_307"
        assert len(arrived) == 1
        assert elsewhere.seen == []


def test_the_key_is_hidden_where_the_provider_repeats_it() -> None:
    said = {"error": {"message": f"Incorrect API key provided: {KEY}. Or {KEY[4:20]}?"}}
    seen, _ = ask("openai", refusal(401, body=said))
    assert seen.reading.error == "http_401"
    assert "Incorrect API key provided: [key]" in seen.reading.error_detail
    assert KEY[4:20] not in seen.reading.error_detail


def test_nothing_that_holds_the_key_shows_it() -> None:
    server = connect_api(known_provider("openai"))
    request = server.request("gpt", Completion("hello", 4, 1))
    prepared = Requests(server, "gpt", 1).make_of_words(4, 4)
    for shown in (server, request, prepared):
        assert KEY not in repr(shown)
        assert KEY not in str(shown)
    assert KEY in json.dumps(dict(request.headers))


def test_a_key_never_travels_unencrypted() -> None:
    with pytest.raises(InputError, match="not encrypted"):
        connect_api(known_provider("groq"), "http://gateway.example.com")


def test_each_provider_answers_at_an_encrypted_address_that_has_a_source() -> None:
    for provider in providers().values():
        assert provider.base_url.startswith("https://")
        assert connect_api(provider).endpoint.scheme == "https"
        assert "http" in provider.source


def test_an_unknown_provider_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match="mistral"):
        known_provider("mistrall")
    assert known_provider("google").name == "gemini"
    with pytest.raises(AdvisorError):
        known_provider("nothing-like-it")
