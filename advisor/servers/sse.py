"""When did each server-sent event arrive, and what did it hold?

Format: HTML Living Standard, section 9.2.6 "Interpreting an event stream" (seen 2026-11-24), with
one tolerance: servers of language models put one JSON value on one data line, so a data line that
begins a new value is an event of its own even where the blank line between them is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.servers.http import Piece
from advisor.servers.ndjson import timed_lines

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def events(pieces: list[Piece]) -> Iterator[Piece]:
    """(time of the read that completed the last data line, data) of each event with data.

    Comments (keep-alives) and the fields `event`, `id` and `retry` are passed over. Data lines of
    one event are joined by newlines. An event that the stream's end cut short counts.
    """
    time_ns = 0
    held: bytes | None = None
    for line_ns, line in timed_lines(pieces):
        if line.startswith(b"data:"):
            data = line[5:].strip()
            if held is None or _starts_a_value(data, held):
                if held is not None:
                    yield time_ns, held
                held = data
            else:
                held = held + b"\n" + data
            time_ns = line_ns
        elif held is not None and line in (b"", b"\r"):
            yield time_ns, held
            held = None
        elif line.startswith(_BYTE_ORDER_MARK + b"data:"):
            time_ns, held = line_ns, line[len(_BYTE_ORDER_MARK) + 5 :].strip()
    if held is not None:
        yield time_ns, held


def _starts_a_value(data: bytes, held: bytes) -> bool:
    return data == b"[DONE]" or (data.startswith(b"{") and held.endswith(b"}"))
