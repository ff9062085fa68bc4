"""Are HTTP/2 frames written as the protocol asks, and read with the time of each piece?"""

from __future__ import annotations

import struct

import pytest
from hpack import Decoder, Encoder
from hypothesis import given
from hypothesis import strategies as st
from streams import cuts, reads

from advisor.servers.frames import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PADDED,
    PING,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    Follower,
    frame,
)
from advisor.servers.http import decode, encode
from advisor.servers.http2 import status
from advisor.servers.route import Route
from advisor.servers.wire import Endpoint, Request, Transcript

ENDPOINT = Endpoint("https", "box.example", 443, "/proxy", Route(http2=True))


def block(**fields: str) -> bytes:
    return Encoder().encode([(name.replace("_", ":", 1), value) for name, value in fields.items()])


BOMB = block(_status="200", x="y" * 3000) + b"\xbe" * 100
"""A field from the table, again and again: few bytes that become many."""
OK = frame(HEADERS, END_HEADERS, 1, block(_status="200"))
GREETING = frame(SETTINGS, 0, 0, struct.pack(">HI", 3, 100)) + frame(SETTINGS, ACK, 0)


def answer(body: bytes, size: int = 50) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return OK + b"".join(frame(DATA, 0, 1, part) for part in parts) + frame(DATA, END_STREAM, 1)


def taken(raw: bytes, at: list[int] | None = None) -> Transcript:
    transcript = reads(raw, at or [])
    transcript.http2 = True
    return transcript


def test_a_request_is_frames_with_all_its_fields() -> None:
    key = "k" * 20_000
    request = Request("POST", "/v1/x", (("Authorization", key),), b"y" * 40_000)
    raw = encode(request, ENDPOINT)
    kinds, fields, body, at = [], b"", b"", 0
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 3])
        kind, flags, stream = struct.unpack(">BBI", raw[at + 3 : at + 9])
        payload = raw[at + 9 : at + 9 + size]
        kinds.append((kind, flags))
        fields += payload if kind in (HEADERS, CONTINUATION) else b""
        body += payload if kind == DATA else b""
        assert (stream, size <= 16_384) == (1, True)
        at += 9 + size
    assert kinds == [
        *((HEADERS, 0), (CONTINUATION, END_HEADERS)),
        *((DATA, 0), (DATA, 0), (DATA, END_STREAM)),
    ]
    assert body == request.body
    told = dict(Decoder().decode(fields))
    assert told[":path"] == "/proxy/v1/x"
    assert told[":authority"] == "box.example"
    assert told["authorization"] == key
    assert told["content-length"] == "40000"
    assert "connection" not in told


def test_a_request_without_a_body_ends_with_its_fields() -> None:
    raw = encode(Request("GET", "/", (), b""), ENDPOINT)
    assert raw[3:5] == bytes([HEADERS, END_HEADERS | END_STREAM])


@given(body=st.binary(max_size=400), size=st.integers(1, 90), at=cuts)
def test_the_body_survives_any_framing_and_any_cut(body: bytes, size: int, at: list[int]) -> None:
    transcript = taken(GREETING + answer(body, size), at)
    told = decode(transcript)
    assert (told.status, told.body, told.error, told.complete) == (200, body, None, True)
    arrival = [time for time, data in transcript.received for _ in data]
    raw = b"".join(data for _, data in transcript.received)
    seen = [time for time, data in told.pieces for _ in data]
    position, expected = len(GREETING) + len(OK), []
    for start in range(0, len(body), size):
        length = len(body[start : start + size])
        expected += arrival[position + 9 : position + 9 + length]
        position += 9 + length
    assert seen == expected
    assert len(raw) == len(arrival)


@given(body=st.binary(max_size=400), size=st.integers(1, 90), at=cuts)
def test_the_end_is_seen_at_the_last_byte_and_not_before(
    body: bytes, size: int, at: list[int]
) -> None:
    follower = Follower()
    received = taken(GREETING + answer(body, size), at).received
    for _, data in received[:-1]:
        follower.feed(data)
        assert not follower.has_ended
    follower.feed(received[-1][1])
    assert follower.has_ended
    assert status(received) == b"200"


def test_padding_hints_and_trailers_are_passed_over() -> None:
    hint = frame(HEADERS, END_HEADERS, 1, block(_status="103"))
    padded = frame(DATA, PADDED, 1, b"\x03abc\0\0\0")
    trailer = frame(HEADERS, END_HEADERS | END_STREAM, 1, block(x="y"))
    told = decode(taken(hint + OK + padded + trailer))
    assert (told.status, told.body, told.complete) == (200, b"abc", True)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not_http"),
        (GREETING, "no_answer"),
        (OK, "truncated"),
        (OK + frame(DATA, 0, 1, b"ab"), "truncated"),
        (OK + frame(DATA, 0, 1, b"ab") + frame(RST_STREAM, 0, 1, b"\0\0\0\2"), "reset"),
        (frame(GOAWAY, 0, 0, bytes(8)), "reset"),
        (frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff\xff"), "malformed_http"),
        (OK + b"\xff\xff\xff\0\0\0\0\0\1", "malformed_http"),
        (OK + frame(HEADERS, END_HEADERS, 1, b"") * 100, "malformed_http"),
        (frame(HEADERS, 0, 1, block(_status="200")), "no_answer"),
        (
            frame(HEADERS, 0, 1, b"") + frame(CONTINUATION, 0, 1, b"\0\1x\1y" * 3000) * 40,
            "malformed_http",
        ),
        (frame(HEADERS, END_HEADERS, 1, BOMB), "malformed_http"),
    ],
)
def test_what_is_no_sound_answer_is_named(raw: bytes, error: str) -> None:
    assert decode(taken(raw)).error == error


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_no_bytes_raise(parts: list[bytes]) -> None:
    for prefix in (b"", GREETING, OK, OK + frame(HEADERS, 0, 1, b"\x88")):
        raw = prefix + b"".join(parts)
        decode(taken(raw))
        follower = Follower()
        for part in (prefix, *parts):
            follower.feed(part)


def test_what_asks_for_an_answer_gets_one() -> None:
    follower = Follower()
    assert follower.feed(GREETING) == frame(SETTINGS, ACK, 0)
    assert follower.is_settled
    ping = frame(PING, 0, 0, b"12345678")
    assert follower.feed(ping[:5]) == b""
    assert follower.feed(ping[5:]) == frame(PING, ACK, 0, b"12345678")
    assert follower.feed(frame(PING, ACK, 0, b"12345678")) == b""
    assert not follower.feed(frame(GOAWAY, 0, 0, struct.pack(">II", 1, 0)))
    assert (follower.is_leaving, follower.has_ended) == (True, False)


def test_a_body_waits_for_the_servers_windows() -> None:
    follower = Follower()
    unsent = memoryview(encode(Request("POST", "/", (), b"y" * 100_000), ENDPOINT))
    head = 9 + int.from_bytes(unsent[:3])
    assert follower.release(unsent) == head + 3 * (16_384 + 9)
    unsent = unsent[head + 3 * (16_384 + 9) :]
    assert follower.release(unsent) == 0
    opened = struct.pack(">I", 1_000_000)
    follower.feed(frame(WINDOW_UPDATE, 0, 0, opened))
    assert follower.release(unsent) == 0
    follower.feed(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 65_535 + 20_000)))
    assert follower.release(unsent) == 2 * (16_384 + 9)
    follower.feed(frame(WINDOW_UPDATE, 0, 1, opened))
    assert follower.release(unsent[2 * (16_384 + 9) :]) == len(unsent) - 2 * (16_384 + 9)
