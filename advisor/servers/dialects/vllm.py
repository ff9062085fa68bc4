"""How is vLLM spoken to, and which of its events carry a token?

Protocol: vLLM, "OpenAI-Compatible Server" (extra parameters `ignore_eos`, `min_tokens`).
"""

from __future__ import annotations

from typing import Any, ClassVar

from advisor.documents import Unknown
from advisor.servers.dialects.openai import Abilities, OpenAIServer, known
from advisor.servers.kind import Kind
from advisor.servers.wire import ServedModel


class VllmServer(OpenAIServer):
    """vLLM: it holds back incomplete characters, so an event with empty text is a token too."""

    __slots__ = ()

    holds_back_characters: ClassVar[bool] = True

    def find_abilities(self, model: str) -> Abilities:  # noqa: ARG002
        """It takes every field; nothing needs to be asked."""
        return Abilities()

    def describe(self, entry: dict[str, Any]) -> ServedModel:
        """A model of its list: one server serves one model, always loaded."""
        silent = Unknown("vLLM does not tell it over its API")
        return ServedModel(
            name=str(entry["id"]),
            parameters=silent,
            quantization=silent,
            digest=silent,
            size_bytes=silent,
            context_tokens=known(entry, "max_model_len", int),
            loaded=True,
        )


KIND = Kind(
    "vllm",
    VllmServer,
    is_at=lambda answers: answers.owner == "vllm",
    ports=(8000,),
    version_at=(("/version", "version"),),
)
"""By its `owned_by` (docs.vllm.ai, seen 2026-11-24)."""
