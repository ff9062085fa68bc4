"""What must a reader know who reads no further? The decision, and three numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.report.advice_path import HEADLINES
from advisor.report.language import _, sentence
from advisor.report.page.blocks import Number, Tone
from advisor.report.page.subject import Subject
from advisor.report.page.together import listed
from advisor.report.suspect import suspect_lines
from advisor.report.text import months, name, number, safe, tokens, usd

if TYPE_CHECKING:
    from advisor.advice.document import Advice, Comparison
    from advisor.bench.document import Bench, Stage


@dataclass(frozen=True, slots=True)
class Head:
    tone: Tone
    answer: str
    summary: str
    notes: tuple[str, ...]
    numbers: tuple[Number, ...]


def head_of(subject: Subject) -> Head:
    """The advice's decision; without advice, what was measured."""
    bench, advice = subject.bench, subject.advice
    if advice is not None:
        notes = [safe(sentence(each.advice)) for each in advice.exclusions]
        notes += [
            _("Missing: {what}").format(what=safe(sentence(each))) for each in advice.measure_first
        ]
        return Head(
            advice.decision.value,
            _(HEADLINES[advice.decision]),
            safe(sentence(advice.summary)),
            (*notes, *_measurement_notes(bench)),
            tuple(_numbers(advice)),
        )
    if bench is None:
        raise ValueError("a report is about a measurement or an advice")
    model, place = name(bench.model.name, 120), name(bench.measured_on, 120)
    return Head(
        "plain",
        _("Measured"),
        _("{model} on {place}").format(model=model, place=place),
        tuple(_measurement_notes(bench)),
        tuple(_speed_numbers(bench)),
    )


def _measurement_notes(bench: Bench | None) -> Iterator[str]:
    if bench is None:
        return
    if bench.partial:
        yield _("Partial: not everything asked for was measured.")
    if bench.model.synthetic:
        yield _("The model has random weights: its speed is real, its text has no sense.")
    yield from suspect_lines(bench)


def baseline_of(advice: Advice) -> Comparison | None:
    """The API that the decision is against."""
    return next((each for each in advice.comparisons if each.baseline), None)


def _numbers(advice: Advice) -> Iterator[Number]:
    baseline = baseline_of(advice)
    if baseline is None:
        return
    yield Number(_("API bill"), _a_month(baseline.api_usd_per_month), name(baseline.name, 60))
    yield Number(_("This box"), _a_month(baseline.local_usd_per_month), _capital(advice))
    yield Number(_("Pays back"), *_pays_back(advice, baseline))


def _a_month(value: float | None) -> str:
    return _("unknown") if value is None else _("{amount} a month").format(amount=usd(value))


def _capital(advice: Advice) -> str:
    price = advice.inputs.box.price_usd
    words = (
        _("+ {price} it would sell for")
        if advice.inputs.box.already_owned
        else _("+ {price} to buy it")
    )
    parts = [words.format(price=usd(price))]
    setup_usd = advice.local_capital_usd - price
    if setup_usd:
        parts.append(_("{amount} to set it up").format(amount=usd(setup_usd)))
    energy = advice.local_electricity
    if energy.kwh_per_month is not None:
        shape = _("at most {kwh} kWh a month") if energy.upper_bound else _("{kwh} kWh a month")
        parts.append(shape.format(kwh=number(energy.kwh_per_month)))
    why = advice.unknown.get("local_electricity.usd_per_month")
    if why is not None:
        parts.append(_("unknown: {why}").format(why=safe(sentence(why))))
    return listed(parts)


def _pays_back(advice: Advice, baseline: Comparison) -> tuple[str, str]:
    """When, by the simple formula, and beside it with all effects and from which use."""
    if baseline.local_usd_per_month is None or baseline.api_usd_per_month is None:
        return _("unknown"), ""
    simple, full = baseline.break_even_months_simple, baseline.break_even_months_full
    details = []
    if simple != full:
        horizon = advice.inputs.horizon.months
        in_full = (
            _("not in {months} months").format(months=horizon) if full is None else months(full)
        )
        details.append(_("growth, resale and overflow counted: {when}").format(when=in_full))
    volume = baseline.break_even_tokens_per_month
    if volume is not None:
        details.append(
            _("within 12 months from {tokens} tokens a month").format(tokens=tokens(volume))
        )
    return months(simple), listed(details)


def _speed_numbers(bench: Bench) -> Iterator[Number]:
    first = bench.stages[0] if bench.stages else None
    if first is not None and first.decode_tok_per_s is not None:
        yield Number(
            _("One stream"),
            _("{rate} tok/s").format(rate=number(first.decode_tok_per_s.median)),
            _("decode, median"),
        )
    if first is not None and first.ttft_ms is not None:
        tail = _("95 % within {ms} ms").format(ms=number(first.ttft_ms.p95))
        yield Number(_("First token"), _("{ms} ms").format(ms=number(first.ttft_ms.median)), tail)
    most = _fastest(bench)
    if most is not None and most.output_tok_per_s is not None:
        yield Number(
            _("All streams"),
            _("{rate} tok/s").format(rate=number(most.output_tok_per_s.value)),
            load_name(most),
        )


def _fastest(bench: Bench) -> Stage | None:
    known = [
        (stage.output_tok_per_s.value, index)
        for index, stage in enumerate(bench.stages)
        if stage.output_tok_per_s is not None
    ]
    return bench.stages[max(known)[1]] if known else None


def load_name(stage: Stage) -> str:
    """A load in words: 16 streams, 2.5 requests/s."""
    if stage.concurrency is None:
        return _("{rate} requests/s").format(rate=number(stage.rate or 0.0))
    if stage.concurrency == 1:
        return _("1 stream")
    return _("{count} streams").format(count=stage.concurrency)
