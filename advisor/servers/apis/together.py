"""Together AI: how is the length of an answer bounded?

together 3.1.1, types/chat/completion_create_params.py (read 2026-11-25): by `max_tokens`; chunks
carry an optional `usage`, and `stream_options` is no field of the requests.
"""

from __future__ import annotations

from typing import ClassVar

from advisor.servers.apis.chat import ChatApi


class TogetherApi(ChatApi):
    """Together's API."""

    __slots__ = ()
    limit_field: ClassVar[str] = "max_tokens"
