"""How do bytes get from here to a server: by which proxy, trusting whom, in which HTTP?"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from advisor.servers.listening import in_url


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe on a TLS connection, and who to be, beyond what the system says.

    `authorities` is a PEM file of certificates that are trusted too, `certificate` one with the
    client's own certificate and its key.
    """

    authorities: Path | None = None
    certificate: Path | None = None


SYSTEM = Trust()
"""What the system says, and nothing beyond."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; `authorization` is the value of its header, empty without a password."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """What may be shown of it."""
        return f"{in_url(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a server. `http2`: it takes nothing else."""

    trust: Trust = SYSTEM
    proxy: Proxy | None = None
    http2: bool = False


DIRECT = Route()
