"""Does each dialect do what its server's documentation says, field by field?"""

from __future__ import annotations

import json

import pytest
from documented import koboldcpp, lmstudio, localai, mlx, sglang, tgi, tgwui, vllm
from documented.fake import Fake
from hypothesis import given
from hypothesis import strategies as st
from streams import http, reads

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.client import exchange
from advisor.servers.dialects.lmstudio import LMStudioServer
from advisor.servers.dialects.tgi import TgiServer
from advisor.servers.discovery import connect, pick_model
from advisor.servers.told import Counters, Means
from advisor.servers.wire import Completion, Endpoint, Reading, Server, TokenSource

ENDPOINT = Endpoint("http", "127.0.0.1", 1)


def ask(server: Server, model: str, output_tokens: int = 5) -> Reading:
    request = server.request(model, Completion("one two", output_tokens, 7))
    return server.read(exchange(server.endpoint, request, timeout_s=10))


def told(server: Server, model: str | None = None) -> dict[str, object]:
    return {each.name: each.value for each in server.settings(model)}


def loaded(server: Server) -> list[str]:
    return [model.name for model in server.models() if model.loaded is True]


def test_lm_studio_by_its_own_chat_with_its_counts_and_clock() -> None:
    with lmstudio.FAKE.running() as url:
        server = connect(url)
        reading = ask(server, lmstudio.LLM)
    assert reading.error is None
    assert (len(reading.event_ns), reading.output_tokens, reading.input_tokens) == (5, 5, 329)
    assert reading.token_source is TokenSource.NATIVE
    assert reading.text_bytes == len("Need toThe current answer")
    timings = reading.timings
    assert (timings.prefill_tokens, timings.prefill_s, timings.load_s) == (329, 0.781, 12.34)
    assert timings.decode_intervals / timings.decode_s == pytest.approx(43.73)


def test_lm_studio_loads_and_unloads_and_tells_how() -> None:
    with lmstudio.FAKE.running() as url:
        server = connect(url)
        (model,) = server.models()
        assert (model.name, model.parameters, model.quantization) == (
            lmstudio.LLM,
            270_000_000,
            "Q4_0",
        )
        assert (model.size_bytes, model.loaded) == (241_410_208, False)
        assert told(server, lmstudio.LLM) == {}
        assert server.load(lmstudio.LLM) is None
        assert server.load(lmstudio.LLM) is None
        (model,) = server.models()
        assert (model.loaded, model.context_tokens) == (True, 4096)
        means = {each.means: each.value for each in server.settings(lmstudio.LLM)}
        assert means[Means.CONTEXT_TOKENS] == 4096
        assert means[Means.TRAINED_CONTEXT_TOKENS] == 32768
        assert told(server, lmstudio.LLM)["flash_attention"] is True
        assert server.unload(lmstudio.LLM) is None
        assert loaded(server) == []
        with pytest.raises(AdvisorError, match=r"not found"):
            server.load("no-such-model")


def test_lm_studio_before_0_4_streams_as_openai_and_cannot_be_told_to_load() -> None:
    with lmstudio.OLDER.running() as url:
        server = connect(url)
        name = pick_model(server, None)
        reading = ask(server, name, 2)
        assert (name, loaded(server)) == ("meta-llama-3.1-8b-instruct", [])
        assert (reading.output_tokens, reading.token_source) == (2, TokenSource.USAGE)
        assert isinstance(server.load(name), Unknown)
        assert isinstance(server.unload(name), Unknown)


def _lmstudio(*events: bytes, failure: str | None = None) -> Reading:
    server = LMStudioServer(ENDPOINT, kind="lmstudio")
    start = lmstudio.event("chat.start", model_instance_id="m")
    return server.read(reads(http(b"".join([start, *events])), failure=failure))


def test_lm_studios_stream_with_an_error_or_without_an_end_is_named() -> None:
    delta = lmstudio.event("message.delta", content="a")
    problem = lmstudio.event("error", error={"type": "internal_error", "message": "no memory"})
    broken = _lmstudio(delta, problem)
    assert (broken.error, broken.error_detail, len(broken.event_ns)) == (
        "error_body",
        "no memory",
        1,
    )
    cut = _lmstudio(delta, delta, failure="reset")
    assert (cut.error, cut.output_tokens, cut.token_source) == ("reset", 2, TokenSource.ESTIMATED)
    assert _lmstudio(delta).error == "no_end_marker"
    lies = lmstudio.event("chat.end", result={"stats": {"total_output_tokens": 10**18}})
    assert _lmstudio(delta, lies).error == "usage_implausible"


def test_localai_with_the_timers_of_its_engine() -> None:
    with localai.FAKE.running() as url:
        server = connect(url)
        request = server.request(localai.MODEL, Completion("one two", 3, 7))
        reading = ask(server, localai.MODEL, 3)
    assert ("Extra-Usage", "true") in request.headers
    assert (reading.output_tokens, reading.input_tokens, reading.error) == (3, 50, None)
    timings = reading.timings
    assert (timings.prefill_s, timings.decode_s, timings.decode_intervals) == (0.25, 0.04, 2)


def test_localai_loads_and_unloads_and_names_the_engine() -> None:
    with localai.FAKE.running() as url:
        server = connect(url)
        assert loaded(server) == []
        assert server.load(localai.MODEL) is None
        assert server.load(localai.MODEL) is None
        assert loaded(server) == [localai.MODEL]
        assert told(server, localai.MODEL) == {"backend": "llama-cpp"}
        assert server.unload(localai.MODEL) is None
        assert server.unload(localai.MODEL) is None
        assert loaded(server) == []
        with pytest.raises(AdvisorError, match="failed to load model"):
            server.load("other")


def test_a_localai_that_cannot_be_told_to_load_says_so() -> None:
    routes = {key: route for key, route in localai.routes().items() if key != "/backend/load"}
    with Fake("localai", lambda: routes).running() as url:
        assert isinstance(connect(url).load(localai.MODEL), Unknown)


def test_text_generation_webui_counts_anew_and_so_only_estimates() -> None:
    with tgwui.FAKE.running() as url:
        server = connect(url)
        name = pick_model(server, None)
        reading = ask(server, name)
        body = json.loads(server.request(name, Completion("a", 5, 1)).body)
    assert body["ban_eos_token"] is True
    assert (len(reading.event_ns), reading.output_tokens) == (2, 4)
    assert (reading.token_source, reading.error) == (TokenSource.ESTIMATED, None)


def test_text_generation_webui_switches_its_one_model() -> None:
    first, second = tgwui.MODELS[1:]
    with tgwui.FAKE.running() as url:
        server = connect(url)
        assert [model.name for model in server.models()] == [first, second]
        assert (loaded(server), told(server)) == ([first], {"loader": "llama.cpp"})
        assert server.load(second) is None
        assert (loaded(server), told(server, first)) == ([second], {})
        assert server.unload(first) is None
        assert loaded(server) == [second]
        assert server.unload(second) is None
        assert loaded(server) == []
        with pytest.raises(AdvisorError, match="Failed to load"):
            server.load("no-such-model")


@pytest.mark.parametrize("fake", [sglang.FAKE, sglang.OLDER])
def test_sglang_tells_its_start_arguments_and_no_secret(fake: Fake) -> None:
    with fake.running() as url:
        server = connect(url)
        settings = server.settings(sglang.MODEL)
        means = {each.means: each.value for each in settings}
        (model,) = server.models()
    assert model.context_tokens == 131072
    assert means[Means.PREFIX_CACHE] is True
    assert means[Means.SPECULATIVE] is False
    assert (means[Means.CONTEXT_TOKENS], means[Means.STREAMS]) == (131066, 256)
    assert means[Means.KV_CACHE_TYPE] == "fp8_e5m2"
    assert "never-shown" not in repr(settings)


def test_sglangs_totals_are_those_of_the_documented_example() -> None:
    with sglang.FAKE.running() as url:
        server = connect(url)
        counters = server.counters(sglang.MODEL)
        assert isinstance(server.counters("another"), Unknown)
    assert isinstance(counters, Counters)
    assert (counters.prompt_tokens, counters.generated_tokens) == (8128902, 7557572)
    assert (counters.cached_tokens, counters.prompt_includes_cached) == (1024, True)
    assert (counters.first_tokens, counters.gaps) == (11008, 7400757)
    assert counters.first_token_s == 2351897.9474117756


def test_sglang_without_metrics_says_so() -> None:
    routes = {key: route for key, route in sglang.routes().items() if key != "/metrics"}
    with Fake("sglang", lambda: routes).running() as url:
        counters = connect(url).counters(sglang.MODEL)
    assert isinstance(counters, Unknown)
    assert "404" in counters.reason


def test_koboldcpp_tells_its_context_and_how_many_answers_it_gave() -> None:
    with koboldcpp.FAKE.running() as url:
        server = connect(url)
        first, second = server.models()
        counters = server.counters()
        settings = told(server)
        reading = ask(server, first.name, 3)
        body = json.loads(server.request(first.name, Completion("a", 5, 1)).body)
    assert (first.loaded, first.context_tokens, second.loaded) == (True, 8192, False)
    assert counters == Counters(source="/api/extra/perf", requests=42.0)
    assert settings == {"max_context_length": 8192, "queue": 1}
    assert (reading.output_tokens, reading.token_source) == (3, TokenSource.ESTIMATED)
    assert body["ban_eos_token"] is True


def test_mlx_counts_tokens_that_sent_no_event_and_its_cached_ones() -> None:
    with mlx.FAKE.running() as url:
        server = connect(url)
        models = server.models()
        reading = ask(server, mlx.MODELS[0], 4)
        assert isinstance(server.load(mlx.MODELS[0]), Unknown)
    assert [model.name for model in models] == mlx.MODELS
    assert all(isinstance(model.loaded, Unknown) for model in models)
    assert (len(reading.event_ns), reading.output_tokens) == (3, 4)
    assert (reading.cached_input_tokens, reading.error) == (3, None)


def test_text_generation_inference_by_its_own_stream() -> None:
    with tgi.FAKE.running() as url:
        server = connect(url)
        (model,) = server.models()
        request = server.request(model.name, Completion("one two", 3, 0))
        reading = ask(server, model.name, 3)
        settings = told(server)
        counters = server.counters(model.name)
    assert request.path == "/generate_stream"
    assert json.loads(request.body)["parameters"]["seed"] == 1
    assert (model.context_tokens, model.loaded) == (2048, True)
    assert model.digest == "e985a63cdc139290c5f700ff1929f0b5942cced2"
    assert (len(reading.event_ns), reading.output_tokens, reading.input_tokens) == (3, 3, 7)
    assert (reading.token_source, reading.finish_reason) == (TokenSource.NATIVE, "eos_token")
    assert reading.text_bytes == len(" test")
    assert settings["max_total_tokens"] == 2048
    assert (counters.prompt_tokens, counters.generated_tokens) == (700, 360)
    assert (counters.prompt_s, counters.generated_s, counters.requests) == (1.5, 9.25, 12)


def test_text_generation_inferences_errors_are_named() -> None:
    server = TgiServer(ENDPOINT, kind="tgi")
    problem = {"error": "Request failed during generation", "error_type": "generation"}
    cut = tgi.events(tgi.token(1, "a"), problem)
    reading = server.read(reads(http(cut)))
    assert (reading.error, len(reading.event_ns)) == ("error_body", 1)
    assert reading.error_detail == "Request failed during generation"
    busy = http(json.dumps(problem).encode(), status="429 Busy", kind="application/json")
    assert server.read(reads(busy)).error == "http_429"
    unfinished = http(tgi.events(tgi.token(1, "a")))
    assert server.read(reads(unfinished)).error == "no_end_marker"


@given(st.binary(max_size=300), st.integers(1, 50))
def test_no_bytes_break_a_stream_reader(noise: bytes, chunk: int) -> None:
    start = lmstudio.event("chat.start")
    for server in (LMStudioServer(ENDPOINT), TgiServer(ENDPOINT)):
        for body in (noise, b"data: " + noise, start + noise, tgi.GENERATED[:80] + noise):
            server.read(reads(http(body, chunk=chunk)))


_values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
_objects = st.dictionaries(
    st.sampled_from(["type", "content", "result", "token", "details", "error", "text", "special"]),
    _values | st.dictionaries(st.sampled_from(["stats", "text", "generated_tokens"]), _values),
    max_size=4,
)


@given(st.lists(_objects, max_size=4))
def test_no_json_breaks_a_stream_reader(values: list[dict[str, object]]) -> None:
    body = b"".join(b"data: " + json.dumps(value).encode() + b"\n\n" for value in values)
    start = lmstudio.event("chat.start")
    LMStudioServer(ENDPOINT).read(reads(http(start + body)))
    TgiServer(ENDPOINT).read(reads(http(body)))


def test_vllm_sleeps_and_wakes_where_its_sleep_mode_is_on() -> None:
    with vllm.FAKE.running() as url:
        server = connect(url)
        settings = server.settings(vllm.MODEL)
        asleep = {each.means: each.value for each in settings}
        assert server.unload(vllm.MODEL) is None
        assert told(server)["engine_sleep_state"] is True
        assert server.load(vllm.MODEL) is None
        assert told(server)["engine_sleep_state"] is False
    assert asleep[Means.SLEEPING] is False
    assert (asleep[Means.PREFIX_CACHE], asleep[Means.KV_CACHE_TYPE]) == (False, "fp8")
    assert (asleep[Means.SPECULATIVE], asleep[Means.STREAMS]) == (True, 128)
    named = {each.name: each.value for each in settings}
    assert (named["quantization"], named["enforce_eager"]) == ("awq_marlin", False)
    assert (named["tensor_parallel_size"], named["kv_cache_usage_perc"]) == (2, 0.25)
    assert "never-shown" not in repr(settings)


def test_vllms_totals_are_summed_over_its_engines() -> None:
    with vllm.FAKE.running() as url:
        server = connect(url)
        counters = server.counters(vllm.MODEL)
        assert isinstance(server.counters("another"), Unknown)
    assert (counters.prompt_tokens, counters.generated_tokens, counters.requests) == (300, 60, 3)
    assert counters.first_tokens is None
