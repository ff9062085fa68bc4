"""Does a client's traffic pass untouched, and is every token of it counted?"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from answering import Answer, answering
from made_up_usage import SECRET, imported, sums
from tiny_models import tiny

from advisor.errors import AdvisorError
from advisor.models.synthetic import write_synthetic
from advisor.servers.address import parse_url
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.embedded import EmbeddedEngine
from advisor.usage.proxy.asking import asking_for_usage, may_have_to_ask
from advisor.usage.proxy.log import Log
from advisor.usage.proxy.parts import Events, Lines
from advisor.usage.proxy.serve import check_libraries, passing
from advisor.usage.proxy.told import Taken

KEY = "Bearer sk-0123456789abcdef"
CHAT = "/v1/chat/completions"


def post(url: str, path: str, body: Any, **headers: str) -> tuple[int, bytes]:
    at = parse_url(url)
    connection = http.client.HTTPConnection(at.host, at.port, timeout=60)
    try:
        sent = {"Content-Type": "application/json", "Authorization": KEY, **headers}
        connection.request("POST", path, json.dumps(body), sent)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_real_servers_answers_pass_and_are_counted(tmp_path: Path) -> None:
    model = write_synthetic(tiny(), "Q4_0", tmp_path / "tiny.gguf").path
    log = tmp_path / "counts.jsonl"
    chat = {
        "messages": [{"role": "user", "content": SECRET}],
        "max_tokens": 12,
        "ignore_eos": True,
        "cache_prompt": False,
        "temperature": 0,
    }
    with (
        EmbeddedEngine(model, threads=1, context_tokens=1024) as engine,
        passing(("127.0.0.1", 0), engine.endpoint, log) as (url, counts),
    ):
        status, body = post(url, CHAT, chat)
        assert (status, json.loads(body)["usage"]["completion_tokens"]) == (200, 12)
        _, own = post(url, CHAT, {**chat, "stream": True})
        _, asked = post(
            url, CHAT, {**chat, "stream": True, "stream_options": {"include_usage": True}}
        )
        direct = f"http://{engine.endpoint.host}:{engine.endpoint.port}"
        _, without = post(direct, CHAT, {**chat, "stream": True})
        assert post(url, "/no/such/path", {})[0] == 404
    events = [part for part in own.split(b"\n\n") if part]
    assert len(events) == len([part for part in without.split(b"\n\n") if part])
    assert events[-1] == b"data: [DONE]"
    assert b'"choices":[]' not in own
    assert b'"choices":[]' in asked
    assert (counts.counted, counts.uncounted) == (3, 0)
    found = imported(log)
    assert sums(found)[3:] == (36, 3)
    assert sums(found)[0] == 3 * json.loads(body)["usage"]["prompt_tokens"]
    kept = log.read_text(encoding="utf-8")
    assert SECRET not in kept
    assert KEY.split()[1] not in kept


def test_a_server_that_refuses_the_question_for_usage_gets_the_clients_own(tmp_path: Path) -> None:
    plain = b'data: {"choices": [1]}\n\ndata: [DONE]\n\n'

    def respond(path: str, headers: Any, body: bytes) -> Answer:
        return (400, b'{"error": "unknown"}') if b"stream_options" in body else (200, plain)

    with (
        answering(respond, "text/event-stream") as upstream,
        passing(("127.0.0.1", 0), parse_url(upstream), tmp_path / "log") as (url, counts),
    ):
        status, body = post(url, CHAT, {"stream": True})
    assert (status, body) == (200, plain)
    assert (counts.counted, counts.uncounted) == (0, 1)


def test_a_stream_of_known_length_gets_shorter_by_what_was_not_asked_for(tmp_path: Path) -> None:
    first = b'data: {"id": "%d", "model": "m", "choices": [1]}\n\n'
    last = b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}\n\n'
    done = b"data: [DONE]\n\n"
    numbers = iter(range(2))

    def respond(*_: Any) -> Answer:
        return 200, first % next(numbers) + last + done

    with (
        answering(respond, "text/event-stream") as upstream,
        passing(("127.0.0.1", 0), parse_url(upstream), tmp_path / "log") as (url, _),
    ):
        assert post(url, CHAT, {"stream": True}) == (200, first % 0 + done)
        asks = {"stream": True, "stream_options": {"include_usage": True}}
        assert post(url, CHAT, asks) == (200, first % 1 + last + done)
    assert sums(imported(tmp_path / "log"))[:4] == (6, 0, 0, 4)


def test_a_real_ollamas_answers_pass_and_are_counted(
    ollama_093: OllamaServer, tmp_path: Path
) -> None:
    log = tmp_path / "counts.jsonl"
    options = {"num_predict": 8, "temperature": 0}
    ask = {"model": "smollm2", "messages": [{"role": "user", "content": SECRET}]}
    with passing(("127.0.0.1", 0), ollama_093.endpoint, log) as (url, counts):
        _, streamed = post(url, "/api/chat", {**ask, "options": options})
        _, at_once = post(url, "/api/chat", {**ask, "options": options, "stream": False})
        prompt = {"model": "smollm2", "prompt": SECRET, "options": options}
        _, generated = post(url, "/api/generate", prompt)
        _, openai = post(url, CHAT, {**ask, "max_tokens": 8, "stream": True})
        assert post(url, "/api/show", {"model": "smollm2"})[0] == 200
    lines = [json.loads(line) for line in streamed.splitlines()]
    ends = [lines[-1], json.loads(at_once), json.loads(generated.splitlines()[-1])]
    assert len(lines) > 2
    assert b'"choices":[]' not in openai
    assert (counts.counted, counts.uncounted, counts.failed) == (4, 0, 0)
    own = [json.loads(line)["usage"] for line in log.read_text(encoding="utf-8").splitlines()]
    told = [(end["prompt_eval_count"], end["eval_count"]) for end in ends]
    assert [(use["prompt_tokens"], use["completion_tokens"]) for use in own[:3]] == told
    assert sums(imported(log))[4] == 4
    assert SECRET not in log.read_text(encoding="utf-8")


GEMINI = {
    "candidates": [{"content": {"parts": [{"text": SECRET}]}}],
    "modelVersion": "gemini-2.5-pro",
    "responseId": "mAitaLmkHPPlz7IPvtfUqQ4",
}
GEMINI_USE = {
    "promptTokenCount": 100,
    "cachedContentTokenCount": 40,
    "toolUsePromptTokenCount": 5,
    "candidatesTokenCount": 20,
    "thoughtsTokenCount": 30,
    "totalTokenCount": 155,
}
COUNTED = (105, 40, 0, 50, 1)
"""Input, cached, written, output, requests."""


@pytest.mark.parametrize("query", ["?alt=sse", ""])
def test_geminis_streams_are_counted_once_and_with_their_thoughts(
    query: str, tmp_path: Path
) -> None:
    first = {**GEMINI, "usageMetadata": {**GEMINI_USE, "candidatesTokenCount": 3}}
    chunks = [json.dumps(each) for each in (first, {**GEMINI, "usageMetadata": GEMINI_USE})]
    body = "".join(f"data: {each}\r\n\r\n" for each in chunks) if query else f"[{','.join(chunks)}]"
    kind = "text/event-stream" if query else "application/json; charset=UTF-8"
    path = "/v1beta/models/gemini-2.5-pro:streamGenerateContent" + query

    def respond(asked: str, *_: Any) -> Answer:
        assert asked == path
        return 200, body.encode()

    log = tmp_path / "log"
    with (
        answering(respond, kind) as upstream,
        passing(("127.0.0.1", 0), parse_url(upstream), log) as (url, _),
    ):
        assert post(url, path, {"contents": []}) == (200, body.encode())
    assert sums(imported(log)) == COUNTED
    assert json.loads(log.read_bytes())["usage"]["completion_tokens_details"] == {
        "reasoning_tokens": 30
    }


@pytest.mark.parametrize(
    ("path", "answer", "counted"),
    [
        (
            "/v1/responses",
            {
                "id": "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
                "created_at": 1741476542,
                "model": "gpt-5",
                "usage": {
                    "input_tokens": 36,
                    "input_tokens_details": {"cached_tokens": 12},
                    "output_tokens": 87,
                    "output_tokens_details": {"reasoning_tokens": 64},
                    "total_tokens": 123,
                },
            },
            (36, 12, 0, 87, 1),
        ),
        (
            "/v1/messages",
            {
                "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
                "model": "claude-sonnet-4-5",
                "usage": {
                    "input_tokens": 10,
                    "cache_read_input_tokens": 100,
                    "cache_creation_input_tokens": 30,
                    "output_tokens": 5,
                },
            },
            (140, 100, 30, 5, 1),
        ),
        (
            "/v1/embeddings",
            {"object": "list", "data": [], "model": "e", "usage": {"prompt_tokens": 8}},
            (8, 0, 0, 0, 1),
        ),
        ("/v1beta/models/g:generateContent", {**GEMINI, "usageMetadata": GEMINI_USE}, COUNTED),
    ],
)
def test_whole_answers_of_every_shape_are_counted(
    path: str, answer: dict[str, Any], counted: tuple[int, ...], tmp_path: Path
) -> None:
    body = json.dumps(answer).encode()
    with (
        answering(lambda *_: (200, body)) as upstream,
        passing(("127.0.0.1", 0), parse_url(upstream), tmp_path / "log") as (url, _),
    ):
        assert post(url, path, {}) == (200, body)
    assert sums(imported(tmp_path / "log")) == counted


def test_what_tells_no_usage_is_said_to(tmp_path: Path) -> None:
    with (
        answering(lambda *_: (200, b'{"choices": [{}]}')) as upstream,
        passing(("127.0.0.1", 0), parse_url(upstream), tmp_path / "log") as (url, counts),
    ):
        assert post(url, CHAT, {})[0] == 200
        assert post(url, "/api/show", {})[0] == 200
    assert counts.summary() == "0 answers counted, 1 without usage."


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_stops_no_traffic() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        log = Log(full)
        log.write(b"{}\n")
    assert log.summary() == "1 answers counted, 0 without usage, 1 counts could not be written."


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(AdvisorError) as raised:
        check_libraries()
    assert "pip install 'local-or-api[proxy]'" in str(raised.value.remedy)


def test_a_server_that_is_down_is_told_to_the_client(tmp_path: Path) -> None:
    with passing(("127.0.0.1", 0), parse_url("http://127.0.0.1:9"), tmp_path / "log") as (url, _):
        status, body = post(url, CHAT, {"stream": True})
    assert status == 502
    assert "no answer" in json.loads(body)["error"]["message"]


def test_a_taken_port_and_a_log_that_cannot_be_are_errors(tmp_path: Path) -> None:
    to = parse_url("http://127.0.0.1:9")
    with passing(("127.0.0.1", 0), to, tmp_path / "log") as (url, _):
        at = ("127.0.0.1", int(url.rpartition(":")[2]))
        with pytest.raises(AdvisorError, match="cannot listen"), passing(at, to, tmp_path / "b"):
            pass
    with pytest.raises(AdvisorError, match="cannot write"), passing(at, to, tmp_path):
        pass


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_streams_pass_byte_for_byte_however_they_are_cut(size: int, newline: bytes) -> None:
    told = {"input_tokens": 25, "cache_read_input_tokens": 5, "output_tokens": 1}
    begun = {"id": "msg_1", "model": "claude", "usage": told}
    stream = newline.join(
        [
            b"event: message_start",
            b"data: " + json.dumps({"type": "message_start", "message": begun}).encode(),
            b"",
            b"event: message_delta",
            b'data: {"type": "message_delta", "usage": {"output_tokens": 15}}',
            b"",
            b"",
        ]
    )
    taken = Taken()
    events = Events(taken, hides_usage=True)
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert b"".join(map(events.passing, pieces)) + events.end() == stream
    record = json.loads(taken.record("2026-10-05T10:00:00Z") or b"")
    assert record["usage"] == {
        "input_tokens": 25,
        "cache_read_input_tokens": 5,
        "output_tokens": 15,
    }


@pytest.mark.parametrize("many", [Events, Lines])
def test_a_huge_part_in_small_pieces_takes_time_in_proportion(
    many: type[Events | Lines],
) -> None:
    """Looked at anew with each piece it took minutes of the processor; so it takes a fraction of
    a second."""
    text = "x" * 2**23
    told = {"id": "chatcmpl-0123456789abcdef", "usage": {"completion_tokens": 7}, "text": text}
    event = b"data: " * (many is Events) + json.dumps(told).encode() + b"\n\n"
    taken = Taken()
    part = Events(taken, hides_usage=True) if many is Events else Lines(taken)
    begun_s = time.process_time()
    passed = [part.passing(event[at : at + 128]) for at in range(0, len(event), 128)]
    assert time.process_time() - begun_s < 10
    assert b"".join(passed) + part.end() == event
    assert b'"completion_tokens":7' in (taken.record("2026-10-05T10:00:00Z") or b"")


def test_many_events_in_one_piece_take_time_in_proportion() -> None:
    event = b'data: {"id": "chatcmpl-0123456789abcdef", "usage": {"completion_tokens": 7}}\n\n'
    begun_s = time.process_time()
    assert Events(Taken(), hides_usage=False).passing(100_000 * event) == 100_000 * event
    assert time.process_time() - begun_s < 10


@pytest.mark.parametrize("hides_usage", [True, False])
def test_an_event_too_long_to_hold_passes_unread(
    monkeypatch: pytest.MonkeyPatch, hides_usage: bool
) -> None:
    monkeypatch.setattr("advisor.usage.proxy.parts.MOST_HELD", 1_000)
    long = b'data: {"text": "' + b"x" * 5_000 + b'", "usage": {"completion_tokens": 1}}\r\n\r\n'
    short = b'data: {"usage": {"completion_tokens": 7}}\n\n'
    taken = Taken()
    events = Events(taken, hides_usage=hides_usage)
    stream = long + short
    pieces = [stream[at : at + 300] for at in range(0, len(stream), 300)]
    assert b"".join(map(events.passing, pieces)) + events.end() == stream
    assert b'"completion_tokens":7' in (taken.record("2026-10-05T10:00:00Z") or b"")


def test_only_streams_that_do_not_ask_are_made_to() -> None:
    assert may_have_to_ask(CHAT)
    assert not may_have_to_ask("/v1/responses")
    assert asking_for_usage(b'{"stream": false}') is None
    assert asking_for_usage(b"broken") is None
    assert asking_for_usage(b'{"stream":true,"stream_options":{"include_usage":true}}') is None
    more = asking_for_usage(b'{"a":1.50,"stream":true,"stream_options":{"x":2}}')
    assert more == b'{"a":1.50,"stream":true,"stream_options":{"x":2,"include_usage":true}}'


def test_the_command_ends_cleanly(tmp_path: Path) -> None:
    running = subprocess.Popen(
        [
            *(sys.executable, "-m", "advisor", "usage", "proxy", "--to", "http://127.0.0.1:9"),
            *("--log", str(tmp_path / "log"), "--port", "0"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert running.stderr is not None
    assert "Listening at http://127.0.0.1:" in running.stderr.readline()
    time.sleep(0.1)
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0
    assert "0 answers counted" in running.stderr.read()
