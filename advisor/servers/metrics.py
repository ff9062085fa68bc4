"""What do a server's own running totals say, as it shows them to Prometheus?

Format: https://prometheus.io/docs/instrumenting/exposition_formats (read 2026-11-25).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.client import Headers, fetch
from advisor.servers.told import Counters
from advisor.servers.wire import Endpoint

METRICS = "/metrics"
TIMEOUT_S = 5.0
MOST_SAMPLES = 20_000

_LABELS = r"\{((?:[^\"}]|\"(?:[^\"\\]|\\.)*\")*)\}"
_SAMPLE = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:{_LABELS})?[ \t]+(\S+)(?:[ \t]+-?\d+)?\s*")
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Metrics:
    """The samples of one look: name -> each sample's labels and value."""

    found: dict[str, list[tuple[dict[str, str], float]]] = field(default_factory=dict)

    def total(self, name: str, labels: Mapping[str, str] | None = None) -> float | None:
        """The sum of the samples of that name that carry `labels`; None if there are none."""
        wanted = (labels or {}).items()
        values = [value for has, value in self.found.get(name, ()) if wanted <= has.items()]
        return sum(values) if values else None

    def labels(self, name: str) -> dict[str, str]:
        """The labels of the first sample of that name, empty if there is none."""
        found = self.found.get(name)
        return found[0][0] if found else {}


def look(endpoint: Endpoint, headers: Headers, path: str = METRICS) -> Metrics | Unknown:
    """The metrics there, with their labels; never raises."""
    try:
        answer = fetch(endpoint, path, headers=headers, timeout_s=TIMEOUT_S)
    except AdvisorError as error:
        return Unknown(str(error))
    if answer.error or answer.status != 200:
        return Unknown(f"no metrics at {path} ({answer.error or f'HTTP {answer.status}'})")
    return parse(answer.body)


def totals(endpoint: Endpoint, headers: Headers, path: str = METRICS) -> dict[str, float] | Unknown:
    """Each metric's value there, those that differ by label only added up; never raises."""
    metrics = look(endpoint, headers, path)
    return metrics if isinstance(metrics, Unknown) else _added_up(metrics)


def engine_totals(
    metrics: Metrics, engine: str, model: str | None, *, cached: str, requests: str
) -> Counters | None:
    """The totals that vLLM and SGLang name alike, of `model` alone where one is given.

    `engine` begins the names, `cached` and `requests` are those that differ. None where it tells
    none.
    """
    only = {"model_name": model} if model else {}

    def total(name: str) -> float | None:
        return metrics.total(f"{engine}:{name}", only)

    generated = total("generation_tokens_total")
    if generated is None:
        return None
    return Counters(
        source=METRICS,
        prompt_tokens=total("prompt_tokens_total"),
        prompt_includes_cached=True,
        cached_tokens=total(cached),
        generated_tokens=generated,
        requests=total(requests),
        first_token_s=total("time_to_first_token_seconds_sum"),
        first_tokens=total("time_to_first_token_seconds_count"),
        gap_s=total("inter_token_latency_seconds_sum"),
        gaps=total("inter_token_latency_seconds_count"),
    )


def samples(body: bytes) -> dict[str, float]:
    """Each metric's value in a text of metrics, those that differ by label only added up."""
    return _added_up(parse(body))


def parse(body: bytes) -> Metrics:
    """The samples in a text of metrics; lines that are none are passed over."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for line in body.decode("utf-8", "replace").splitlines()[:MOST_SAMPLES]:
        sample = _SAMPLE.fullmatch(line)
        if sample is None:
            continue
        try:
            value = float(sample[3])
        except ValueError:
            continue
        if math.isfinite(value):
            found.setdefault(sample[1], []).append((_labels(sample[2] or ""), value))
    return Metrics(found)


def _added_up(metrics: Metrics) -> dict[str, float]:
    return {name: sum(value for _, value in each) for name, each in metrics.found.items()}


def _labels(text: str) -> dict[str, str]:
    return {
        name: _ESCAPED.sub(lambda kept: "\n" if kept[1] == "n" else kept[1], value)
        for name, value in _LABEL.findall(text)
    }
