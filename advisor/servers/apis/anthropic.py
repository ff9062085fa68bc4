"""Anthropic: how is its Messages API spoken to, and what do its streams say?

anthropic 2.13.0 (read 2026-11-25): _client.py for the headers; types/message_create_params.py for
`max_tokens`, which bounds thinking too; types/raw_message_*_event.py and raw_content_block_delta.py
for the events message_start, content_block_start, content_block_delta, content_block_stop,
message_delta (cumulative usage), message_stop, ping and error; types/usage.py: input is the sum of
`input_tokens`, `cache_creation_input_tokens` and `cache_read_input_tokens`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from advisor.servers import counting, sse
from advisor.servers.apis.billing import billing, seen_tokens
from advisor.servers.apis.chat import how_it_ended, post, without_key
from advisor.servers.client import NOT_JSON, error_message
from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.http import Answer, decode
from advisor.servers.outcome import Error, refused
from advisor.servers.wire import Completion, Reading, Request, TokenSource, Transcript

VERSION = "2023-06-01"


@dataclass(slots=True)
class _Stream:
    event_ns: list[int] = field(default_factory=list)
    text_bytes: int = 0
    usage: dict[str, Any] = field(default_factory=dict)
    thinking_seen: bool = False
    finish_reason: str | None = None
    ended: bool = False
    error: Error | None = None


@dataclass(slots=True)
class AnthropicApi(OpenAIServer):
    """Anthropic's API; of OpenAI's it has the list of models."""

    secret: str = field(default="", repr=False)

    def request(self, model: str, completion: Completion) -> Request:
        """The streaming request."""
        body = {
            "model": model,
            "max_tokens": completion.output_tokens,
            "messages": [{"role": "user", "content": completion.prompt}],
            "stream": True,
        }
        return post("/v1/messages", self.headers, body)

    def read(self, transcript: Transcript) -> Reading:
        """Reads a finished stream; never raises on what a server sent, never shows the key."""
        answer = decode(transcript)
        problem = refused(transcript, answer)
        if problem is not None:
            return without_key(problem, self.secret)
        stream = _read(answer)
        usage = stream.usage
        cached, written = (
            counting.whole(usage.get(f"cache_{which}_input_tokens")) or 0
            for which in ("read", "creation")
        )
        fresh = counting.whole(usage.get("input_tokens"))
        input_tokens = usage.get("input_tokens") if fresh is None else fresh + cached + written
        details = usage.get("output_tokens_details")
        thinking = details.get("thinking_tokens") if isinstance(details, dict) else None
        told = usage.get("output_tokens")
        counts = {
            "input_tokens": input_tokens,
            "cached_input_tokens": cached,
            "output_tokens": seen_tokens(told, thinking, reasoning_seen=stream.thinking_seen),
        }
        reading = counting.reading(
            counts=counting.check(counts),
            source=TokenSource.USAGE,
            event_ns=stream.event_ns,
            text_bytes=stream.text_bytes,
            error=how_it_ended(
                transcript, answer, stream.error, ended=stream.ended, empty=not stream.event_ns
            ),
            finish_reason=stream.finish_reason,
        )
        bill = billing(input_tokens, told, cached=cached, cache_write=written, reasoning=thinking)
        closed = stream.finish_reason is not None
        return without_key(replace(reading, billing=bill if closed else None), self.secret)


def _read(answer: Answer) -> _Stream:
    stream = _Stream()
    for time_ns, data in sse.events(answer.pieces):
        try:
            event = msgspec.json.decode(data)
        except NOT_JSON as problem:
            stream.error = stream.error or ("malformed", str(problem)[:300])
            continue
        if not isinstance(event, dict):
            continue
        delta = _table(event, "delta")
        match event.get("type"):
            case "message_start":
                stream.usage |= _told(_table(_table(event, "message"), "usage"))
            case "content_block_delta":
                size = _size(delta)
                stream.thinking_seen = stream.thinking_seen or bool(delta.get("thinking"))
                if size:
                    stream.event_ns.append(time_ns)
                    stream.text_bytes += size
            case "message_delta":
                stream.usage |= _told(_table(event, "usage"))
                if isinstance(delta.get("stop_reason"), str):
                    stream.finish_reason = delta["stop_reason"]
            case "message_stop":
                stream.ended = True
            case "error":
                stream.error = stream.error or ("error_body", error_message(data))
    return stream


def _size(delta: dict[str, Any]) -> int:
    parts = (delta.get(key) for key in ("text", "thinking", "partial_json"))
    return sum(len(part.encode("utf-8", "replace")) for part in parts if isinstance(part, str))


def _told(usage: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in usage.items() if value is not None}


def _table(holder: dict[str, Any], key: str) -> dict[str, Any]:
    value = holder.get(key)
    return value if isinstance(value, dict) else {}
