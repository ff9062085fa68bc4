"""Gemini: how is its own API spoken to, and what do its streams say?

google-genai 3.6.1 (read 2026-11-25): models.py for the route
`models/MODEL:streamGenerateContent?alt=sse`; _api_client.py for the key's header and variables;
types.py for `maxOutputTokens`, the parts (`thought` marks reasoning), `finishReason` and
`usageMetadata`: the total is the sum of promptTokenCount, candidatesTokenCount and
thoughtsTokenCount, and cachedContentTokenCount is part of the prompt. The usage of the last event
counts; a stream has no end marker but its finishReason.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import msgspec

from advisor.servers import counting, sse
from advisor.servers.apis.billing import billing
from advisor.servers.apis.chat import how_it_ended, post, without_key
from advisor.servers.client import NOT_JSON, error_message
from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.http import Answer, decode
from advisor.servers.outcome import Error, refused
from advisor.servers.wire import Completion, Reading, Request, TokenSource, Transcript


class _Part(msgspec.Struct):
    text: str | None = None
    thought: bool | None = None


class _Content(msgspec.Struct):
    parts: list[_Part] | None = None


class _Candidate(msgspec.Struct, rename="camel"):
    content: _Content | None = None
    finish_reason: str | None = None


class _Feedback(msgspec.Struct, rename="camel"):
    block_reason: str | None = None


class _Event(msgspec.Struct, rename="camel"):
    candidates: list[_Candidate] | None = None
    usage_metadata: Any = None
    prompt_feedback: _Feedback | None = None
    error: Any = None


_decode_event = msgspec.json.Decoder(_Event).decode


@dataclass(slots=True)
class _Stream:
    event_ns: list[int] = field(default_factory=list)
    text_bytes: int = 0
    usage: dict[str, Any] = field(default_factory=dict)
    thoughts_seen: bool = False
    finish_reason: str | None = None
    error: Error | None = None


@dataclass(slots=True)
class GeminiApi(OpenAIServer):
    """Google's Gemini API."""

    secret: str = field(default="", repr=False)

    def request(self, model: str, completion: Completion) -> Request:
        """The streaming request."""
        body = {
            "contents": [{"role": "user", "parts": [{"text": completion.prompt}]}],
            "generationConfig": {"maxOutputTokens": completion.output_tokens},
        }
        named = quote(model.removeprefix("models/"), safe="")
        path = f"/v1beta/models/{named}:streamGenerateContent?alt=sse"
        return post(path, self.headers, body)

    def read(self, transcript: Transcript) -> Reading:
        """Reads a finished stream; never raises on what a server sent, never shows the key."""
        answer = decode(transcript)
        problem = refused(transcript, answer)
        if problem is not None:
            return without_key(problem, self.secret)
        stream = _read(answer)
        ended = stream.finish_reason is not None
        usage = stream.usage
        thoughts, text = usage.get("thoughtsTokenCount"), usage.get("candidatesTokenCount")
        generated = _sum(text, thoughts)
        counts = {
            "input_tokens": usage.get("promptTokenCount"),
            "cached_input_tokens": usage.get("cachedContentTokenCount"),
            "output_tokens": generated if stream.thoughts_seen else text,
        }
        reading = counting.reading(
            counts=counting.check(counts),
            source=TokenSource.USAGE,
            event_ns=stream.event_ns,
            text_bytes=stream.text_bytes,
            error=how_it_ended(
                transcript, answer, stream.error, ended=ended, empty=not stream.event_ns
            ),
            finish_reason=stream.finish_reason,
        )
        bill = billing(
            usage.get("promptTokenCount"),
            generated,
            cached=usage.get("cachedContentTokenCount"),
            reasoning=thoughts,
        )
        return without_key(replace(reading, billing=bill if ended else None), self.secret)


def _read(answer: Answer) -> _Stream:
    stream = _Stream()
    for time_ns, data in sse.events(answer.pieces):
        try:
            event = _decode_event(data)
        except NOT_JSON as problem:
            stream.error = stream.error or ("malformed", str(problem)[:300])
            continue
        size = 0
        for candidate in event.candidates or ():
            for part in (candidate.content and candidate.content.parts) or ():
                size += len((part.text or "").encode("utf-8", "replace"))
                stream.thoughts_seen = stream.thoughts_seen or bool(part.thought and part.text)
            stream.finish_reason = candidate.finish_reason or stream.finish_reason
        if size:
            stream.event_ns.append(time_ns)
            stream.text_bytes += size
        if isinstance(event.usage_metadata, dict):
            stream.usage = event.usage_metadata
        if event.error:
            stream.error = stream.error or ("error_body", error_message(data))
        elif event.prompt_feedback and event.prompt_feedback.block_reason:
            blocked = f"the prompt was blocked: {event.prompt_feedback.block_reason}"
            stream.error = stream.error or ("error_body", blocked[:300])
    return stream


def _sum(text: object, thoughts: object) -> object:
    """Both counts together; a count that is none stays as it came, to be refused."""
    if text is None and thoughts is None:
        return None
    counted = [counting.whole(each or 0) for each in (text, thoughts)]
    return text if None in counted else sum(each or 0 for each in counted)
