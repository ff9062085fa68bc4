"""How is SGLang spoken to, and what does it tell of itself?

Protocol: docs.sglang.io, "Production Metrics" (there with --enable-metrics only), and its source
sglang/srt/entrypoints/http_server.py (`/server_info`, in older ones `/get_server_info`: its start
arguments, its scheduler's facts and its version; read 2026-11-25). Not yet seen live.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from advisor.documents import Unknown
from advisor.servers import client
from advisor.servers.counting import whole
from advisor.servers.dialects.model_folder import model_folder
from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.kind import Kind
from advisor.servers.metrics import METRICS, engine_totals, look
from advisor.servers.told import Counters, Means, Setting, Value
from advisor.servers.wire import ServedModel

INFO = ("/server_info", "/get_server_info")

_TOLD = (
    ("context_length", Means.CONTEXT_TOKENS),
    ("quantization", Means.OTHER),
    ("dtype", Means.OTHER),
    ("kv_cache_dtype", Means.KV_CACHE_TYPE),
    ("max_running_requests", Means.STREAMS),
    ("chunked_prefill_size", Means.OTHER),
    ("mem_fraction_static", Means.OTHER),
    ("tp_size", Means.OTHER),
    ("disable_cuda_graph", Means.OTHER),
    ("max_total_num_tokens", Means.OTHER),
    ("stream_interval", Means.OTHER),
)


class SglangServer(OpenAIServer):
    """SGLang: OpenAI's streams; its start arguments and its totals."""

    __slots__ = ()

    def describe(self, entry: dict[str, Any]) -> ServedModel:
        """A model of its list: one server serves one model, always loaded."""
        folder = model_folder(entry.get("root"), self.endpoint)
        return replace(
            super().describe(entry),
            quantization=folder.quantization,
            size_bytes=folder.size_bytes,
            loaded=True,
        )

    def settings(self, model: str | None = None) -> list[Setting]:  # noqa: ARG002
        """Its start arguments that change speed; those it leaves at a default of null are not
        told."""
        path, told = self._info()
        found = [
            Setting(name, told[name], path, means)
            for name, means in _TOLD
            if isinstance(told.get(name), Value)
        ]
        if isinstance(told.get("disable_radix_cache"), bool):
            on = not told["disable_radix_cache"]
            found.append(Setting("radix_cache", on, path, Means.PREFIX_CACHE))
        if "speculative_algorithm" in told:
            drafts = told["speculative_algorithm"] is not None
            found.append(Setting("speculative_algorithm", drafts, path, Means.SPECULATIVE))
        longest = whole(told.get("max_req_input_len"))
        if longest and not isinstance(told.get("context_length"), int):
            found.append(Setting("max_req_input_len", longest, path, Means.CONTEXT_TOKENS))
        return found

    def counters(self, model: str | None = None) -> Counters | Unknown:
        """Its metrics, where it was started with --enable-metrics."""
        metrics = look(self.endpoint, self.headers)
        if isinstance(metrics, Unknown):
            return metrics
        totals = engine_totals(
            metrics, "sglang", model, cached="cached_tokens_total", requests="num_requests_total"
        )
        return totals or Unknown(f"SGLang tells no totals of the model at {METRICS}")

    def _info(self) -> tuple[str, dict[str, Any]]:
        for path in INFO:
            told = client.json_object(client.fetch(self.endpoint, path, headers=self.headers))
            if told:
                return path, told
        return INFO[0], {}


KIND = Kind(
    "sglang",
    SglangServer,
    is_at=lambda answers: answers.owner == "sglang",
    ports=(30000,),
    version_at=tuple((path, "version") for path in INFO),
)
"""By its `owned_by`."""
