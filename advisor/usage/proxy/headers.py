"""Which headers pass, and which belong to one connection only (RFC 9110, section 7.6.1)?"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

Headers = list[tuple[bytes, bytes]]

_OF_THE_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
_MADE_ANEW = {b"host", b"content-length", b"accept-encoding", b"expect"}
_NEAR = (".localhost", ".local", ".internal")
"""Names that no public server has; Docker's for this machine is `host.docker.internal`."""


def first(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """A header's value, empty without it."""
    found = (value for each, value in headers if each.lower() == name)
    return next(found, b"").decode("latin-1")


def onward(headers: Headers, length: int | None) -> Headers:
    """A request's, for the server: answers are asked for unpacked. Length None is unknown."""
    passed = _end_to_end(headers, _MADE_ANEW)
    passed.append((b"accept-encoding", b"identity"))
    if length is not None:
        passed.append((b"content-length", b"%d" % length))
    return passed


def back(headers: Headers, *, changes_length: bool) -> Headers:
    """An answer's, for the client."""
    return _end_to_end(headers, {b"content-length"} if changes_length else set())


def _end_to_end(headers: Headers, left_out: set[bytes]) -> Headers:
    named = b",".join(value for name, value in headers if name.lower() == b"connection")
    left_out = left_out | _OF_THE_HOP | {name.strip().lower() for name in named.split(b",")}
    return [(name, value) for name, value in headers if name.lower() not in left_out]


def is_nearby(host: str) -> bool:
    """Whether a Host header names this machine, not a web page that was made to point here."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.strip("[]").lower().rstrip(".")
    if name in ("", "localhost") or name.endswith(_NEAR):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
