"""How is the server of mlx-lm told from others, and what does its API lack?

Protocol: github.com/ml-explore/mlx-lm, mlx_lm/server.py and mlx_lm/SERVER.md (read 2026-11-25):
Python's own HTTP server, OpenAI's streams with `usage` and its cached share, no metrics, no way to
load a model but to ask it. A token whose character is incomplete sends no event. Not yet seen live.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from advisor.documents import Unknown
from advisor.servers.answers import MODELS, Answers
from advisor.servers.dialects.model_folder import model_folder
from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.kind import Kind
from advisor.servers.wire import Completion, ServedModel

HEALTH = "/health"
NOT_A_PATH = "/version"


class MlxServer(OpenAIServer):
    """mlx-lm's server: OpenAI's streams; it has no way to force a length."""

    __slots__ = ()

    def describe(self, entry: dict[str, Any]) -> ServedModel:
        """A model in its folder, whichever of them is in memory."""
        untold = Unknown("mlx-lm lists what it could load and does not tell what it has loaded")
        folder = model_folder(entry.get("id"), self.endpoint)
        return replace(
            super().describe(entry),
            quantization=folder.quantization,
            size_bytes=folder.size_bytes,
            loaded=untold,
        )

    def extra_fields(self, completion: Completion) -> dict[str, Any]:  # noqa: ARG002
        """None: it passes over what it does not know."""
        return {}


def _is_at(answers: Answers) -> bool:
    """By Python's server, a list without owners, its health and its plain word for no such path."""
    entries = answers.object_at(MODELS).get("data")
    if not answers.name.startswith("BaseHTTP/") or not isinstance(entries, list):
        return False
    if any(not isinstance(each, dict) or "owned_by" in each for each in entries):
        return False
    healthy = answers.object_at(HEALTH) == {"status": "ok"}
    nothing = answers.at(NOT_A_PATH)
    return healthy and (nothing.status, nothing.body) == (404, b"Not Found")


KIND = Kind("mlx", MlxServer, is_at=_is_at, ports=(8080,))
