"""What does an answer that passes say of its tokens? Only counts, a model and an id are taken.

Chat completions tell usage in a last chunk without choices, if asked by `stream_options`; responses
in `response.completed`; Anthropic's messages in `message_start` and `message_delta`; Gemini in
`usageMetadata`, whose prompt holds the cached tokens and whose candidates lack the thoughts; Ollama
in the object that is `done`. https://rubydoc.info/github/openai/openai-ruby
(ChatCompletionStreamOptions), https://rubydoc.info/github/anthropics/anthropic-sdk-ruby
(MessageDeltaUsage), https://firebase.google.com/docs/reference/js/ai.usagemetadata and
https://docs.ollama.com/api/streaming, read 2026-11-28.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import msgspec

from advisor.usage.counts import Tokens
from advisor.usage.sources.requests_log import SHORTEST_UNIQUE, Answer, AnswerUsage

BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a value may raise that somebody else wrote."""


class _Gemini(msgspec.Struct, rename="camel"):
    prompt_token_count: Tokens = 0
    tool_use_prompt_token_count: Tokens = 0
    cached_content_token_count: Tokens = 0
    candidates_token_count: Tokens = 0
    thoughts_token_count: Tokens = 0

    def usage(self) -> dict[str, Any]:
        return {
            "prompt_tokens": self.prompt_token_count + self.tool_use_prompt_token_count,
            "completion_tokens": self.candidates_token_count + self.thoughts_token_count,
            "prompt_tokens_details": {"cached_tokens": self.cached_content_token_count},
            "completion_tokens_details": {"reasoning_tokens": self.thoughts_token_count},
        }


class Chunk(msgspec.Struct):
    """One JSON value of an answer, as far as it is looked at."""

    id: str | int | None = None
    model: str | None = None
    created: int | float | None = None
    created_at: str | int | float | None = None
    usage: AnswerUsage | msgspec.UnsetType | None = msgspec.UNSET
    choices: list[msgspec.Raw] | None = None
    response: Answer | str | None = None
    message: Answer | str | None = None
    response_id: str | None = msgspec.field(default=None, name="responseId")
    model_version: str | None = msgspec.field(default=None, name="modelVersion")
    usage_metadata: _Gemini | None = msgspec.field(default=None, name="usageMetadata")
    prompt_eval_count: Tokens | None = None
    prompt_eval_cached_count: Tokens = 0
    eval_count: Tokens | None = None

    @property
    def is_for_usage_only(self) -> bool:
        """Whether it is the closing chunk that comes where usage was asked for."""
        return self.choices == [] and isinstance(self.usage, AnswerUsage)

    def ollama_usage(self) -> dict[str, Any]:
        if self.prompt_eval_count is None and self.eval_count is None:
            return {}
        return {
            "prompt_tokens": self.prompt_eval_count or 0,
            "completion_tokens": self.eval_count or 0,
            "prompt_tokens_details": {"cached_tokens": self.prompt_eval_cached_count},
        }


_decode = msgspec.json.Decoder(Chunk).decode


class Taken:
    """What was seen of one answer so far."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}

    def see(self, data: bytes | msgspec.Raw) -> Chunk | None:
        """Looks at one JSON value; None if it is none that can be read."""
        try:
            chunk = _decode(data)
        except BROKEN:
            return None
        for part in (chunk, chunk.response, chunk.message):
            if isinstance(part, Chunk | Answer):
                self._take(part)
        self._name(id=chunk.response_id, model=chunk.model_version)
        if chunk.usage_metadata is not None:
            self._usage.update(chunk.usage_metadata.usage())
        self._usage.update(chunk.ollama_usage())
        return chunk

    def _take(self, part: Chunk | Answer) -> None:
        self._name(id=part.id, model=part.model, created=part.created)
        if not isinstance(part.created_at, str):
            self._name(created_at=part.created_at)
        if isinstance(part.usage, AnswerUsage):
            told = msgspec.to_builtins(part.usage)
            self._usage.update({k: v for k, v in told.items() if v is not None})

    def _name(self, **names: Any) -> None:
        for name, value in names.items():
            if value is not None:
                self._found.setdefault(name, value)

    def record(self, timestamp: str) -> bytes | None:
        """The line for the log, None if no usage was seen.

        An answer without an id of its own, or with one that may come again, gets one.
        """
        if not self._usage:
            return None
        if len(str(self._found.get("id", ""))) < SHORTEST_UNIQUE:
            self._found["id"] = f"advisor-{uuid4().hex}"
        return (
            msgspec.json.encode({"timestamp": timestamp, **self._found, "usage": self._usage})
            + b"\n"
        )
