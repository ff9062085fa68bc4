"""What did a server count since when, by looks at its /metrics?

The totals of vLLM (`vllm:prompt_tokens_total` holds cached tokens, `vllm:prefix_cache_hits_total`
are these, `vllm:generation_tokens_total`, `vllm:request_success_total`) and llama.cpp
(`llamacpp:prompt_tokens_total`, without the cached ones, `llamacpp:tokens_predicted_total`; it
counts no requests) only grow until the server starts anew. Two looks give what was used between
them; a total that is smaller than before began at nought in between. One look gives what was used
since the start. Names as real servers of both kinds gave them to
this program's tests; documented at https://docs.vllm.ai/en/latest/usage/metrics and
https://github.com/ggml-org/llama.cpp/tree/master/tools/server.

A file may hold several looks, one after the other, each under a line with its time
(`# 2026-11-25T09:00:00Z`); without one, samples' own times count, else the file's last change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from advisor.servers.metrics import parse
from advisor.usage.counts import MOST_PER_BUCKET, Counts
from advisor.usage.ledger import Ledger
from advisor.usage.moments import EARLIEST_S, seconds_of

STARTED = "process_start_time_seconds"
_TIME = re.compile(rb"^#?\s*(?:time:?\s*)?(20\d\d-\d\d-\d\d[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)\s*$")
_SAMPLE_TIME = re.compile(rb"^(?:vllm|llamacpp):\S.* (1[0-9]{12})\s*$", re.MULTILINE)
_MARK = re.compile(rb"^(?:# (?:HELP|TYPE) )?(?:vllm|llamacpp):", re.MULTILINE)
Totals = dict[tuple[str, str], tuple[int, int, int, int | None]]
"""Engine and model -> input, cached, output, requests."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look: when in Unix seconds, since when the server counts, and its totals."""

    at_s: float
    since_s: float | None
    totals: Totals


def is_metrics(head: bytes) -> bool:
    """Whether a text is one of these servers' metrics."""
    return _MARK.search(head) is not None


def looks(text: bytes, otherwise_s: float) -> Iterator[Look]:
    """The looks in a text; `otherwise_s` is its time where it says none."""
    part: list[bytes] = []
    at_s: float | None = None
    for line in text.splitlines():
        told = _TIME.match(line)
        if told is None:
            part.append(line)
            continue
        if is_metrics(b"\n".join(part)):
            yield _look(b"\n".join(part), otherwise_s if at_s is None else at_s)
        part, at_s = [], seconds_of(told[1].decode())
    rest = b"\n".join(part)
    if is_metrics(rest):
        own = _SAMPLE_TIME.search(rest)
        if at_s is None:
            at_s = seconds_of(int(own[1])) if own else otherwise_s
        yield _look(rest, at_s)


def _look(text: bytes, at_s: float) -> Look:
    metrics = parse(text)
    totals: Totals = {}
    for labels, _ in metrics.found.get("vllm:generation_tokens_total", ()):
        model = labels.get("model_name", "unknown")
        only = {"model_name": model} if "model_name" in labels else {}
        values = [
            metrics.total(f"vllm:{name}", only)
            for name in (
                "prompt_tokens_total",
                "prefix_cache_hits_total",
                "generation_tokens_total",
            )
        ]
        requests = metrics.total("vllm:request_success_total", only)
        sent, cached, back = (_whole(value) for value in values)
        totals["vllm", model] = (
            sent,
            min(cached, sent),
            back,
            None if requests is None else _whole(requests),
        )
    predicted = metrics.total("llamacpp:tokens_predicted_total")
    if predicted is not None:
        sent = _whole(metrics.total("llamacpp:prompt_tokens_total"))
        totals["llama.cpp", "unknown"] = (sent, 0, _whole(predicted), None)
    started = metrics.total(STARTED)
    since_s = started if started is not None and EARLIEST_S < started < at_s else None
    return Look(at_s, since_s, totals)


def _whole(value: float | None) -> int:
    return int(value) if value is not None and 0 <= value <= MOST_PER_BUCKET else 0


def settle(found: Sequence[Look], ledger: Ledger) -> list[str]:
    """Puts what the looks show into the ledger; what has to be said of it."""
    notes: list[str] = []
    ordered = sorted(found, key=lambda look: look.at_s)
    for key in sorted({key for look in ordered for key in look.totals}):
        seen = [look for look in ordered if key in look.totals]
        if len(seen) == 1:
            notes.append(_single(key, seen[0], ledger))
        for before, after in pairwise(seen):
            notes += _between(key, before, after, ledger)
    if any(engine == "llama.cpp" for look in ordered for engine, _ in look.totals):
        notes.append("llama.cpp counts input without what its cache answered, and no requests.")
    return notes


def _single(key: tuple[str, str], look: Look, ledger: Ledger) -> str:
    values = look.totals[key]
    if look.since_s is None:
        sent, cached, back, _ = values
        ledger.total(*key, Counts(sent, cached, 0, back, 0, values[3]))
        return (
            f"One look at {key[0]}'s metrics tells the totals since the server's start, whose time "
            "it does not tell: look again later for usage a month."
        )
    _put(key, look.since_s, look.at_s, values, ledger)
    return f"One look at {key[0]}'s metrics: its totals are spread evenly since the server's start."


def _between(key: tuple[str, str], before: Look, after: Look, ledger: Ledger) -> list[str]:
    old, new = before.totals[key], after.totals[key]
    has_restarted = new[0] < old[0] or new[2] < old[2]
    base: tuple[int, int, int, int | None] = (0, 0, 0, 0) if has_restarted else old
    requests = None if new[3] is None or base[3] is None else max(0, new[3] - base[3])
    gained = (new[0] - base[0], max(0, new[1] - base[1]), new[2] - base[2], requests)
    if after.at_s - before.at_s >= 1 and any(gained[:3]):
        _put(key, before.at_s, after.at_s, gained, ledger)
    if not has_restarted:
        return []
    return [f"{key[0]} was restarted between two looks: what it did before that is missing."]


def _put(
    key: tuple[str, str],
    start_s: float,
    end_s: float,
    values: tuple[int, int, int, int | None],
    ledger: Ledger,
) -> None:
    sent, cached, back, requests = values
    counts = Counts(sent, min(cached, sent), 0, back, 0, requests)
    ledger.span(*key, (start_s, end_s), counts)
