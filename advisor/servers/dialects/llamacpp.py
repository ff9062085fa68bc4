"""How is llama.cpp's server spoken to, and what does it tell about its own speed?

Protocol: llama.cpp, tools/server/README.md (`cache_prompt`, `ignore_eos`, `timings`, `/props`).
The embedded engine is such a server too.
"""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from advisor.documents import Unknown
from advisor.servers.chunks import Stream
from advisor.servers.counting import seconds, whole
from advisor.servers.dialects.openai import Abilities, OpenAIServer, known
from advisor.servers.kind import Kind
from advisor.servers.wire import Completion, ServedModel, ServerTimings


class LlamaCppServer(OpenAIServer):
    """llama.cpp's own server: exact lengths, no prompt cache, and its timers in the last event."""

    __slots__ = ()

    def find_abilities(self, model: str) -> Abilities:  # noqa: ARG002
        """It takes every field; nothing needs to be asked."""
        return Abilities()

    def extra_fields(self, completion: Completion) -> dict[str, Any]:
        """Every prompt is computed in full; no sampler chooses an end-of-text token."""
        return {"cache_prompt": completion.reuse_prefix, "ignore_eos": completion.exact_length}

    def describe(self, entry: dict[str, Any]) -> ServedModel:
        """A model with the facts of its GGUF; a path is shortened to the file's name."""
        meta = entry.get("meta")
        facts: dict[str, Any] = meta if isinstance(meta, dict) else {}
        return ServedModel(
            name=_file_name(str(entry["id"])),
            parameters=known(facts, "n_params", int),
            quantization=known(facts, "ftype", str),
            digest=Unknown("the server does not tell it"),
            size_bytes=known(facts, "size", int),
            context_tokens=known(facts, "n_ctx", int),
            loaded=True if facts else Unknown("the server tells it of a loaded model only"),
        )

    def counts(self, stream: Stream) -> dict[str, Any]:
        """`usage`, with the cached share from its timers where they know it."""
        counted = super().counts(stream)
        cached = stream.timings.get("cache_n")
        return {**counted, "cached_input_tokens": cached} if cached is not None else counted

    def server_timings(self, timings: dict[str, Any]) -> ServerTimings | None:
        """Its timers. The decode clock starts at the first token, so it spans n - 1 gaps."""
        decoded = whole(timings.get("predicted_n"))
        if decoded is None:
            return None
        return ServerTimings(
            prefill_tokens=whole(timings.get("prompt_n")),
            prefill_s=seconds(timings.get("prompt_ms"), 1e3),
            decode_tokens=decoded,
            decode_intervals=max(decoded - 1, 0),
            decode_s=seconds(timings.get("predicted_ms"), 1e3),
        )


def _file_name(model_id: str) -> str:
    """The last part of an absolute path, which the server accepts in place of the whole."""
    if model_id.startswith("/"):
        return PurePosixPath(model_id).name
    windows = PureWindowsPath(model_id)
    return windows.name if windows.is_absolute() else model_id


KIND = Kind(
    "llama.cpp",
    LlamaCppServer,
    is_at=lambda answers: answers.name.startswith("llama.cpp") or "llamacpp" in answers.owners,
    ports=(8080,),
    version_at=(("/props", "build_info"),),
)
"""By its `Server` header, even while it loads, or `owned_by` (tools/server, seen 2026-11-24)."""
