"""How is an answer looked at while it passes, piece by piece, without holding it up?"""

from __future__ import annotations

import re
from typing import Protocol

import msgspec

from advisor.usage.proxy.told import BROKEN, Taken

MOST_HELD = 16 * 2**20
"""Of an answer, an event or a request; a longer one passes unread."""
_NULL_USAGE = re.compile(rb',\s*"usage"\s*:\s*null')


class Part(Protocol):
    """An answer's body on its way. What it returns is what the client gets."""

    def passing(self, data: bytes) -> bytes: ...

    def end(self) -> bytes: ...


class Unread:
    """An answer that tells nothing of tokens, such as sound."""

    def passing(self, data: bytes) -> bytes:
        return data

    def end(self) -> bytes:
        return b""


class Whole(Unread):
    """An answer that is one JSON document, or a list of chunks as Gemini streams them."""

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
        held = bytes(self._held or b"").strip()
        if held.startswith(b"["):
            try:
                chunks = msgspec.json.decode(held, type=list[msgspec.Raw])
            except BROKEN:
                return b""
            for chunk in chunks:
                self._taken.see(chunk)
        elif held:
            self._taken.see(held)
        return b""


class Lines(Unread):
    """An answer of one JSON value a line, as Ollama streams."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._held = b""

    def passing(self, data: bytes) -> bytes:
        *lines, held = (self._held + data).split(b"\n")
        for line in lines:
            self._taken.see(line)
        self._held = held if len(held) <= MOST_HELD else b""
        return data

    def end(self) -> bytes:
        self._taken.see(self._held)
        return b""


class Events:
    """An answer that is a stream of events.

    With `hides_usage` what came of a question that was not the client's is left out: the closing
    chunk with nothing but usage, and `"usage": null` in the others. Else all passes byte for byte.
    """

    def __init__(self, taken: Taken, *, hides_usage: bool) -> None:
        self._taken = taken
        self._hides = hides_usage
        self._held = b""

    def passing(self, data: bytes) -> bytes:
        self._held += data
        passed = []
        while (end := _end_of_event(self._held)) > 0:
            event, self._held = self._held[:end], self._held[end:]
            passed.append(self._shown(event))
        if len(self._held) > MOST_HELD:
            passed.append(self._held)
            self._held = b""
        return b"".join(passed) if self._hides else data

    def end(self) -> bytes:
        shown = self._shown(self._held)
        return shown if self._hides else b""

    def _shown(self, event: bytes) -> bytes:
        lines = (line[5:].strip() for line in event.splitlines() if line.startswith(b"data:"))
        data = b"\n".join(lines)
        chunk = self._taken.see(data) if data.startswith(b"{") else None
        if chunk is None or not self._hides:
            return event
        if chunk.is_for_usage_only:
            return b""
        if chunk.usage is None and len(_NULL_USAGE.findall(event)) == 1:
            return _NULL_USAGE.sub(b"", event)
        return event


def _end_of_event(held: bytes) -> int:
    """Where the first event ends, 0 if it has not ended."""
    ends = (held.find(mark) + len(mark) for mark in (b"\n\n", b"\r\n\r\n") if mark in held)
    return min(ends, default=0)


def part_for(content_type: str, taken: Taken, *, hides_usage: bool) -> Part:
    """How an answer of that type is looked at."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        return Events(taken, hides_usage=hides_usage)
    if kind in ("application/x-ndjson", "application/jsonl", "application/json-lines"):
        return Lines(taken)
    return Whole(taken) if kind.endswith("json") else Unread()
