"""What do the events of an OpenAI-style stream say, and which of them carry a token?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from advisor.servers import sse
from advisor.servers.client import NOT_JSON, error_message
from advisor.servers.http import Answer
from advisor.servers.outcome import Error


class _Delta(msgspec.Struct):
    role: str | None = None
    content: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    tool_calls: Any = None


class _Choice(msgspec.Struct):
    text: str | None = None
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: Any = None
    timings: Any = None


_decode_chunk = msgspec.json.Decoder(_Chunk).decode


@dataclass(slots=True)
class Stream:
    """What the events of one stream said, before anything is concluded from it."""

    event_ns: list[int] = field(default_factory=list)
    text_bytes: int = 0
    finish_reason: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, Any] = field(default_factory=dict)
    ended: bool = False
    error: Error | None = None


def read_stream(answer: Answer, empty_text_is_a_token: bool) -> Stream:
    """Reads every event; broken ones are passed over, and the first of them is the error. The last
    one of an answer that is not whole was cut short, which is another error.

    `empty_text_is_a_token`: whether an event with empty text carries a token, one whose character
    is incomplete.
    """
    stream = Stream()
    event_ns = stream.event_ns
    broken: Error | None = None
    for time_ns, data in sse.events(answer.pieces):
        if broken is not None:
            stream.error = stream.error or broken
            broken = None
        try:
            chunk = _decode_chunk(data)
        except NOT_JSON as problem:
            if data == b"[DONE]":
                stream.ended = True
            else:
                broken = ("malformed", str(problem)[:300])
            continue
        for choice in chunk.choices or ():
            size = _text_size(choice)
            if size or (empty_text_is_a_token and _holds_back(choice)):
                event_ns.append(time_ns)
                stream.text_bytes += size
            if choice.finish_reason is not None:
                stream.finish_reason = choice.finish_reason
                stream.ended = True
        if isinstance(chunk.usage, dict):
            stream.usage = chunk.usage
            stream.ended = stream.ended or not chunk.choices
        if isinstance(chunk.timings, dict):
            stream.timings = chunk.timings
        if chunk.choices is None or stream.finish_reason == "error":
            stream.error = stream.error or _error_in(data)
    if broken is not None and answer.complete:
        stream.error = stream.error or broken
    return stream


def _text_size(choice: _Choice) -> int:
    """Bytes of text, reasoning and tool calls that an event carries."""
    text = choice.text
    size = _size(text) if text else 0
    delta = choice.delta
    if delta is not None:
        for part in (
            delta.content,
            delta.reasoning_content or delta.reasoning,
            delta.tool_calls,
        ):
            if part:
                size += _size(part)
    return size


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    return len(msgspec.json.encode(value))


def _holds_back(choice: _Choice) -> bool:
    """Whether an event has empty text and neither opens nor closes the stream."""
    if choice.finish_reason is not None:
        return False
    delta = choice.delta
    return choice.text == "" if delta is None else delta.role is None and delta.content == ""


def _error_in(data: bytes) -> Error | None:
    """The error that an event tells, if it tells one."""
    try:
        value = msgspec.json.decode(data)
    except NOT_JSON:
        return None
    if any(value.get(key) for key in ("error", "message", "detail")):
        return "error_body", error_message(data)
    return None
