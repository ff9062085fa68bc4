"""How is SGLang told from other servers with OpenAI's API?

Protocol: docs.sglang.io (seen 2026-11-24).
Not yet seen live.
"""

from __future__ import annotations

from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.kind import Kind

KIND = Kind(
    "sglang",
    OpenAIServer,
    is_at=lambda answers: answers.owner == "sglang",
    ports=(30000,),
)
"""By its `owned_by`."""
