"""The server of known timing, as a server to measure."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from advisor.servers.dialects.openai import Abilities, OpenAIServer
from advisor.servers.wire import Endpoint

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from timed_server import read_log, timed_server

__all__ = ["read_log", "timed"]


@contextmanager
def timed(*options: str) -> Iterator[OpenAIServer]:
    """A timed server with these options of its command line; what it accepts is known."""
    with timed_server(*options) as url:
        server = OpenAIServer(Endpoint("http", "127.0.0.1", int(url.rsplit(":", 1)[1])))
        server.abilities["timed"] = Abilities()
        yield server
