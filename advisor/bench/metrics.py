"""What do the observations of one load amount to? Every rate and latency, as DEFINITIONS says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from advisor.bench.interval import Distribution, Rate
from advisor.bench.observe import Observation
from advisor.bench.statistics import LEAST_FOR_INTERVAL, distribution, rate_interval
from advisor.bench.stopping import MOST_SPANS

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.bench.statistics import Floats

DEFINITIONS = {
    "clock": "this side's monotonic clock, at the return of the read that brought the bytes",
    "ttft_ms": "last byte of the request written (open loop: planned start) to the first event "
    "with text, reasoning or a tool call",
    "itl_ms": "between two successive events with tokens, whatever number of tokens they hold",
    "tpot_ms": "(last event - first event) / (output tokens - those in the first event); "
    "null for a single token",
    "e2e_ms": "last byte of the request written (open loop: planned start) to the last byte of "
    "the answer",
    "send_delay_ms": "planned start to the last byte of the request written; open loop only",
    "prefill_tok_per_s": "uncached input tokens / prefill time: the server's own where "
    "prefill_source says so, else TTFT, which holds the way, the queue and the first token; above "
    "concurrency 1 the server's own or null",
    "decode_tok_per_s": "of one stream: (output tokens - those in the first event) / "
    "(last event - first event)",
    "output_tok_per_s": "of the whole server: output tokens that arrived in the steady window / "
    "its length; at concurrency 1 this holds the prefill time",
    "token_source": "native: the server's own counters; usage: its usage field; estimated: counted "
    "from events or anew from the text",
    "steady window": "from the end of the warm-up to the last start of a request; requests count "
    "that were sent and answered within it (at concurrency 1: sent, in an open loop: planned "
    "within it)",
    "goodput": "requests/s of the steady window that ended without an error and whose own values "
    "keep within every limit of the SLO",
    "in_flight": "requests of an open loop between planned start and last byte",
    "ci95": "of a distribution: its median's, from the share of each request's values below it; of "
    "a rate: its mean's, from batch means",
    "operating_point": "busy seconds = input / prefill_tok_per_s + output / decode_tok_per_s, "
    "solved from two mixes at the same concurrency",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of time in `perf_counter_ns`."""

    start_ns: int
    end_ns: int

    @property
    def seconds(self) -> float:
        return (self.end_ns - self.start_ns) / 1e9


@dataclass(frozen=True, slots=True)
class Latencies:
    """Distributions over the counted requests."""

    ttft_ms: Distribution | None
    itl_ms: Distribution | None
    tpot_ms: Distribution | None
    e2e_ms: Distribution | None
    send_delay_ms: Distribution | None
    decode_tok_per_s: Distribution | None


def counted_requests(
    observations: Sequence[Observation], span: Span, concurrency: int | None
) -> list[Observation]:
    """The whole requests of full length inside the steady window, in the order they were sent.

    With one stream a request that was sent within counts even if it ended later, as nothing else
    ran; so does one of an open loop (`concurrency` None) that was planned within.
    """
    inside = [
        seen
        for seen in observations
        if seen.is_whole
        and not seen.ramp_up
        and span.start_ns <= seen.start_ns <= span.end_ns
        and (concurrency in (None, 1) or seen.last_byte_ns <= span.end_ns)
    ]
    return sorted(inside, key=lambda seen: seen.sent_ns)


def latencies(counted: Sequence[Observation]) -> Latencies:
    """All that one request can tell, over all counted ones."""
    import numpy as np

    def of_each(value: Callable[[Observation], float | None]) -> Distribution | None:
        values = [value(seen) for seen in counted]
        return distribution([np.array([v]) for v in values if v is not None])

    gaps: list[Floats] = [np.diff(np.array(seen.reading.event_ns)) / 1e6 for seen in counted]
    return Latencies(
        ttft_ms=of_each(lambda seen: _ms(seen.ttft_s)),
        itl_ms=distribution(gaps),
        tpot_ms=of_each(_tpot_ms),
        e2e_ms=of_each(lambda seen: _ms(seen.e2e_s)),
        send_delay_ms=of_each(_send_delay_ms),
        decode_tok_per_s=of_each(lambda seen: seen.decode_tok_per_s),
    )


def prefill(
    counted: Sequence[Observation], concurrency: int | None, *, repeats_prefixes: bool = False
) -> tuple[Distribution | None, str | None]:
    """One request's prefill rate and whose time it is by ("server" or "ttft").

    Where prompts have parts in common, TTFT tells it only if the server says what it had cached.
    """
    import numpy as np

    by_server = [rate for seen in counted if (rate := server_prefill_tok_per_s(seen)) is not None]
    if by_server:
        return distribution([np.array([rate]) for rate in by_server]), "server"
    if concurrency != 1:
        return None, None
    by_ttft = [
        rate
        for seen in counted
        if not (repeats_prefixes and seen.reading.cached_input_tokens is None)
        and (rate := ttft_prefill_tok_per_s(seen)) is not None
    ]
    return distribution([np.array([rate]) for rate in by_ttft]), "ttft" if by_ttft else None


def server_prefill_tok_per_s(seen: Observation) -> float | None:
    """By the server's own prefill time."""
    timings = seen.reading.timings
    if timings is None or not timings.prefill_tokens or not timings.prefill_s:
        return None
    return timings.prefill_tokens / timings.prefill_s


def ttft_prefill_tok_per_s(seen: Observation) -> float | None:
    """By this side's time to the first token."""
    tokens, ttft_s = seen.uncached_input_tokens, seen.ttft_s
    return tokens / ttft_s if tokens and ttft_s and ttft_s > 0 else None


class TokenTimes:
    """When every output token of a load arrived."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        import numpy as np

        read = [seen for seen in observations if seen.reading.event_ns]
        times = [np.array(seen.reading.event_ns) for seen in read]
        weights = [np.full(len(seen.reading.event_ns), seen.tokens_per_event) for seen in read]
        for weight, seen in zip(weights, read, strict=True):
            weight[0] = min(seen.reading.first_event_tokens, seen.reading.output_tokens or 1)
        all_times = np.concatenate(times) if times else np.array([], dtype=np.int64)
        order = np.argsort(all_times, kind="stable")
        self._times = all_times[order]
        all_weights = np.concatenate(weights) if weights else np.array([])
        self._so_far = np.concatenate([[0.0], np.cumsum(all_weights[order])])

    def between(self, edges_ns: Sequence[int] | Floats) -> Floats:
        """Tokens that arrived after each edge, up to and with the next."""
        import numpy as np

        found = np.searchsorted(self._times, np.asarray(edges_ns), side="right")
        tokens: Floats = np.diff(self._so_far[found])
        return tokens


def output_rate(
    tokens: TokenTimes, counted: Sequence[Observation], span: Span, concurrency: int | None
) -> Rate | None:
    """The whole server's output rate, with the interval of its batch means.

    With one stream a batch is a request with the pause after it, else half a request's duration.
    """
    import numpy as np

    if not counted:
        return None
    if concurrency == 1:
        edges = np.array([*(seen.sent_ns for seen in counted), counted[-1].last_byte_ns])
    else:
        batches = int(span.seconds / (median(seen.e2e_s for seen in counted) / 2))
        edges = np.linspace(span.start_ns, span.end_ns, max(1, min(batches, MOST_SPANS)) + 1)
    amounts, spans_s = tokens.between(edges), np.diff(edges) / 1e9
    return Rate(
        value=float(amounts.sum() / spans_s.sum()),
        ci95=rate_interval(amounts, spans_s) if len(amounts) >= LEAST_FOR_INTERVAL else None,
    )


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e3


def _tpot_ms(seen: Observation) -> float | None:
    rate = seen.decode_tok_per_s
    return 1e3 / rate if rate else None


def _send_delay_ms(seen: Observation) -> float | None:
    return None if seen.planned_ns is None else (seen.sent_ns - seen.planned_ns) / 1e6
