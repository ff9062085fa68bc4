"""Are tokens timed and counted right, whatever an OpenAI-compatible server sends?"""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import OLLAMA_093_V1, chat, cuts, http, reads, sse, text, usage

from advisor.servers.dialects.openai import Abilities, OpenAIServer
from advisor.servers.dialects.vllm import VllmServer
from advisor.servers.wire import Completion, Endpoint, Reading, TokenSource

ENDPOINT = Endpoint("http", "127.0.0.1", 8000)
SERVER = OpenAIServer(ENDPOINT)
VLLM = VllmServer(ENDPOINT, kind="vllm")
OPENING = chat("", role="assistant")


def read(body: bytes, *, server: OpenAIServer = SERVER, failure: str | None = None) -> Reading:
    return server.read(reads(http(body), failure=failure))


def test_a_plain_chat_stream() -> None:
    reading = read(sse(OPENING, chat("Hey"), chat(" you"), chat(finish="stop"), usage(9, 2)))
    assert (len(reading.event_ns), reading.input_tokens, reading.output_tokens) == (2, 9, 2)
    assert (reading.finish_reason, reading.error) == ("stop", None)
    assert reading.token_source is TokenSource.USAGE
    assert reading.text_bytes == len("Hey you")


def test_reasoning_and_tool_calls_are_tokens() -> None:
    call = {"index": 0, "function": {"name": "f", "arguments": ""}}
    reading = read(
        sse(
            chat(None, role="assistant"),
            chat(reasoning_content="hm"),
            chat(reasoning="hm"),
            chat(tool_calls=[call]),
            chat(finish="tool_calls"),
            usage(5, 3),
        )
    )
    assert (len(reading.event_ns), reading.error) == (3, None)


def test_a_closing_event_counts_only_if_it_carries_text() -> None:
    assert len(read(sse(text("a"), text("b", "length"), usage(1, 2))).event_ns) == 2
    assert len(read(sse(text("a"), text("", "length"), usage(1, 1))).event_ns) == 1


def test_empty_text_is_a_token_for_vllm_only() -> None:
    stream = sse(OPENING, chat("é"), chat(""), chat("x"), chat("", finish="length"), usage(4, 3))
    assert len(read(stream).event_ns) == 2
    assert len(read(stream, server=VLLM).event_ns) == 3
    completion = sse(text(""), text("a"), text("", "length"), usage(4, 2))
    assert len(read(completion, server=VLLM).event_ns) == 2


def counted(chunk: dict[str, object], tokens: object) -> dict[str, object]:
    """A chunk with the running count, as vLLM 0.32.0 sends it where it is asked to."""
    return {**chunk, "usage": {"prompt_tokens": 4, "completion_tokens": tokens}}


def test_the_running_count_tells_which_event_brought_how_many_tokens() -> None:
    stream = sse(
        *(counted(text("abc"), 3), counted(text(""), 4), counted(text(""), 4)),
        *(counted(text("é"), 5), counted(text("", "length"), 5), usage(4, 5)),
    )
    reading = read(stream, server=VLLM)
    assert (len(reading.event_ns), reading.first_event_tokens, reading.output_tokens) == (3, 3, 5)


def test_a_cut_stream_keeps_the_servers_count_so_far() -> None:
    cut = sse(counted(text("a"), 1), counted(text("b"), 2), done=False)
    reading = read(cut, server=VLLM, failure="reset")
    assert (reading.error, reading.output_tokens, reading.input_tokens) == ("reset", 2, 4)
    assert reading.token_source is TokenSource.USAGE


@pytest.mark.parametrize("counts", [(2, 1), (1, 10**18), (0, 0), (1, "2"), (None, 2), (1, 7)])
def test_a_running_count_that_cannot_be_true_moves_no_event(counts: tuple[object, ...]) -> None:
    events = [counted(text(piece), count) for piece, count in zip("ab", counts, strict=True)]
    reading = read(sse(*events, text("", "stop"), usage(4, 2)), server=VLLM)
    assert (len(reading.event_ns), reading.first_event_tokens, reading.output_tokens) == (2, 1, 2)


def test_a_server_wrongly_taken_for_vllm_loses_no_number() -> None:
    """A gateway may send empty events of its own; the server's count tells that they are none."""
    padded = sse(OPENING, chat(""), chat("a"), chat("b"), chat("", finish="stop"), usage(4, 2))
    assert read(padded, server=VLLM) == read(padded)
    uncounted = sse(OPENING, chat(""), chat("a"), chat("", finish="stop"))
    assert read(uncounted, server=VLLM) == read(uncounted)


def test_zeros_as_usage_in_every_event_but_the_last_recorded_from_ollama() -> None:
    reading = read(OLLAMA_093_V1)
    assert (len(reading.event_ns), reading.output_tokens, reading.input_tokens) == (5, 5, 13)
    assert reading.token_source is TokenSource.USAGE


def test_several_tokens_in_an_event_are_counted_by_usage() -> None:
    reading = read(sse(text("one two three"), text(" four", "length"), usage(3, 4)))
    assert (len(reading.event_ns), reading.output_tokens) == (2, 4)


def test_usage_in_the_last_content_event_counts() -> None:
    last = {**text("b", "stop"), "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
    reading = read(sse(text("a"), last))
    assert (reading.output_tokens, reading.token_source) == (2, TokenSource.USAGE)


@pytest.mark.parametrize("closing", [(), (usage(0, 0),), ({"choices": [], "usage": None},)])
def test_without_usage_events_are_counted_and_it_says_so(closing: tuple[object, ...]) -> None:
    reading = read(sse(text("a"), text("b", "stop"), *closing))
    assert (reading.output_tokens, reading.token_source) == (2, TokenSource.ESTIMATED)
    assert reading.input_tokens is None
    assert reading.error is None


@pytest.mark.parametrize(
    ("prompt", "completion"),
    [(5, -1), (5, 10**18), (5, 1e18), (-5, 2), (10**30, 2), (5, "2"), (5, True), (5, 2.5)],
)
def test_usage_that_cannot_be_true_is_refused_with_its_reason(
    prompt: object, completion: object
) -> None:
    reading = read(sse(text("a"), text("b", "stop"), usage(prompt, completion)))
    assert reading.error == "usage_implausible"
    assert reading.error_detail
    assert (reading.output_tokens, reading.token_source) == (2, TokenSource.ESTIMATED)


def test_cached_input_is_reported_and_must_fit_the_input() -> None:
    cached = {"prompt_tokens_details": {"cached_tokens": 7}}
    assert read(sse(text("a", "stop"), usage(9, 1, **cached))).cached_input_tokens == 7
    assert read(sse(text("a", "stop"), usage(5, 1, **cached))).error == "usage_implausible"


def test_a_missing_done_is_no_error_once_the_stream_has_finished() -> None:
    assert read(sse(text("a"), text("", "stop"), usage(1, 1), done=False)).error is None


def test_a_stream_without_any_end_marker_is_named_and_keeps_its_events() -> None:
    reading = read(sse(text("a"), text("b"), done=False))
    assert (reading.error, len(reading.event_ns)) == ("no_end_marker", 2)


def test_how_the_connection_ended_matters_only_before_the_end_marker() -> None:
    whole = sse(text("a"), text("b", "stop"), usage(1, 2))
    assert read(whole, failure="timeout").error is None
    cut = http(sse(text("a"), text("b"), done=False))[:-7]
    assert SERVER.read(reads(cut, failure="reset")).error == "reset"
    assert SERVER.read(reads(cut)).error == "truncated"
    assert len(SERVER.read(reads(cut)).event_ns) == 2


@pytest.mark.parametrize(
    ("raw", "error", "detail"),
    [
        (http(b'{"error":{"message":"no key"}}', status="401 No"), "http_401", "no key"),
        (http(b'{"detail":"x"}', status="429 Slow down"), "http_429", "x"),
        (http(b"<h1>oops</h1>", status="500 Oops", kind="text/html"), "http_500", "oops"),
        (http(b'{"error":"model gone"}', kind="application/json"), "error_body", "model gone"),
        (http(b'{"choices":[{"text":"a"}]}'), "not_streamed", "whole"),
        (http(b"<html>hello</html>", kind="text/html"), "malformed", "hello"),
        (http(b""), "no_end_marker", ""),
        (http(sse()), "no_tokens", ""),
        (b"", "no_answer", ""),
        (b"\x00\x01", "not_http", ""),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nzz", "content_encoding", "br"),
        (
            b"HTTP/1.1 307 T\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n",
            "http_307",
            "elsewhere",
        ),
    ],
)
def test_what_is_no_stream_is_named(raw: bytes, error: str, detail: str) -> None:
    reading = SERVER.read(reads(raw))
    assert reading.error == error
    assert detail in reading.error_detail
    assert reading.event_ns == ()


@pytest.mark.parametrize(
    "event",
    [
        {"error": {"message": "out of memory"}},
        {"object": "error", "message": "no memory"},
        {**chat("", finish="error"), "error": {"message": "memory gone"}},
    ],
)
def test_an_error_in_mid_stream_is_named_and_keeps_the_events(event: dict[str, object]) -> None:
    reading = read(sse(text("a"), event, done=False))
    assert (reading.error, len(reading.event_ns)) == ("error_body", 1)
    assert "memory" in reading.error_detail


def test_a_broken_event_is_named_and_keeps_the_others() -> None:
    body = sse(text("a"), done=False) + b"data: {nonsense\n\n" + sse(text("b", "stop"))
    reading = read(body)
    assert (reading.error, len(reading.event_ns)) == ("malformed", 2)


def test_unfriendly_events_are_survived_in_time() -> None:
    deep = b'data: {"choices":' + b"[" * 200_000 + b"\n\n"
    bad_utf8 = b'data: {"choices":[{"text":"\xff\xfe"}]}\n\n'
    long = sse(text("x" * 10_000_000, "stop"))
    started = time.monotonic()
    reading = SERVER.read(reads(http(deep + bad_utf8 + long, chunk=1 << 20)))
    assert time.monotonic() - started < 20
    assert (reading.error, len(reading.event_ns)) == ("malformed", 1)
    assert reading.text_bytes == 10_000_000


STREAMS = [
    sse(OPENING, chat("Grüße "), chat("日本"), chat("", finish="stop"), usage(9, 3)),
    sse(text("a\n\nb"), text("data: x"), text("c", "length"), usage(2, 3)).replace(b"\n", b"\r\n"),
    b": hi\n\n" + OLLAMA_093_V1,
]


@pytest.mark.parametrize("body", STREAMS)
@given(at=cuts, chunk=st.integers(1, 200))
def test_the_same_stream_gives_the_same_reading_however_it_is_cut(
    body: bytes, at: list[int], chunk: int
) -> None:
    whole, cut = (
        SERVER.read(reads(http(body))),
        SERVER.read(reads(http(body, chunk=chunk), at)),
    )
    same = ("input_tokens", "output_tokens", "token_source", "finish_reason", "text_bytes", "error")
    assert [getattr(cut, name) for name in same] == [getattr(whole, name) for name in same]
    assert len(cut.event_ns) == len(whole.event_ns)
    assert list(cut.event_ns) == sorted(cut.event_ns)


@given(st.binary(max_size=400), cuts)
def test_no_bytes_raise(noise: bytes, at: list[int]) -> None:
    for body in (noise, b"data: " + noise, STREAMS[0][:60] + noise + STREAMS[0][60:]):
        for server in (SERVER, VLLM):
            server.read(reads(http(body), at))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "text", "content", "usage", "error", "prompt_tokens"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(_json, max_size=4))
def test_no_json_raises(values: list[object]) -> None:
    read(sse(*values))


def test_a_request_forces_length_and_asks_for_usage() -> None:
    body = json.loads(VLLM.request("m", Completion("one two", 32, 7)).body)
    assert body["stream_options"] == {"include_usage": True, "continuous_usage_stats": True}
    assert (body["ignore_eos"], body["min_tokens"], body["max_tokens"]) == (True, 32, 32)
    assert (body["prompt"], body["stream"]) == ("one two", True)


def test_a_seed_is_sent_except_where_it_changes_the_speed() -> None:
    """vLLM takes requests with a seed of their own off its fast samplers."""
    seeded = OpenAIServer(ENDPOINT, abilities={"m": Abilities()})
    assert json.loads(seeded.request("m", Completion("a", 1, 7)).body)["seed"] == 7
    assert "seed" not in json.loads(VLLM.request("m", Completion("a", 1, 7)).body)


def test_a_request_for_any_length_forces_nothing() -> None:
    server = OpenAIServer(ENDPOINT, abilities={"m": Abilities("chat")})
    request = server.request("m", Completion("hi", 4, 1, exact_length=False))
    body = json.loads(request.body)
    assert request.path == "/v1/chat/completions"
    assert body["messages"] == [{"role": "user", "content": "hi"}]
    assert "ignore_eos" not in body


def test_a_key_is_sent_but_not_shown() -> None:
    server = VllmServer(ENDPOINT, headers=(("Authorization", "Bearer secret"),))
    assert ("Authorization", "Bearer secret") in server.request("m", Completion("a", 1, 1)).headers
    assert "secret" not in repr(server)
