"""Does the Ollama dialect read recorded streams right, whole and broken?"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import OLLAMA_093_GENERATE, cuts, http, reads

from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.wire import Completion, Endpoint, Reading, TokenSource

SERVER = OllamaServer(Endpoint("http", "127.0.0.1", 1), contexts={"smollm2": None, "m": None})


def read(body: bytes) -> Reading:
    return SERVER.read(reads(http(body, kind="application/x-ndjson")))


def test_the_native_counters_and_durations() -> None:
    reading = read(OLLAMA_093_GENERATE)
    assert (reading.error, reading.finish_reason) == (None, "length")
    assert (len(reading.event_ns), reading.input_tokens, reading.output_tokens) == (5, 4, 5)
    assert reading.token_source is TokenSource.NATIVE
    timings = reading.timings
    assert (timings.prefill_tokens, timings.decode_tokens, timings.decode_intervals) == (4, 5, 4)
    assert timings.prefill_s == pytest.approx(0.038841066)
    assert timings.decode_s == pytest.approx(0.059111701)
    assert timings.load_s == pytest.approx(1.673682651)


def test_cached_prompt_tokens_are_taken_off_the_prefill() -> None:
    body = OLLAMA_093_GENERATE.replace(
        b'"prompt_eval_count":4,', b'"prompt_eval_count":40,"prompt_eval_cached_count":36,'
    )
    reading = read(body)
    assert (reading.input_tokens, reading.cached_input_tokens) == (40, 36)
    assert reading.timings.prefill_tokens == 4


def test_without_the_final_message_the_events_are_kept_and_counted() -> None:
    cut = OLLAMA_093_GENERATE[: OLLAMA_093_GENERATE.rindex(b'{"model"')]
    reading = read(cut)
    assert (reading.error, len(reading.event_ns)) == ("no_end_marker", 5)
    assert (reading.output_tokens, reading.token_source) == (5, TokenSource.ESTIMATED)
    assert reading.timings is None


def test_thinking_and_chat_messages_are_tokens() -> None:
    lines = [
        {"response": "", "thinking": "hm", "done": False},
        {"message": {"role": "assistant", "content": "", "thinking": "so"}, "done": False},
        {"message": {"role": "assistant", "content": "yes"}, "done": False},
        {"message": {"role": "assistant", "content": ""}, "done": False},
        {"message": {"role": "assistant", "content": ""}, "done": True, "eval_count": 3},
    ]
    reading = read("".join(json.dumps(line) + "\n" for line in lines).encode())
    assert (len(reading.event_ns), reading.output_tokens, reading.error) == (3, 3, None)


def test_an_error_line_is_named() -> None:
    reading = read(OLLAMA_093_GENERATE[:95] + b'\n{"error":"llama runner died"}\n')
    assert (reading.error, reading.error_detail) == ("error_body", "llama runner died")
    assert len(reading.event_ns) == 1


@pytest.mark.parametrize("lie", [b"-5", b"1000000000000000000", b"1e18", b'"5"'])
def test_counters_that_cannot_be_true_are_refused(lie: bytes) -> None:
    reading = read(OLLAMA_093_GENERATE.replace(b'"eval_count":5', b'"eval_count":' + lie))
    assert reading.error == "usage_implausible"
    assert reading.token_source is TokenSource.ESTIMATED


@given(at=cuts, chunk=st.integers(1, 200))
def test_the_same_stream_gives_the_same_reading_however_it_is_cut(
    at: list[int], chunk: int
) -> None:
    whole = read(OLLAMA_093_GENERATE)
    cut = SERVER.read(reads(http(OLLAMA_093_GENERATE, chunk=chunk), at))
    assert (cut.output_tokens, cut.timings, cut.error) == (5, whole.timings, None)
    assert len(cut.event_ns) == 5
    assert list(cut.event_ns) == sorted(cut.event_ns)


@given(st.binary(max_size=300))
def test_no_bytes_raise(noise: bytes) -> None:
    read(noise)
    read(OLLAMA_093_GENERATE[:96] + noise + OLLAMA_093_GENERATE[96:])


def test_the_request_names_length_seed_and_raw_prompt() -> None:
    request = SERVER.request("m", Completion("one two", 64, 9))
    body = json.loads(request.body)
    assert request.path == "/api/generate"
    assert (body["raw"], body["prompt"], body["stream"]) == (True, "one two", True)
    assert body["options"] == {"num_predict": 64, "temperature": 1, "seed": 9, "stop": []}
