"""How is a measurement shown? One column a stage, one row a metric, with its 95 % interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from advisor.report.cold import cold_facts
from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.energy import energy_facts
from advisor.report.metrics import ABSENT, distribution, plus_minus
from advisor.report.phases import contexts_table, sustained_line
from advisor.report.same_work import show_same_work
from advisor.report.spend import spend_rows
from advisor.report.text import name, number, safe

if TYPE_CHECKING:
    from rich.table import Table

    from advisor.bench.document import (
        Bench,
        Capacity,
        CapacityLoad,
        CrossCheckOf,
        FirstRequest,
        Stage,
        TotalOf,
        Workload,
    )
    from advisor.bench.interval import Rate


def show_bench(bench: Bench, *, record: str) -> None:
    """Prints what was measured, on what, and what has to be said beside it."""
    console = result_console()
    console.print(headline(bench), style="bold")
    console.print(f"{safe(_workload(bench.workload))}; ± is the 95 % interval")
    console.print()
    console.print(_stages(bench))
    if bench.contexts:
        console.print(contexts_table(bench.contexts))
    console.print(facts_table(_facts(bench)))
    if bench.same_work is not None:
        show_same_work(bench.same_work, console)
    for suspect in bench.suspect:
        console.print(
            f"Suspect: {suspect.path} = {number(suspect.value)}: {safe(suspect.reason)}",
            style="red",
        )
    for warning in (*bench.warnings, *bench.assumptions):
        console.print(f"Note: {safe(warning)}", style="yellow")
    if bench.partial:
        console.print("Partial: not everything asked for was measured.", style="yellow")
    console.print(f"`{safe(record)}` shows this again.", style="dim")


def headline(bench: Bench) -> str:
    """The model and what computed it."""
    model = name(bench.model.name)
    synthetic = " (synthetic: random weights)" if bench.model.synthetic else ""
    return f"{model}{synthetic} on {name(bench.measured_on, 100)}"


def _workload(workload: Workload) -> str:
    """The shape of the requests in a line: "512 tokens in, 128 out, every prompt another"."""
    if workload.input_tokens is None:
        return workload.prompts
    named = "" if workload.name == "default" else f"{workload.name}: "
    lengths = [
        f"{tokens}{f' (95 % within {p95})' if p95 else ''}"
        for tokens, p95 in (
            (workload.input_tokens, workload.input_tokens_p95),
            (workload.output_tokens, workload.output_tokens_p95),
        )
    ]
    alike = "every prompt another"
    if workload.turns > 1:
        alike = f"conversations of {workload.turns} turns"
    if workload.shared_prefix_tokens:
        alike += f", the first {workload.shared_prefix_tokens} tokens shared"
    return f"{named}{lengths[0]} tokens in, {lengths[1]} out, {alike}"


def _stages(bench: Bench) -> Table:
    heads = [_load_name(stage) for stage in bench.stages]
    table = columns_table("", *heads, right=heads)
    for label, cell in _ROWS:
        cells = [cell(stage) for stage in bench.stages]
        if any(each != ABSENT for each in cells):
            table.add_row(label, *cells)
    return table


def _load_name(load: Stage | CapacityLoad) -> str:
    return f"{load.rate:g} req/s" if load.concurrency is None else _streams(load.concurrency)


def _streams(count: int) -> str:
    return "1 stream" if count == 1 else f"{count} streams"


def _facts(bench: Bench) -> list[tuple[str, str]]:
    facts = []
    point = bench.operating_point
    if point and point.prefill_tok_per_s and point.decode_tok_per_s:
        rates = (
            f"at {_streams(point.concurrency)} it reads {number(point.prefill_tok_per_s)} "
            f"and writes {number(point.decode_tok_per_s)} tokens per busy second"
        )
        facts.append(("whole server", rates))
    if bench.capacity is not None:
        facts += _capacity(bench.capacity, bench.unknown)
    if bench.sustained is not None:
        facts.append(("sustained load", sustained_line(bench.sustained)))
    if bench.spend is not None:
        facts += spend_rows(bench.spend)
    if bench.first_request is not None:
        facts.append(("first request", _first_request(bench.first_request)))
    facts += cold_facts(bench.cold_start, bench.unknown)
    facts += energy_facts(bench)
    check = bench.stages[0].cross_check if bench.stages else None
    if check is not None:
        parts = [
            f"{label} {_difference(found)}"
            for label, found in (
                ("decode", check.decode_tok_per_s),
                ("prefill", check.prefill_tok_per_s),
                ("first token", check.ttft_ms),
                ("between tokens", check.itl_ms),
            )
            if found is not None
        ]
        if parts:
            facts.append(("server's timers", ", ".join(parts)))
    facts += _totals(bench.stages)
    return facts


def _totals(stages: Sequence[Stage]) -> list[tuple[str, str]]:
    """The tokens of all loads by the streams against the server's counters, the worst of each."""
    checks = [stage.cross_check for stage in stages if stage.cross_check is not None]
    found = {
        "input": [each.prompt_tokens for each in checks if each.prompt_tokens],
        "output": [each.output_tokens for each in checks if each.output_tokens],
    }
    parts = [
        f"{label} {_difference(max(totals, key=lambda each: abs(each.difference)))}"
        for label, totals in found.items()
        if totals
    ]
    return [("server's totals", ", ".join(parts))] if parts else []


def _first_request(first: FirstRequest) -> str:
    answered = (
        "no answer" if first.ttft_ms is None else f"first token after {number(first.ttft_ms)} ms"
    )
    loaded = "" if first.load_s is None else f", the model loaded in {number(first.load_s)} s"
    return answered + loaded


def _capacity(found: Capacity, unknown: dict[str, str]) -> list[tuple[str, str]]:
    """Where the server is saturated, and what it can promise, or why that is not known."""
    facts = []
    if found.saturation is not None:
        rate = _number(found.saturation.output_tok_per_s)
        facts.append(("saturated from", f"{_load_name(found.saturation)} on, at {rate} tok/s"))
    if found.within_slo is not None:
        good = _number(found.within_slo.goodput_per_s)
        facts.append(("SLO met up to", f"{_load_name(found.within_slo)}, {good} good requests/s"))
    for key, label in (("saturation", "saturation"), ("within_slo", "SLO")):
        reason = unknown.get(f"capacity.{key}", "")
        if reason and "asked for" not in reason:
            facts.append((label, safe(reason)))
    return facts


def _number(value: float | None) -> str:
    return ABSENT if value is None else number(value)


def _difference(found: CrossCheckOf | TotalOf) -> str:
    warning = " (disagrees)" if found.disagrees else ""
    return f"{100 * found.difference:+.1f} %{warning}"


def _rate(value: Rate | None, unit: str) -> str:
    return ABSENT if value is None else f"{number(value.value)}{plus_minus(value.ci95)} {unit}"


def _tail(stage: Stage) -> str:
    return ABSENT if stage.ttft_ms is None else f"{number(stage.ttft_ms.p95)} ms"


def _power(stage: Stage) -> str:
    box = stage.energy.box if stage.energy else None
    if box is None or box.active_w is None:
        return ABSENT
    idle = f", {number(box.idle_w)} idle" if box.idle_w is not None else ""
    return f"{number(box.active_w)} W{idle}"


def _joules(stage: Stage) -> str:
    energy = stage.energy
    if energy is None or energy.j_per_output_token is None:
        return ABSENT
    return f"{number(energy.j_per_output_token)} J"


def _joules_at_the_wall(stage: Stage) -> str:
    energy = stage.energy
    if energy is None or energy.j_per_output_token_wall is None or energy.domain == "box":
        return ABSENT
    return f"{number(energy.j_per_output_token_wall)} J"


def _marked(stage: Stage) -> str:
    marks = [*stage.held_back_by, *(["still warming"] if stage.drifting else [])]
    return ", ".join(name(mark, 30) for mark in marks) or ABSENT


def _joules_per_request(stage: Stage) -> str:
    energy = stage.energy
    return (
        ABSENT
        if energy is None or energy.j_per_request is None
        else (f"{number(energy.j_per_request)} J")
    )


def _goodput(stage: Stage) -> str:
    found = stage.goodput
    if found is None:
        return ABSENT
    verdict = "meets the SLO" if found.met else "misses the SLO"
    return f"{number(found.requests_per_s)}/s ({found.share:.0%}), {verdict}"


def _in_flight(stage: Stage) -> str:
    found = stage.in_flight
    if found is None:
        return ABSENT
    growing = ", growing" if stage.overloaded else ""
    return f"{number(found.mean)}, at most {found.max}{growing}"


def _errors(stage: Stage) -> str:
    if not stage.errors:
        return ABSENT
    return ", ".join(f"{count} × {name(kind, 20)}" for kind, count in stage.errors.items())


def _cached(stage: Stage) -> str:
    if not stage.cached_input_tokens or not stage.input_tokens:
        return ABSENT
    return f"{stage.cached_input_tokens / stage.input_tokens:.0%}"


_ROWS: list[tuple[str, Callable[[Stage], str]]] = [
    ("first token (TTFT)", lambda stage: distribution(stage.ttft_ms, "ms")),
    ("  95 % within", _tail),
    ("between tokens (ITL)", lambda stage: distribution(stage.itl_ms, "ms")),
    ("whole answer (E2E)", lambda stage: distribution(stage.e2e_ms, "ms")),
    ("prefill, one stream", lambda stage: distribution(stage.prefill_tok_per_s, "tok/s")),
    ("decode, one stream", lambda stage: distribution(stage.decode_tok_per_s, "tok/s")),
    ("output, all streams", lambda stage: _rate(stage.output_tok_per_s, "tok/s")),
    ("prompt, from the cache", _cached),
    ("goodput", _goodput),
    ("in flight", _in_flight),
    ("box, active", _power),
    ("energy an output token", _joules),
    ("  at the wall, estimated", _joules_at_the_wall),
    ("energy a request", _joules_per_request),
    ("requests measured", lambda stage: str(stage.requests)),
    ("errors", _errors),
    ("held back", _marked),
]
