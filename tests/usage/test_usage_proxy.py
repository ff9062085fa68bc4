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
from advisor.servers.embedded import EmbeddedEngine
from advisor.usage.proxy.asking import asking_for_usage, may_have_to_ask
from advisor.usage.proxy.parts import Events
from advisor.usage.proxy.serve import passing
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
