"""What do a server's own running totals say, as it shows them to Prometheus?

Format: https://prometheus.io/docs/instrumenting/exposition_formats (read 2026-11-25).
"""

from __future__ import annotations

import math
import re

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.client import Headers, fetch
from advisor.servers.wire import Endpoint

METRICS = "/metrics"
TIMEOUT_S = 5.0
MOST_SAMPLES = 20_000

_LABELS = r"\{(?:[^\"}]|\"(?:[^\"\\]|\\.)*\")*\}"
_SAMPLE = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:{_LABELS})?[ \t]+(\S+)(?:[ \t]+-?\d+)?\s*")


def totals(endpoint: Endpoint, headers: Headers, path: str = METRICS) -> dict[str, float] | Unknown:
    """Each metric's value there, those that differ by label only added up; never raises."""
    try:
        answer = fetch(endpoint, path, headers=headers, timeout_s=TIMEOUT_S)
    except AdvisorError as error:
        return Unknown(str(error))
    if answer.error or answer.status != 200:
        return Unknown(f"no metrics at {path} ({answer.error or f'HTTP {answer.status}'})")
    return samples(answer.body)


def samples(body: bytes) -> dict[str, float]:
    """The samples in a text of metrics; lines that are none are passed over."""
    found: dict[str, float] = {}
    for line in body.decode("utf-8", "replace").splitlines()[:MOST_SAMPLES]:
        sample = _SAMPLE.fullmatch(line)
        if sample is None:
            continue
        try:
            value = float(sample[2])
        except ValueError:
            continue
        if math.isfinite(value):
            found[sample[1]] = found.get(sample[1], 0.0) + value
    return found
