"""How is the ranking of boxes shown?"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING

from advisor.advice.buy_document import OWN_BOX
from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.language import _, sentence
from advisor.report.text import name, number, safe, usd

if TYPE_CHECKING:
    from advisor.advice.buy_document import Buy, BuyRow, ChoiceKind, Offer, Shortfall, Stated


def show_buy(found: Buy) -> None:
    """Prints the answer, the ranking with its bands, and what each box was taken to do."""
    console = result_console()
    console.print(_answer(found), style="bold")
    console.print()
    heads = (_("cost"), "P10", "P90", _("cheapest"), _("serves"))
    table = columns_table("", *heads, right=heads)
    table.collapse_padding = True
    partly = {each.name for each in found.offers if each.fits == "partly"}
    for row in found.rows:
        table.add_row(*_cells(row, partly), style=None if row.eligible else "dim")
    console.print(table)
    console.print(
        _(
            "Mean cost in {months} months in today's money, {scenarios} futures. serves: the share "
            "of the first month's work that the box does; the rest is bought from {baseline}."
        ).format(
            months=found.months,
            scenarios=f"{found.scenarios:,}",
            baseline=name(found.baseline, 40),
        ),
        style="dim",
    )
    if any(row.kind == "rented" for row in found.rows):
        console.print(_("Looking after the server on a rented GPU is not counted."), style="dim")
    console.print()
    console.print(
        _("{model}:{quantization}, {rate} tokens/s for each reader").format(
            model=name(found.model),
            quantization=name(found.quantization),
            rate=number(found.tok_per_s_needed),
        ),
        style="bold",
    )
    offers = [(name(each.name, 30), _told(each, found)) for each in found.offers]
    stated = [(_named(each.kind, each.name, 30), _held(each, found)) for each in found.stated]
    console.print(facts_table((*offers, *(row for row in stated if row[1]))))
    for line in _not_held(found):
        console.print(line, style="yellow")
    for line in _assumptions(found.offers):
        console.print(line, style="dim")
    if found.ttft_prompt_source == "assumed":
        console.print(_prompts_assumed(found), style="dim")
    console.print(
        _("Prices: {price_book}").format(price_book=safe(sentence(found.price_book))), style="dim"
    )


def _answer(found: Buy) -> str:
    first = next((row for row in found.rows if row.eligible), None)
    if first is None:
        return _("None of them serves what is needed.")
    tied = [row for row in found.rows if row.tied]
    if tied:
        return _tie([first, *tied])
    if first.kind == "api":
        return _("Buy none of them: {name} costs least.").format(name=name(first.name, 40))
    if first.kind == "rented":
        return _("Buy none of them: renting {name} costs least.").format(name=name(first.name, 40))
    return _("Buy {name}: it costs least of all.").format(name=_called(first))


def _tie(rows: Sequence[BuyRow]) -> str:
    listed = _(", ").join(f"{_called(row)} {usd(row.mean_usd)}" for row in rows)
    tie = _("A tie, as nearly as can be told: {listed}.").format(listed=listed)
    if all(row.kind == "box" for row in rows):
        return tie
    return _("{tie} Buying none of them is as good.").format(tie=tie)


def _called(row: BuyRow) -> str:
    return _named(row.kind, row.name, 40)


def _named(kind: ChoiceKind, text: str, longest: int) -> str:
    called = name(text, longest) if text != OWN_BOX else sentence(OWN_BOX)
    if kind == "box":
        return called
    shown = "API" if kind == "api" else _("rented")
    return f"{shown} {called}"


def _cells(row: BuyRow, partly: Container[str]) -> tuple[str, ...]:
    marks = []
    if row.kind == "box" and row.name in partly:
        marks.append(_("partly"))
    if not row.eligible:
        marks.append(_("too slow"))
    called = _called(row)
    return (
        _("{name} ({marks})").format(name=called, marks=_(", ").join(marks)) if marks else called,
        usd(row.mean_usd),
        usd(row.usd.p10),
        usd(row.usd.p90),
        _percent(row.cheapest_probability),
        _served(row),
    )


def _served(row: BuyRow) -> str:
    if row.kind != "box":
        return ""
    return "?" if row.served_share is None else _percent(row.served_share)


def _percent(share: float) -> str:
    """A share in whole percents; one that is not quite none or all does not look it."""
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"


def _told(offer: Offer, found: Buy) -> str:
    parts = [_speed(offer)]
    if offer.fits == "partly":
        parts.append(
            _("{spilled} of {layers} layers stay in main memory").format(
                spilled=offer.spilled_layers, layers=offer.layers
            )
        )
    parts.append(_held(offer, found))
    if offer.unknown is not None:
        parts.append(_("not ranked: {unknown}").format(unknown=safe(sentence(offer.unknown))))
    return "\n".join(part for part in parts if part)


def _held(choice: Offer | Stated, found: Buy) -> str:
    """What it misses, and how long a prompt takes where that is in time."""
    parts = [_short(each, found) for each in choice.shortfalls]
    if choice.ttft_ms is not None and all(each.limit != "ttft_ms" for each in choice.shortfalls):
        parts.append(
            _("a prompt of {count} tokens takes {predicted} ms").format(
                count=_prompt_tokens(found), predicted=number(choice.ttft_ms)
            )
        )
    return "\n".join(parts)


def _not_held(found: Buy) -> Iterator[str]:
    """The choices that the limit on the first token could not be held to, by the reason."""
    for why in dict.fromkeys(each.ttft_unknown for each in found.stated if each.ttft_unknown):
        names = [
            _named(each.kind, each.name, 30) for each in found.stated if each.ttft_unknown == why
        ]
        yield _("Not known to answer within {needed} ms: {names} ({why}).").format(
            needed=number(found.ttft_ms_needed or 0.0),
            names=_(", ").join(names),
            why=safe(sentence(why)),
        )


def _speed(offer: Offer) -> str:
    one, together, prompts = (
        offer.decode_tok_per_s,
        offer.output_tok_per_s,
        offer.prefill_tok_per_s,
    )
    if one is None or together is None:
        return ""
    speed = _(
        "{concurrency} at once, {each} tokens/s each, {together} ({low} to {high}) in all"
    ).format(
        concurrency=offer.concurrency,
        each=number(one.p50),
        together=number(together.p50),
        low=number(together.p10),
        high=number(together.p90),
    )
    if prompts is None:
        return speed
    return _("{speed}, prompts at {prompts} tokens/s").format(
        speed=speed, prompts=number(prompts.p50)
    )


def _short(missed: Shortfall, found: Buy) -> str:
    if missed.limit == "tok_per_s":
        return _(
            "too slow: {predicted} tokens/s for one reader alone, {needed} are needed (--tok-per-s)"
        ).format(predicted=number(missed.predicted), needed=number(missed.needed))
    return _(
        "too slow: a prompt of {count} tokens takes {predicted} ms, {needed} ms are allowed "
        "([slo] ttft_p95_ms)"
    ).format(
        count=_prompt_tokens(found),
        predicted=number(missed.predicted),
        needed=number(missed.needed),
    )


def _prompt_tokens(found: Buy) -> str:
    return f"{found.ttft_prompt_tokens or 0.0:,.0f}"


def _prompts_assumed(found: Buy) -> str:
    return _(
        "Assumed: prompts of {count} tokens; [[usage.request]] or usage.requests_per_month says "
        "how long they are."
    ).format(count=_prompt_tokens(found))


def _assumptions(offers: Sequence[Offer]) -> Iterator[str]:
    """What all boxes share once, and the rest with the names of those of which it is assumed."""
    lines = dict.fromkeys(line for offer in offers for line in offer.assumptions)
    of = {line: [each.name for each in offers if line in each.assumptions] for line in lines}
    for line in sorted(lines, key=lambda line: len(of[line]) < len(offers)):
        told = safe(sentence(line), 300)
        if len(of[line]) == len(offers):
            yield _("Assumed: {line}.").format(line=told)
        else:
            names = _(", ").join(name(each, 30) for each in of[line])
            yield _("Assumed of {names}: {line}.").format(names=names, line=told)
