"""How is a server told to do something, such as to load a model, and what if it does not?"""

from __future__ import annotations

from typing import Any

import msgspec

from advisor.errors import AdvisorError
from advisor.servers.client import Headers, error_message, fetch
from advisor.servers.http import Answer
from advisor.servers.wire import Endpoint

LOADING_TIMEOUT_S = 300.0
NOT_THERE = (404, 405, 501)


def tell(
    endpoint: Endpoint, path: str, headers: Headers, said: dict[str, Any] | None = None
) -> Answer:
    """The answer to a POST of `said`. Raises UnreachableError if nothing listens."""
    body = msgspec.json.encode(said or {})
    return fetch(endpoint, path, headers=headers, body=body, timeout_s=LOADING_TIMEOUT_S)


def insist(answer: Answer, what: str, remedy: str = "See the server's log.") -> None:
    """Raises AdvisorError with what the server said, unless it did `what` it was told."""
    if answer.status != 200 or answer.error:
        why = answer.error or f"HTTP {answer.status}: {error_message(answer.body)}"
        raise AdvisorError(f"could not {what}", why=why, remedy=remedy)
