"""May a request be sent? What a load asks before each one, and tells after it."""

from __future__ import annotations

from typing import Protocol

from advisor.bench.load import Prepared
from advisor.bench.observe import Observation

ENDLESS_BYTES = 64 * 1024 * 1024


class Gate(Protocol):
    """Lets requests through, one by one, and bounds what each may receive."""

    def admits(self, request: Prepared) -> bool:
        """Whether it may be sent; if so it counts as sent until it is settled or released."""
        ...

    def settle(self, request: Prepared, seen: Observation) -> None:
        """Its exchange has ended."""
        ...

    def release(self, request: Prepared) -> None:
        """It was let through, but never sent."""
        ...

    def further_bytes(self, request: Prepared, received_bytes: int, text_bytes: int) -> int:
        """How many more bytes its answer may bring, given what it brought so far, and how much of
        that is text."""
        ...


class OpenGate:
    """Lets everything through, as a server of one's own does."""

    def admits(self, request: Prepared) -> bool:  # noqa: ARG002
        return True

    def settle(self, request: Prepared, seen: Observation) -> None:  # noqa: ARG002
        return

    def release(self, request: Prepared) -> None:  # noqa: ARG002
        return

    def further_bytes(self, request: Prepared, received_bytes: int, text_bytes: int) -> int:  # noqa: ARG002
        return ENDLESS_BYTES
