"""A local server that answers the documented protocol of one provider after the other.

What each event holds is written down where `advisor/servers/apis/PROVIDER.py` says (clients from
PyPI and documentation pages, read 2026-11-25). Behaviours are scripted: the nth request gets the
nth, the last one goes on for ever.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.answering import served

KEY = "sk-test-7f3a9c0d1e2b4658-never-shown"
WORD = " word"


@dataclass
class Seen:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float


@dataclass
class Reply:
    """How one request is answered: a status with a body, or events with a pause between them."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    events: Sequence[bytes] | Iterator[bytes] | None = None
    pause_s: float = 0.0
    breaks: bool = False
    """Ends the connection in the middle of the stream."""


Behaviour = Callable[[Seen], Reply]


def data(value: object, event: str = "") -> bytes:
    """One server-sent event."""
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


def chat(
    tokens: int | None = None,
    *,
    usage: dict[str, Any] | str | None = "honest",
    hidden: int = 0,
    finish: str | None = "length",
    text: str = WORD,
    x_groq: bool = False,
    more: Sequence[bytes] = (),
    headers: dict[str, str] | None = None,
    pause_s: float = 0.0,
) -> Behaviour:
    """OpenAI's chat completions: as many tokens as asked for, unless said otherwise."""

    def answer(seen: Seen) -> Reply:
        asked = seen.body.get("max_completion_tokens") or seen.body.get("max_tokens")
        count = int(asked) if tokens is None else tokens
        counts = honest_usage(seen, count, hidden) if usage == "honest" else usage

        def events() -> Iterator[bytes]:
            yield data({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
            for _ in range(count):
                yield data({"choices": [{"index": 0, "delta": {"content": text}}]})
            yield from more
            if finish:
                closing = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
                if x_groq:
                    closing["x_groq"] = {"id": "req_1", "usage": counts}  # type: ignore[assignment]
                yield data(closing)
            if counts is not None and not x_groq:
                yield data({"choices": [], "usage": counts})
            yield b"data: [DONE]\n\n"

        return Reply(events=events(), headers=headers or {}, pause_s=pause_s)

    return answer


def honest_usage(seen: Seen, output: int, hidden: int = 0) -> dict[str, Any]:
    """A token a word, and the hidden reasoning in the output."""
    prompt = len(seen.body["messages"][0]["content"].split()) + 10
    return {
        "prompt_tokens": prompt,
        "completion_tokens": output + hidden,
        "total_tokens": prompt + output + hidden,
        "completion_tokens_details": {"reasoning_tokens": hidden},
    }


def refusal(status: int, headers: dict[str, str] | None = None, body: object = None) -> Behaviour:
    """An error as the providers send it."""
    said = {"error": {"message": "no", "type": "x", "code": "x"}} if body is None else body
    return lambda _: Reply(status, headers or {}, json.dumps(said).encode())


def anthropic(*, thinking: int = 0, cached: int = 0, error: str = "") -> Behaviour:
    """Anthropic's Messages events."""

    def answer(seen: Seen) -> Reply:
        count = int(seen.body["max_tokens"])
        prompt = len(seen.body["messages"][0]["content"].split()) + 8
        start = {"input_tokens": prompt - cached, "cache_read_input_tokens": cached}
        block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}}
        events = [
            data({"type": "message_start", "message": {"usage": {**start, "output_tokens": 1}}}),
            data(block),
            data({"type": "ping"}),
        ]
        for _ in range(count - thinking):
            delta = {"type": "text_delta", "text": WORD}
            events.append(data({"type": "content_block_delta", "index": 0, "delta": delta}))
        if error:
            said = {"type": "error", "error": {"type": error, "message": "Overloaded"}}
            return Reply(events=[*events, data(said, "error")])
        usage = {"output_tokens": count, "output_tokens_details": {"thinking_tokens": thinking}}
        events += [
            data({"type": "content_block_stop", "index": 0}),
            data({"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": usage}),
            data({"type": "message_stop"}),
        ]
        return Reply(events=events)

    return answer


def gemini(*, thoughts: int = 0, per_event: int = 4) -> Behaviour:
    """Gemini's streamGenerateContent?alt=sse: several tokens an event, usage in every one."""

    def answer(seen: Seen) -> Reply:
        count = int(seen.body["generationConfig"]["maxOutputTokens"]) - thoughts
        prompt = len(seen.body["contents"][0]["parts"][0]["text"].split()) + 2
        events = []
        for done in range(per_event, count + 1, per_event):
            candidate: dict[str, Any] = {
                "content": {"parts": [{"text": WORD * per_event}], "role": "model"},
                "index": 0,
            }
            if done == count:
                candidate["finishReason"] = "MAX_TOKENS"
            usage = {
                "promptTokenCount": prompt,
                "candidatesTokenCount": done,
                "thoughtsTokenCount": thoughts,
                "totalTokenCount": prompt + done + thoughts,
            }
            events.append(data({"candidates": [candidate], "usageMetadata": usage}))
        return Reply(events=events)

    return answer


@dataclass
class FakeApi:
    """The server's address, and what it was asked."""

    url: str
    seen: list[Seen]


@contextmanager
def serving_api(*behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[FakeApi]:
    """A provider that behaves as scripted, on this machine only; with `tls` as "localhost"."""
    seen: list[Seen] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                number = len(seen)
                request = Seen(self.path, headers, json.loads(body or b"{}"), time.monotonic())
                seen.append(request)
            reply = behaviours[min(number, len(behaviours) - 1)](request)
            with suppress(OSError):
                self._send(reply)
            self.close_connection = True

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.events is None:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
                return
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for event in reply.events:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
                self.wfile.flush()
                if reply.pause_s:
                    time.sleep(reply.pause_s)
            if not reply.breaks:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with served(server) as url:
        yield FakeApi(f"https://localhost:{server.server_port}" if tls else url, seen)
