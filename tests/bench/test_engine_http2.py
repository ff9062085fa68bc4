"""Is a server that takes HTTP/2 only measured as truly as one on HTTP/1.1?

The server of known timing stands behind nghttpx, a real HTTP/2 server.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from certificates import Certificates, certificates
from known_timing import read_log, timed
from nghttpx import nghttpx
from test_engine import Repeat, load_of

from advisor.bench.load import Load
from advisor.bench.prompts import Requests
from advisor.servers.address import parse_url
from advisor.servers.client import fetch
from advisor.servers.dialects.openai import Abilities, OpenAIServer
from advisor.servers.opening import UnreachableError, reach
from advisor.servers.route import Trust

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
    assert medians["h2"] < medians["http/1.1"] + 10


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
