"""What do the lines of an Ollama stream say, and what do its counters and clocks mean?

Protocol: https://docs.ollama.com/api/usage (seen 2026-11-24); events and counters were compared
with real Ollama 0.5.4 and 0.9.3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from advisor.servers import client
from advisor.servers.counting import seconds, whole
from advisor.servers.http import Answer
from advisor.servers.ndjson import timed_lines
from advisor.servers.outcome import Error
from advisor.servers.wire import ServerTimings


class _Message(msgspec.Struct):
    content: str = ""
    thinking: str | None = None
    tool_calls: Any = None


class _Line(msgspec.Struct):
    response: str = ""
    thinking: str | None = None
    message: _Message | None = None
    done: bool = False
    done_reason: str | None = None
    error: Any = None


_decode_line = msgspec.json.Decoder(_Line).decode


@dataclass(slots=True)
class Stream:
    """What the lines of one stream said; `last` is the final message, empty where it is missing."""

    event_ns: list[int] = field(default_factory=list)
    text_bytes: int = 0
    last: dict[str, Any] = field(default_factory=dict)
    ended: bool = False
    error: Error | None = None


def read_stream(answer: Answer) -> Stream:
    """Reads every line; broken ones are passed over, and the first of them is the error.

    The last one of an answer that is not whole was cut short, which is another error.
    """
    stream = Stream()
    final = b""
    broken: Error | None = None
    for time_ns, line in timed_lines(answer.pieces):
        if not line.strip():
            continue
        if broken is not None:
            stream.error = stream.error or broken
            broken = None
        try:
            part = _decode_line(line)
        except client.NOT_JSON as problem:
            broken = ("malformed", str(problem)[:300])
            continue
        if part.error is not None:
            stream.error = stream.error or ("error_body", client.error_message(line))
        size = _text_size(part)
        if size:
            stream.event_ns.append(time_ns)
            stream.text_bytes += size
        if part.done:
            final = line
    if broken is not None and answer.complete:
        stream.error = stream.error or broken
    if final:
        stream.ended = True
        try:
            stream.last = msgspec.json.decode(final)
        except client.NOT_JSON as problem:
            stream.error = stream.error or ("malformed", str(problem)[:300])
    return stream


def _text_size(part: _Line) -> int:
    """Bytes of text, thinking and tool calls that a message carries."""
    text = part.response + (part.thinking or "")
    message = part.message
    if message is not None:
        text += message.content + (message.thinking or "")
        if message.tool_calls:
            return len(text.encode()) + len(msgspec.json.encode(message.tool_calls))
    return len(text) if text.isascii() else len(text.encode())


def server_timings(last: dict[str, Any]) -> ServerTimings:
    """Ollama's durations, in ns. Its decode clock starts at the first token: n - 1 gaps.

    (runner: `startGenerationTime` is set when the first token is about to be sampled.)
    """
    decoded = whole(last.get("eval_count"))
    prompt = whole(last.get("prompt_eval_count"))
    cached = whole(last.get("prompt_eval_cached_count")) or 0
    return ServerTimings(
        prefill_tokens=max(prompt - cached, 0) if prompt is not None else None,
        prefill_s=seconds(last.get("prompt_eval_duration"), 1e9),
        decode_tokens=decoded,
        decode_intervals=max(decoded - 1, 0) if decoded is not None else None,
        decode_s=seconds(last.get("eval_duration"), 1e9),
        load_s=seconds(last.get("load_duration"), 1e9),
    )
