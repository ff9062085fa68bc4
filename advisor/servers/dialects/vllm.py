"""How is vLLM spoken to, which of its events carry a token, and what does it tell of itself?

Protocol: docs.vllm.ai, "OpenAI-Compatible Server" (extra parameters `ignore_eos`, `min_tokens`),
"Production Metrics", "Sleep Mode" (seen 2026-11-25); compared with a real vLLM 0.32.0 on a CPU.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from advisor.documents import Unknown
from advisor.servers import client
from advisor.servers.answers import MODELS
from advisor.servers.control import insist, tell
from advisor.servers.dialects import vllm_settings
from advisor.servers.dialects.model_folder import model_folder
from advisor.servers.dialects.openai import Abilities, OpenAIServer, known
from advisor.servers.http import Answer
from advisor.servers.kind import Kind
from advisor.servers.listener import program_at
from advisor.servers.metrics import METRICS, Metrics, engine_totals, look
from advisor.servers.told import Counters, Setting
from advisor.servers.wire import ServedModel


class VllmServer(OpenAIServer):
    """vLLM: it holds back incomplete characters, so an event with empty text is a token too.

    It is asked for the running count in every event, because a busy one puts several tokens into
    one (cost: nothing to be seen at 1 stream, about 1 % at 16, where its API server was the limit).
    No seed is sent. A seed of its own takes a request off vLLM's fast samplers, and on a CPU
    vLLM 0.32.0 dies of one whose prompt is computed in several steps.
    """

    __slots__ = ()

    holds_back_characters: ClassVar[bool] = True
    stream_options: ClassVar[dict[str, bool]] = {
        "include_usage": True,
        "continuous_usage_stats": True,
    }
    takes_seed: ClassVar[bool] = False

    def find_abilities(self, model: str) -> Abilities:  # noqa: ARG002
        """It takes every field; nothing needs to be asked."""
        return Abilities()

    def describe(self, entry: dict[str, Any]) -> ServedModel:
        """A model of its list: one server serves one model, always loaded."""
        silent = Unknown("vLLM does not tell it over its API")
        folder = model_folder(entry.get("root"), self.endpoint)
        return ServedModel(
            name=str(entry["id"]),
            parameters=silent,
            quantization=folder.quantization,
            digest=silent,
            size_bytes=folder.size_bytes,
            context_tokens=known(entry, "max_model_len", int),
            loaded=True,
        )

    def settings(self, model: str | None = None) -> list[Setting]:
        """From its list, its metrics and its whole configuration, else from its command line."""
        return vllm_settings.read(
            models=client.json_object(self._ask(MODELS)).get("data"),
            metrics=self._metrics(),
            configuration=self._configuration(),
            program=program_at(self.endpoint),
            model=model,
        )

    def counters(self, model: str | None = None) -> Counters | Unknown:
        """Its metrics, summed over its engines."""
        metrics = look(self.endpoint, self.headers)
        if isinstance(metrics, Unknown):
            return metrics
        totals = engine_totals(
            metrics,
            "vllm",
            model,
            cached="prefix_cache_hits_total",
            requests="request_success_total",
        )
        if totals is None:
            return Unknown(f"vLLM tells no totals at {METRICS}")
        only = {"model_name": model} if model else {}
        return replace(
            totals,
            prompt_s=metrics.total("vllm:request_prefill_time_seconds_sum", only),
            generated_s=metrics.total("vllm:request_decode_time_seconds_sum", only),
        )

    def load(self, model: str) -> Unknown | None:  # noqa: ARG002
        """Wakes the engine if it sleeps; its one model is loaded as long as it runs."""
        if vllm_settings.is_asleep(self._metrics()):
            self._told_to("/wake_up")
        return None

    def unload(self, model: str) -> Unknown | None:  # noqa: ARG002
        """Puts the engine to sleep, its weights in the memory of the processors, where it can."""
        if not vllm_settings.can_sleep(self._configuration()):
            return Unknown("vLLM holds its one model as long as it runs; its sleep mode is off")
        self._told_to("/sleep?level=1")
        return None

    def _metrics(self) -> Metrics:
        metrics = look(self.endpoint, self.headers)
        return Metrics() if isinstance(metrics, Unknown) else metrics

    def _configuration(self) -> dict[str, Any]:
        return client.json_object(self._ask(vllm_settings.CONFIGURATION))

    def _ask(self, path: str) -> Answer:
        return client.fetch(self.endpoint, path, headers=self.headers)

    def _told_to(self, path: str) -> None:
        answer = tell(self.endpoint, path, self.headers)
        insist(answer, f"have vLLM at {self.endpoint.url} {path.strip('/').partition('?')[0]}")


KIND = Kind(
    "vllm",
    VllmServer,
    is_at=lambda answers: answers.owner == "vllm",
    ports=(8000,),
    version_at=(("/version", "version"),),
)
"""By its `owned_by` (docs.vllm.ai, seen 2026-11-24)."""
