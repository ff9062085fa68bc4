"""Which models could run on this box, how fast, and what would the same tokens cost elsewhere?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from advisor.models.architecture import Architecture, Quality
from advisor.models.band import Band
from advisor.models.catalogue import catalogue
from advisor.models.machine_file import Box
from advisor.models.memory import Verdict
from advisor.models.model import Model, of_catalogue
from advisor.models.prediction import Prediction, predict
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
    memory_bytes: int
    decode_tok_per_s: Band | None
    output_tok_per_s: Band | None
    prefill_tok_per_s: Band | None
    energy_j_per_output_token: Band | None
    electricity_usd_per_output_mtok: Band | None
    basis: str
    host: Host | None


class ModelsTable(msgspec.Struct, frozen=True, kw_only=True):
    """The catalogue's models on one box (`advisor.models/1`), in the order asked for."""

    schema: Literal["advisor.models/1"] = "advisor.models/1"
    machine: str
    machine_kind: str
    free_bytes: int
    context_tokens: int
    concurrency: int
    power: Power | None
    usd_per_kwh: float
    price_book: BookIdentity
    models: tuple[ModelRow, ...]
    left_out: int


def models_table(
    box: Box,
    book: PriceBook,
    *,
    quantization: str | None = None,
    context_tokens: int | None = None,
    concurrency: int = 1,
    power: Power | None = None,
    usd_per_kwh: float = 0.15,
    search: str = "",
    everything: bool = False,
    sort: Sort = "size",
) -> ModelsTable:
    """Every model of the catalogue whose name holds `search`; those that do not fit only with
    `everything`. Without a quantization each has its usual one. Raises InputError for an unknown
    quantization."""
    wanted = search.strip().lower()
    rows, left_out, shown_context = [], 0, 0
    for one in catalogue():
        if wanted not in one.name.lower() and wanted not in one.title.lower():
            continue
        model = of_catalogue(f"{one.name}:{quantization}" if quantization else one.name)
        found = predict(model, box, context_tokens, concurrency)
        shown_context = found.context_tokens
        if found.fits == "no" and not everything:
            left_out += 1
            continue
        rows.append(_row(model, found, power, usd_per_kwh, _host(one, book)))
    return ModelsTable(
        machine=box.name,
        machine_kind=box.kind,
        free_bytes=box.room.device_bytes,
        context_tokens=shown_context,
        concurrency=concurrency,
        power=power,
        usd_per_kwh=usd_per_kwh,
        price_book=book.identity,
        models=tuple(sorted(rows, key=lambda row: _key(row, sort))),
        left_out=left_out,
    )


def _row(
    model: Model,
    found: Prediction,
    power: Power | None,
    usd_per_kwh: float,
    host: Host | None,
) -> ModelRow:
    one, energy = model.architecture, None
    if power is not None and found.output_tok_per_s is not None:
        energy = found.output_tok_per_s.under(power.active_power_w)
    return ModelRow(
        model=one.name,
        title=one.title,
        quantization=found.quantization,
        parameters=one.parameters,
        active_parameters=model.active_parameters,
        license=one.license or None,
        quality=one.quality,
        fits=found.fits,
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
    """What fits first, then as asked (unknown last), then the larger model."""
    asked: float | None = {
        "size": -float(row.parameters),
        "speed": None if row.decode_tok_per_s is None else -row.decode_tok_per_s.p50,
        "quality": None if row.quality is None else -row.quality.score,
        "cost": None
        if row.electricity_usd_per_output_mtok is None
        else row.electricity_usd_per_output_mtok.p50,
    }[sort]
    unknown = float("inf") if asked is None else asked
    return float(_ORDER[row.fits]), unknown, -float(row.parameters), row.model
