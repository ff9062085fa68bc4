"""What does calibrating do? It measures small synthetic models in turn, and keeps the runs.

Some also with several requests at once, and one of each number of key and value heads after a
longer context, so that what they tell can be held against each other. The first one comes again at
the end: how far both are apart tells how much the machine itself varies. The time is shared out
anew before each model, so that a slow machine measures shorter, not longer.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
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
AT_ONCE = (1, 4)
SHORT_TOKENS, ANSWER_TOKENS = 64, 32
CONTEXT_TOKENS: dict[str, tuple[int, ...]] = {
    "smollm2-135m:Q8_0": (768,),
    "smollm2-135m:Q4_0": (),
    "qwen3-0.6b:Q4_K_M": (256,),
}
"""Of those also measured with several requests at once, the long prompts. Answers are long enough
that most gaps between their tokens hold no other request's prompt."""
LEAST_STAGE_S, MOST_STAGE_S = 4.0, 8.0
LEAST_STAGE_S_OF = {"qwen3-0.6b:Q4_K_M": 8.0}
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
    answer is passed over, and so are the last ones where the time is up and enough are measured.
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
        names = (*names, names[0])
        for number, name in enumerate(names):
            left_s = end_s - time.monotonic()
            if left_s <= 0 and len(measured) >= LEAST_MODELS:
                live.say(
                    _("The time is up: not measured: {names}").format(
                        names=", ".join(names[number:])
                    )
                )
                break
            live.step(f"calibrating with {name}")
            journal = store.journal("bench", machine)
            try:
                order = _order(name, _stage_s(names[number:], left_s))
                done = measure(order, machine, user_at(live), live.measuring, journal.keep)
            except AdvisorError as error:
                why = sentence(str(error))
                live.say(_("{name} was not measured: {error}").format(name=name, error=why))
                if number == len(names) - 1 and not measured:
                    raise
                continue
            store.finish(measured_run(done.document, machine), done.samples, journal)
            store.tag(done.document.id, TAG)
            measured.add(name)
            if done.interrupted:
                return True
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


def _order(name: str, stage_s: float) -> Order:
    from advisor.bench.session import Order
    from advisor.bench.workload import DEFAULT
    from advisor.bench.workload_file import adapted
    from advisor.servers.wish import Wish

    order = Order(
        wish=Wish(synthetic=name),
        concurrencies=(1,),
        max_time_s=stage_s,
        precision=PRECISION,
        second_mix=False,
        energy=BASELINE,
    )
    if name not in CONTEXT_TOKENS:
        return order
    return replace(
        order,
        workload=adapted(DEFAULT, input_tokens=SHORT_TOKENS, output_tokens=ANSWER_TOKENS),
        fit_to_time=False,
        concurrencies=AT_ONCE,
        contexts=CONTEXT_TOKENS[name],
    )


def _stage_s(names: Sequence[str], left_s: float) -> float:
    """The time of each stage of the first, so that the models of all names take `left_s`."""
    stages = sum(_stages(name) for name in names)
    other_s = math.fsum(
        OTHER_S + OTHER_S_PER_BYTE * of_catalogue(name).weights_bytes for name in names
    )
    least_s = LEAST_STAGE_S_OF.get(names[0], LEAST_STAGE_S)
    return min(MOST_STAGE_S, max(least_s, (left_s - other_s) / stages))


def _stages(name: str) -> int:
    return len(AT_ONCE) + len(CONTEXT_TOKENS[name]) if name in CONTEXT_TOKENS else 1
