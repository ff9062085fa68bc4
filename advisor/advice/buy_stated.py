"""Which limits do the choices miss that a scenario names itself, at the rates that it states?"""

from __future__ import annotations

from collections.abc import Container, Iterator

from advisor.advice.buy_document import API, BOX, OWN_BOX, RENTED, ChoiceKind, Stated
from advisor.advice.buy_needs import Needs
from advisor.advice.inputs import Inputs

API_UNTOLD = "no price list says how soon an API answers; advisor bench --api measures it"
RATES_UNTOLD = "the scenario does not state prefill_tok_per_s and decode_tok_per_s"


def stated_choices(
    inputs: Inputs, needs: Needs, *, offered: Container[str], with_box: bool
) -> Iterator[Stated]:
    """The scenario's box, candidates but those `offered`, rented GPUs and APIs.

    A rented GPU has the box's rates where it has none of its own, as when it is priced.
    """
    box = inputs.box
    if with_box:
        yield _held(BOX, OWN_BOX, (box.prefill_tok_per_s, box.decode_tok_per_s), needs)
    for each in inputs.candidate:
        if each.name not in offered:
            rates = each.prefill_tok_per_s, each.decode_tok_per_s
            yield _held(BOX, each.name, rates, needs)
    for gpu in inputs.rented:
        prefill = gpu.prefill_tok_per_s or box.prefill_tok_per_s
        decode = gpu.decode_tok_per_s or box.decode_tok_per_s
        yield _held(RENTED, gpu.name, (prefill, decode), needs)
    for api in inputs.api:
        yield _held(API, api.name, (None, None), needs, API_UNTOLD)


def _held(
    kind: ChoiceKind,
    name: str,
    rates: tuple[float | None, float | None],
    needs: Needs,
    untold: str = RATES_UNTOLD,
) -> Stated:
    """The choice with what it misses at its rates, that of prompts and that of output."""
    prefill_tok_per_s, decode_tok_per_s = rates
    ttft_ms = None
    if needs.ttft_ms is not None and prefill_tok_per_s and decode_tok_per_s:
        ttft_ms = needs.ttft_ms_at(prefill_tok_per_s, decode_tok_per_s)
    shortfalls = tuple(needs.shortfalls(decode_tok_per_s, ttft_ms))
    return Stated(
        name=name,
        kind=kind,
        ttft_ms=ttft_ms,
        meets_needs=not shortfalls,
        shortfalls=shortfalls,
        ttft_unknown=untold if needs.ttft_ms is not None and ttft_ms is None else None,
    )
