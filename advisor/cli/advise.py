"""`advisor advise`: so what should we do, from a scenario or from a measurement?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from advisor.cli.output import can_ask, json_option, print_json
from advisor.cli.situation import (
    ask,
    currency_option,
    overlay,
    situation,
    situation_options,
    with_kept_rates,
)


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
@click.option(
    "--usage",
    "records",
    multiple=True,
    metavar="FILE|FOLDER|URL",
    help="Records of use, as `advisor usage import` reads them; the scenario's own keys stand.",
)
@click.option(
    "--time-zone",
    default="UTC",
    metavar="ZONE",
    help="Whose days and hours the records of --usage are told in; default UTC.",
)
@situation_options
@currency_option
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Any key of the scenario file, for this answer only; nothing is written.",
)
@click.option(
    "--what-if",
    multiple=True,
    metavar="KEY=VALUE",
    help="Today's answer and the one with this key changed, side by side.",
)
@click.option("--sensitivity", metavar="KEY", help="The answer along a range of one key, drawn.")
@click.option(
    "--explain", is_flag=True, help="Every number with its formula, inputs and their source."
)
@json_option
def advise(
    *,
    scenario: Path | None,
    run_id: str | None,
    records: tuple[str, ...],
    time_zone: str,
    settings: tuple[str, ...],
    what_if: tuple[str, ...],
    sensitivity: str | None,
    explain: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Say whether to run locally, use an API, or both, and why.

    With --scenario alone only that file and the price book are read (and a kept rate,
    which the answer names, for a currency without its own). Otherwise the latest
    measurement, or --run ID, gives the speed and power of the box, and what was said
    then still holds where no option says otherwise.

    With --usage the records say how much is used, how it grows, when it comes and
    whether it is stable; what --scenario or an option states outranks them.

    KEY is a key of the scenario file with its table: usage.output_tokens_per_month,
    api.GPT-4.input_usd_per_mtok, policy.break_even_below_months. --set and --what-if
    may be given several times; a VALUE may be 20e6, 20M, 5%, true or a text.
    """
    from advisor.advice.answer import answer
    from advisor.advice.scenario import read_tables
    from advisor.cli.store import the_store
    from advisor.usage.records import read_usage

    run = None if scenario and run_id is None else the_store().load(run_id, measured=True)
    said = run.said if run else {}
    used = read_usage(records, time_zone) if records else None
    if used is not None:
        said = {name: table for name, table in said.items() if name != "usage"}
    tables = overlay(read_tables(scenario) if scenario else said, situation(given))
    if scenario is None and not said and used is None and can_ask() and not as_json:
        tables = overlay(ask(tables), tables)
    tables = with_kept_rates(tables, *settings, *what_if)
    advice = answer(
        tables,
        origin=str(scenario) if scenario else "the options",
        machine=run.machine if run else None,
        bench=run.bench if run else None,
        usage=used,
        guess_missing=scenario is None,
        settings=settings,
        what_if=what_if,
        sensitivity=sensitivity,
        explain=explain,
    )
    if as_json:
        print_json(advice)
        return
    if what_if or sensitivity or explain:
        from advisor.report.advice_asked import show_asked

        show_asked(advice)
        return
    from advisor.report.advice import show_advice

    show_advice(advice)
