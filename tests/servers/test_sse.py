"""Are events found, with the time of the read that completed them?"""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from advisor.servers.ndjson import timed_lines
from advisor.servers.sse import events

PLAIN = b'data: {"a":1}\n\ndata: {"a":2}\n\ndata: [DONE]\n\n'
WANTED = [b'{"a":1}', b'{"a":2}', b"[DONE]"]


def found(body: bytes) -> list[bytes]:
    return [data for _, data in events([(1, body)])]


def test_plain_events() -> None:
    assert found(PLAIN) == WANTED


def test_carriage_returns_comments_and_other_fields_change_nothing() -> None:
    body = PLAIN.replace(b"\n", b"\r\n")
    assert found(body) == WANTED
    assert found(b": keep-alive\n\n" + PLAIN.replace(b"\n\n", b"\nid: 3\n: ping\n\n")) == WANTED
    assert found(b"event: message\nretry: 3\n" + PLAIN) == WANTED
    assert found(b"\xef\xbb\xbf" + PLAIN) == WANTED
    assert found(PLAIN.replace(b"data: ", b"data:")) == WANTED


def test_a_missing_end_or_blank_line_loses_nothing() -> None:
    assert found(PLAIN.rstrip(b"\n")) == WANTED
    assert found(PLAIN.replace(b"\n\n", b"\n")) == WANTED


def test_an_event_of_several_data_lines_is_joined() -> None:
    assert found(b'data: {"a":\ndata: 1}\n\n') == [b'{"a":\n1}']


def test_an_event_has_the_time_of_the_read_that_completed_its_data_line() -> None:
    pieces = [
        (10, b"da"),
        (20, b'ta: {"a":1}'),
        (30, b"\n"),
        (40, b'\ndata: {"a":2}\n\ndata: {"a":3}\n'),
        (50, b"\n"),
        (60, b'data: {"a":4}'),
    ]
    assert [time for time, _ in events(pieces)] == [30, 40, 40, 60]


@given(body=st.binary(max_size=300), at=st.lists(st.integers(0, 300), max_size=20))
def test_lines_are_the_same_however_they_arrive(body: bytes, at: list[int]) -> None:
    edges = sorted({0, len(body), *(min(cut, len(body)) for cut in at)})
    pieces = [(end, body[start:end]) for start, end in itertools.pairwise(edges)]
    lines = list(timed_lines(pieces))
    assert b"\n".join(line for _, line in lines) == body.removesuffix(b"\n")
    position = 0
    for time, line in lines:
        position = min(position + len(line) + 1, len(body))
        assert time == next(end for end, _ in pieces if end >= position)
    list(events(pieces))
