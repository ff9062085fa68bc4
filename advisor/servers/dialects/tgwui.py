"""How is Text Generation WebUI told from other servers with OpenAI's API?

Protocol: github.com/oobabooga/text-generation-webui wiki, "12 - OpenAI API" (seen 2026-11-24).
Not yet seen live.
"""

from __future__ import annotations

from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.kind import Kind

MODEL_INFO = "/v1/internal/model/info"

KIND = Kind(
    "tgwui",
    OpenAIServer,
    is_at=lambda answers: "model_name" in answers.object_at(MODEL_INFO),
    ports=(5000,),
)
"""By its internal routes."""
