"""Where is a connection begun, and how many may there be?"""

from __future__ import annotations

import errno
import socket
from typing import Any

from advisor.bench.connections import Connection
from advisor.errors import AdvisorError
from advisor.servers import tls
from advisor.servers.opening import tunnel_request
from advisor.servers.wire import Endpoint

_IN_PROGRESS = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)}


class Dialer:
    """Begins connections to one endpoint, whose name is resolved once."""

    def __init__(self, endpoint: Endpoint, *, timeout_s: float = 10.0) -> None:
        """Finds an address that accepts connections. Raises AdvisorError if none does."""
        route = endpoint.route
        self._host = endpoint.host
        self._tls = tls.context_for(route) if endpoint.scheme == "https" else None
        self._tunnel = tunnel_request(endpoint, route.proxy) if self._tls and route.proxy else b""
        self._http2 = route.http2
        self._family, self._address = _reachable_address(endpoint, timeout_s)

    def dial(self) -> Connection:
        """A connection that has begun to open. Raises OSError if it failed at once."""
        plain = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            plain.setblocking(False)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            code = plain.connect_ex(self._address)
            if code not in _IN_PROGRESS:
                raise OSError(code, "connect")
        except OSError:
            plain.close()
            raise
        return Connection(
            plain, tunnel=self._tunnel, tls=self._tls, host=self._host, http2=self._http2
        )


def allow_sockets(count: int) -> None:
    """Raises the limit of open files for `count` sockets. Raises AdvisorError if it may not be."""
    try:
        import resource
    except ImportError:
        return
    needed = count + 64
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    except (ValueError, OSError):
        raise AdvisorError(
            f"{count} connections at once are not possible here",
            why=f"this process may open {soft} files",
            remedy=f"Raise the limit (`ulimit -n {needed}`) or ask for a lower concurrency.",
        ) from None


def _reachable_address(endpoint: Endpoint, timeout_s: float) -> tuple[socket.AddressFamily, Any]:
    host, port = endpoint.first_hop
    what = f"no server answers at {endpoint.url}"
    if endpoint.route.proxy is not None:
        what = f"no way to {endpoint.url} through the proxy {endpoint.route.proxy.place}"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        why = f"the host name '{host}' is not known"
        raise AdvisorError(what, why=why, remedy="Correct the address.") from None
    why = "it has no address"
    for family, _, _, _, address in found:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as trial:
                trial.settimeout(timeout_s)
                trial.connect(address)
                return family, address
        except OSError as error:
            why = error.strerror or str(error)
    raise AdvisorError(what, why=why, remedy="Start the server, or correct the address.")
