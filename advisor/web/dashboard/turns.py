"""When may the server compute something that takes long? Few at once, none beside a measurement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from advisor.web.dashboard.asked import Site
from advisor.web.dashboard.measurement import BusyError

MOST_AT_ONCE = 2
PATIENCE_S = 20.0
_turns = BoundedSemaphore(MOST_AT_ONCE)


@contextmanager
def undisturbed(site: Site) -> Iterator[None]:
    """A turn at computing. Raises BusyError where there is none."""
    if site.measuring.is_running:
        raise BusyError(
            "a measurement goes on, and this would take time from the box that is measured",
            remedy="Look again when it has ended.",
        )
    if not _turns.acquire(timeout=PATIENCE_S):
        raise BusyError("this server is busy", remedy="Try again in a moment.")
    try:
        yield
    finally:
        _turns.release()
