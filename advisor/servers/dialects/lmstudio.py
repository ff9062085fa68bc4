"""What does LM Studio serve? Its own REST API knows more of a model than OpenAI's list does.

Protocol: https://www.lmstudio.ai/docs/api/rest-api, "GET /api/v0/models" (seen 2026-11-24).
Not yet seen live.
"""

from __future__ import annotations

from typing import Any

from advisor.documents import Unknown
from advisor.servers.dialects.openai import OpenAIServer, known, listing
from advisor.servers.kind import Kind
from advisor.servers.wire import ServedModel

MODELS_PATH = "/api/v0/models"


class LMStudioServer(OpenAIServer):
    """LM Studio: OpenAI's streams, its own list of models."""

    __slots__ = ()

    def models(self) -> list[ServedModel]:
        """What is downloaded, loaded or not; embedding models are left out."""
        entries = listing(self.endpoint, MODELS_PATH, self.headers)
        return [self.describe(entry) for entry in entries if entry.get("type") != "embeddings"]

    def describe(self, entry: dict[str, Any]) -> ServedModel:
        """One entry of its list. The context is the loaded one where it tells that."""
        silent = Unknown("LM Studio does not tell it")
        state = entry.get("state")
        loaded_context = known(entry, "loaded_context_length", int)
        return ServedModel(
            name=str(entry["id"]),
            parameters=silent,
            quantization=known(entry, "quantization", str),
            digest=silent,
            size_bytes=silent,
            context_tokens=loaded_context,
            loaded=state == "loaded" if isinstance(state, str) else silent,
        )


KIND = Kind(
    "lmstudio",
    LMStudioServer,
    is_at=lambda answers: isinstance(answers.object_at(MODELS_PATH).get("data"), list),
    ports=(1234,),
)
"""By its own list of models. It answers unknown paths with 200 and an error."""
