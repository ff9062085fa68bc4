"""Which box should be bought for this use, if any? Predicted speeds, priced over the horizon.

Each box of a machine file becomes a `[[candidate]]` of the scenario, with the speeds that are
predicted for the model as ranges; the advice simulates all of them in the same futures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from advisor.advice.answer import answer
from advisor.advice.buy_document import API, BOX, Buy, BuyRow, Offer
from advisor.advice.document import Advice
from advisor.advice.uncertainty_document import ActionSpread, Spread
from advisor.errors import InputError
from advisor.models.band import Band
from advisor.models.machine_file import Box
from advisor.models.memory import Load, fit
from advisor.models.model import Model
from advisor.models.prediction import Prediction, predict

MOST_STREAMS = 256
LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Needs:
    """What each reader needs: so many tokens a second, and a prompt read within `ttft_ms`."""

    tok_per_s: float
    context_tokens: int
    ttft_ms: float | None = None


def buy(
    tables: Mapping[str, Any], boxes: Sequence[Box], model: Model, needs: Needs, *, origin: str
) -> Buy:
    """The boxes ranked by what they cost over the horizon, with the API as one of the choices.

    A box works at the most requests at once that leave each reader what it needs. Where the
    scenario has a `[box]` it is ranked, too; where it has none, a rented GPU needs a speed of its
    own to be. Raises InputError where a box's name is taken, no box can be priced, or the scenario
    makes no sense.
    """
    _check_names(boxes, tables)
    offers = [_offer(box, model, needs) for box in boxes]
    candidates = [_candidate(box, offer) for box, offer in zip(boxes, offers, strict=True)]
    priced = [each for each in candidates if each is not None]
    if not priced:
        told = "; ".join(f"{each.name}: {each.unknown}" for each in offers)
        raise InputError("no box can be priced", why=told, remedy="See docs/buy.md.")
    has_box = bool(tables.get("box"))
    scenario = {**tables, "candidate": [*_entries(tables, "candidate"), *priced]}
    if not has_box:
        scenario["box"] = {key: value for key, value in priced[0].items() if key in _OF_A_BOX}
        scenario["rented"] = [each for each in _entries(tables, "rented") if _has_speed(each)]
    too_slow = {each.name for each in offers if not each.meets_needs}

    def may_win(action: str) -> bool:
        return _is_shown(action, with_box=has_box) and _box_of(action) not in too_slow

    advice = answer(scenario, origin=origin, may_win=may_win)
    if advice.uncertainty is UNSET:
        why = advice.unknown.get("uncertainty", "nothing in it is uncertain")
        raise InputError("the boxes cannot be ranked", why=why)
    rows = _rows(advice, offers, with_box=has_box)
    return Buy(
        model=model.architecture.name,
        quantization=model.quantization,
        tok_per_s_needed=needs.tok_per_s,
        ttft_ms_needed=needs.ttft_ms,
        months=advice.uncertainty.months,
        scenarios=advice.uncertainty.scenarios,
        seed=advice.uncertainty.seed,
        baseline=advice.uncertainty.baseline,
        buys=next((each.name for each in rows if each.eligible), None),
        rows=rows,
        offers=tuple(offers),
        price_book=advice.price_book,
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
                f"two boxes are called {box.name!r}", remedy="Give each machine file a name."
            )
        names.append(box.name)


def _offer(box: Box, model: Model, needs: Needs) -> Offer:
    """The box at the most requests at once that leave each reader what it needs."""
    most = fit(model, box.room, Load(needs.context_tokens)).largest_concurrency
    streams = _most_streams(box, model, needs, min(most, MOST_STREAMS))
    found = predict(model, box, needs.context_tokens, max(streams, 1))
    slow = streams == 0 or _reads_too_slowly(found, needs)
    return Offer(
        name=box.name,
        source=box.source,
        price_usd=box.price_usd,
        active_power_w=box.active_power_w,
        idle_power_w=box.idle_power_w,
        fits=found.fits,
        concurrency=max(streams, 1),
        decode_tok_per_s=found.decode_tok_per_s,
        output_tok_per_s=found.output_tok_per_s,
        prefill_tok_per_s=found.prefill_tok_per_s,
        basis=found.basis,
        meets_needs=not slow,
        assumptions=found.assumptions,
        unknown=_missing(box, found),
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


def _reads_too_slowly(found: Prediction, needs: Needs) -> bool:
    rate = found.prefill_tok_per_s
    if needs.ttft_ms is None or rate is None:
        return False
    return found.prompt_tokens / rate.p50 * 1000 > needs.ttft_ms


def _missing(box: Box, found: Prediction) -> str | None:
    """Why the box cannot be priced; None where it can."""
    if found.fits == "no":
        return "the model does not fit"
    for key in ("price_usd", "active_power_w", "idle_power_w"):
        if getattr(box, key) is None:
            return f"its machine file states no {key}"
    for key in ("output_tok_per_s", "prefill_tok_per_s"):
        if getattr(found, key) is None:
            return f"{key}: {found.unknown.get(key, 'not known')}"
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


def _box_of(action: str) -> str:
    """The candidate's name; empty where the action is none."""
    kind, _, name = action.partition(":")
    return name if kind == "candidate" else ""


def _rows(advice: Advice, offers: Sequence[Offer], *, with_box: bool) -> tuple[BuyRow, ...]:
    assert advice.uncertainty is not UNSET
    found = {each.name: each for each in offers}
    rows = list(_each(advice.uncertainty.actions, found, with_box=with_box))
    return tuple(sorted(rows, key=lambda row: (not row.eligible, row.mean_usd, row.name)))


def _each(
    actions: Sequence[ActionSpread], offers: Mapping[str, Offer], *, with_box: bool
) -> Iterator[BuyRow]:
    for each in actions:
        if not _is_shown(each.action, with_box=with_box):
            continue
        kind, _, name = each.action.partition(":")
        offer = offers.get(_box_of(each.action))
        yield BuyRow(
            name=name or "the box of the scenario",
            kind=API if kind == "api" else "rented" if kind == "rented" else BOX,
            eligible=offer is None or offer.meets_needs,
            usd=Spread(p10=each.usd.p10, p50=each.usd.p50, p90=each.usd.p90),
            mean_usd=each.mean_usd,
            cheapest_probability=each.cheapest_probability,
        )
