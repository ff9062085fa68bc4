"""How is the table of models shown?"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from advisor.report import money
from advisor.report.console import columns_table, result_console
from advisor.report.language import N_, _, ngettext, sentence
from advisor.report.models import narrower
from advisor.report.text import name, number, safe, size, usd

if TYPE_CHECKING:
    from advisor.advice.models_table import Host, ModelRow, ModelsTable
    from advisor.models.band import Band

_FITS = {"partly": N_("partly"), "no": N_("no")}
WIDE = 96
"""Columns from which on the host's name stands beside its price, and energy beside its cost."""


def show_models(found: ModelsTable) -> None:
    """Prints the models of the catalogue on the box, with bands, and the cheapest API of each."""
    console = result_console()
    usual = Counter(row.quantization for row in found.models).most_common(1)
    quantization = usual[0][0] if usual else ""
    console.print(_title(found, quantization), style="bold")
    if not found.models:
        for line in (_("None of the models that were asked for fits."), *_left_out(found)):
            console.print(line)
        return
    energy, wide = found.power is not None, console.width >= WIDE
    per_million = f"{money.symbol()}/M"
    heads = [
        _("memory"),
        "tok/s",
        *(["J/token", per_million] if energy and wide else [per_million] if energy else []),
        _("score"),
        _("API, {per_million} in/out").format(per_million=per_million)
        if wide
        else f"API {per_million}",
    ]
    table = columns_table(_("model"), *heads, right=heads[:-1])
    table.collapse_padding = True
    for row in found.models:
        table.add_row(
            _model(row, quantization),
            size(row.memory_bytes),
            _band(row.decode_tok_per_s),
            *([_joules(row)] if energy and wide else []),
            *([_cost(row)] if energy else []),
            "–" if row.quality is None else number(row.quality.score),
            _host(row.host, wide=wide),
            style="dim" if row.fits == "no" or not row.takes_context else None,
        )
    console.print(table)
    for line in _notes(found, wide=wide):
        console.print(line, style="dim")
    if found.narrower_by is not None:
        console.print(narrower(found.narrower_by))


def _title(found: ModelsTable, quantization: str) -> str:
    title = ngettext(
        "On {machine}, {free} free, one request of up to {tokens} tokens",
        "On {machine}, {free} free, {count} requests at once of up to {tokens} tokens",
        found.concurrency,
    ).format(
        machine=name(found.machine),
        free=size(found.free_bytes),
        count=found.concurrency,
        tokens=f"{found.context_tokens:,}",
    )
    return _(", ").join([title, name(quantization)]) if quantization else title


def _model(row: ModelRow, usual: str) -> str:
    fits = f" ({_(_FITS[row.fits])})" if row.fits in _FITS else ""
    if not row.takes_context:
        fits = f" ({_('context')})"
    other = "" if row.quantization == usual else f":{name(row.quantization)}"
    return f"{name(row.model)}{other}{fits}"


def _band(band: Band | None) -> str:
    if band is None:
        return "?"
    return f"{_rate(band.p50)} ({_rate(band.p10)}–{_rate(band.p90)})"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _cost(row: ModelRow) -> str:
    cost = row.electricity_usd_per_output_mtok
    return "?" if cost is None else usd(cost.p50)


def _joules(row: ModelRow) -> str:
    energy = row.energy_j_per_output_token
    return "?" if energy is None else number(energy.p50)


def _host(host: Host | None, *, wide: bool) -> str:
    if host is None:
        return _("none")
    prices = (host.input_usd_per_mtok, host.output_usd_per_mtok)
    told = "/".join("?" if each is None else f"{each:.2g}" for each in prices)
    return f"{told}  {name(host.name.partition('/')[0], 20)}" if wide else told


def _notes(found: ModelsTable, *, wide: bool) -> list[str]:
    book = found.price_book
    return [
        *([_cost_unknown()] if found.sort != found.sorted_by else []),
        _("tok/s: one stream's decode, expected (middle 80 %), not measured."),
        *([_("partly: some layers stay in main memory.")] if _has_partly(found) else []),
        *([_("context: it was made for a shorter one.")] if _has_short(found) else []),
        *_scores(found),
        _("API: input and output price of the cheapest current host of the same open model."),
        *_electricity(found, wide=wide),
        *_left_out(found),
        _("Licence and more: advisor models show MODEL; advisor models predict MODEL."),
        _("Prices: {book}, as of {day}").format(
            book=f"{safe(book.name)} {safe(book.version)}", day=safe(book.as_of)
        ),
    ]


def _has_partly(found: ModelsTable) -> bool:
    return any(row.fits == "partly" for row in found.models)


def _has_short(found: ModelsTable) -> bool:
    return not all(row.takes_context for row in found.models)


def _cost_unknown() -> str:
    return _(
        "Sorted by speed: without the box's power no cost is known, and at the same power "
        "what runs faster costs less."
    )


def _electricity(found: ModelsTable, *, wide: bool) -> list[str]:
    if found.power is None:
        return [_("Energy is unknown: measure it (advisor bench) or state it (--power-w).")]
    cost = _(
        "{per_million}: electricity of a million output tokens at {power_w} W "
        "({source}) and {tariff} a kWh."
    ).format(
        per_million=f"{money.symbol()}/M",
        power_w=number(found.power.active_power_w),
        source=safe(sentence(found.power.source)),
        tariff=usd(found.usd_per_kwh),
    )
    return [cost, _("J/token: a million tokens take as many MJ.")] if wide else [cost]


def _left_out(found: ModelsTable) -> list[str]:
    lines = []
    if found.left_out:
        lines.append(
            ngettext(
                "{count} model does not fit and is left out (--all shows it).",
                "{count} models do not fit and are left out (--all shows them).",
                found.left_out,
            ).format(count=found.left_out)
        )
    if found.left_out_by_context:
        lines.append(
            ngettext(
                "{count} model was made for shorter contexts and is left out (--all shows it).",
                "{count} models were made for shorter contexts and are left out "
                "(--all shows them).",
                found.left_out_by_context,
            ).format(count=found.left_out_by_context)
        )
    return lines


def _scores(found: ModelsTable) -> list[str]:
    indices = sorted({row.quality.index for row in found.models if row.quality is not None})
    if not indices:
        return []
    return [
        _("score: {indices}, of whatever mode was published; –: none recorded.").format(
            indices=safe(_("; ").join(indices))
        )
    ]
