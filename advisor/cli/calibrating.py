"""What does calibrating do? It measures small synthetic models in turn, and keeps the runs.

Some also with several requests at once, and some after a longer context, so that what they tell can
be held against each other. The first one comes again at the end: how far both are apart tells how
much the machine itself varies. The time is shared out anew before each model, so that a slow
machine measures shorter, not longer.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from advisor.bench.energy_protocol import EnergyProtocol
from advisor.errors import AdvisorError
from advisor.models.calibration import LEAST_MODELS
from advisor.models.model import of_catalogue
from advisor.report.language import _, sentence

if TYPE_CHECKING:
    from advisor.bench.session import Order
    from advisor.machine.document import Machine

TAG = "calibration"
PRECISION = 0.05
SHORT_TOKENS, ANSWER_TOKENS = 64, 32
"""Answers are long enough that most gaps between their tokens hold no other request's prompt."""
AT_ONCE: dict[str, tuple[int, ...]] = {
    "smollm2-135m:Q8_0": (1, 2, 4),
    "smollm2-135m:Q4_0": (1, 2),
    "qwen3-0.6b:Q4_K_M": (1, 2, 4),
    "qwen2.5-0.5b:Q8_0": (1, 4),
}
CONTEXT_TOKENS = {
    "llama-3.2-1b:Q4_0": (256,),
    "qwen3-0.6b:Q4_K_M": (256,),
    "qwen2.5-0.5b:Q8_0": (512,),
}
"""The smallest tells little of contexts: processors in even number share its nine heads unevenly.
"""
LEAST_STAGE_S, MOST_STAGE_S = 3.5, 12.0
LEAST_STAGE_S_OF = {"qwen3-0.6b:Q4_K_M": 7.0}
"""In which four requests at once are answered on two slow cores (EPYC 7003, 2026-11-29)."""
OTHER_S, OTHER_S_PER_BYTE = 6.5, 13e-9
"""What a run takes beside its stages: looking, first answers, idle power; writing and loading."""
BUSY_PERCENT = 50.0
"""Beside such other programs the engine's threads wait for each other: on two cores of an EPYC most
requests got no answer within 4 s (2026-11-29)."""
BASELINE = EnergyProtocol(settling_s=0.2, idle_s=1.0)
"""Speed is what is asked here: power at rest is read shortly."""


def measure_small_models(max_time_s: float) -> bool:
    """Measures the models of `to_calibrate` and keeps each run, tagged; whether it was broken off.

    All together take about `max_time_s`, but each stage at least `LEAST_STAGE_S`. One that gives no
    answer is passed over, and so are those for which no time is left once enough are measured.
    Raises AdvisorError where this machine is busy, has no room for them, or none answers.
    """
    from advisor.bench.session import measure
    from advisor.cli.measuring import user_at
    from advisor.cli.output import is_quiet
    from advisor.cli.store import store_for_a_run
    from advisor.history.record import measured_run
    from advisor.machine.probe import probe
    from advisor.models.choose import to_calibrate
    from advisor.report.live import Live

    live = Live(quiet=is_quiet())
    store = store_for_a_run(live.say)
    end_s = time.monotonic() + max_time_s
    measured: set[str] = set()
    with live.running():
        machine = probe(progress=live.step)
        _require_rest(machine)
        free_bytes = shutil.disk_usage(store.place.folder).free
        names = to_calibrate(machine.memory.available_bytes, free_bytes)
        visits = [_Visit(name, AT_ONCE.get(name, (1,))) for name in names]
        visits.append(_Visit(names[0], (1,)))
        left_out: list[str] = []
        for number, visit in enumerate(visits):
            name, left_s = visit.name, end_s - time.monotonic()
            if left_s < visit.least_s and len(measured) >= LEAST_MODELS:
                left_out.append(name)
                continue
            live.step(f"calibrating with {name}")
            journal = store.journal("bench", machine)
            try:
                order = _order(visit, _stage_s(visits[number:], left_s))
                done = measure(order, machine, user_at(live), live.measuring, journal.keep)
            except AdvisorError as error:
                why = sentence(str(error))
                live.say(_("{name} was not measured: {error}").format(name=name, error=why))
                if visit is visits[-1] and not measured:
                    raise
                continue
            store.finish(measured_run(done.document, machine), done.samples, journal)
            store.tag(done.document.id, TAG)
            measured.add(name)
            if done.interrupted:
                return True
        if unmeasured := [name for name in left_out if name not in measured]:
            live.say(_("The time is up: not measured: {names}").format(names=", ".join(unmeasured)))
    return False


def _require_rest(machine: Machine) -> None:
    """Raises AdvisorError where other programs kept the processors busy during the probe."""
    bandwidth = machine.memory.bandwidth
    if bandwidth is None or (bandwidth.others_busy_percent or 0.0) <= BUSY_PERCENT:
        return
    raise AdvisorError(
        "This machine cannot be calibrated now",
        why=f"other programs keep its processors {bandwidth.others_busy_percent:.0f} % busy",
        remedy="Close them, or wait until they are done, and calibrate then.",
    )


@dataclass(frozen=True, slots=True)
class _Visit:
    """A model, and the numbers of requests at once that it is measured with."""

    name: str
    at_once: tuple[int, ...]

    @property
    def contexts(self) -> tuple[int, ...]:
        return CONTEXT_TOKENS.get(self.name, ())

    @property
    def stages(self) -> int:
        return len(self.at_once) + len(self.contexts)

    @property
    def least_stage_s(self) -> float:
        return LEAST_STAGE_S_OF.get(self.name, LEAST_STAGE_S)

    @property
    def other_s(self) -> float:
        return OTHER_S + OTHER_S_PER_BYTE * of_catalogue(self.name).weights_bytes

    @property
    def least_s(self) -> float:
        return self.other_s + self.stages * self.least_stage_s


def _order(visit: _Visit, stage_s: float) -> Order:
    from advisor.bench.session import Order
    from advisor.bench.workload import DEFAULT
    from advisor.bench.workload_file import adapted
    from advisor.servers.wish import Wish

    order = Order(
        wish=Wish(synthetic=visit.name),
        concurrencies=visit.at_once,
        max_time_s=stage_s,
        precision=PRECISION,
        second_mix=False,
        energy=BASELINE,
        contexts=visit.contexts,
    )
    if visit.name not in AT_ONCE:
        return order
    return replace(
        order,
        workload=adapted(DEFAULT, input_tokens=SHORT_TOKENS, output_tokens=ANSWER_TOKENS),
        fit_to_time=False,
    )


def _stage_s(visits: Sequence[_Visit], left_s: float) -> float:
    """The time of each stage of the first, so that all visits take `left_s`."""
    stages = sum(visit.stages for visit in visits)
    other_s = math.fsum(visit.other_s for visit in visits)
    return min(MOST_STAGE_S, max(visits[0].least_stage_s, (left_s - other_s) / stages))
