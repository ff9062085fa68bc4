"""Is HTTP framing undone right, with the time of each piece, whatever arrives?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import cuts, http, reads

from advisor.servers.http import decode, encode
from advisor.servers.wire import Endpoint, Request, Transcript


def test_a_request_asks_to_close_and_not_to_compress() -> None:
    request = Request("POST", "/v1/completions", (("Authorization", "Bearer k"),), b'{"a":1}')
    raw = encode(request, Endpoint("http", "::1", 8000, "/proxy/a"))
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /proxy/a/v1/completions HTTP/1.1"
    assert {
        b"Host: [::1]:8000",
        b"Connection: close",
        b"Accept-Encoding: identity",
        b"Content-Length: 7",
        b"Authorization: Bearer k",
    } <= set(lines)
    assert body == b'{"a":1}'


def test_the_default_port_is_left_out_of_the_host() -> None:
    raw = encode(Request("GET", "/", (), b""), Endpoint("https", "example.org", 443))
    assert b"\r\nHost: example.org\r\n" in raw
    assert b"Content-Length" not in raw


@given(body=st.binary(max_size=500), chunk=st.one_of(st.none(), st.integers(1, 90)), at=cuts)
def test_the_body_survives_any_framing_and_any_cut(
    body: bytes, chunk: int | None, at: list[int]
) -> None:
    answer = decode(reads(http(body, chunk=chunk), at))
    assert (answer.status, answer.body, answer.error, answer.complete) == (200, body, None, True)


@given(body=st.binary(min_size=1, max_size=200), chunk=st.integers(1, 40), at=cuts)
def test_each_byte_has_the_time_of_its_own_read(body: bytes, chunk: int, at: list[int]) -> None:
    transcript = reads(http(body, chunk=chunk), at)
    arrival: list[int] = []
    for time_ns, data in transcript.received:
        arrival += [time_ns] * len(data)
    raw = b"".join(data for _, data in transcript.received)
    expected, position = [], raw.index(b"\r\n\r\n") + 4
    for start in range(0, len(body), chunk):
        size = len(body[start : start + chunk])
        position = raw.index(b"\r\n", position) + 2
        expected += arrival[position : position + size]
        position += size + 2
    seen = [time for time, data in decode(transcript).pieces for _ in data]
    assert seen == expected


def test_a_body_without_length_ends_with_the_connection() -> None:
    answer = decode(reads(b"HTTP/1.0 200 OK\r\n\r\nabc"))
    assert (answer.body, answer.error, answer.complete) == (b"abc", None, False)


def test_interim_answers_are_passed_over() -> None:
    raw = b"HTTP/1.1 100 Continue\r\n\r\n" + http(b"x")
    assert decode(reads(raw)).body == b"x"


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", "no_answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_http"),
        (b"\x15\x03\x01\x00\x02\x02\x16", "not_http"),
        (b"HTTP/1.1 2x0 OK\r\n\r\n", "not_http"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, "not_http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "truncated"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc", "malformed_http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1e9\r\n\r\nabc", "malformed_http"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "truncated"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "truncated"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n", "malformed_http"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n", "malformed_http"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
            "malformed_http",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 2000, "malformed_http"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b", "content_encoding"),
    ],
)
def test_what_is_no_sound_answer_is_named(raw: bytes, error: str) -> None:
    assert decode(reads(raw)).error == error


def test_a_truncated_body_keeps_what_came() -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n9\r\nde"
    assert decode(reads(raw)).body == b"abcde"


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_no_bytes_raise(parts: list[bytes]) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for prefix in (b"", head, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"):
        received = [(index, part) for index, part in enumerate([prefix, *parts])]
        decode(Transcript(received=received))
