"""OpenRouter: what does it tell of the money?

openrouter 1.3.84, components/chatusage.py and chatstreamoptions.py (read 2026-11-25): every answer
ends with a usage whose `cost` is what the account was charged (in credits of one dollar), and
`stream_options.include_usage` has no effect. Errors after the first token come as a data event with
`error` and finish_reason "error"; comments keep the stream alive
(https://openrouter.ai/docs/api/reference/streaming, read 2026-11-25).
"""

from __future__ import annotations

from advisor.servers.apis.chat import ChatApi


class OpenRouterApi(ChatApi):
    """OpenRouter's API at /api/v1."""

    __slots__ = ()
