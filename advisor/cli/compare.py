"""`advisor compare`: which is faster, which is cheaper, and by how much?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from advisor.cli.output import json_option, print_json
from advisor.cli.situation import overlay, situation, situation_options, with_kept_rates

CROSSED = 3


@click.command()
@click.argument("sides", nargs=-1, required=True, metavar="SIDE SIDE…")
@click.option(
    "--allow",
    metavar="PART,…",
    default="",
    help="Parts that may differ: model, quantization, server, server-version, workload.",
)
@click.option(
    "--fail-on",
    "limits",
    multiple=True,
    metavar="'METRIC<-5%'",
    help="Exit with 3 if a metric changed by more, such as 'decode_tok_per_s<-5%'.",
)
@click.option(
    "--rank",
    is_flag=True,
    help="One table of all sides instead, each by its newest run.",
)
@click.option(
    "--sort",
    "sort_by",
    metavar="COLUMN",
    default=None,
    help="With --rank: decode, output, energy, usd_per_mtok or months.",
)
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Usage, tariff and APIs under which all sides are priced.",
)
@situation_options
@json_option
def compare(
    *,
    sides: tuple[str, ...],
    allow: str,
    limits: tuple[str, ...],
    rank: bool,
    sort_by: str | None,
    scenario: Path | None,
    as_json: bool,
    **given: Any,
) -> int:
    """Compare runs, tags, machines or times, each with the first.

    A SIDE is a run's id or `latest`, tag:NAME, machine:ID, since:DATE or
    DATE..DATE, or a file with a run's record. Only what was measured alike is
    compared; with four runs a side or more, their spread is known.
    """
    from advisor.advice.scenario import read_tables
    from advisor.cli.store import the_store
    from advisor.history.compare.compare import compare as compare_sides
    from advisor.history.compare.limits import parse_limit
    from advisor.history.compare.ranking import COLUMNS, rank_sides
    from advisor.history.compare.sides import side

    if sort_by is not None and (not rank or sort_by not in COLUMNS):
        raise click.UsageError(f"--sort goes with --rank: {', '.join(COLUMNS)}.")
    if rank and (limits or allow):
        raise click.UsageError("--rank compares nothing: leave --allow and --fail-on out.")
    wanted = [parse_limit(limit) for limit in limits]
    tables = with_kept_rates(overlay(read_tables(scenario) if scenario else {}, situation(given)))
    origin = str(scenario) if scenario else "the options"
    store = the_store()
    found = [side(named, store) for named in sides]
    if rank:
        ranking = rank_sides(found, tables=tables, origin=origin, sort_by=sort_by or "output")
        if as_json:
            print_json(ranking)
            return 0
        from advisor.report.compare import show_ranking

        show_ranking(ranking)
        return 0
    allowed = tuple(part.strip() for part in allow.split(",") if part.strip())
    document = compare_sides(found, allowed=allowed, limits=wanted, tables=tables, origin=origin)
    if as_json:
        print_json(document)
    else:
        from advisor.report.compare import show_comparison

        show_comparison(document)
    return CROSSED if document.crossed else 0
