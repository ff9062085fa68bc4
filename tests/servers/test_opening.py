"""Is a server reached past proxies and through TLS, and is it clear why not?"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from certificates import Certificates, certificates
from fake_proxy import fake_proxy
from fake_servers import as_json, listed, serving

from advisor.bench.engine import run_load
from advisor.bench.load import Exchange, Limits, Load, Prepared
from advisor.errors import AdvisorError, InputError
from advisor.servers.address import parse_url
from advisor.servers.client import fetch, json_object
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.http import decode, encode
from advisor.servers.opening import UnreachableError, reach
from advisor.servers.route import Trust
from advisor.servers.wire import Endpoint, Request

__all__ = ["certificates"]

BASIC = "Basic bWU6c2VjcmV0"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme}_proxy".upper(), raising=False)


@contextmanager
def secure(context: ssl.SSLContext, content: bytes = b'{"data": []}') -> Iterator[int]:
    """The port of a server that gives one answer to everything, over TLS."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(content), content)

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=treat, args=(connection,), daemon=True).start()

    def treat(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as hidden:
            if hidden.recv(65536):
                hidden.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


class One:
    """Drives one request."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def request(self) -> Prepared:
        return Prepared(self.data, 1, 1, 1)

    def ended(self, exchange: Exchange) -> int | None:
        return None

    def tick(self, now_ns: int, load: Load) -> bool:
        return True

    def idle(self) -> None:
        return


def measured(endpoint: Endpoint) -> Exchange:
    """What the load generator gets from one GET."""
    load = Load()
    data = encode(Request("GET", "/v1/models", (), b""), endpoint)
    run_load(endpoint, One(data), [0], limits=Limits(load_s=5), load=load)
    return load.exchanges[0]


def test_an_authority_of_ones_own_is_trusted_in_both_paths(certificates: Certificates) -> None:
    with secure(certificates.serving(certificates.server)) as port:
        endpoint = reach(parse_url(f"https://localhost:{port}"), Trust(certificates.authority))
        assert json_object(fetch(endpoint, "/v1/models")) == {"data": []}
        assert decode(measured(endpoint).transcript).body == b'{"data": []}'


def test_the_systems_own_variable_is_honoured(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    with secure(certificates.serving(certificates.server)) as port:
        url = f"https://127.0.0.1:{port}"
        with pytest.raises(UnreachableError, match="--ca-file"):
            reach(parse_url(url))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
        assert not reach(parse_url(url)).route.http2
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority.with_name("gone.pem")))
        with pytest.raises(InputError, match="SSL_CERT_FILE"):
            reach(parse_url(url))


@pytest.mark.parametrize(
    ("host", "shown", "said"),
    [
        ("localhost", "expired", "has expired"),
        ("localhost.localhost", "server", "for another host than localhost.localhost"),
    ],
)
def test_a_wrong_certificate_is_named(
    certificates: Certificates, host: str, shown: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda name, *rest, **more: real("127.0.0.1", *rest, **more)
    )
    with secure(certificates.serving(getattr(certificates, shown))) as port:
        endpoint = parse_url(f"https://{host}:{port}")
        with pytest.raises(UnreachableError, match=said):
            reach(endpoint, Trust(certificates.authority))


def test_a_self_signed_certificate_is_trusted_only_if_named(certificates: Certificates) -> None:
    with secure(certificates.serving(certificates.self_signed)) as port:
        endpoint = parse_url(f"https://localhost:{port}")
        with pytest.raises(UnreachableError, match=r"self-signed\. .*--ca-file"):
            reach(endpoint)
        known = reach(endpoint, Trust(certificates.self_signed))
        assert json_object(fetch(known, "/v1/models")) == {"data": []}


def test_a_server_without_tls_is_named() -> None:
    with (
        serving({"/v1/models": listed("vllm")}) as url,
        pytest.raises(UnreachableError, match=r"does not speak TLS there.*http://"),
    ):
        reach(parse_url(url.replace("http:", "https:")))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused(certificates: Certificates) -> None:
    context = certificates.serving(certificates.server)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with secure(context) as port, pytest.raises(UnreachableError, match=r"1\.2 or newer"):
        reach(parse_url(f"https://localhost:{port}"), Trust(certificates.authority))


def test_a_certificate_of_the_clients_is_shown(certificates: Certificates) -> None:
    context = certificates.serving(certificates.server)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates.authority)
    with secure(context) as port:
        url = f"https://localhost:{port}"
        endpoint = reach(parse_url(url), Trust(certificates.authority, certificates.client))
        assert json_object(fetch(endpoint, "/v1/models")) == {"data": []}
        assert measured(endpoint).status == b"200"


def test_files_that_hold_no_certificate_are_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    for trust in (Trust(authorities=wrong), Trust(certificate=wrong), Trust(tmp_path / "gone")):
        with (
            pytest.raises(InputError, match="cannot use"),
            secure(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)) as port,
        ):
            reach(parse_url(f"https://localhost:{port}"), trust)


def test_a_proxy_is_passed_in_both_paths(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        fake_proxy(BASIC) as proxy,
        secure(certificates.serving(certificates.server)) as port,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{proxy.port}")
        url = f"https://box.example:{port}"
        endpoint = reach(parse_url(url), Trust(certificates.authority))
        assert json_object(fetch(endpoint, "/v1/models")) == {"data": []}
        assert measured(endpoint).status == b"200"
    assert {head.split("\r\n")[0] for head in proxy.heads} == {
        f"CONNECT box.example:{port} HTTP/1.1"
    }


def test_plain_requests_name_the_whole_address_to_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with fake_proxy(BASIC) as proxy, serving({"/v1/models": listed("vllm")}) as url:
        monkeypatch.setenv("http_proxy", f"http://me:secret@127.0.0.1:{proxy.port}")
        named = url.replace("127.0.0.1", "box.example")
        endpoint = reach(parse_url(named))
        assert "data" in json_object(fetch(endpoint, "/v1/models"))
        assert measured(endpoint).status == b"200"
        assert {head.split("\r\n")[0] for head in proxy.heads} == {
            f"GET {named}/v1/models HTTP/1.1"
        }
        assert all(BASIC in head for head in proxy.heads)


def test_the_ollama_library_takes_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setenv("OLLAMA_API_KEY", "of-another-server")
    routes = {
        "/api/ps": as_json({"models": []}),
        "/api/tags": as_json({"models": []}),
    }
    with fake_proxy(BASIC) as proxy, serving(routes) as url:
        monkeypatch.setenv("http_proxy", f"http://me:secret@127.0.0.1:{proxy.port}")
        endpoint = reach(parse_url(url.replace("127.0.0.1", "box.example")))
        assert OllamaServer(endpoint).models() == []
        seen = proxy.heads
    assert len(seen) >= 1
    assert "of-another-server" not in "".join(seen)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"authorization": BASIC}, "asks for a password"), ({"refuses": True}, "HTTP 403")],
)
def test_a_proxy_that_refuses_is_named(
    options: dict, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_proxy(**options) as proxy:
        monkeypatch.setenv("https_proxy", f"http://me:wrong-secret@127.0.0.1:{proxy.port}")
        with pytest.raises(AdvisorError, match=said) as caught:
            reach(parse_url("https://box.example:1"))
    assert f"127.0.0.1:{proxy.port}" in str(caught.value)
    assert "wrong-secret" not in str(caught.value)


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://me:secret@127.0.0.1:1")
    with pytest.raises(UnreachableError, match=r"its proxy 127\.0\.0\.1:1 does not answer"):
        fetch(reach(parse_url("http://box.example:80")), "/")
