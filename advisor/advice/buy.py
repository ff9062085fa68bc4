"""Which box should be bought for this use, if any? Predicted speeds, priced over the horizon.

Each box of a machine file becomes a `[[candidate]]` of the scenario, with the speeds that are
predicted for the model as ranges; the advice simulates all of them in the same futures.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from advisor.advice.answer import answer
from advisor.advice.buy_document import (
    API,
    BOX,
    OWN_BOX,
    RENTED,
    Buy,
    BuyRow,
    ChoiceKind,
    Offer,
    Stated,
)
from advisor.advice.buy_needs import Needs
from advisor.advice.buy_stated import stated_choices
from advisor.advice.document import Advice
from advisor.advice.inputs import Inputs
from advisor.advice.uncertainty import MayWin
from advisor.advice.uncertainty_document import ActionSpread, Spread
from advisor.errors import InputError
from advisor.models.band import Band
from advisor.models.elsewhere import PROMPT_TOKENS
from advisor.models.machine_file import GIB, Box
from advisor.models.memory import Load, fit
from advisor.models.model import Model
from advisor.models.prediction import Prediction, predict, takes_context

MOST_STREAMS = 256
STATED = ("price_usd", "active_power_w", "idle_power_w")
"""What a machine file must state of the whole box for it to be priced."""
AS_OFTEN = 1 / 3
"""A choice ties with the first that is the cheapest at least so often for each time that the first
is. How small a share of the bill it saves is no matter: of a large one that is much money."""
LOCAL = "local"


def buy(
    tables: Mapping[str, Any], boxes: Sequence[Box], model: Model, needs: Needs, *, origin: str
) -> Buy:
    """The boxes ranked by what they cost over the horizon, with the API as one of the choices.

    A box works at the most requests at once that leave each reader what it needs. Where the
    scenario has a `[box]` it is ranked, too; where it has none, a rented GPU needs a speed of its
    own to be. All are held to the needs as far as their speed is known. Raises InputError where a
    box's name is taken, no box can be priced, the model was not made for the context, or the
    scenario makes no sense.
    """
    _check_names(boxes, tables)
    _check_context(model, needs.context_tokens)
    offers = [_offer(box, model, needs) for box in boxes]
    candidates = [_candidate(box, offer) for box, offer in zip(boxes, offers, strict=True)]
    priced = [each for each in candidates if each is not None]
    if not priced:
        raise _none_priced(offers)
    has_box = bool(tables.get("box"))
    scenario = {**tables, "candidate": [*_entries(tables, "candidate"), *priced]}
    if not has_box:
        scenario["box"] = {key: value for key, value in priced[0].items() if key in _OF_A_BOX}
        scenario["rented"] = [each for each in _entries(tables, "rented") if _has_speed(each)]
    offered = {each.name for each in offers}

    def held(inputs: Inputs) -> tuple[Stated, ...]:
        return tuple(stated_choices(inputs, needs, offered=offered, with_box=has_box))

    def choosing(inputs: Inputs) -> MayWin:
        too_slow = _too_slow(offers, held(inputs))
        return lambda action: (
            _is_shown(action, with_box=has_box) and _choice(action) not in too_slow
        )

    advice = answer(scenario, origin=origin, choosing=choosing)
    if advice.uncertainty is UNSET:
        why = advice.unknown.get("uncertainty", "nothing in it is uncertain")
        raise InputError("the boxes cannot be ranked", why=why)
    stated = held(advice.inputs)
    rows = _rows(advice, _too_slow(offers, stated), with_box=has_box)
    return Buy(
        model=model.architecture.name,
        quantization=model.quantization,
        tok_per_s_needed=needs.tok_per_s,
        ttft_ms_needed=needs.ttft_ms,
        ttft_prompt_tokens=None if needs.ttft_ms is None else needs.prompt_tokens,
        ttft_prompt_source=None if needs.ttft_ms is None else needs.prompt_source,
        months=advice.uncertainty.months,
        scenarios=advice.uncertainty.scenarios,
        seed=advice.uncertainty.seed,
        baseline=advice.uncertainty.baseline,
        buys=next((each.name for each in rows if each.eligible), None),
        rows=rows,
        offers=tuple(offers),
        stated=stated,
        price_book=advice.price_book,
    )


def _too_slow(
    offers: Sequence[Offer], stated: Sequence[Stated]
) -> frozenset[tuple[ChoiceKind, str]]:
    return frozenset(
        (
            *((BOX, each.name) for each in offers if not each.meets_needs),
            *((each.kind, each.name) for each in stated if not each.meets_needs),
        )
    )


def _none_priced(offers: Sequence[Offer]) -> InputError:
    told = "; ".join(f"{each.name}: {each.unknown}" for each in offers)
    if all(each.fits == "no" for each in offers):
        return InputError(
            "no box can be priced",
            why=told,
            remedy="Name a smaller model or quantization, a shorter --context, or a larger box.",
        )
    return InputError(
        "no box can be priced",
        why=told,
        remedy="A machine file states what a whole box costs and draws (docs/buy.md).",
    )


_OF_A_BOX = (
    "price_usd",
    "prefill_tok_per_s",
    "decode_tok_per_s",
    "active_power_w",
    "idle_power_w",
)


def _entries(tables: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = tables.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise InputError(name, why="is no list of tables", remedy=f"Write [[{name}]].")
    return found


def _has_speed(rented: Mapping[str, Any]) -> bool:
    rates = ("prefill_tok_per_s", "decode_tok_per_s")
    return all(rented.get(each) is not None for each in rates)


def _check_names(boxes: Sequence[Box], tables: Mapping[str, Any]) -> None:
    names = [each.get("name") for each in _entries(tables, "candidate")]
    for box in boxes:
        if box.name in names:
            raise InputError(
                f"two boxes are called {box.name!r}",
                remedy="Give each machine file a name of its own.",
            )
        names.append(box.name)


def _check_context(model: Model, context_tokens: int) -> None:
    if not takes_context(model, context_tokens):
        raise InputError(
            f"{model.architecture.name} was made for contexts of up to "
            f"{model.architecture.context_tokens:,} tokens",
            why=f"{context_tokens:,} are asked for",
            remedy="Ask for a shorter --context, or name a model that takes it.",
        )


def _offer(box: Box, model: Model, needs: Needs) -> Offer:
    """The box at the most requests at once that leave each reader what it needs."""
    alone = fit(model, box.room, Load(needs.context_tokens))
    most = alone.largest_concurrency if alone.verdict == "yes" else MOST_STREAMS
    streams = _most_streams(box, model, needs, min(most, MOST_STREAMS))
    found = predict(model, box, needs.context_tokens, max(streams, 1))
    reading = _while_reading(box, model, needs, needs.priced_prompt_tokens)
    ttft_ms = None if needs.ttft_ms is None else _ttft_ms(box, model, needs)
    decode = found.decode_tok_per_s
    shortfalls = tuple(needs.shortfalls(decode.p50 if decode else None, ttft_ms))
    return Offer(
        name=box.name,
        source=box.source,
        price_usd=box.price_usd,
        active_power_w=box.active_power_w,
        idle_power_w=box.idle_power_w,
        fits=found.fits,
        layers=found.layers,
        spilled_layers=found.spilled_layers,
        concurrency=max(streams, 1),
        decode_tok_per_s=decode,
        output_tok_per_s=found.output_tok_per_s,
        prefill_tok_per_s=reading.prefill_tok_per_s,
        prompt_tokens=needs.priced_prompt_tokens,
        ttft_ms=ttft_ms,
        basis=found.basis,
        rests_on=found.rests_on,
        meets_needs=streams > 0 and not shortfalls,
        shortfalls=shortfalls,
        assumptions=found.assumptions,
        unknown=_missing(box, found, reading),
    )


def _most_streams(box: Box, model: Model, needs: Needs, most: int) -> int:
    """The largest number of requests at once, found by halving: each more makes each slower."""

    def serves(streams: int) -> bool:
        found = predict(model, box, needs.context_tokens, streams)
        rate = found.decode_tok_per_s
        return found.fits != "no" and rate is not None and rate.p50 >= needs.tok_per_s

    if most < 1 or not serves(1):
        return 0
    low, high = 1, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if serves(middle) else (low, middle - 1)
    return low


def _while_reading(box: Box, model: Model, needs: Needs, prompt_tokens: float) -> Prediction:
    """The speeds in the middle of one prompt with nothing before it: the further it is read the
    longer each part takes, nearly in proportion, so the rate there stands for all of it."""
    before_tokens = round(max(0.0, prompt_tokens - PROMPT_TOKENS) / 2)
    return predict(model, box, needs.context_tokens, before_tokens=before_tokens)


def _ttft_ms(box: Box, model: Model, needs: Needs) -> float | None:
    """How long one prompt takes with nothing before it; None where it is not known."""
    there = _while_reading(box, model, needs, needs.prompt_tokens)
    prefill, decode = there.prefill_tok_per_s, there.decode_tok_per_s
    if prefill is None or decode is None:
        return None
    return needs.ttft_ms_at(prefill.p50, decode.p50)


def _missing(box: Box, found: Prediction, reading: Prediction) -> str | None:
    """Why the box cannot be priced; None where it can."""
    if found.fits == "no":
        needed, free = found.memory_bytes.p50 / GIB, found.free_bytes / GIB
        return f"the model does not fit: it needs {needed:.3g} GiB, and {free:.3g} GiB are free"
    keys = [key for key in STATED if getattr(box, key) is None]
    if keys:
        return f"no {', '.join(keys)} of the whole box is stated"
    for key, there in (("output_tok_per_s", found), ("prefill_tok_per_s", reading)):
        if getattr(there, key) is None:
            return f"{key}: {there.unknown.get(key, 'not known')}"
    return None


def _candidate(box: Box, offer: Offer) -> dict[str, Any] | None:
    if offer.unknown is not None:
        return None
    assert offer.output_tok_per_s is not None
    assert offer.prefill_tok_per_s is not None
    return {
        "name": box.name,
        "source": box.source,
        "price_usd": box.price_usd,
        "active_power_w": box.active_power_w,
        "idle_power_w": box.idle_power_w,
        "prefill_tok_per_s": _range(offer.prefill_tok_per_s),
        "decode_tok_per_s": _range(offer.output_tok_per_s),
    }


def _range(band: Band) -> dict[str, float]:
    """The band as a lognormal distribution: a rate is above 0 and off by a factor."""
    return {"median": band.p50, "factor": math.sqrt(band.p90 / band.p10)}


def _is_shown(action: str, *, with_box: bool) -> bool:
    """Splits are no box to buy, and without a `[box]` the scenario's is a copy of a candidate."""
    kind = action.partition(":")[0]
    return kind != "hybrid" and (kind != LOCAL or with_box)


def _choice(action: str) -> tuple[ChoiceKind, str]:
    """What the action is called here."""
    kind, _, name = action.partition(":")
    return API if kind == "api" else RENTED if kind == "rented" else BOX, name or OWN_BOX


def _rows(
    advice: Advice, too_slow: Container[tuple[ChoiceKind, str]], *, with_box: bool
) -> tuple[BuyRow, ...]:
    assert advice.uncertainty is not UNSET
    served = _served_shares(advice, with_box=with_box)
    rows = [
        _row(each, served.get(each.action), eligible=_choice(each.action) not in too_slow)
        for each in advice.uncertainty.actions
        if _is_shown(each.action, with_box=with_box)
    ]
    rows.sort(key=lambda row: (not row.eligible, row.mean_usd, row.name))
    return tuple(replace(row, tied=_ties(row, rows[0])) for row in rows)


def _row(each: ActionSpread, served_share: float | None, *, eligible: bool) -> BuyRow:
    kind, name = _choice(each.action)
    return BuyRow(
        name=name,
        kind=kind,
        eligible=eligible,
        usd=Spread(p10=each.usd.p10, p50=each.usd.p50, p90=each.usd.p90),
        mean_usd=each.mean_usd,
        cheapest_probability=each.cheapest_probability,
        served_share=served_share,
        tied=False,
    )


def _served_shares(advice: Advice, *, with_box: bool) -> dict[str, float]:
    """Action -> the share of the first month's work that a box serves, where it is known."""
    overflow = {f"candidate:{each.name}": each.overflow_share for each in advice.candidates}
    if with_box:
        overflow[LOCAL] = advice.capacity.overflow_share
    return {action: 1.0 - share for action, share in overflow.items() if share is not None}


def _ties(row: BuyRow, first: BuyRow) -> bool:
    """Whether the choice cannot be told from the first one, which is another."""
    if row is first or not (row.eligible and first.eligible):
        return False
    return row.cheapest_probability >= AS_OFTEN * first.cheapest_probability
