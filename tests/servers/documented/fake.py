"""What is a documented server made of?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from fake_servers import Route, serving

Routes = Mapping[str, Route | Callable[[dict[str, object]], Route]]
NOT_FOUND: Route = (404, "application/json", b'{"detail":"Not Found"}')


@dataclass(frozen=True, slots=True)
class Fake:
    """One kind of server: a fresh set of `routes` each time, its `Server` header, and what it
    answers elsewhere. `version` is what it tells; None where it tells none.
    """

    kind: str
    routes: Callable[[], Routes]
    version: str | None = None
    name: str = ""
    otherwise: Route = NOT_FOUND

    def running(self) -> AbstractContextManager[str]:
        """Its URL, for as long as the `with` block lasts."""
        return serving(self.routes(), otherwise=self.otherwise, name=self.name)


def text_of(*lines: str) -> Route:
    """An answer in plain text, such as metrics."""
    return 200, "text/plain; version=0.0.4; charset=utf-8", "\n".join([*lines, ""]).encode()


def stream_of(body: bytes) -> Route:
    """A finished stream of server-sent events."""
    return 200, "text/event-stream", body
