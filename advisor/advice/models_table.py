"""Which models could run on this box, how fast, and what would the same tokens cost elsewhere?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from advisor.errors import InputError
from advisor.models.architecture import Architecture, Quality
from advisor.models.band import Band
from advisor.models.basis import narrower_by
from advisor.models.catalogue import catalogue, meant
from advisor.models.machine_file import Box
from advisor.models.memory import DEFAULT_CONTEXT_TOKENS, Verdict
from advisor.models.model import Model, of_catalogue
from advisor.models.prediction import Prediction, predict, takes_context
from advisor.prices.book import PriceBook
from advisor.prices.document import BookIdentity, Price

JOULES_PER_KWH = 3.6e6
TOKENS_PER_MTOK = 1e6

Sort = Literal["size", "speed", "quality", "cost"]
SORTS: tuple[Sort, ...] = ("size", "speed", "quality", "cost")
_ORDER: dict[Verdict, int] = {"yes": 0, "partly": 1, "no": 2}


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """What the whole box draws while it decodes, and who says so."""

    active_power_w: float
    source: str


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """The cheapest API that sells the same open model today, in USD per million tokens."""

    name: str
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    as_of: str | None
    source: str


class ModelRow(msgspec.Struct, frozen=True, kw_only=True):
    """One model on the box. Speeds, energy and electricity are bands; those of a token assume that
    the box does nothing else. Null is unknown, or does not fit."""

    model: str
    title: str
    quantization: str
    parameters: int
    active_parameters: int
    license: str | None
    quality: Quality | None
    fits: Verdict
    takes_context: bool
    memory_bytes: int
    decode_tok_per_s: Band | None
    output_tok_per_s: Band | None
    prefill_tok_per_s: Band | None
    energy_j_per_output_token: Band | None
    electricity_usd_per_output_mtok: Band | None
    basis: str
    host: Host | None


class ModelsTable(msgspec.Struct, frozen=True, kw_only=True):
    """The catalogue's models on one box (`advisor.models/1`).

    `sorted_by` is the `sort` that was asked for, but speed in place of cost where the power is not
    known: at the same power what runs faster costs less. `left_out` do not fit,
    `left_out_by_context` were not made for so long a context. `narrower_by` is what would rest the
    speeds on this machine's own measurements (null: nothing).
    """

    schema: Literal["advisor.models/1"] = "advisor.models/1"
    machine: str
    machine_kind: str
    free_bytes: int
    context_tokens: int
    concurrency: int
    power: Power | None
    usd_per_kwh: float
    price_book: BookIdentity
    sort: Sort
    sorted_by: Sort
    models: tuple[ModelRow, ...]
    left_out: int
    left_out_by_context: int
    narrower_by: str | None


def models_table(
    box: Box,
    book: PriceBook,
    *,
    quantization: str | None = None,
    context_tokens: int | None = None,
    concurrency: int = 1,
    usd_per_kwh: float = 0.15,
    search: str = "",
    everything: bool = False,
    sort: Sort = "size",
) -> ModelsTable:
    """Every model of the catalogue whose name holds `search`; those that do not fit or were not
    made for so long a context only with `everything`. Without a quantization each has its usual
    one. Raises InputError for an unknown quantization, or where no name holds what is searched."""
    rows, left_out, too_long = [], 0, 0
    for one in _matching(search):
        model = of_catalogue(f"{one.name}:{quantization}" if quantization else one.name)
        if not takes_context(model, context_tokens) and not everything:
            too_long += 1
            continue
        found = predict(model, box, context_tokens, concurrency)
        if found.fits == "no" and not everything:
            left_out += 1
            continue
        rows.append(_row(model, found, usd_per_kwh, _host(one, book)))
    sorted_by: Sort = "speed" if sort == "cost" and box.active_power_w is None else sort
    return ModelsTable(
        machine=box.name,
        machine_kind=box.kind,
        free_bytes=box.room.device_bytes,
        context_tokens=context_tokens or DEFAULT_CONTEXT_TOKENS,
        concurrency=concurrency,
        power=_power(box),
        usd_per_kwh=usd_per_kwh,
        price_book=book.identity,
        sort=sort,
        sorted_by=sorted_by,
        models=tuple(sorted(rows, key=lambda row: _key(row, sorted_by))),
        left_out=left_out,
        left_out_by_context=too_long,
        narrower_by=narrower_by(box),
    )


def _matching(search: str) -> list[Architecture]:
    wanted = search.strip().lower()
    found = [
        one for one in catalogue() if wanted in one.name.lower() or wanted in one.title.lower()
    ]
    if not found:
        raise InputError(
            f"No model's name holds {search!r}",
            why="none in the catalogue does",
            remedy=meant(search),
        )
    return found


def _power(box: Box) -> Power | None:
    if box.active_power_w is None:
        return None
    return Power(active_power_w=box.active_power_w, source=box.power_source)


def _row(model: Model, found: Prediction, usd_per_kwh: float, host: Host | None) -> ModelRow:
    one, energy = model.architecture, found.energy_j_per_output_token
    return ModelRow(
        model=one.name,
        title=one.title,
        quantization=found.quantization,
        parameters=one.parameters,
        active_parameters=model.active_parameters,
        license=one.license or None,
        quality=one.quality,
        fits=found.fits,
        takes_context=not found.warnings,
        memory_bytes=found.memory_bytes.p50,
        decode_tok_per_s=found.decode_tok_per_s,
        output_tok_per_s=found.output_tok_per_s,
        prefill_tok_per_s=found.prefill_tok_per_s,
        energy_j_per_output_token=energy,
        electricity_usd_per_output_mtok=None
        if energy is None
        else energy.times(TOKENS_PER_MTOK / JOULES_PER_KWH * usd_per_kwh),
        basis=found.basis,
        host=host,
    )


def _host(one: Architecture, book: PriceBook) -> Host | None:
    hosts: Iterable[Price] = book.hosts_of(one.name, *one.aliases)
    price = next(iter(hosts), None)
    if price is None:
        return None
    return Host(
        name=price.name,
        input_usd_per_mtok=price.input_usd_per_mtok,
        output_usd_per_mtok=price.output_usd_per_mtok,
        as_of=price.as_of or price.confirmed_on,
        source=price.source,
    )


def _key(row: ModelRow, sort: Sort) -> tuple[float, float, float, str]:
    """What fits first, then as asked (unknown last), then the one of more parameters."""
    asked: float | None = {
        "size": -float(row.memory_bytes),
        "speed": None if row.decode_tok_per_s is None else -row.decode_tok_per_s.p50,
        "quality": None if row.quality is None else -row.quality.score,
        "cost": None
        if row.electricity_usd_per_output_mtok is None
        else row.electricity_usd_per_output_mtok.p50,
    }[sort]
    unknown = float("inf") if asked is None else asked
    order = _ORDER[row.fits] if row.takes_context else _ORDER["no"]
    return float(order), unknown, -float(row.parameters), row.model
