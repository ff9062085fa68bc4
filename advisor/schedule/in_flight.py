"""How many requests of others does a server work on at this moment?

vLLM: docs.vllm.ai/en/latest/design/metrics (`/metrics`); llama.cpp: tools/server/README.md
(`/slots`, and `/metrics` where it was switched on); SGLang: docs.sglang.io, "Production Metrics".
Read 2026-11-25. Ollama, LM Studio and the others tell it nowhere: there the processors and cards
show it.
"""

from __future__ import annotations

from collections.abc import Mapping

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.client import Headers, fetch, json_body
from advisor.servers.metrics import totals
from advisor.servers.wire import Endpoint

ASK_S = 5.0
GAUGES = {
    "vllm": ("vllm:num_requests_running", "vllm:num_requests_waiting"),
    "sglang": ("sglang:num_running_reqs", "sglang:num_queue_reqs"),
    "llama.cpp": ("llamacpp:requests_processing", "llamacpp:requests_deferred"),
}
"""What counts requests, by the kind of server: those in work and those that wait."""


def requests_in_flight(kind: str, endpoint: Endpoint, headers: Headers = ()) -> int | Unknown:
    """Requests in work and waiting; Unknown where the server does not tell or is gone."""
    if kind not in GAUGES:
        return Unknown(f"{kind} does not tell how many requests it works on")
    if kind == "llama.cpp" and (busy := _busy_slots(endpoint, headers)) is not None:
        return busy
    metrics = totals(endpoint, headers)
    return metrics if isinstance(metrics, Unknown) else counted(metrics, GAUGES[kind])


def counted(metrics: Mapping[str, float], names: tuple[str, ...]) -> int | Unknown:
    """The sum of these gauges; Unknown without any of them."""
    values = [metrics[name] for name in names if name in metrics]
    if not values or min(values) < 0:
        return Unknown("its metrics do not count requests")
    return round(sum(values))


def _busy_slots(endpoint: Endpoint, headers: Headers) -> int | None:
    """How many of llama.cpp's slots work; None where it does not show them or is gone."""
    try:
        slots = json_body(fetch(endpoint, "/slots", headers=headers, timeout_s=ASK_S))
    except AdvisorError:
        return None
    if not isinstance(slots, list):
        return None
    return sum(isinstance(slot, dict) and slot.get("is_processing") is True for slot in slots)
