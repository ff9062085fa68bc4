"""Which numbers of a benchmark stand for the box, and may they?"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.advice.measured import MeasuredBox
from advisor.bench.document import Bench, Stage
from advisor.bench.energy_document import BoxPower
from advisor.documents import Unknown
from advisor.machine.document import Machine

CPU = "CPU"


def measured_on_processor(bench: Bench) -> bool:
    """Whether the numbers are the processor's, by the first word of `measured_on`."""
    return bench.measured_on.split(",")[0].split(" ")[0] == CPU


def unread_nvidia(machine: Machine) -> str | None:
    """Why an NVIDIA card that is here could not be read (driver mismatch, no driver), if so."""
    reason = machine.unknown.get("gpus", "")
    return reason if "NVIDIA" in reason else None


def measured_box(bench: Bench, machine: Machine) -> MeasuredBox | Unknown:
    """The box as the benchmark saw it at its operating point.

    Without a second mix the single stream's rates stand in (they are lower bounds of the whole
    server's). Unknown where the numbers are the processor's of a box that has a GPU: they must
    not pass for the GPU's.
    """
    if machine.gpus and measured_on_processor(bench):
        return Unknown(
            f"the measurement is of this box's CPU, not of its {machine.gpus[0].name or 'GPU'}"
        )
    unread = unread_nvidia(machine)
    if unread and measured_on_processor(bench):
        return Unknown(f"the measurement is of this box's CPU, and it has a GPU: {unread}")
    if not bench.stages:
        return Unknown("the measurement ended before its first number")
    closed = [stage for stage in bench.stages if stage.concurrency is not None]
    if not closed:
        return Unknown(
            "the measurement shows the box at given rates only (--rate), not what it can do"
        )
    point = bench.operating_point
    stage = _stage_at(closed, point.concurrency) if point else closed[-1]
    single = closed[0]
    prefill, decode = single.prefill_tok_per_s, single.decode_tok_per_s
    whole = point is not None and None not in (point.prefill_tok_per_s, point.decode_tok_per_s)
    power = _power(stage)
    if point is not None and whole:
        prefill_tok_per_s, prefill_ci95 = point.prefill_tok_per_s, point.prefill_ci95
        decode_tok_per_s, decode_ci95 = point.decode_tok_per_s, point.decode_ci95
    else:
        prefill_tok_per_s = prefill.median if prefill else None
        prefill_ci95 = prefill.ci95 if prefill else None
        decode_tok_per_s = decode.median if decode else None
        decode_ci95 = decode.ci95 if decode else None
    return MeasuredBox(
        run_id=bench.id,
        measured_on=bench.measured_on,
        model_name=bench.model.name,
        server_kind=bench.server.kind,
        concurrency=(stage if whole else single).concurrency or 1,
        synthetic=bench.model.synthetic,
        prefill_tok_per_s=prefill_tok_per_s,
        prefill_ci95=prefill_ci95,
        decode_tok_per_s=decode_tok_per_s,
        decode_ci95=decode_ci95,
        active_power_w=power.active_w if power else None,
        idle_power_w=power.idle_w if power else None,
        power_grade=power.grade if power else None,
        ttft_ms=stage.ttft_ms.median if stage.ttft_ms else None,
    )


def _stage_at(stages: Sequence[Stage], concurrency: int) -> Stage:
    return next((stage for stage in stages if stage.concurrency == concurrency), stages[-1])


def _power(stage: Stage) -> BoxPower | None:
    return stage.energy.box if stage.energy else None
