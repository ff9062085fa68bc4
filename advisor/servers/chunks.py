"""What do the events of an OpenAI-style stream say, and which of them carry a token?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from advisor.servers import sse
from advisor.servers.client import NOT_JSON, error_message
from advisor.servers.counting import whole
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
    x_groq: Any = None


_decode_chunk = msgspec.json.Decoder(_Chunk).decode


@dataclass(slots=True)
class Stream:
    """What the events of one stream said, before anything is concluded from it.

    `event_ns` are those that carry text, `empty_ns` those with empty text between them, `progress`
    those that tell how many tokens there are so far.
    """

    event_ns: list[int] = field(default_factory=list)
    empty_ns: list[int] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)
    text_bytes: int = 0
    reasoning_bytes: int = 0
    finish_reason: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, Any] = field(default_factory=dict)
    ended: bool = False
    error: Error | None = None


def read_stream(answer: Answer) -> Stream:
    """Reads every event; broken ones are passed over, and the first of them is the error.

    The last one of an answer that is not whole was cut short, which is another error.
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
            if size:
                event_ns.append(time_ns)
                stream.text_bytes += size
                stream.reasoning_bytes += _reasoning_size(choice)
            elif _is_empty(choice):
                stream.empty_ns.append(time_ns)
            if choice.finish_reason is not None:
                stream.finish_reason = choice.finish_reason
                stream.ended = True
        if isinstance(chunk.usage, dict):
            stream.usage = chunk.usage
            stream.ended = stream.ended or not chunk.choices
            so_far = whole(chunk.usage.get("completion_tokens"))
            if chunk.choices and so_far is not None:
                stream.progress.append((time_ns, so_far))
        if isinstance(chunk.x_groq, dict) and isinstance(chunk.x_groq.get("usage"), dict):
            stream.usage = chunk.x_groq["usage"]
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


def _reasoning_size(choice: _Choice) -> int:
    """Bytes of reasoning that an event carries; Mistral's comes as a list of parts."""
    delta = choice.delta
    if delta is None:
        return 0
    listed = None if isinstance(delta.content, str) else delta.content
    parts = (delta.reasoning_content or delta.reasoning, listed)
    return sum(_size(part) for part in parts if part)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    return len(msgspec.json.encode(value))


def by_progress(stream: Stream) -> tuple[list[int], int] | None:
    """The times of the events that brought tokens and how many the first of them brought.

    None unless the running count was told with every event, grows, and ends at the last one told.
    """
    counts = [count for _, count in stream.progress]
    tells_all = len(counts) >= len(stream.event_ns) > 0
    if not tells_all or counts != sorted(counts) or not counts[-1]:
        return None
    if stream.usage.get("completion_tokens") != counts[-1]:
        return None
    grown = zip(stream.progress, [0, *counts], strict=False)
    brought = [(time_ns, count) for (time_ns, count), before in grown if count > before]
    return [time_ns for time_ns, _ in brought], brought[0][1]


def with_held_back(stream: Stream, output_tokens: Any) -> list[int]:
    """The times of all tokens where an event with empty text may be one, held back incomplete.

    It is one only if the server's own count says so: text alone falls short of it and both
    together do not exceed it. So a server wrongly taken for one that holds back loses nothing.
    """
    both = [*stream.event_ns, *stream.empty_ns]
    counted = whole(output_tokens) or 0
    return sorted(both) if len(stream.event_ns) < counted >= len(both) else stream.event_ns


def _is_empty(choice: _Choice) -> bool:
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
