"""Do the server's own clock and its own totals tell the same?

Both sides are brought to one definition first: a server's decode time spans as many gaps between
tokens as its dialect knows (`decode_intervals`), this side's spans those after the first event.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from advisor.bench.document import CrossCheck, CrossCheckOf, TotalOf
from advisor.bench.metrics import server_prefill_tok_per_s, ttft_prefill_tok_per_s
from advisor.bench.observe import Observation

THRESHOLD = 0.05
DECODE = "gaps between tokens / the time that they span, by each side's clock"
PREFILL = (
    "uncached input tokens / prefill time; this side's is the TTFT, with the way, the tokenizer "
    "and the first token in it"
)


def cross_check(
    counted: Sequence[Observation],
    concurrency: int | None,
    totals: tuple[TotalOf | None, TotalOf | None] = (None, None),
    clocks: tuple[CrossCheckOf | None, CrossCheckOf | None] = (None, None),
) -> CrossCheck | None:
    """Both sides' rates of the same requests; None where the server has neither clock nor totals.

    Prefill is compared with one stream only: above it this side's includes the queue. `totals` are
    the prompt and output tokens of the whole load, `clocks` its times to the first token and
    between tokens.
    """
    decode = [(seen.decode_tok_per_s, _server_decode_tok_per_s(seen)) for seen in counted]
    prefill = [
        (ttft_prefill_tok_per_s(seen), server_prefill_tok_per_s(seen))
        for seen in counted
        if concurrency == 1
    ]
    compared = _compare(decode, DECODE), _compare(prefill, PREFILL)
    if compared == totals == clocks == (None, None):
        return None
    return CrossCheck(
        decode_tok_per_s=compared[0],
        prefill_tok_per_s=compared[1],
        prompt_tokens=totals[0],
        output_tokens=totals[1],
        ttft_ms=clocks[0],
        itl_ms=clocks[1],
        threshold=THRESHOLD,
    )


def _compare(
    pairs: Sequence[tuple[float | None, float | None]], definition: str
) -> CrossCheckOf | None:
    both = [(ours, theirs) for ours, theirs in pairs if ours and theirs]
    if not both:
        return None
    difference = median(ours / theirs for ours, theirs in both) - 1
    return CrossCheckOf(
        ours=median(ours for ours, _ in both),
        servers=median(theirs for _, theirs in both),
        difference=difference,
        disagrees=abs(difference) > THRESHOLD,
        n=len(both),
        definition=definition,
    )


def _server_decode_tok_per_s(seen: Observation) -> float | None:
    timings = seen.reading.timings
    if timings is None or not timings.decode_intervals or not timings.decode_s:
        return None
    return timings.decode_intervals / timings.decode_s
