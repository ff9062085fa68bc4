"""How does Ollama download a model, how large is it, and under which licence is it?

Ollama tells the size of a model only once a pull has begun (github.com/ollama/ollama docs/api.md,
"Pull a Model": `total` and `completed` of each layer; "Cancelled pulls are resumed from where they
left off"; seen 2026-11-25). So a large pull is stopped as soon as its size is known, and goes on
after a yes.
"""

from __future__ import annotations

import msgspec

from advisor.documents import Unknown
from advisor.servers.client import fetch, json_object
from advisor.servers.dialects.ollama import OllamaServer, PullProgress
from advisor.servers.http import printable
from advisor.servers.wish import User

ASKED_FROM_BYTES = 100_000_000
"""A download above this needs a yes that knows its size."""


class _LargeError(Exception):
    """A layer is large and nobody agreed to it yet."""

    def __init__(self, total_bytes: int) -> None:
        super().__init__(total_bytes)
        self.total_bytes = total_bytes


def pull_ollama(server: OllamaServer, model: str, user: User, *, allowed: bool) -> str | None:
    """Has Ollama download `model` if the user agrees; a note on what was fetched, None for no.

    `allowed` is a yes to everything that was given beforehand. Raises AdvisorError if the model
    does not exist or the download stops; Ollama keeps what it has fetched by then.
    """
    if not allowed and not user.agrees(
        f"Ollama does not have {model}. Have it ask its registry, and download it if it is small?"
    ):
        return None
    try:
        sizes = _pull(server, model, user, allowed=allowed)
    except _LargeError as large:
        if not user.agrees(
            f"{model} is {large.total_bytes / 1e6:,.0f} MB. Its licence is told once it is here. "
            "Download it?"
        ):
            return None
        sizes = _pull(server, model, user, allowed=True)
    licence = licence_of(server, model)
    told = f"unknown ({licence.reason})" if isinstance(licence, Unknown) else licence
    size = f"{sum(sizes.values()) / 1e6:,.0f} MB, " if sizes else ""
    return f"{model} was downloaded for this measurement ({size}licence: {told})"


def licence_of(server: OllamaServer, model: str) -> str | Unknown:
    """The first line of the licence that came with an installed model."""
    body = msgspec.json.encode({"model": model})
    answer = fetch(server.endpoint, "/api/show", headers=server.headers, body=body)
    text = json_object(answer).get("license")
    lines = text.split("\n") if isinstance(text, str) else []
    first = next((line.strip() for line in lines if line.strip()), "")
    return printable(first.encode())[:100] or Unknown("none came with the model")


def _pull(server: OllamaServer, model: str, user: User, *, allowed: bool) -> dict[str, int]:
    """Sizes of the layers that were fetched, by the status that named them."""
    sizes: dict[str, int] = {}

    def watch(step: PullProgress) -> None:
        total, done = step.total_bytes, step.completed_bytes or 0
        if not total:
            user.tell(f"Pulling {model}: {step.status}")
            return
        if not allowed and total - done > ASKED_FROM_BYTES:
            raise _LargeError(total)
        sizes[step.status] = total
        user.tell(f"Pulling {model}: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB")

    server.pull(model, watch)
    return sizes
