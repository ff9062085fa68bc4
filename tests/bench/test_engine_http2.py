"""Is a server that takes HTTP/2 only measured as truly as one on HTTP/1.1?

The server of known timing stands behind nghttpx, a real HTTP/2 server.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest
from certificates import Certificates, certificates
from known_timing import read_log, timed
from nghttpx import nghttpx
from test_engine import Repeat, load_of, scripted

from advisor.bench.load import Load
from advisor.bench.prompts import Requests
from advisor.servers.address import parse_url
from advisor.servers.client import fetch
from advisor.servers.dialects.openai import Abilities, OpenAIServer
from advisor.servers.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    HEADERS,
    PING,
    SETTINGS,
    frame,
)
from advisor.servers.opening import UnreachableError, reach
from advisor.servers.route import Route, Trust
from advisor.servers.wire import Endpoint

__all__ = ["certificates"]


def served(url: str, certificates: Certificates) -> OpenAIServer:
    server = OpenAIServer(reach(parse_url(url), Trust(certificates.authority)))
    server.abilities["timed"] = Abilities()
    return server


def errors_ms(server: OpenAIServer, load: Load, log: dict[int, dict]) -> list[float]:
    """How much later than it was sent each event was seen, sorted."""
    late: list[float] = []
    for exchange in load.exchanges:
        read = server.read(exchange.transcript)
        assert read.error is None
        sent = log[exchange.request.seed]["sent_ns"]
        assert len(read.event_ns) == read.output_tokens == len(sent) == 8
        late += [(seen - at) / 1e6 for seen, at in zip(read.event_ns, sent, strict=True)]
    return sorted(late)


@pytest.mark.parametrize("streams", [1, 64])
def test_events_are_timed_as_on_http_1(streams: int, certificates: Certificates) -> None:
    late: dict[str, list[float]] = {}
    for protocol in ("http/1.1", "h2"):
        with (
            timed("--ttft-ms", "100", "--itl-ms", "20") as behind,
            nghttpx(certificates, behind.endpoint.port, protocol) as url,
        ):
            server = served(url, certificates)
            assert server.endpoint.route.http2 is (protocol == "h2")
            load = load_of(server.endpoint, Repeat(server, 3 * streams), streams, load_s=60)
            assert len(load.exchanges) == 3 * streams
            assert {e.status for e in load.exchanges} == {b"200"}
            late[protocol] = errors_ms(server, load, read_log(behind.endpoint.url))
    assert late["h2"][0] >= 0
    medians = {protocol: times[len(times) // 2] for protocol, times in late.items()}
    assert medians["h2"] < medians["http/1.1"] + 100


def test_large_prompts_keep_to_the_servers_windows(certificates: Certificates) -> None:
    with (
        timed("--ttft-ms", "1", "--itl-ms", "1") as behind,
        nghttpx(certificates, behind.endpoint.port, "h2") as url,
    ):
        server = served(url, certificates)
        data = Requests(server, "timed", 1).make_of_words(200_000, 8).data
        assert len(data) > 900_000
        load = load_of(server.endpoint, Repeat(None, 2, data), load_s=30)
    assert [server.read(e.transcript).error for e in load.exchanges] == [None, None]


def test_refusals_have_their_status(certificates: Certificates) -> None:
    with (
        timed("--fault", "http_429", "--every", "1") as behind,
        nghttpx(certificates, behind.endpoint.port, "h2") as url,
    ):
        server = served(url, certificates)
        load = load_of(server.endpoint, Repeat(server, 2), load_s=10)
        assert fetch(server.endpoint, "/nowhere").status == 404
    assert [e.status for e in load.exchanges] == [b"429", b"429"]
    assert server.read(load.exchanges[0].transcript).error == "http_429"


def test_an_unknown_authority_is_named_before_anything_is_sent(
    certificates: Certificates,
) -> None:
    with (
        timed("--ttft-ms", "1") as behind,
        nghttpx(certificates, behind.endpoint.port, "h2") as url,
        pytest.raises(UnreachableError, match="--ca-file"),
    ):
        reach(parse_url(url), Trust(Path(certificates.client)))


PING_FRAME = frame(PING, 0, 0, bytes(8))
GREETING = frame(SETTINGS, 0, 0)
HEADERS_OK = frame(HEADERS, END_HEADERS, 1, b"\x88")
FLOODS = {
    "before it greets": (b"", PING_FRAME, {"reset", "connect_failed", "timeout"}),
    "of pings": (GREETING, PING_FRAME, {"too_large", "timeout", "reset"}),
    "of settings": (GREETING, GREETING, {"too_large", "timeout", "reset"}),
    "of headers": (GREETING, HEADERS_OK, {"too_large", "malformed_http"}),
    "of nothing": (GREETING + HEADERS_OK, frame(DATA, 0, 1), {"too_large"}),
    "of data": (GREETING + HEADERS_OK, frame(DATA, 0, 1, bytes(16_384)), {"too_large"}),
    "of continuations": (
        GREETING + frame(HEADERS, 0, 1, b"\x88"),
        frame(CONTINUATION, 0, 1, b"\0\1x\1y" * 3000),
        {"too_large", "malformed_http"},
    ),
    "of garbage": (GREETING, b"\xff" * 1000, {"not_http", "malformed_http"}),
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_frames_is_bounded_and_named(name: str, certificates: Certificates) -> None:
    first, again, names = FLOODS[name]
    context = certificates.serving(certificates.server, "h2")

    def flood(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            secure.sendall(first)
            while True:
                secure.sendall(again * max(1, 16_000 // len(again)))

    started = time.monotonic()
    with scripted(*[flood] * 6, at_once=True) as plain:
        route = Route(Trust(certificates.authority), http2=True)
        endpoint = Endpoint("https", "localhost", plain.port, route=route)
        server = OpenAIServer(endpoint)
        server.abilities["timed"] = Abilities()
        load = load_of(endpoint, Repeat(server, 1), load_s=4, exchange_bytes=500_000)
    (exchange,) = load.exchanges
    reading = server.read(exchange.transcript)
    assert {exchange.transcript.failure, reading.error} & (names | {"interrupted"})
    assert sum(len(data) for _, data in exchange.transcript.received) < 1_000_000
    assert time.monotonic() - started < 30
