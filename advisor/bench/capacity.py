"""What do several loads together show of a server's limits?"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.bench.document import Capacity, CapacityLoad, Stage
from advisor.bench.metrics import output_rate
from advisor.bench.slo import Slo, goodput
from advisor.bench.stage import Measured
from advisor.bench.sweep import GAIN, Tried, saturation

NOT_SATURATED = "the sweep ended before the server's rate stopped growing"
NONE_MEETS = "no load that was measured meets the SLO"


def tried(loads: Sequence[Measured], slo: Slo) -> list[Tried]:
    """The loads as a search sees them, in the order measured."""
    return [_tried(load, slo) for load in loads]


def capacity(loads: Sequence[Tried], stages: Sequence[Stage], *, swept: bool) -> Capacity:
    """Where the server is saturated, if it was looked for, and the highest load within the SLO.

    `stages` are the loads' entries, in the same order.
    """
    meeting = [each for each in loads if each.meets_slo and not each.failed]
    saturated = saturation(loads) if swept else None
    highest = max(meeting, key=lambda each: each.level.size, default=None)
    return Capacity(
        saturation=_found(saturated, loads, stages),
        within_slo=_found(highest, loads, stages),
        tolerance=GAIN - 1,
    )


def _tried(load: Measured, slo: Slo) -> Tried:
    rate = output_rate(load.tokens, load.counted, load.span, load.concurrency)
    judged = goodput(slo, load.attempts, load.span.seconds) if slo else None
    return Tried(
        level=load.level,
        output_tok_per_s=rate.value if rate else 0.0,
        meets_slo=(judged is not None and judged.met) if slo else None,
        failed=load.overloaded or load.stopped_by == "failures" or not load.counted,
    )


def _found(
    chosen: Tried | None, loads: Sequence[Tried], stages: Sequence[Stage]
) -> CapacityLoad | None:
    if chosen is None:
        return None
    stage = stages[loads.index(chosen)]
    rate, good = stage.output_tok_per_s, stage.goodput
    return CapacityLoad(
        concurrency=stage.concurrency,
        rate=stage.rate,
        output_tok_per_s=rate.value if rate else None,
        goodput_per_s=good.requests_per_s if good else None,
    )
