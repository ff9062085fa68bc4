"""`advisor advise`: so what should we do, from a scenario or from a measurement?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from advisor.cli.output import can_ask, json_option, print_json
from advisor.cli.situation import ask, overlay, situation, situation_options


@click.command()
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Usage, box, tariff and APIs as TOML; needs no measurement.",
)
@click.option(
    "--run", "run_id", metavar="ID", help="The measurement to start from; default the latest."
)
@situation_options
@json_option
def advise(scenario: Path | None, run_id: str | None, as_json: bool, **given: Any) -> None:
    """Say whether to run locally, use an API, or both, and why.

    With --scenario alone only that file (and the price book) is read. Otherwise the
    latest measurement, or --run ID, gives the speed and power of the box, and what
    was said then still holds where no option says otherwise.
    """
    from advisor.advice.answer import answer
    from advisor.advice.scenario import read_tables
    from advisor.cli.store import the_store

    run = None if scenario and run_id is None else the_store().load(run_id, measured=True)
    said = run.said if run else {}
    tables = overlay(read_tables(scenario) if scenario else said, situation(given))
    if scenario is None and not said and can_ask() and not as_json:
        tables = overlay(ask(tables), tables)
    advice = answer(
        tables,
        origin=str(scenario) if scenario else "the options",
        machine=run.machine if run else None,
        bench=run.bench if run else None,
        guess_missing=scenario is None,
    )
    if as_json:
        print_json(advice)
        return
    from advisor.report.advice import show_advice

    show_advice(advice)
