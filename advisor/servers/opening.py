"""How is a connection to a server opened, and which HTTP does the server want on it?"""

from __future__ import annotations

import os
import socket
import ssl
import time
from dataclasses import replace

from advisor.errors import AdvisorError
from advisor.servers import proxies, tls
from advisor.servers.route import SYSTEM, Proxy, Route, Trust
from advisor.servers.wire import Endpoint

HANDSHAKE_TIMEOUT_S = 10.0
LONGEST_TUNNEL_ANSWER = 16 * 1024
PROXY_ASKS = (
    "the proxy asks for a password",
    "Write it in the proxy's variable: http://USER:PASSWORD@HOST:PORT.",
)


class UnreachableError(AdvisorError):
    """No connection could be made; nothing was sent."""


def reach(endpoint: Endpoint, trust: Trust = SYSTEM) -> Endpoint:
    """The endpoint with the way to it: the environment's proxy, whom to trust, which HTTP.

    A server on TLS is connected once. It gets HTTP/1.1 unless it takes HTTP/2 only: each request
    has a connection of its own here, on which HTTP/2 has nothing to offer. Raises InputError for
    a proxy or a file that cannot be used, UnreachableError if no secure connection can be made.
    """
    endpoint = routed(endpoint, trust)
    if endpoint.scheme != "https" or _takes(endpoint, "http/1.1"):
        return endpoint
    newer = replace(endpoint, route=replace(endpoint.route, http2=True))
    return newer if _takes(newer, "h2") else endpoint


def routed(endpoint: Endpoint, trust: Trust = SYSTEM) -> Endpoint:
    """The endpoint with the way to it as far as it is known without a connection: HTTP/1.1.

    Raises InputError for a proxy that cannot be used.
    """
    return replace(endpoint, route=Route(trust, proxies.proxy_for(endpoint, os.environ)))


def open_connection(endpoint: Endpoint, timeout_s: float) -> socket.socket:
    """A connection that is ready for a request. Raises UnreachableError or InputError."""
    deadline = time.monotonic() + timeout_s
    proxy = endpoint.route.proxy
    plain = _connect(endpoint, timeout_s)
    if endpoint.scheme != "https":
        return plain
    try:
        if proxy is not None:
            _tunnel(plain, endpoint, proxy, deadline)
        plain.settimeout(max(deadline - time.monotonic(), 0.01))
        context = tls.context_for(endpoint.route)
        return context.wrap_socket(plain, server_hostname=endpoint.host)
    except (OSError, ValueError) as error:
        plain.close()
        why, remedy = tls.why_refused(error, endpoint)
        what = f"no secure connection to {endpoint.url}"
        raise UnreachableError(what, why=why, remedy=remedy) from error
    except AdvisorError:
        plain.close()
        raise


def tunnel_request(endpoint: Endpoint, proxy: Proxy) -> bytes:
    """What asks a proxy for a way through to the endpoint (RFC 9110, section 9.3.6)."""
    place = f"{endpoint.bracketed_host}:{endpoint.port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def tunnel_refusal(answer: bytes) -> tuple[str, str] | None:
    """Why a proxy's whole answer opens no way, and what to do; None if it opens one."""
    status = answer[9:12]
    if answer.startswith(b"HTTP/1.") and status[:1] == b"2":
        return None
    if answer.startswith(b"HTTP/1.") and status == b"407":
        return PROXY_ASKS
    if answer.startswith(b"HTTP/1.") and status.isdigit():
        return f"the proxy refuses the way (HTTP {status.decode()})", "Ask who runs the proxy."
    return "the proxy does not speak HTTP", "Correct the proxy's address in the environment."


def _takes(endpoint: Endpoint, protocol: str) -> bool:
    """Whether the server agrees to speak `protocol`."""
    try:
        connection = open_connection(endpoint, HANDSHAKE_TIMEOUT_S)
    except UnreachableError as error:
        if "NO_APPLICATION_PROTOCOL" in (getattr(error.__cause__, "reason", None) or ""):
            return False
        raise
    with connection:
        assert isinstance(connection, ssl.SSLSocket)
        return connection.selected_alpn_protocol() == protocol


def _tunnel(plain: socket.socket, endpoint: Endpoint, proxy: Proxy, deadline: float) -> None:
    answer = b""
    try:
        plain.sendall(tunnel_request(endpoint, proxy))
        while b"\r\n\r\n" not in answer and len(answer) < LONGEST_TUNNEL_ANSWER:
            plain.settimeout(max(deadline - time.monotonic(), 0.01))
            data = plain.recv(4096)
            if not data:
                break
            answer += data
    except OSError:
        answer = b""
    refusal = tunnel_refusal(answer)
    if refusal is not None:
        what = f"no way to {endpoint.url} through the proxy {proxy.place}"
        raise UnreachableError(what, why=refusal[0], remedy=refusal[1])


def _connect(endpoint: Endpoint, timeout_s: float) -> socket.socket:
    try:
        return socket.create_connection(endpoint.first_hop, timeout_s)
    except OSError as error:
        raise _unreachable(endpoint, error) from None


def _unreachable(endpoint: Endpoint, error: OSError) -> UnreachableError:
    host, port = endpoint.first_hop
    proxy = endpoint.route.proxy
    what = f"no server answers at {endpoint.url}"
    remedy = "Check the address and that the host can be reached."
    if proxy is not None:
        what = f"no way to {endpoint.url}: its proxy {host}:{port} does not answer"
        remedy = "Correct the proxy in the environment, or exempt the server with NO_PROXY."
    if isinstance(error, ConnectionRefusedError):
        why = "nothing listens on that port"
        remedy = remedy if proxy else "Start the server, or correct --url."
    elif isinstance(error, socket.gaierror):
        why = f"the host name '{host}' is not known"
    elif isinstance(error, TimeoutError):
        why = "no connection within the time limit"
    else:
        why = error.strerror or str(error)
    return UnreachableError(what, why=why, remedy=remedy)
