"""What was measured: speed under each load, energy with its grade, and the machine?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from advisor.report.charts.concurrency import Load, concurrency_chart
from advisor.report.charts.energy import Use, energy_chart
from advisor.report.energy import energy_facts
from advisor.report.language import _, sentence
from advisor.report.metrics import ABSENT, distribution, plus_minus
from advisor.report.page.blocks import Block, Facts, Picture, Section, Table, Text
from advisor.report.page.head import load_name
from advisor.report.page.subject import Subject
from advisor.report.text import name, number, safe, size, tokens

if TYPE_CHECKING:
    from advisor.advice.document import Advice
    from advisor.bench.document import Bench, Stage
    from advisor.machine.document import Gpu, Machine

GRADES = {
    "wall": "measured at the plug: the whole box",
    "counter": "a counter of energy in the device",
    "sampled": "power read at intervals and added up",
    "estimated": "not measured: computed from specifications",
}


def measured_sections(subject: Subject) -> tuple[Section, ...]:
    """Speed and energy of the measurement, and the machine; of advice alone its capacity."""
    bench = subject.bench
    speed = [
        *(_speed(bench) if bench else ()),
        *(_capacity(subject.advice) if subject.advice else ()),
    ]
    return (
        Section("speed", _("Speed and waiting"), tuple(speed)),
        Section("energy", _("Energy"), tuple(_energy(subject))),
        Section("machine", _("The machine"), tuple(_machine(subject.machine))),
    )


def _speed(bench: Bench) -> Iterator[Block]:
    server = f"{name(bench.server.kind)} {name(bench.server.version or '')}".strip()
    yield Text(
        _("{model} on {server}; ± is the 95 % interval.").format(
            model=name(bench.model.name, 120), server=server
        )
    )
    picture = speed_picture(bench)
    if picture is not None:
        yield picture
    if bench.stages:
        yield _stages(bench.stages)


def speed_picture(bench: Bench) -> Picture | None:
    """Throughput and waiting by load; None for a single load."""
    closed = [stage for stage in bench.stages if stage.concurrency is not None]
    stages = closed if len(closed) > 1 else [s for s in bench.stages if s.rate is not None]
    if len(stages) < 2:
        return None
    unit = _("streams at once") if stages[0].concurrency else _("requests a second")
    loads = sorted((_load(stage) for stage in stages), key=lambda load: load.size)
    words = _curve_in_words(loads, stages)
    return Picture(concurrency_chart(loads, unit, words), words)


def _load(stage: Stage) -> Load:
    rate, ttft = stage.output_tok_per_s, stage.ttft_ms
    return Load(
        float(stage.concurrency or stage.rate or 0.0),
        rate.value if rate else None,
        rate.ci95 if rate else None,
        ttft.median if ttft else None,
        ttft.p95 if ttft else None,
    )


def _curve_in_words(loads: Sequence[Load], stages: Sequence[Stage]) -> str:
    known = [load for load in loads if load.output_tok_per_s is not None]
    if not known:
        return _("No rate of all streams is known.")
    best = max(known, key=lambda load: load.output_tok_per_s or 0.0)
    stage = next(each for each in stages if (each.concurrency or each.rate) == best.size)
    words = _("Most tokens at {load}: {rate} tok/s for all.").format(
        load=load_name(stage), rate=number(best.output_tok_per_s or 0.0)
    )
    if best.ttft_p95_ms is None:
        return words
    tail = _("95 % of the first tokens come within {ms} ms there.")
    return f"{words} {tail.format(ms=number(best.ttft_p95_ms))}"


def _stages(stages: Sequence[Stage]) -> Table:
    heads = (
        _("load"),
        _("first token (TTFT)"),
        _("95 % within"),
        _("between tokens (ITL)"),
        _("decode, one stream"),
        _("output, all streams"),
        _("requests"),
    )
    rows = tuple(
        (
            load_name(stage),
            distribution(stage.ttft_ms, "ms"),
            ABSENT if stage.ttft_ms is None else f"{number(stage.ttft_ms.p95)} ms",
            distribution(stage.itl_ms, "ms"),
            distribution(stage.decode_tok_per_s, "tok/s"),
            ABSENT
            if stage.output_tok_per_s is None
            else f"{number(stage.output_tok_per_s.value)}"
            f"{plus_minus(stage.output_tok_per_s.ci95)} tok/s",
            f"{stage.requests:,}",
        )
        for stage in stages
    )
    return Table(_("Each load"), heads, rows, frozenset(range(1, 7)))


def _capacity(advice: Advice) -> Iterator[Block]:
    found, rows = advice.capacity, []
    if found.utilization is not None:
        rows.append((_("Busy in the first month"), f"{100 * found.utilization:.1f} %"))
    if found.tokens_per_month is not None:
        rows.append(
            (
                _("Most it can serve"),
                _("{tokens} tokens a month").format(tokens=tokens(found.tokens_per_month)),
            )
        )
    if found.overflow_share:
        rows.append((_("Beyond the box"), f"{100 * found.overflow_share:.1f} %"))
    why = advice.unknown.get("capacity.utilization")
    if why is not None:
        rows.append((_("Busy"), _("unknown: {why}").format(why=safe(sentence(why)))))
    if rows:
        yield Facts(tuple(rows))


def _energy(subject: Subject) -> Iterator[Block]:
    bench = subject.bench
    if bench is not None:
        yield from _measured_energy(bench)
    if subject.advice is not None:
        bill = subject.advice.local_electricity
        rows = []
        if bill.kwh_per_month is not None:
            shape = _("at most {kwh} kWh a month") if bill.upper_bound else _("{kwh} kWh a month")
            rows.append((_("The box's electricity"), shape.format(kwh=number(bill.kwh_per_month))))
        basis = {
            "given": _("stated by the scenario"),
            "power_model": _("active power while busy, idle power for the rest"),
            "active_throughout": _("active power for all powered hours"),
        }.get(bill.basis or "")
        if basis:
            rows.append((_("Reckoned from"), basis))
        if rows:
            yield Facts(tuple(rows))


def _measured_energy(bench: Bench) -> Iterator[Block]:
    grade = _grade(bench)
    if grade is None:
        yield Text(_("Nothing here could measure power."))
        return
    picture = energy_picture(bench)
    if picture is not None:
        yield picture
    elif grade in GRADES:
        yield Text(_grade_in_words(grade))
    yield Facts(tuple((name(label) or "·", safe(value)) for label, value in energy_facts(bench)))


def energy_picture(bench: Bench) -> Picture | None:
    """Joules by load, with their grade in words; None where no load has any."""
    uses, unit = _uses(bench.stages)
    grade = _grade(bench)
    if grade is None or not uses:
        return None
    words = _grade_in_words(grade)
    return Picture(energy_chart(uses, unit, words), words)


def _grade(bench: Bench) -> str | None:
    return next((s.energy.grade for s in reversed(bench.stages) if s.energy), None)


def _grade_in_words(grade: str) -> str:
    told = GRADES.get(grade)
    if told is None:
        return ""
    return _("Grade: {grade} ({meaning}).").format(grade=name(grade), meaning=_(told))


def _uses(stages: Sequence[Stage]) -> tuple[list[Use], str]:
    """Joules an output token where two mixes told them, else a request."""
    known = [(stage, stage.energy) for stage in stages if stage.energy is not None]
    tokens_known = [
        Use(load_name(stage), energy.j_per_output_token, energy.j_per_output_token_marginal)
        for stage, energy in known
        if energy.j_per_output_token is not None
    ]
    if tokens_known:
        return tokens_known, _("joules an output token")
    requests = [
        Use(load_name(stage), energy.j_per_request, None)
        for stage, energy in known
        if energy.j_per_request is not None
    ]
    return requests, _("joules a request")


def _machine(machine: Machine | None) -> Iterator[Block]:
    if machine is None:
        return
    yield Facts(tuple(_machine_rows(machine)))


def _machine_rows(machine: Machine) -> Iterator[tuple[str, str]]:
    cpu, memory = machine.cpu, machine.memory
    parts = [name(cpu.model or _("of unknown model"), 100)]
    if cpu.physical_cores:
        parts.append(_("{count} cores").format(count=cpu.physical_cores))
    yield _("Processor"), " · ".join(parts)
    rate = memory.bandwidth_bytes_per_s
    moves = f", {number(rate / 1e9)} GB/s" if rate else ""
    yield _("Memory"), f"{size(memory.total_bytes)}{moves}"
    for gpu in machine.gpus:
        yield _("Graphics card"), _gpu(gpu)
    if not machine.gpus:
        yield (
            _("Graphics card"),
            safe(sentence(machine.unknown.get("gpus", ""))) or _("none that can be asked"),
        )
    yield _("System"), f"{name(machine.os.name or machine.os.system)} · {name(machine.os.kernel)}"
    yield _("Fingerprint"), name(machine.id)


def _gpu(gpu: Gpu) -> str:
    parts = [name(gpu.name or _("of unknown name"), 80)]
    if gpu.memory_total_bytes is not None:
        parts.append(size(gpu.memory_total_bytes))
    if gpu.bandwidth_bytes_per_s is not None:
        parts.append(f"{number(gpu.bandwidth_bytes_per_s / 1e9)} GB/s")
    if gpu.power_limit_w is not None:
        parts.append(_("limit {watts} W").format(watts=number(gpu.power_limit_w)))
    return " · ".join(parts)
