"""Which numbers of a stage are shown, a row each with its unit, and how is its column headed?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from advisor.report.language import N_, _, sentence
from advisor.report.metrics import ABSENT, distribution, plus_minus
from advisor.report.text import name, number

if TYPE_CHECKING:
    from advisor.bench.document import CapacityLoad, Stage
    from advisor.bench.interval import Rate


def _rate(value: Rate | None) -> str:
    return ABSENT if value is None else f"{number(value.value)}{plus_minus(value.ci95)}"


def _tail(stage: Stage) -> str:
    return ABSENT if stage.ttft_ms is None else number(stage.ttft_ms.p95)


def _power(stage: Stage) -> str:
    box = stage.energy.box if stage.energy else None
    if box is None or box.active_w is None:
        return ABSENT
    active = number(box.active_w)
    if box.idle_w is None:
        return active
    return _("{active_w}, {idle_w} idle").format(active_w=active, idle_w=number(box.idle_w))


def _joules(stage: Stage) -> str:
    energy = stage.energy
    if energy is None or energy.j_per_output_token is None:
        return ABSENT
    return number(energy.j_per_output_token)


def _joules_at_the_wall(stage: Stage) -> str:
    energy = stage.energy
    if energy is None or energy.j_per_output_token_wall is None or energy.domain == "box":
        return ABSENT
    return number(energy.j_per_output_token_wall)


def _marked(stage: Stage) -> str:
    marks = [*map(sentence, stage.held_back_by), *([_("still warming")] if stage.drifting else [])]
    return _(", ").join(name(mark, 30) for mark in marks) or ABSENT


def _joules_per_request(stage: Stage) -> str:
    energy = stage.energy
    return (
        ABSENT if energy is None or energy.j_per_request is None else number(energy.j_per_request)
    )


def _goodput(stage: Stage) -> str:
    found = stage.goodput
    if found is None:
        return ABSENT
    verdict = _("meets the SLO") if found.met else _("misses the SLO")
    return f"{number(found.requests_per_s)} ({found.share:.0%}), {verdict}"


def _in_flight(stage: Stage) -> str:
    found = stage.in_flight
    if found is None:
        return ABSENT
    said = _("{mean}, at most {most}, growing") if stage.overloaded else _("{mean}, at most {most}")
    return said.format(mean=number(found.mean), most=found.max)


def _errors(stage: Stage) -> str:
    if not stage.errors:
        return ABSENT
    return _(", ").join(f"{count} × {name(kind, 20)}" for kind, count in stage.errors.items())


def _cached(stage: Stage) -> str:
    if not stage.cached_input_tokens or not stage.input_tokens:
        return ABSENT
    return f"{stage.cached_input_tokens / stage.input_tokens:.0%}"


ROWS: list[tuple[str, Callable[[Stage], str]]] = [
    (N_("first token (TTFT), ms"), lambda stage: distribution(stage.ttft_ms)),
    (N_("  95 % within, ms"), _tail),
    (N_("between tokens (ITL), ms"), lambda stage: distribution(stage.itl_ms)),
    (N_("whole answer (E2E), ms"), lambda stage: distribution(stage.e2e_ms)),
    (N_("prefill, one stream, tok/s"), lambda stage: distribution(stage.prefill_tok_per_s)),
    (N_("decode, one stream, tok/s"), lambda stage: distribution(stage.decode_tok_per_s)),
    (N_("output, all streams, tok/s"), lambda stage: _rate(stage.output_tok_per_s)),
    (N_("prompt, from the cache"), _cached),
    (N_("goodput, requests/s"), _goodput),
    (N_("in flight"), _in_flight),
    (N_("box, active, W"), _power),
    (N_("an output token, J"), _joules),
    (N_("  at the wall, estimated, J"), _joules_at_the_wall),
    (N_("a request, J"), _joules_per_request),
    (N_("requests measured"), lambda stage: str(stage.requests)),
    (N_("errors"), _errors),
    (N_("held back"), _marked),
]


def load_name(load: Stage | CapacityLoad) -> str:
    """A load as a column is headed: "1 stream", "16 streams", "2 req/s"."""
    return f"{load.rate:g} req/s" if load.concurrency is None else streams(load.concurrency)


def streams(count: int) -> str:
    """So many requests at once."""
    return _("1 stream") if count == 1 else _("{count} streams").format(count=count)
