"""How many requests of others does a server work on at this moment?

vLLM: docs.vllm.ai/en/latest/design/metrics (`/metrics`); llama.cpp: tools/server/README.md
(`/slots`, and `/metrics` where it was switched on); SGLang: docs.sglang.io, "Production Metrics".
Read 2026-11-25. Ollama, LM Studio and the others tell it nowhere: there the processors and cards
show it.
"""

from __future__ import annotations

import math
import re

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.client import Headers, fetch, json_body
from advisor.servers.wire import Endpoint

ASK_S = 5.0
GAUGES = {
    "vllm": ("vllm:num_requests_running", "vllm:num_requests_waiting"),
    "sglang": ("sglang:num_running_reqs", "sglang:num_queue_reqs"),
    "llama.cpp": ("llamacpp:requests_processing", "llamacpp:requests_deferred"),
}
"""What counts requests, by the kind of server: those in work and those that wait."""

SAMPLE = re.compile(
    r"^(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{.*\})?\s+(?P<value>\S+)", re.MULTILINE
)


def requests_in_flight(kind: str, endpoint: Endpoint, headers: Headers = ()) -> int | Unknown:
    """Requests in work and waiting; Unknown where the server does not tell or is gone."""
    if kind not in GAUGES:
        return Unknown(f"{kind} does not tell how many requests it works on")
    try:
        if kind == "llama.cpp":
            slots = json_body(fetch(endpoint, "/slots", headers=headers, timeout_s=ASK_S))
            if isinstance(slots, list):
                return sum(
                    isinstance(slot, dict) and slot.get("is_processing") is True for slot in slots
                )
        answer = fetch(endpoint, "/metrics", headers=headers, timeout_s=ASK_S)
    except AdvisorError as error:
        return Unknown(str(error))
    if answer.status != 200:
        return Unknown(f"{kind} was started without its metrics")
    return counted(answer.body.decode(errors="replace"), GAUGES[kind])


def counted(metrics: str, names: tuple[str, ...]) -> int | Unknown:
    """The sum of these gauges in a text in Prometheus's format; Unknown without any of them."""
    values = [
        _number(found["value"]) for found in SAMPLE.finditer(metrics) if found["name"] in names
    ]
    if not values or not all(math.isfinite(value) and value >= 0 for value in values):
        return Unknown("its metrics do not count requests")
    return round(sum(values))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
