"""What does calibrating do? It measures small synthetic models in turn, and keeps the runs."""

from __future__ import annotations

import shutil

TAG = "calibration"
PRECISION = 0.05


def measure_small_models(max_time_s: float) -> bool:
    """Measures the models of `to_calibrate` and keeps each run, tagged; whether it was broken off.

    Raises AdvisorError where this machine has no room for them.
    """
    from advisor.bench.session import Order, measure
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
        for name in to_calibrate(machine.memory.available_bytes, free_bytes):
            live.step(f"calibrating with {name}")
            order = Order(
                wish=Wish(synthetic=name),
                concurrencies=(1,),
                max_time_s=max_time_s,
                precision=PRECISION,
            )
            journal = store.journal("bench", machine)
            done = measure(order, machine, user_at(live), live.measuring, journal.keep)
            store.finish(measured_run(done.document, machine), done.samples, journal)
            store.tag(done.document.id, TAG)
            if done.interrupted:
                return True
    return False
