"""What has to be known to start one kind of server?"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from advisor.servers.wire import Endpoint

QUICK_S = 60.0
"""How long a server may take that loads no model while it starts."""
LOADING_S = 900.0
"""How long one may take that loads its model first; large ones load for minutes."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A program with its arguments, listening on `port` of 127.0.0.1 and nowhere else.

    It is ready once `health_path` answers 200. `environment` is added to this process's own.
    `remedy` is what may help if it does not start.
    """

    kind: str
    program: Path
    arguments: tuple[str, ...]
    port: int
    health_path: str
    ready_within_s: float
    environment: Mapping[str, str] = field(default_factory=dict)
    remedy: str = ""

    @property
    def endpoint(self) -> Endpoint:
        """Where it will listen."""
        return Endpoint("http", "127.0.0.1", self.port)


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
