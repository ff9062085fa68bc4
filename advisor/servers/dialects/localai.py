"""How is LocalAI told from other servers with OpenAI's API?

Protocol: https://localai.io/docs/features/api-discovery (seen 2026-11-24).
Not yet seen live.
"""

from __future__ import annotations

from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.kind import Kind

DISCOVERY = "/.well-known/localai.json"

KIND = Kind(
    "localai",
    OpenAIServer,
    is_at=lambda answers: "endpoints" in answers.object_at(DISCOVERY),
    ports=(8080,),
    version_at=((DISCOVERY, "version"),),
)
"""By its document of endpoints."""
