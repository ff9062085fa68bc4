"""How is KoboldCpp spoken to, and what does it tell of itself?

Protocol: KoboldCpp's API documentation and its source koboldcpp.py (`ban_eos_token`,
`/api/extra/version`, `/api/extra/true_max_context_length`, `/api/extra/perf`; read 2026-11-25).
Its timers at `/api/extra/perf` are those of the last answer only. Not yet seen live.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers import client
from advisor.servers.counting import whole
from advisor.servers.dialects.openai import OpenAIServer, known
from advisor.servers.kind import Kind
from advisor.servers.told import Counters, Means, Setting
from advisor.servers.wire import Completion, ServedModel

CONTEXT = "/api/extra/true_max_context_length"
PERF = "/api/extra/perf"


class KoboldCppServer(OpenAIServer):
    """KoboldCpp: OpenAI's streams, one model as long as it runs."""

    __slots__ = ()

    def models(self) -> list[ServedModel]:
        """Its model, which is loaded; in router mode the others that it could switch to."""
        context = known(self._ask(CONTEXT), "value", int)
        served = super().models()
        return [
            replace(model, loaded=not at, context_tokens=model.context_tokens if at else context)
            for at, model in enumerate(served)
        ]

    def extra_fields(self, completion: Completion) -> dict[str, Any]:
        """No sampler may choose an end-of-text token."""
        return {"ban_eos_token": True} if completion.exact_length else {}

    def settings(self, model: str | None = None) -> list[Setting]:  # noqa: ARG002
        """Its context, and how many requests wait."""
        told = []
        tokens = whole(self._ask(CONTEXT).get("value"))
        if tokens:
            told.append(Setting("max_context_length", tokens, CONTEXT, Means.CONTEXT_TOKENS))
        waiting = whole(self._ask(PERF).get("queue"))
        if waiting is not None:
            told.append(Setting("queue", waiting, PERF))
        return told

    def counters(self, model: str | None = None) -> Counters | Unknown:  # noqa: ARG002
        """How many answers it has given; of tokens and seconds it keeps the last answer's only."""
        try:
            answered = whole(self._ask(PERF).get("total_gens"))
        except AdvisorError as error:
            return Unknown(str(error))
        if answered is None:
            return Unknown(f"this KoboldCpp keeps no totals at {PERF}")
        return Counters(source=PERF, requests=float(answered))

    def _ask(self, path: str) -> dict[str, Any]:
        return client.json_object(client.fetch(self.endpoint, path, headers=self.headers))


KIND = Kind(
    "koboldcpp",
    KoboldCppServer,
    is_at=lambda answers: answers.owner == "koboldcpp",
    ports=(5001,),
    version_at=(("/api/extra/version", "version"),),
)
"""By its `owned_by`; it imitates Ollama too."""
