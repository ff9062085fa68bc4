"""What does a token cost the busy server? Seconds and joules per input and per output token.

At an operating point the server's time goes into prompts and answers: `busy = a*input + b*output`.
Two mixes that both keep it busy give two equations. Each mix is cut at the arrivals of first
tokens into cycles, one a prompt; resampling the cycles gives the intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from advisor.bench.interval import Interval
from advisor.bench.metrics import Span, TokenTimes, output_rate
from advisor.bench.observe import Observation
from advisor.documents import Unknown

if TYPE_CHECKING:
    import numpy as np

    from advisor.bench.stage import Measured
    from advisor.bench.statistics import Floats

RESAMPLES = 1_000
SEED = 2
LEAST_CYCLES = 3

METHOD = (
    "busy seconds = input/prefill + output/decode, solved from two mixes at the same concurrency; "
    "each is cut into cycles at the arrivals of first tokens, which are resampled in blocks as "
    "long as the concurrency for the interval"
)


@dataclass(frozen=True, slots=True)
class Cycles:
    """One mix, cut at the first tokens: seconds, input and output tokens of each cycle."""

    span: Span
    seconds: Floats
    input_tokens: Floats
    output_tokens: Floats

    @property
    def totals(self) -> tuple[float, float, float]:
        """Seconds, input and output tokens of all cycles."""
        sums = self.seconds.sum(), self.input_tokens.sum(), self.output_tokens.sum()
        return float(sums[0]), float(sums[1]), float(sums[2])


@dataclass(frozen=True, slots=True)
class BusyRates:
    """The whole server's rates, each with its 95 % interval where it could be resampled."""

    prefill_tok_per_s: float
    prefill_ci95: Interval | None
    decode_tok_per_s: float
    decode_ci95: Interval | None


def at_operating_point(loads: Sequence[Measured]) -> Measured:
    """Of the loads, all with counted requests, the one with the highest output rate."""

    def rate(load: Measured) -> float:
        found = output_rate(load.tokens, load.counted, load.span, load.concurrency)
        return found.value if found else 0.0

    return max(loads, key=rate)


def cycles(observations: Sequence[Observation], tokens: TokenTimes, span: Span) -> Cycles | Unknown:
    """The cycles of a load that lie within `span`; unknown with fewer than LEAST_CYCLES.

    A prompt whose stream was cut before its count came counts as the median one.
    """
    import numpy as np

    known = [seen.uncached_input_tokens for seen in observations]
    counts = [count for count in known if count is not None]
    if not counts:
        return Unknown("the server does not count input tokens")
    usual = median(counts)
    firsts = sorted(
        (seen.reading.event_ns[0], usual if count is None else count)
        for seen, count in zip(observations, known, strict=True)
        if seen.reading.event_ns and span.start_ns <= seen.reading.event_ns[0] <= span.end_ns
    )
    if len(firsts) <= LEAST_CYCLES:
        return Unknown(f"only {len(firsts)} prompts were answered while the load was steady")
    times = [time for time, _ in firsts]
    return Cycles(
        span=Span(times[0], times[-1]),
        seconds=np.diff(np.array(times)) / 1e9,
        input_tokens=np.array([count for _, count in firsts[1:]], dtype=float),
        output_tokens=tokens.between(times),
    )


def busy_rates(one: Cycles, other: Cycles, concurrency: int) -> BusyRates | Unknown:
    """Solves the two mixes; unknown where they do not tell the two costs apart."""
    import numpy as np

    solved = solve(one.totals, other.totals)
    if isinstance(solved, Unknown):
        return solved
    random = np.random.default_rng(SEED)
    drawn = [
        solve(_resampled(one, concurrency, random), _resampled(other, concurrency, random))
        for _ in range(RESAMPLES)
    ]
    usable = np.array([costs for costs in drawn if not isinstance(costs, Unknown)])
    prefill_ci95 = decode_ci95 = None
    if len(usable) >= 0.95 * RESAMPLES:
        low, high = np.percentile(1 / usable, [2.5, 97.5], axis=0)
        prefill_ci95 = float(low[0]), float(high[0])
        decode_ci95 = float(low[1]), float(high[1])
    return BusyRates(1 / solved[0], prefill_ci95, 1 / solved[1], decode_ci95)


def solve(
    one: tuple[float, float, float], other: tuple[float, float, float]
) -> tuple[float, float] | Unknown:
    """(a, b) of `cost = a*input + b*output` from two (cost, input, output), both above zero."""
    (cost_1, in_1, out_1), (cost_2, in_2, out_2) = one, other
    determinant = in_1 * out_2 - in_2 * out_1
    if abs(determinant) <= 0.1 * max(in_1 * out_2, in_2 * out_1):
        return Unknown("the two mixes are too much alike")
    a = (cost_1 * out_2 - cost_2 * out_1) / determinant
    b = (in_1 * cost_2 - in_2 * cost_1) / determinant
    if a <= 0 or b <= 0:
        return Unknown("the two mixes contradict each other: one cost comes out below zero")
    return a, b


def _resampled(
    mix: Cycles, concurrency: int, random: np.random.Generator
) -> tuple[float, float, float]:
    """The totals of a mix with its cycles drawn again in blocks."""
    n = len(mix.seconds)
    block = max(1, min(concurrency, n // 4))
    starts = random.integers(0, n, size=-(-n // block))
    drawn = ((starts[:, None] + range(block)) % n).ravel()[:n]
    return (
        float(mix.seconds[drawn].sum()),
        float(mix.input_tokens[drawn].sum()),
        float(mix.output_tokens[drawn].sum()),
    )
