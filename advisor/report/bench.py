"""How is a measurement shown? One column a stage, one row a metric, with its 95 % interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from advisor.report.bench_rows import ROWS, load_name, streams
from advisor.report.cold import cold_facts
from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.energy import energy_facts
from advisor.report.language import _, sentence
from advisor.report.metrics import ABSENT
from advisor.report.phases import contexts_table, sustained_line
from advisor.report.same_work import show_same_work
from advisor.report.spend import spend_rows
from advisor.report.suspect import suspect_lines
from advisor.report.text import name, number, safe

if TYPE_CHECKING:
    from rich.table import Table

    from advisor.bench.document import (
        Bench,
        Capacity,
        CrossCheckOf,
        FirstRequest,
        Stage,
        TotalOf,
        Workload,
    )


GAP = 2
"""Between two columns."""


def show_bench(bench: Bench, *, record: str) -> None:
    """Prints what was measured, on what, and what has to be said beside it."""
    console = result_console()
    console.print(headline(bench), style="bold")
    console.print(
        _("{workload}; ± is the 95 % interval").format(workload=safe(_workload(bench.workload)))
    )
    console.print()
    for table in _stages(bench, console.width):
        console.print(table)
    if bench.contexts:
        console.print(contexts_table(bench.contexts))
    console.print(facts_table(facts(bench)))
    if bench.same_work is not None:
        show_same_work(bench.same_work, console)
    for line in suspect_lines(bench):
        console.print(line, style="red")
    for warning in (*bench.warnings, *bench.assumptions):
        console.print(_("Note: {warning}").format(warning=safe(sentence(warning))), style="yellow")
    if bench.partial:
        console.print(_("Partial: not everything asked for was measured."), style="yellow")
    console.print(_("`{record}` shows this again.").format(record=safe(record)), style="dim")


def headline(bench: Bench) -> str:
    """The model and what computed it."""
    model = name(bench.model.name)
    if bench.model.synthetic:
        model = _("{model} (synthetic: random weights)").format(model=model)
    return _("{model} on {place}").format(model=model, place=name(sentence(bench.measured_on), 100))


def _workload(workload: Workload) -> str:
    """The shape of the requests in a line: "512 tokens in, 128 out, every prompt another"."""
    if workload.input_tokens is None:
        return sentence(workload.prompts)
    named = "" if workload.name == "default" else f"{workload.name}: "
    read, written = (
        _("{tokens} (95 % within {p95})").format(tokens=tokens, p95=p95) if p95 else f"{tokens}"
        for tokens, p95 in (
            (workload.input_tokens, workload.input_tokens_p95),
            (workload.output_tokens, workload.output_tokens_p95),
        )
    )
    alike = _("every prompt another")
    if workload.turns > 1:
        alike = _("conversations of {turns} turns").format(turns=workload.turns)
    if workload.shared_prefix_tokens:
        alike = _("{alike}, the first {tokens} tokens shared").format(
            alike=alike, tokens=workload.shared_prefix_tokens
        )
    shape = _("{read} tokens in, {written} out, {alike}").format(
        read=read, written=written, alike=alike
    )
    return f"{named}{shape}"


def _stages(bench: Bench, columns: int) -> Iterator[Table]:
    """The table of all stages; several under one another where they do not fit beside another."""
    rows = list(stage_rows(bench.stages))
    heads = [load_name(stage) for stage in bench.stages]
    labels = max((cell_len(label) for label, _cells in rows), default=0)
    widest = max((cell_len(each) for _label, cells in rows for each in cells), default=0)
    at_once = max(1, (columns - labels) // (max([widest, *map(cell_len, heads)]) + GAP))
    for start in range(0, len(heads), at_once):
        these = slice(start, start + at_once)
        table = columns_table("", *heads[these], right=heads[these])
        for label, cells in rows:
            table.add_row(label, *cells[these])
        yield table


def stage_rows(stages: Sequence[Stage]) -> Iterator[tuple[str, list[str]]]:
    """Each metric that one of the stages has, with its cell for each stage."""
    for label, cell in ROWS:
        cells = [cell(stage) for stage in stages]
        if any(each != ABSENT for each in cells):
            yield _(label), cells


def facts(bench: Bench) -> list[tuple[str, str]]:
    """What else was measured, a label and a sentence each."""
    facts = []
    point = bench.operating_point
    if point and point.prefill_tok_per_s and point.decode_tok_per_s:
        rates = _("at {load} it reads {read} and writes {written} tokens per busy second").format(
            load=streams(point.concurrency),
            read=number(point.prefill_tok_per_s),
            written=number(point.decode_tok_per_s),
        )
        facts.append((_("whole server"), rates))
    if bench.capacity is not None:
        facts += _capacity(bench.capacity, bench.unknown)
    if bench.sustained is not None:
        facts.append((_("sustained load"), sustained_line(bench.sustained)))
    if bench.spend is not None:
        facts += spend_rows(bench.spend)
    if bench.first_request is not None:
        facts.append((_("first request"), _first_request(bench.first_request)))
    facts += cold_facts(bench.cold_start, bench.unknown)
    facts += energy_facts(bench)
    check = bench.stages[0].cross_check if bench.stages else None
    if check is not None:
        parts = [
            f"{label} {_difference(found)}"
            for label, found in (
                (_("decode"), check.decode_tok_per_s),
                (_("prefill"), check.prefill_tok_per_s),
                (_("first token"), check.ttft_ms),
                (_("between tokens"), check.itl_ms),
            )
            if found is not None
        ]
        if parts:
            facts.append((_("server's timers"), _(", ").join(parts)))
    facts += _totals(bench.stages)
    return facts


def _totals(stages: Sequence[Stage]) -> list[tuple[str, str]]:
    """The tokens of all loads by the streams against the server's counters, the worst of each."""
    checks = [stage.cross_check for stage in stages if stage.cross_check is not None]
    found = {
        _("input"): [each.prompt_tokens for each in checks if each.prompt_tokens],
        _("output"): [each.output_tokens for each in checks if each.output_tokens],
    }
    parts = [
        f"{label} {_difference(max(totals, key=lambda each: abs(each.difference)))}"
        for label, totals in found.items()
        if totals
    ]
    return [(_("server's totals"), _(", ").join(parts))] if parts else []


def _first_request(first: FirstRequest) -> str:
    answered = _("no answer")
    if first.ttft_ms is not None:
        answered = _("first token after {ttft_ms} ms").format(ttft_ms=number(first.ttft_ms))
    if first.load_s is None:
        return answered
    return _("{answered}, the model loaded in {load_s} s").format(
        answered=answered, load_s=number(first.load_s)
    )


def _capacity(found: Capacity, unknown: dict[str, str]) -> list[tuple[str, str]]:
    """Where the server is saturated, and what it can promise, or why that is not known."""
    facts = []
    if found.saturation is not None:
        rate = _number(found.saturation.output_tok_per_s)
        facts.append(
            (
                _("saturated from"),
                _("{load} on, at {rate} tok/s").format(load=load_name(found.saturation), rate=rate),
            )
        )
    if found.within_slo is not None:
        good = _number(found.within_slo.goodput_per_s)
        facts.append(
            (
                _("SLO met up to"),
                _("{load}, {good} good requests/s").format(
                    load=load_name(found.within_slo), good=good
                ),
            )
        )
    for key, label in (("saturation", _("saturation")), ("within_slo", "SLO")):
        reason = unknown.get(f"capacity.{key}", "")
        if reason and "asked for" not in reason:
            facts.append((label, safe(sentence(reason))))
    return facts


def _number(value: float | None) -> str:
    return ABSENT if value is None else number(value)


def _difference(found: CrossCheckOf | TotalOf) -> str:
    shown = f"{100 * found.difference:+.1f} %"
    return _("{shown} (disagrees)").format(shown=shown) if found.disagrees else shown
