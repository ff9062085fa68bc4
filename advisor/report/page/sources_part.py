"""What was assumed, who says so, and how does somebody else come to the same report?"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import UnsetType

from advisor.report.language import _, sentence
from advisor.report.page.blocks import Block, Bullets, Commands, Facts, Section, Table, Text
from advisor.report.page.subject import Subject
from advisor.report.text import duration, name, number, safe

if TYPE_CHECKING:
    from advisor.advice.document import Advice, Assumption
    from advisor.bench.document import Bench, Stage


def sources_sections(subject: Subject) -> tuple[Section, ...]:
    """Every assumption with its source; commands, versions and ids."""
    return (
        Section("assumptions", _("What it rests on"), tuple(_assumptions(subject))),
        Section("reproduce", _("How to reproduce it"), tuple(_reproduce(subject))),
    )


def _assumptions(subject: Subject) -> Iterator[Block]:
    advice, bench = subject.advice, subject.bench
    if advice is not None:
        yield from _of_advice(advice)
    if bench is not None:
        said = [*bench.warnings, *bench.assumptions]
        last = next((s.energy for s in reversed(bench.stages) if s.energy), None)
        said += last.box.assumptions if last and last.box else ()
        if said:
            yield Text(_("Of the measurement:"))
            yield Bullets(tuple(safe(sentence(each)) for each in dict.fromkeys(said)))


def _of_advice(advice: Advice) -> Iterator[Block]:
    decisive = [item for item in advice.assumptions if not item.flips.startswith("nothing")]
    rest = [item for item in advice.assumptions if item.flips.startswith("nothing")]
    if decisive:
        yield _assumed_table(_("Nobody stated these, and each could turn the answer"), decisive)
    if rest:
        yield _assumed_table(
            _("Nobody stated these either; none alone would turn it"), rest, folded=True
        )
    prices = tuple(
        (
            name(each.name, 60),
            _price(each.input_usd_per_mtok),
            _price(each.output_usd_per_mtok),
            safe(sentence(each.source or _("unknown"))),
            name(each.as_of or "–"),
        )
        for each in advice.comparisons
    )
    if prices:
        heads = (_("API"), _("input, USD/M"), _("output, USD/M"), _("says who"), _("as of"))
        yield Table(_("Prices used, USD per million tokens"), heads, prices, frozenset({1, 2}))
    if not isinstance(advice.used, UnsetType):
        yield Facts(
            ((_("Use, from records"), ", ".join(name(each, 200) for each in advice.used.sources)),)
        )
    yield Text(_("Prices: {book}.").format(book=safe(advice.price_book)), "small")
    yield Text(safe(sentence(advice.scope)), "small")


def _assumed_table(caption: str, items: Sequence[Assumption], *, folded: bool = False) -> Table:
    heads = (_("what"), _("assumed"), _("says who"), _("would turn the answer"))
    rows = tuple(
        (
            name(item.key, 80),
            _assumed(item.value),
            safe(sentence(item.source)),
            safe(sentence(item.flips)),
        )
        for item in items
    )
    return Table(caption, heads, rows, folded=folded)


def _price(value: float | None) -> str:
    return "?" if value is None else number(value, 4)


def _assumed(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return number(value, 4)
    if isinstance(value, tuple):
        return ", ".join(name(each) for each in value) or _("none")
    return safe(sentence(str(value)), 300) if value else _("none")


def _reproduce(subject: Subject) -> Iterator[Block]:
    yield Commands(tuple(_commands(subject)))
    yield Facts(tuple(_identity(subject)))


def _commands(subject: Subject) -> Iterator[str]:
    bench = subject.bench
    if bench is not None:
        yield bench_command(bench)
    if subject.advice is not None:
        scenario = f" --scenario {_quoted(subject.scenario)}" if subject.scenario else ""
        measured = f" --run {_quoted(bench.id)}" if bench is not None else ""
        yield f"advisor advise{scenario}{measured}"
    if bench is not None:
        yield f"advisor history show {_quoted(bench.id)} --json"


def bench_command(bench: Bench) -> str:
    """The command that measures the same; the server's address is the reader's own."""
    parts = ["advisor bench"]
    if bench.model.synthetic:
        parts.append(f"--synthetic {_quoted(bench.model.name)}")
    else:
        parts.append(f"--server {_quoted(bench.server.kind)} --model {_quoted(bench.model.name)}")
    work = bench.workload
    if work.name != "default":
        parts.append(f"--workload {_quoted(work.name)}")
    elif work.input_tokens is not None and work.output_tokens is not None:
        parts.append(f"--input-tokens {work.input_tokens} --output-tokens {work.output_tokens}")
    parts += _loads(bench.stages)
    return " ".join(parts)


def _loads(stages: tuple[Stage, ...]) -> Iterator[str]:
    streams = [str(stage.concurrency) for stage in stages if stage.concurrency is not None]
    rates = [f"{stage.rate:g}" for stage in stages if stage.rate is not None]
    if streams:
        yield f"--concurrency {','.join(dict.fromkeys(streams))}"
    if rates:
        yield f"--rate {','.join(dict.fromkeys(rates))}"


def _quoted(words: str) -> str:
    return shlex.quote(name(words, 200))


def _identity(subject: Subject) -> Iterator[tuple[str, str]]:
    bench, advice = subject.bench, subject.advice
    if bench is not None:
        yield _("Run"), name(bench.id)
        length = f" · {duration(bench.duration_s)}" if bench.duration_s is not None else ""
        yield _("Measured at"), f"{name(bench.started_at)}{length}"
        version = name(bench.server.version or _("of unknown version"))
        yield _("Server"), f"{name(bench.server.kind)} {version}"
        model = bench.model
        known = [
            name(model.name, 120),
            name(model.quantization or ""),
            name(model.digest or "", 100),
        ]
        yield _("Model"), " · ".join(part for part in known if part)
    if advice is not None:
        yield _("Documents"), "advisor.advice/1" + (", advisor.bench/1" if bench else "")
    if subject.advisor_version:
        yield _("Program"), f"advisor {name(subject.advisor_version)}"
