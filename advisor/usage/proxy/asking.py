"""Does a request have to ask for usage, so that its answer tells it? And is it one that answers so?

Only streamed chat and text completions have to ask, by `stream_options.include_usage`
(https://rubydoc.info/github/openai/openai-ruby, ChatCompletionStreamOptions, read 2026-11-25).
"""

from __future__ import annotations

from typing import Any

import msgspec

from advisor.usage.proxy.told import BROKEN

_ASKS = ("/chat/completions", "/completions")
_ANSWERS = (
    *_ASKS,
    "/responses",
    "/messages",
    "/embeddings",
    "/api/chat",
    "/api/generate",
    "/api/embed",
    "/completion",
    ":generateContent",
    ":streamGenerateContent",
)


def should_tell_usage(path: str) -> bool:
    """Whether an answer from there without usage is one that is missing from the counts."""
    return path.endswith(_ANSWERS)


def may_have_to_ask(path: str) -> bool:
    """Whether a request there that streams tells usage only if asked."""
    return path.endswith(_ASKS)


def asking_for_usage(body: bytes) -> bytes | None:
    """A streaming request that also asks for usage, None where there is nothing to add."""
    try:
        asked = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        if msgspec.json.decode(asked.get("stream", msgspec.Raw(b"null"))) is not True:
            return None
        raw = asked.get("stream_options", msgspec.Raw(b"null"))
        options = msgspec.json.decode(raw, type=dict[str, Any] | None) or {}
    except BROKEN:
        return None
    if options.get("include_usage"):
        return None
    asked["stream_options"] = msgspec.Raw(msgspec.json.encode({**options, "include_usage": True}))
    return msgspec.json.encode(asked)
