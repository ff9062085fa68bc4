"""Where shall we listen ourselves, and by which names does this machine go there?"""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import NamedTuple
from urllib.parse import urlsplit

from advisor.errors import AdvisorError, InputError


class Address(NamedTuple):
    """Where to listen: an IP address and a port."""

    host: str
    port: int

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return ipaddress.ip_address(self.host).is_loopback

    @property
    def url(self) -> str:
        """The address as a browser takes it, without a path; that of a server which listens
        everywhere by this machine's name, since nobody can call `0.0.0.0`."""
        everywhere = ipaddress.ip_address(self.host).is_unspecified
        host = socket.gethostname() if everywhere else in_url(self.host)
        return f"http://{host}:{self.port}"


def parse_address(typed: str) -> Address:
    """`127.0.0.1:8765`, `[::1]:8765` or `localhost:8765`. Raises InputError."""
    try:
        parts = urlsplit(f"//{typed}")
        host, port = parts.hostname or "", parts.port
        if port is None or parts.path or parts.query or parts.username is not None:
            raise ValueError(typed)
        ip = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise InputError(
            f"'{typed[:100]}' is no address to listen on",
            remedy="Write it like 127.0.0.1:8765 or [::1]:8765.",
        ) from None
    return Address(str(ip), port)


def listening_socket(address: Address, *, remedy: str) -> socket.socket:
    """A socket that listens there already. Raises AdvisorError with that remedy."""
    found = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET)
    try:
        if sys.platform != "win32":
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((address.host, address.port))
        found.listen(64)
    except OSError as error:
        found.close()
        raise AdvisorError(
            f"cannot listen on {address.host}, port {address.port}",
            why=error.strerror or str(error),
            remedy=remedy,
        ) from None
    return found


def own_host_names() -> frozenset[str]:
    """The names by which other machines may call this one, in lower case, no addresses."""
    return frozenset((socket.gethostname().lower(), socket.getfqdn().lower()))


def own_addresses() -> frozenset[str]:
    """Every IP address of this machine, as it stands in a URL."""
    import psutil

    found = set()
    for each in (one.address for many in psutil.net_if_addrs().values() for one in many):
        try:
            ip = ipaddress.ip_address(each.partition("%")[0])
        except ValueError:
            continue
        found.add(in_url(str(ip)))
    return frozenset(found)


def in_url(host: str) -> str:
    """A host as it stands in a URL: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host
