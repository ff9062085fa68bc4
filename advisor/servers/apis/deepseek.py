"""DeepSeek: what of its thinking and its cache has to be known?

https://api-docs.deepseek.com/guides/thinking_mode (read 2026-11-25): thinking is on by default and
`thinking.type` "disabled" switches it off, so that `max_tokens` bounds all that is generated. The
usage tells `prompt_cache_hit_tokens` (https://api-docs.deepseek.com/api/create-chat-completion);
comments keep a waiting stream alive.
"""

from __future__ import annotations

from typing import Any, ClassVar

from advisor.servers.apis.chat import ChatApi
from advisor.servers.chunks import Stream


class DeepSeekApi(ChatApi):
    """DeepSeek's API, whose routes stand without /v1."""

    __slots__ = ()
    path: ClassVar[str] = "/chat/completions"
    limit_field: ClassVar[str] = "max_tokens"
    fields: ClassVar[dict[str, Any]] = {
        "stream_options": {"include_usage": True},
        "thinking": {"type": "disabled"},
    }

    def counts(self, stream: Stream) -> dict[str, Any]:
        """The counts, with cache hits where DeepSeek tells them."""
        counts = ChatApi.counts(self, stream)
        hits = stream.usage.get("prompt_cache_hit_tokens")
        return counts if hits is None else {**counts, "cached_input_tokens": hits}
