"""`advisor run`, or `advisor` alone: from this box to a decision."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from advisor.cli.measuring import measuring_options, order_of, user_at
from advisor.cli.output import can_ask, is_quiet, json_option, print_json
from advisor.cli.situation import (
    ask,
    currency_option,
    overlay,
    situation,
    situation_options,
    with_kept_rates,
)
from advisor.cli.store import shown_by, store_for_a_run, tell_news


@click.command()
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Usage, box price, tariff and APIs as TOML, instead of questions.",
)
@situation_options
@currency_option
@measuring_options(max_time="30s")
@json_option
def run(scenario: Path | None, as_json: bool, **given: Any) -> int:
    """Probe, measure, price, advise: what `advisor` alone does.

    It measures the model server that runs here, else an embedded llama.cpp with
    synthetic weights. About three minutes; nothing is downloaded, nothing leaves
    the machine. Ctrl-C keeps what was measured.
    """
    from advisor.advice.answer import answer
    from advisor.advice.provisional import provisional
    from advisor.advice.scenario import parse_scenario, read_tables
    from advisor.advice.uncertain import take_uncertain
    from advisor.bench.session import measure
    from advisor.cli.main import INTERRUPTED
    from advisor.history.record import measured_run
    from advisor.machine.probe import probe
    from advisor.report.progress_lines import live as live_for
    from advisor.report.run import plan_line, provisional_lines, show_run
    from advisor.servers.obtain import must_be_there

    order = order_of(given)
    tables = overlay(read_tables(scenario) if scenario else {}, situation(given))
    origin = str(scenario) if scenario else "the options"
    if scenario is None and can_ask() and not as_json:
        tables = overlay(ask(tables), tables)
    tables = with_kept_rates(tables)
    plain, _ = take_uncertain(tables, origin=origin)
    parse_scenario(plain, origin=origin, guess_missing=scenario is None)
    live = live_for(quiet=is_quiet())
    live.say(plan_line(order))
    store = store_for_a_run(live.say)
    order = replace(order, wish=must_be_there(order.wish))
    with live.running():
        machine = probe(progress=live.step)
        estimates = provisional(machine, order)
        for line in provisional_lines(estimates):
            live.say(line)
        journal = store.journal("run", order.box or machine, tables)
        done = measure(order, machine, user_at(live), live.measuring, journal.keep)
    bench = done.document
    advice = answer(
        tables,
        origin=origin,
        machine=order.box or machine,
        bench=bench,
        guess_missing=scenario is None,
    )
    record = measured_run(bench, order.box or machine, kind="run", said=tables, advice=advice)
    try:
        store.finish(record, done.samples, journal)
    finally:
        if as_json:
            print_json(record)
        else:
            show_run(record, estimates, record=shown_by(record.id))
    tell_news(store, record, live.say, given["notify"])
    return INTERRUPTED if done.interrupted else 0
