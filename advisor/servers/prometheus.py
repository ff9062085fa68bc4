"""What do a server's metrics say? Prometheus' text format, as much of it as servers use.

Format: prometheus.io/docs/instrumenting/exposition_formats, "Text-based format" (seen 2026-11-25).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

METRICS = "/metrics"
MOST_SAMPLES = 50_000

_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*")
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Metrics:
    """The samples of one scrape: name -> each sample's labels and value."""

    samples: dict[str, list[tuple[dict[str, str], float]]] = field(default_factory=dict)

    def total(self, name: str, labels: Mapping[str, str] | None = None) -> float | None:
        """The sum of the samples of that name that carry `labels`; None if there are none."""
        wanted = (labels or {}).items()
        values = [value for has, value in self.samples.get(name, ()) if wanted <= has.items()]
        return sum(values) if values else None

    def labels(self, name: str) -> dict[str, str]:
        """The labels of the first sample of that name, empty if there is none."""
        found = self.samples.get(name)
        return found[0][0] if found else {}


def parse(body: bytes) -> Metrics:
    """The samples in a scrape; lines that are none are passed over. Never raises."""
    samples: dict[str, list[tuple[dict[str, str], float]]] = {}
    for count, line in enumerate(body.decode("utf-8", "replace").split("\n")):
        if count > MOST_SAMPLES:
            break
        if line.startswith("#"):
            continue
        found = _SAMPLE.fullmatch(line.rstrip("\r"))
        value = _number(found[3]) if found else None
        if found and value is not None:
            samples.setdefault(found[1], []).append((_labels(found[2] or ""), value))
    return Metrics(samples)


def _labels(text: str) -> dict[str, str]:
    return {
        name: _ESCAPE.sub(lambda kept: "\n" if kept[1] == "n" else kept[1], value)
        for name, value in _LABEL.findall(text)
    }


def _number(text: str) -> float | None:
    """A count or a sum that can be true: finite and not below zero."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
