"""What does the server at an address answer? Each path is asked once at most, in bounded time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from advisor.servers.client import Headers, fetch, json_object
from advisor.servers.http import Answer
from advisor.servers.wire import Endpoint

QUESTION_TIMEOUT_S = 5.0
ALL_QUESTIONS_S = 10.0
MODELS = "/v1/models"


@dataclass(slots=True)
class Answers:
    """What one address answers, asked only when somebody wants to know and then remembered.

    Nothing is remembered beyond one look: make a new one to ask again.
    """

    endpoint: Endpoint
    headers: Headers = field(default=(), repr=False)
    _kept: dict[str, Answer] = field(default_factory=dict)
    _deadline: float = field(default_factory=lambda: time.monotonic() + ALL_QUESTIONS_S)

    def at(self, path: str) -> Answer:
        """The answer to a GET. Raises UnreachableError if no connection can be made."""
        if path not in self._kept:
            left_s = self._deadline - time.monotonic()
            self._kept[path] = (
                fetch(
                    self.endpoint,
                    path,
                    headers=self.headers,
                    timeout_s=min(QUESTION_TIMEOUT_S, left_s),
                )
                if left_s > 0
                else Answer(error="timeout")
            )
        return self._kept[path]

    def object_at(self, path: str) -> dict[str, Any]:
        """The JSON object at a path, empty where there is none."""
        return json_object(self.at(path))

    @property
    def lists_models(self) -> bool:
        """Whether it has OpenAI's list of models."""
        return isinstance(self.object_at(MODELS).get("data"), list)

    @property
    def owner(self) -> str:
        """The `owned_by` that every entry in OpenAI's list of models has; "" where they differ.

        A gateway passes on what each of its servers says, and is none of them itself.
        """
        entries = self.object_at(MODELS).get("data")
        owners = {
            entry.get("owned_by") if isinstance(entry, dict) else None
            for entry in (entries if isinstance(entries, list) else ())
        }
        owner = owners.pop() if len(owners) == 1 else None
        return owner if isinstance(owner, str) else ""

    @property
    def name(self) -> str:
        """The program's own name in the `Server` header, often none."""
        return self.at(MODELS).headers.get("server", "")
