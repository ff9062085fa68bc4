"""Which proxy does the environment put between this machine and a server?

The variables are curl's (https://everything.curl.dev/usingcurl/proxies/env, seen 2026-11-25):
`https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, in small letters or, where these are not
set, in capitals. Networks in `no_proxy` (10.0.0.0/8) are understood, as by curl and requests.
This machine itself is never behind a proxy.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

from advisor.errors import InputError
from advisor.servers.route import Proxy
from advisor.servers.wire import Endpoint

_DEFAULT_PORT = 80
"""Of a proxy that is named without a port, as its scheme is http."""
_EXAMPLE = "Write it like http://proxy.example:3128, or exempt the server with NO_PROXY."


def proxy_for(endpoint: Endpoint, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy through which the endpoint is reached, or None for a direct way.

    Raises InputError for a proxy that cannot be used; its password is never shown.
    """
    if endpoint.is_here or _is_exempt(endpoint, _value(environment, "no_proxy")):
        return None
    for name in (f"{endpoint.scheme}_proxy", "all_proxy"):
        value = _value(environment, name)
        if value:
            return _parse(value, name.upper())
    return None


def _value(environment: Mapping[str, str], name: str) -> str:
    small = environment.get(name)
    return (environment.get(name.upper(), "") if small is None else small).strip()


def _parse(value: str, name: str) -> Proxy:
    text = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port or _DEFAULT_PORT
        host = host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        raise InputError(f"{name} names no proxy", remedy=_EXAMPLE) from None
    if parts.scheme.startswith("socks"):
        raise InputError(
            f"{name} names a SOCKS proxy, which is not supported",
            remedy="Name an HTTP proxy, or tunnel to the server yourself (`ssh -L "
            "11434:localhost:11434 HOST`) and measure http://127.0.0.1:11434.",
        )
    if parts.scheme != "http":
        raise InputError(
            f"{name} names a proxy that is reached by '{parts.scheme[:20]}'", remedy=_EXAMPLE
        )
    if not host or not re.fullmatch(r"[\x21-\x7e]+", host):
        raise InputError(f"{name} names no proxy", remedy=_EXAMPLE)
    if parts.username is None:
        return Proxy(host, port)
    secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return Proxy(host, port, f"Basic {base64.b64encode(secret).decode('ascii')}")


def _is_exempt(endpoint: Endpoint, no_proxy: str) -> bool:
    return any(_covers(entry, endpoint) for entry in re.split(r"[,\s]+", no_proxy) if entry)


def _covers(entry: str, endpoint: Endpoint) -> bool:
    """Whether an entry of NO_PROXY means this host: a name, a domain, a network, all."""
    host = endpoint.host.lower().rstrip(".")
    entry = entry.lower()
    if entry == "*":
        return True
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass
    name, colon, port = entry.rpartition(":")
    if colon and port.isdigit():
        if int(port) != endpoint.port:
            return False
        entry = name.strip("[]")
    domain = entry.removeprefix("*").lstrip(".").rstrip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))
