"""OpenAI: what does its chat API ask for beyond the common form?

openai 3.57.0, types/chat/completion_create_params.py (read 2026-11-25): `max_completion_tokens`
bounds reasoning too; `include_usage` adds a last chunk with the usage; `include_obfuscation` false
leaves out padding; `service_tier` "default" is the standard price whatever the project is set to.
"""

from __future__ import annotations

from typing import Any, ClassVar

from advisor.servers.apis.chat import ChatApi


class OpenAIApi(ChatApi):
    """OpenAI's own API."""

    __slots__ = ()
    fields: ClassVar[dict[str, Any]] = {
        "stream_options": {"include_usage": True, "include_obfuscation": False},
        "service_tier": "default",
    }
