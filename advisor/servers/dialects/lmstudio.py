"""How is LM Studio spoken to by its own REST API, and what does it tell of its models?

Protocol: https://lmstudio.ai/docs/developer/rest, v1 (LM Studio 0.4.0 and newer): `list`, `load`,
`unload`, `chat`; v0 (0.3.6 and newer) for the list alone (read 2026-11-25). An idle model that a
request had loaded is unloaded after its TTL, 60 minutes unless set otherwise, by the page "Idle TTL
and Auto-Evict"; a request only starts that time anew. Not yet seen live.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers import client
from advisor.servers.answers import Answers
from advisor.servers.control import insist, tell
from advisor.servers.dialects import lmstudio_stream
from advisor.servers.dialects.openai import Abilities, OpenAIServer, known, listing
from advisor.servers.http import decode
from advisor.servers.kind import Kind
from advisor.servers.outcome import refused
from advisor.servers.told import Means, Setting
from advisor.servers.wire import Completion, Reading, Request, ServedModel, Transcript

MODELS_V1 = "/api/v1/models"
MODELS_V0 = "/api/v0/models"
NATIVE = "lmstudio"
"""The route of its own chat, beside those of OpenAI's API."""

_OLDER = Unknown("LM Studio can be asked for that from version 0.4.0 on")
_SILENT = Unknown("LM Studio does not tell it")
_COUNT = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([MBT])")
_SCALE = {"M": 10**6, "B": 10**9, "T": 10**12}
_CONFIGURED = (
    ("context_length", Means.CONTEXT_TOKENS),
    ("eval_batch_size", Means.OTHER),
    ("flash_attention", Means.OTHER),
    ("num_experts", Means.OTHER),
    ("offload_kv_cache_to_gpu", Means.OTHER),
)


class LMStudioServer(OpenAIServer):
    """LM Studio: its own chat with its counts and clock where it has it, else OpenAI's streams."""

    __slots__ = ()

    def models(self) -> list[ServedModel]:
        """What is downloaded, loaded or not; embedding models are left out."""
        own = self._own_list()
        if own is not None:
            return [_described(entry) for entry in own if entry.get("type") != "embedding"]
        entries = listing(self.endpoint, MODELS_V0, self.headers)
        return [self.describe(entry) for entry in entries if entry.get("type") != "embeddings"]

    def describe(self, entry: dict[str, Any]) -> ServedModel:
        """One entry of the older list. The context is the loaded one where it tells that."""
        state = entry.get("state")
        return ServedModel(
            name=str(entry["id"]),
            parameters=_SILENT,
            quantization=known(entry, "quantization", str),
            digest=_SILENT,
            size_bytes=_SILENT,
            context_tokens=known(entry, "loaded_context_length", int),
            loaded=state == "loaded" if isinstance(state, str) else _SILENT,
        )

    def find_abilities(self, model: str) -> Abilities:
        """Its own chat if it streams two tokens from it, else as any server."""
        if self._own_list() is not None:
            own = Abilities(NATIVE)
            request = self._request(model, Completion("Hello", 2, 1), own)
            timeout_s = 300.0
            reading = self.read(client.exchange(self.endpoint, request, timeout_s=timeout_s))
            if reading.event_ns:
                return own
        return super().find_abilities(model)

    def read(self, transcript: Transcript) -> Reading:
        """Either kind of stream; never raises on what a server sent."""
        answer = decode(transcript)
        problem = refused(transcript, answer)
        if problem is not None or not lmstudio_stream.is_own(answer):
            return problem or super().read(transcript)
        return lmstudio_stream.read(transcript, answer)

    def settings(self, model: str | None = None) -> list[Setting]:
        """How a loaded model was loaded; nothing of the server itself."""
        entry = self._entry(model or "")
        instances = _instances(entry)
        if not instances:
            return []
        config = instances[0].get("config")
        config = config if isinstance(config, dict) else {}
        told = [
            Setting(name, config[name], MODELS_V1, means)
            for name, means in _CONFIGURED
            if isinstance(config.get(name), bool | int)
        ]
        trained = entry.get("max_context_length")
        if isinstance(trained, int):
            means = Means.TRAINED_CONTEXT_TOKENS
            told.append(Setting("max_context_length", trained, MODELS_V1, means))
        return told

    def load(self, model: str) -> Unknown | None:
        """Has it loaded with LM Studio's own defaults. See `Server.load`."""
        if self._own_list() is None:
            return _OLDER
        if not _instances(self._entry(model)):
            answer = tell(self.endpoint, f"{MODELS_V1}/load", self.headers, {"model": model})
            insist(answer, f"have LM Studio load '{model}'")
        return None

    def unload(self, model: str) -> Unknown | None:
        """Has each of its instances unloaded. See `Server.unload`."""
        if self._own_list() is None:
            return _OLDER
        for instance in _instances(self._entry(model)):
            said = {"instance_id": instance.get("id")}
            answer = tell(self.endpoint, f"{MODELS_V1}/unload", self.headers, said)
            insist(answer, f"have LM Studio unload '{model}'")
        return None

    def _request(self, model: str, completion: Completion, abilities: Abilities) -> Request:
        """Its own chat keeps no thread (`store`); it has no way to force a length."""
        if abilities.route != NATIVE:
            return super()._request(model, completion, abilities)
        body = {
            "model": model,
            "input": completion.prompt,
            "stream": True,
            "max_output_tokens": completion.output_tokens,
            "temperature": 1,
            "store": False,
        }
        headers = (("Content-Type", "application/json"), *self.headers)
        return Request("POST", "/api/v1/chat", headers, msgspec.json.encode(body))

    def _entry(self, model: str) -> dict[str, Any]:
        """What its list says of a model, empty if it does not have it."""
        return next((each for each in self._own_list() or () if each.get("key") == model), {})

    def _own_list(self) -> list[dict[str, Any]] | None:
        """The entries of its v1 list; None where it has none. Raises AdvisorError if it is gone."""
        answer = client.fetch(self.endpoint, MODELS_V1, headers=self.headers, timeout_s=10)
        if answer.status in (401, 403):
            raise AdvisorError(
                f"LM Studio at {self.endpoint.url} asks for an API token",
                why=f"HTTP {answer.status}: {client.error_message(answer.body)}",
                remedy="Give it with --header 'Authorization: Bearer TOKEN'.",
            )
        return _entries(client.json_object(answer))


def _entries(listed: dict[str, Any]) -> list[dict[str, Any]] | None:
    models = listed.get("models")
    if not isinstance(models, list):
        return None
    return [each for each in models if isinstance(each, dict) and isinstance(each.get("key"), str)]


def _instances(entry: dict[str, Any]) -> list[dict[str, Any]]:
    loaded = entry.get("loaded_instances")
    return [each for each in loaded if isinstance(each, dict)] if isinstance(loaded, list) else []


def _described(entry: dict[str, Any]) -> ServedModel:
    """One entry of its v1 list; the context is that of its first loaded instance."""
    instances = _instances(entry)
    config = instances[0].get("config") if instances else None
    quantization = entry.get("quantization")
    return ServedModel(
        name=entry["key"],
        parameters=_parameters(entry.get("params_string")),
        quantization=known(quantization if isinstance(quantization, dict) else {}, "name", str),
        digest=_SILENT,
        size_bytes=known(entry, "size_bytes", int),
        context_tokens=known(config if isinstance(config, dict) else {}, "context_length", int),
        loaded=bool(instances),
    )


def _parameters(text: object) -> int | Unknown:
    """A count as people write it ("270M", "7B"), rounded by LM Studio."""
    found = _COUNT.fullmatch(text) if isinstance(text, str) else None
    return round(float(found[1]) * _SCALE[found[2]]) if found else _SILENT


def _is_at(answers: Answers) -> bool:
    if _entries(answers.object_at(MODELS_V1)) is not None:
        return True
    return isinstance(answers.object_at(MODELS_V0).get("data"), list)


KIND = Kind("lmstudio", LMStudioServer, is_at=_is_at, ports=(1234,))
"""By its own lists of models. It answers unknown paths with 200 and an error."""
