"""How is Text Generation WebUI spoken to, and what does it tell of its models?

Protocol: github.com/oobabooga/text-generation-webui wiki, "12 - OpenAI API", and its source
modules/api (`script.py`, `models.py`, `completions.py`; read 2026-11-25). Not yet seen live.
"""

from __future__ import annotations

from typing import Any, ClassVar

from advisor.documents import Unknown
from advisor.servers import client
from advisor.servers.control import insist, tell
from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.kind import Kind
from advisor.servers.told import Setting
from advisor.servers.wire import Completion, ServedModel, TokenSource

MODEL_INFO = "/v1/internal/model/info"
MODEL_LIST = "/v1/internal/model/list"
NO_MODEL = ("", "None")


class TgwuiServer(OpenAIServer):
    """Text Generation WebUI: OpenAI's streams, one model in memory at a time.

    Its `usage` is no count of what the engine did: it encodes the finished text again.
    """

    __slots__ = ()

    counts_from: ClassVar[TokenSource] = TokenSource.ESTIMATED

    def models(self) -> list[ServedModel]:
        """Every model it has where its admin key is none or known, else the loaded one."""
        loaded = self._info().get("model_name")
        answer = client.fetch(self.endpoint, MODEL_LIST, headers=self.headers)
        names = client.json_object(answer).get("model_names")
        if not isinstance(names, list):
            return super().models()
        silent = Unknown("Text Generation WebUI does not tell it")
        return [
            ServedModel(
                name=name,
                parameters=silent,
                quantization=silent,
                digest=silent,
                size_bytes=silent,
                context_tokens=silent,
                loaded=name == loaded,
            )
            for name in names
            if isinstance(name, str) and name not in NO_MODEL
        ]

    def extra_fields(self, completion: Completion) -> dict[str, Any]:
        """No sampler may choose an end-of-text token."""
        return {"ban_eos_token": True} if completion.exact_length else {}

    def settings(self, model: str | None = None) -> list[Setting]:
        """Which loader holds the model in memory."""
        info = self._info()
        loader = info.get("loader")
        if not isinstance(loader, str) or model not in (None, info.get("model_name")):
            return []
        return [Setting("loader", loader[:60], MODEL_INFO)]

    def load(self, model: str) -> Unknown | None:
        """Has it loaded in place of the one in memory. See `Server.load`."""
        if self._info().get("model_name") != model:
            said = {"model_name": model}
            answer = tell(self.endpoint, "/v1/internal/model/load", self.headers, said)
            insist(answer, f"have Text Generation WebUI load '{model}'")
        return None

    def unload(self, model: str) -> Unknown | None:
        """Has it unloaded if it is the one in memory. See `Server.unload`."""
        if self._info().get("model_name") == model:
            answer = tell(self.endpoint, "/v1/internal/model/unload", self.headers)
            insist(answer, f"have Text Generation WebUI unload '{model}'")
        return None

    def _info(self) -> dict[str, Any]:
        return client.json_object(client.fetch(self.endpoint, MODEL_INFO, headers=self.headers))


KIND = Kind(
    "tgwui",
    TgwuiServer,
    is_at=lambda answers: "model_name" in answers.object_at(MODEL_INFO),
    ports=(5000,),
)
"""By its internal routes."""
