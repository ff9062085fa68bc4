"""How is an answer looked at while it passes, piece by piece, without holding it up?"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Protocol

import msgspec

from advisor.usage.proxy.told import BROKEN, Taken

MOST_HELD = 16 * 2**20
"""Of an answer, an event or a request; a longer one passes unread."""
LONGEST_MARK = 4
_END_OF_LINE = re.compile(rb"\n")
_END_OF_EVENT = re.compile(rb"\n\n|\r\n\r\n")
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


class _Cut:
    """What comes in pieces of any size, cut behind each mark. Every byte is searched once, and no
    more than MOST_HELD wait for their mark."""

    def __init__(self, mark: re.Pattern[bytes]) -> None:
        self._mark = mark
        self._held = bytearray()
        self._searched = 0

    def parts(self, data: bytes) -> list[bytes]:
        """What has ended with that piece."""
        self._held += data
        ends = [found.end() for found in self._mark.finditer(self._held, self._searched)]
        ended = [bytes(self._held[begin:end]) for begin, end in pairwise((0, *ends))]
        del self._held[: ends[-1] if ends else 0]
        self._searched = max(0, len(self._held) - LONGEST_MARK + 1)
        return ended

    def overlong(self) -> bytes:
        """What waits, if it is too much to be held on; it is let go."""
        return self.rest() if len(self._held) > MOST_HELD else b""

    def rest(self) -> bytes:
        """What has not ended, which is let go."""
        rest = bytes(self._held)
        self._held.clear()
        self._searched = 0
        return rest


class Lines(Unread):
    """An answer of one JSON value a line, as Ollama streams."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._cut = _Cut(_END_OF_LINE)

    def passing(self, data: bytes) -> bytes:
        for line in self._cut.parts(data):
            self._taken.see(line)
        self._cut.overlong()
        return data

    def end(self) -> bytes:
        self._taken.see(self._cut.rest())
        return b""


class Events:
    """An answer that is a stream of events.

    With `hides_usage` what came of a question that was not the client's is left out: the closing
    chunk with nothing but usage, and `"usage": null` in the others. Else all passes byte for byte.
    """

    def __init__(self, taken: Taken, *, hides_usage: bool) -> None:
        self._taken = taken
        self._hides = hides_usage
        self._cut = _Cut(_END_OF_EVENT)

    def passing(self, data: bytes) -> bytes:
        passed = [self._shown(event) for event in self._cut.parts(data)]
        passed.append(self._cut.overlong())
        return b"".join(passed) if self._hides else data

    def end(self) -> bytes:
        shown = self._shown(self._cut.rest())
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


def part_for(content_type: str, taken: Taken, *, hides_usage: bool) -> Part:
    """How an answer of that type is looked at."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        return Events(taken, hides_usage=hides_usage)
    if kind in ("application/x-ndjson", "application/jsonl", "application/json-lines"):
        return Lines(taken)
    return Whole(taken) if kind.endswith("json") else Unread()
