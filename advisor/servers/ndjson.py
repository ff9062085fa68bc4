"""When was each line of a body complete? (newline-delimited JSON, and the ground for SSE)"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.servers.http import Piece


def timed_lines(pieces: list[Piece]) -> Iterator[Piece]:
    """(time of the read that brought the line's end, line without it).

    A carriage return before the newline stays in the line. Text after the last newline is a line
    too, with the time of the last read.
    """
    if not pieces:
        return
    lines = b"".join(data for _, data in pieces).split(b"\n")
    unfinished = lines.pop()
    read = 0
    read_end = len(pieces[0][1])
    at = 0
    for line in lines:
        at += len(line) + 1
        while at > read_end:
            read += 1
            read_end += len(pieces[read][1])
        yield pieces[read][0], line
    if unfinished:
        yield pieces[-1][0], unfinished
