"""How is KoboldCpp told from other servers with OpenAI's API?

Protocol: KoboldCpp API documentation (seen 2026-11-24).
Not yet seen live.
"""

from __future__ import annotations

from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.kind import Kind

KIND = Kind(
    "koboldcpp",
    OpenAIServer,
    is_at=lambda answers: answers.owner == "koboldcpp",
    ports=(5001,),
    version_at=(("/api/extra/version", "version"),),
)
"""By its `owned_by`; it imitates Ollama too."""
