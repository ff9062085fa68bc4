"""Groq: where is the usage of its streams?

groq 1.7.0, types/chat/chat_completion_chunk.py (read 2026-11-25): the last chunk carries
`x_groq.usage`, which `chunks` reads as the usage; `stream_options` is no field of its requests.
`usage` also tells `queue_time`, `prompt_time` and `completion_time` in seconds.
"""

from __future__ import annotations

from advisor.servers.apis.chat import ChatApi


class GroqApi(ChatApi):
    """Groq's API at /openai/v1."""

    __slots__ = ()
