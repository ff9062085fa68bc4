"""How is LocalAI spoken to, and what does it tell of its speed and its models?

Protocol: https://localai.io/docs/features/api-discovery, .../features/backend-monitor (`load`,
`shutdown`), .../reference/system-info (`/system`, `/version`) and the README's "Extra-Usage" header
(read 2026-11-25). Not yet seen live.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from advisor.documents import Unknown
from advisor.servers import client
from advisor.servers.chunks import Stream
from advisor.servers.control import NOT_THERE, insist, tell
from advisor.servers.counting import seconds, whole
from advisor.servers.dialects.openai import Abilities, OpenAIServer
from advisor.servers.kind import Kind
from advisor.servers.told import Setting
from advisor.servers.wire import Completion, Request, ServedModel, ServerTimings

DISCOVERY = "/.well-known/localai.json"
SYSTEM = "/system"


class LocalAIServer(OpenAIServer):
    """LocalAI: OpenAI's streams with the engine's timers in their `usage`."""

    __slots__ = ()

    def models(self) -> list[ServedModel]:
        """What it is configured for, and which of it is in memory."""
        loaded = self._loaded()
        return [
            replace(model, loaded=model.name in loaded if loaded is not None else model.loaded)
            for model in super().models()
        ]

    def server_timings(self, stream: Stream) -> ServerTimings | None:
        """The engine's, in ms: llama.cpp's decode clock starts at the first token, n - 1 gaps."""
        usage = stream.usage
        decoded = whole(usage.get("completion_tokens"))
        decode_s = seconds(usage.get("timing_token_generation"), 1e3)
        if not decoded or decode_s is None:
            return None
        return ServerTimings(
            prefill_tokens=whole(usage.get("prompt_tokens")),
            prefill_s=seconds(usage.get("timing_prompt_processing"), 1e3),
            decode_tokens=decoded,
            decode_intervals=decoded - 1,
            decode_s=decode_s,
        )

    def settings(self, model: str | None = None) -> list[Setting]:
        """The engine behind a loaded model."""
        engine = (self._loaded() or {}).get(model or "")
        return [Setting("backend", engine, SYSTEM)] if engine else []

    def load(self, model: str) -> Unknown | None:
        """Has its engine started, where this LocalAI knows how. See `Server.load`."""
        if model in (self._loaded() or {}):
            return None
        answer = tell(self.endpoint, "/backend/load", self.headers, {"model": model})
        if answer.status in NOT_THERE:
            return Unknown("this LocalAI loads a model with its first request only")
        insist(answer, f"have LocalAI load '{model}'")
        return None

    def unload(self, model: str) -> Unknown | None:
        """Has its engine stopped. See `Server.unload`."""
        loaded = self._loaded()
        if loaded is None or model in loaded:
            answer = tell(self.endpoint, "/backend/shutdown", self.headers, {"model": model})
            insist(answer, f"have LocalAI unload '{model}'")
        return None

    def _request(self, model: str, completion: Completion, abilities: Abilities) -> Request:
        request = super()._request(model, completion, abilities)
        return replace(request, headers=(*request.headers, ("Extra-Usage", "true")))

    def _loaded(self) -> dict[str, str] | None:
        """The models in memory and the engine of each; None where it does not tell."""
        answer = client.fetch(self.endpoint, SYSTEM, headers=self.headers)
        entries = client.json_object(answer).get("loaded_models")
        if not isinstance(entries, list):
            return None
        return dict(_engine(each) for each in entries if isinstance(each, dict) and "id" in each)


def _engine(entry: dict[str, Any]) -> tuple[str, str]:
    engine = entry.get("backend")
    return str(entry["id"]), engine[:60] if isinstance(engine, str) else ""


KIND = Kind(
    "localai",
    LocalAIServer,
    is_at=lambda answers: "endpoints" in answers.object_at(DISCOVERY),
    ports=(8080,),
    version_at=((DISCOVERY, "version"), ("/version", "version")),
)
"""By its document of endpoints."""
