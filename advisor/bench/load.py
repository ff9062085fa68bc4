"""What is a load: the requests that make it up, what bounds it, who decides, what came back?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from advisor.servers.wire import Transcript


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request as bytes, and what it asks for. `seed` tells it from every other.

    `words` is 0 where the prompt is the user's own. `stream` is the user who asks; what is asked
    for `ramp_up` is never counted.
    """

    data: bytes = field(repr=False)
    words: int
    output_tokens: int
    seed: int
    stream: int = 0
    ramp_up: bool = False


@dataclass(slots=True)
class Exchange:
    """A request and what came back."""

    request: Prepared
    transcript: Transcript = field(default_factory=Transcript)
    resent: bool = False

    @property
    def status(self) -> bytes:
        """The three digits of the HTTP status, empty if nothing came."""
        received = self.transcript.received
        if self.transcript.http2:
            from advisor.servers import http2

            return http2.status(received)
        return received[0][1][9:12] if received else b""


READ_COST = 128
"""Bytes that the bookkeeping of one read takes: a tuple, a number, an object's head."""
LAST_STRAW = 1.25


@dataclass(frozen=True, slots=True)
class Limits:
    """What ends an exchange from this side, and the load: by bytes kept, and by time.

    Each read takes READ_COST bytes beside its own, so that a server which sends single bytes fills
    no memory either. Above `load_bytes` nothing more is started, and above LAST_STRAW of them
    open streams are cut. Once an exchange has kept `exchange_bytes`, `further_bytes` says how many
    more may come before it is asked again; 0 or less ends it. Without `resends` a request goes out
    once only.
    """

    silence_s: float = 120.0
    exchange_s: float = 900.0
    exchange_bytes: int = 64 * 1024 * 1024
    further_bytes: Callable[[Exchange], int] = lambda _: 0
    resends: bool = True
    load_bytes: int = 512 * 1024 * 1024
    load_s: float = 3_600.0


@dataclass(slots=True)
class Load:
    """All that happened: exchanges in the order of their end, and the bytes received over time.

    `kept_bytes` is the memory that all this takes. `stopped_ns` is when the last request had been
    started. `cut` counts the streams that were still open when the load had to end; `is_full` says
    that it had to because of its size.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    timeline: list[tuple[int, int]] = field(default_factory=list)
    started_ns: int = 0
    stopped_ns: int = 0
    received_bytes: int = 0
    kept_bytes: int = 0
    cut: int = 0
    is_full: bool = False


class Driver(Protocol):
    """Decides what is sent and when. Called by the loop: it must be quick."""

    def request(self) -> Prepared:
        """The next request."""
        ...

    def ended(self, exchange: Exchange) -> int | None:
        """When (`perf_counter_ns`) the ended one's successor is due; None if it has none."""
        ...

    def tick(self, now_ns: int, load: Load) -> bool:
        """Called some 20 times a second; False ends the starting of requests."""
        ...

    def idle(self) -> None:
        """Called at a moment when nothing was readable: time to prepare requests."""
        ...
