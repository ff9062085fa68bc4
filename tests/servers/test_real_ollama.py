"""Does the Ollama dialect agree with real Ollamas, old and new?"""

from __future__ import annotations

import json

import pytest

from advisor.servers.client import exchange
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.discovery import connect, look_around, pick_model
from advisor.servers.document import describe
from advisor.servers.wire import Completion, Request, TokenSource, Transcript

PROMPT = "seven quiet rivers carry early lanterns past the window of a sleeping baker " * 4


@pytest.fixture(params=["ollama_093", "ollama_054"])
def ollama(request: pytest.FixtureRequest) -> OllamaServer:
    server: OllamaServer = request.getfixturevalue(request.param)
    return server


def _run(server: OllamaServer, *, output_tokens: int, seed: int = 1) -> Transcript:
    request = server.request("smollm2", Completion(f"{seed} {PROMPT}", output_tokens, seed))
    return exchange(server.endpoint, request, timeout_s=120)


def test_is_told_by_its_answers_wherever_it_listens(ollama: OllamaServer) -> None:
    found = connect(ollama.endpoint.url)
    assert (found.kind, found.version) == ("ollama", ollama.version)
    assert ollama.endpoint.port != 11434


def test_its_own_api_is_used_where_the_address_is_that_of_v1(ollama: OllamaServer) -> None:
    found = connect(f"{ollama.endpoint.url}/v1/")
    assert isinstance(found, OllamaServer)
    assert found.endpoint == ollama.endpoint


def test_lists_the_model_with_what_show_knows(ollama: OllamaServer) -> None:
    (model,) = ollama.models()
    assert model.name == "smollm2:latest"
    assert model.parameters == 134_515_008
    assert model.quantization == "Q4_1"
    assert 98_000_000 < model.size_bytes < 99_000_000
    assert isinstance(model.digest, str)
    assert len(model.digest) == 64
    assert pick_model(ollama, "SmolLM2") == "smollm2:latest"


def test_ps_tells_what_is_loaded(ollama: OllamaServer) -> None:
    _run(ollama, output_tokens=2)
    (model,) = ollama.models()
    assert (model.loaded, model.gpu_share) == (True, 0.0)


def test_counts_and_clocks_agree_with_the_servers_own(ollama: OllamaServer) -> None:
    _run(ollama, output_tokens=2)
    reading = ollama.read(_run(ollama, output_tokens=64, seed=2))
    assert reading.error is None
    assert reading.token_source is TokenSource.NATIVE
    assert reading.finish_reason == "length"
    assert reading.output_tokens == 64
    assert 40 < reading.input_tokens < 120
    assert 1 <= len(reading.event_ns) <= 64
    assert list(reading.event_ns) == sorted(reading.event_ns)
    timings = reading.timings
    assert (timings.decode_tokens, timings.decode_intervals) == (64, 63)
    span_s = (reading.event_ns[-1] - reading.event_ns[0]) / 1e9
    assert span_s == pytest.approx(timings.decode_s, rel=0.25, abs=0.15)
    assert timings.prefill_tokens == reading.input_tokens


def test_a_cut_stream_is_named_and_keeps_its_events(ollama: OllamaServer) -> None:
    whole = _run(ollama, output_tokens=12, seed=3)
    reading = ollama.read(whole)
    cut = Transcript(whole.sent_ns, None, whole.closed_ns, whole.received[:-2], "reset")
    cut_reading = ollama.read(cut)
    assert reading.error is None
    assert cut_reading.error == "reset"
    assert 1 <= len(cut_reading.event_ns) <= len(reading.event_ns)
    assert cut_reading.token_source is TokenSource.ESTIMATED
    assert cut_reading.output_tokens == len(cut_reading.event_ns)


def test_a_missing_model_is_a_named_error(ollama: OllamaServer) -> None:
    request = ollama.request("no-such-model", Completion("hello", 2, 1))
    reading = ollama.read(exchange(ollama.endpoint, request, timeout_s=30))
    assert reading.error == "http_404"
    assert "no-such-model" in reading.error_detail


def test_the_openai_side_of_ollama_is_read_right_too(ollama: OllamaServer) -> None:
    generic = connect(ollama.endpoint.url, kind="generic")
    request = generic.request("smollm2", Completion(PROMPT, 8, 1))
    reading = generic.read(exchange(generic.endpoint, request, timeout_s=60))
    assert reading.error is None
    assert reading.token_source is TokenSource.USAGE
    assert reading.output_tokens == 8
    assert reading.input_tokens > 40


def test_the_document_names_server_and_model(
    ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{ollama.endpoint.port}")
    document = describe(look_around(), [])
    (entry,) = [each for each in document.servers if each.url == ollama.endpoint.url]
    assert entry.kind == "ollama"
    assert [model.name for model in entry.models] == ["smollm2:latest"]


def test_a_repetition_that_ollama_cuts_off_is_named(ollama: OllamaServer) -> None:
    """Real Ollama leaves the final message out when a model repeats one token some 30 times."""
    options = {"num_predict": 96, "temperature": 0, "repeat_penalty": 1.0}
    body = {"model": "smollm2", "prompt": "a " * 17, "raw": True, "options": options}
    request = Request("POST", "/api/generate", (), json.dumps(body).encode())
    reading = ollama.read(exchange(ollama.endpoint, request, timeout_s=60))
    assert reading.error == "no_end_marker"
    assert 10 < len(reading.event_ns) == reading.output_tokens < 96
    assert reading.token_source is TokenSource.ESTIMATED
