"""Who may ask for what? Loopback without a password, everybody else with a token.

Against pages of other sites in the same browser: a request must name this server as its host (a
name that somebody else points here does not), and one that changes something must come from a page
of this very server, with that page's own secret or as JSON.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from advisor.errors import InputError
from advisor.servers.listening import own_host_names

SHORTEST_TOKEN = 16
COOKIE = "advisor_session"
HERE = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine only. Raises InputError."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise InputError(
            f"'{host[:100]}' is no address to listen on",
            remedy="Write 127.0.0.1, ::1, 0.0.0.0 or another address of this machine.",
        ) from None


@dataclass(frozen=True, slots=True)
class Access:
    """What is asked of whom. `token` None lets everybody in who reaches the address.

    `names` are the host names by which a browser may call this server; with `any_ip` also every
    address, which nobody can point elsewhere. `secret` belongs to this process.
    """

    token: str | None
    names: frozenset[str]
    any_ip: bool
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def knows_host(self, header: str) -> bool:
        """Whether a `Host` header names this server."""
        try:
            name = (urlsplit(f"//{header}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name in self.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.any_ip

    def admits(self, offered: str) -> bool:
        """Whether this is the token, in a time that does not tell how much of it is right."""
        if self.token is None:
            return True
        return hmac.compare_digest(offered.encode(), self.token.encode())

    @property
    def session(self) -> str:
        """What the cookie of somebody holds who showed the token."""
        return self._derived(f"session {self.token}")

    def has_session(self, cookie: str) -> bool:
        """Whether a cookie's value is that of somebody who showed the token."""
        return self.token is None or hmac.compare_digest(cookie.encode(), self.session.encode())

    @property
    def form_secret(self) -> str:
        """What every form of a page of this server sends along, and no other site can read."""
        return self._derived("form")

    def is_our_form(self, offered: str) -> bool:
        """Whether a form came from a page of this server."""
        return hmac.compare_digest(offered.encode(), self.form_secret.encode())

    def _derived(self, purpose: str) -> str:
        return hmac.new(self.secret, purpose.encode(), hashlib.sha256).hexdigest()


def access_to(host: str, *, token: str | None, names: tuple[str, ...] = ()) -> Access:
    """The access to a server that listens at `host`; beyond loopback a token is made if need be.

    Raises InputError for an address that is none, or a token that is soon guessed.
    """
    loopback = is_loopback(host)
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise InputError(
            f"the token is shorter than {SHORTEST_TOKEN} characters",
            remedy="Leave it out, and a good one is made.",
        )
    own = () if loopback else own_host_names()
    return Access(
        token=token or (None if loopback else secrets.token_urlsafe(24)),
        names=frozenset((*HERE, *own, *(name.lower() for name in names))),
        any_ip=not loopback,
    )
