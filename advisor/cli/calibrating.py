"""What does calibrating do? It measures small synthetic models in turn, and keeps the runs.

The smaller ones also with several requests at once, and one of each number of key and value heads
after a longer context, so that what they tell can be held against each other. The first one comes
again at the end: how far both are apart tells how much the machine itself varies.
"""

from __future__ import annotations

import shutil
from dataclasses import replace

from advisor.bench.energy_protocol import EnergyProtocol

TAG = "calibration"
PRECISION = 0.05
AT_ONCE = (1, 4)
SHORT_TOKENS, ANSWER_TOKENS = 64, 32
CONTEXT_TOKENS: dict[str, tuple[int, ...]] = {
    "smollm2-135m:Q8_0": (768,),
    "smollm2-135m:Q4_0": (),
    "qwen3-0.6b:Q4_K_M": (256,),
    "qwen2.5-0.5b:Q8_0": (),
}
"""Of those also measured with several requests at once, the long prompts. Each is short enough for
five answers within the time limit on two slow cores (EPYC 7003, 2026-11-29)."""
BASELINE = EnergyProtocol(settling_s=0.2, idle_s=1.0)
"""Speed is what is asked here: power at rest is read shortly."""


def measure_small_models(max_time_s: float) -> bool:
    """Measures the models of `to_calibrate` and keeps each run, tagged; whether it was broken off.

    Raises AdvisorError where this machine has no room for them.
    """
    from advisor.bench.session import Order, measure
    from advisor.bench.workload import DEFAULT
    from advisor.bench.workload_file import adapted
    from advisor.cli.measuring import user_at
    from advisor.cli.output import is_quiet
    from advisor.cli.store import store_for_a_run
    from advisor.history.record import measured_run
    from advisor.machine.probe import probe
    from advisor.models.choose import to_calibrate
    from advisor.report.live import Live
    from advisor.servers.wish import Wish

    live = Live(quiet=is_quiet())
    store = store_for_a_run(live.say)
    with live.running():
        machine = probe(progress=live.step)
        free_bytes = shutil.disk_usage(store.place.folder).free
        names = to_calibrate(machine.memory.available_bytes, free_bytes)
        for name in (*names, names[0]):
            live.step(f"calibrating with {name}")
            order = Order(
                wish=Wish(synthetic=name),
                concurrencies=(1,),
                max_time_s=max_time_s,
                precision=PRECISION,
                second_mix=False,
                energy=BASELINE,
            )
            if name in CONTEXT_TOKENS:
                short = adapted(DEFAULT, input_tokens=SHORT_TOKENS, output_tokens=ANSWER_TOKENS)
                order = replace(
                    order,
                    workload=short,
                    fit_to_time=False,
                    concurrencies=AT_ONCE,
                    contexts=CONTEXT_TOKENS[name],
                )
            journal = store.journal("bench", machine)
            done = measure(order, machine, user_at(live), live.measuring, journal.keep)
            store.finish(measured_run(done.document, machine), done.samples, journal)
            store.tag(done.document.id, TAG)
            if done.interrupted:
                return True
    return False
