"""What does an answer that passes say of its tokens? Only counts, a model and an id are taken.

Chat completions tell usage in a last chunk without choices, if asked by `stream_options`; responses
in `response.completed`; Anthropic's messages in `message_start` and `message_delta`.
https://rubydoc.info/github/openai/openai-ruby (ChatCompletionStreamOptions) and
https://rubydoc.info/github/anthropics/anthropic-sdk-ruby (MessageDeltaUsage), read 2026-11-25.
"""

from __future__ import annotations

from typing import Any

import msgspec

from advisor.usage.sources.requests_log import Answer, AnswerUsage

MOST_HELD = 16 * 2**20
"""Of an answer or an event; a longer one passes uncounted."""
COUNTED = ("/chat/completions", "/completions")
_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Chunk(Answer):
    choices: list[msgspec.Raw] | None = None
    response: Answer | None = None
    message: Answer | None = None


_decode = msgspec.json.Decoder(_Chunk).decode


class Taken:
    """What was seen of one answer so far."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}

    def see(self, data: bytes) -> bool:
        """Looks at one JSON value; whether it is a closing chunk with nothing but usage."""
        try:
            chunk = _decode(data)
        except _BROKEN:
            return False
        for part in (chunk, chunk.response, chunk.message):
            if part is None:
                continue
            for name in ("id", "model", "created"):
                value = getattr(part, name)
                if value is not None:
                    self._found.setdefault(name, value)
            if part.usage is not None:
                told = msgspec.to_builtins(part.usage)
                self._usage.update({k: v for k, v in told.items() if v is not None})
        return chunk.choices == [] and chunk.usage is not None

    def record(self, timestamp: str) -> bytes | None:
        """The line for the log, None if no usage was seen."""
        if not self._usage:
            return None
        usage = msgspec.convert(self._usage, AnswerUsage)
        plain = {k: v for k, v in msgspec.to_builtins(usage).items() if v is not None}
        return msgspec.json.encode({"timestamp": timestamp, **self._found, "usage": plain}) + b"\n"


class Whole:
    """An answer that is one JSON document."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._held: bytearray | None = bytearray()

    def passing(self, data: bytes) -> bytes:
        if self._held is not None:
            self._held += data
            if len(self._held) > MOST_HELD:
                self._held = None
        return data

    def end(self) -> bytes:
        if self._held:
            self._taken.see(bytes(self._held))
        return b""


class Events:
    """An answer that is a stream of events. With `hides_usage` the closing chunk that the client
    did not ask for is left out; everything else passes byte for byte."""

    def __init__(self, taken: Taken, *, hides_usage: bool) -> None:
        self._taken = taken
        self._hides = hides_usage
        self._held = b""

    def passing(self, data: bytes) -> bytes:
        self._held += data
        passed = []
        while (end := _end_of_event(self._held)) > 0:
            event, self._held = self._held[:end], self._held[end:]
            if not (self._closes(event) and self._hides):
                passed.append(event)
        if len(self._held) > MOST_HELD:
            passed.append(self._held)
            self._held = b""
        return b"".join(passed) if self._hides else data

    def end(self) -> bytes:
        self._closes(self._held)
        return self._held if self._hides else b""

    def _closes(self, event: bytes) -> bool:
        lines = (line[5:].strip() for line in event.splitlines() if line.startswith(b"data:"))
        data = b"\n".join(lines)
        return data.startswith(b"{") and self._taken.see(data)


def _end_of_event(held: bytes) -> int:
    """Where the first event ends, 0 if it has not ended."""
    ends = (held.find(mark) + len(mark) for mark in (b"\n\n", b"\r\n\r\n") if mark in held)
    return min(ends, default=0)


def asking_for_usage(path: str, body: bytes) -> bytes | None:
    """A streaming request that also asks for usage, None where there is nothing to add."""
    if not path.partition("?")[0].endswith(COUNTED):
        return None
    try:
        asked = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        if msgspec.json.decode(asked.get("stream", msgspec.Raw(b"null"))) is not True:
            return None
        raw = asked.get("stream_options", msgspec.Raw(b"null"))
        options = msgspec.json.decode(raw, type=dict[str, Any] | None) or {}
    except _BROKEN:
        return None
    if options.get("include_usage"):
        return None
    asked["stream_options"] = msgspec.Raw(msgspec.json.encode({**options, "include_usage": True}))
    return msgspec.json.encode(asked)
