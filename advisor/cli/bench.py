"""`advisor bench`: how fast, at what latency and energy?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from advisor.cli.measuring import load_options, measuring_options, order_of, user_at
from advisor.cli.output import is_quiet, json_option, print_json
from advisor.cli.paying import (
    agreed_beside,
    consent_at,
    paying_options,
    plan_of,
    prepared_api,
    put_beside,
)
from advisor.cli.store import shown_by, store_for_a_run, tell_news


@click.command()
@measuring_options(max_time="60s")
@load_options
@paying_options
@json_option
def bench(as_json: bool, **given: Any) -> int:
    """Measure a model server: latency, tokens per second, energy per token.

    Without --url or --model, the first server that runs here is measured, and
    without one an embedded llama.cpp with a synthetic model. With --api a paid
    API is measured instead, within --max-usd. Ctrl-C ends the run and keeps what
    was measured.
    """
    from advisor.advice.paid.measure import agree, measure_api
    from advisor.bench.session import measure
    from advisor.cli.main import INTERRUPTED
    from advisor.history.record import measured_run
    from advisor.machine.probe import probe
    from advisor.report.progress_lines import live as live_for
    from advisor.servers.obtain import must_be_there

    order = order_of(given)
    api = prepared_api(given) if given["api"] else None
    live = live_for(quiet=is_quiet())
    store = store_for_a_run(live.say)
    beside = agreed_beside(given, order, live)
    if api is not None:
        plan = plan_of(order, api, given["requests"])
        expected = agree(api, plan, consent_at(live))
    else:
        order = replace(order, wish=must_be_there(order.wish))
    with live.running():
        machine = probe(progress=live.step)
        journal = store.journal("bench", order.box or machine)
        if api is not None:
            done = measure_api(
                api, plan, expected, machine_id=machine.id, on_progress=live.measuring
            ).run
        else:
            order = replace(order, replay=given["requests"] if beside else 0)
            done = measure(order, machine, user_at(live), live.measuring, journal.keep)
        if beside:
            tariff = given["usd_per_kwh"]
            done = put_beside(done, beside, machine=machine, live=live, usd_per_kwh=tariff)
    document = done.document
    record = measured_run(document, order.box or machine)
    try:
        store.finish(record, done.samples, journal)
    finally:
        if as_json:
            print_json(document)
        else:
            from advisor.report.bench import show_bench

            show_bench(document, record=shown_by(document.id))
    tell_news(store, record, live.say, given["notify"])
    return INTERRUPTED if done.interrupted else 0
