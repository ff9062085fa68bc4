"""`advisor buy`: which box for this use, if any?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli.output import json_option, print_json, working
from advisor.cli.types import ContextTokens, FiniteRange
from advisor.report.language import _

if TYPE_CHECKING:
    from advisor.models.machine_file import Box


@click.command()
@click.option(
    "--scenario",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Usage, tariff, upkeep, horizon and APIs as TOML; a [box] is ranked with the others.",
)
@click.option("--model", required=True, metavar="MODEL", help="As for `advisor models predict`.")
@click.option(
    "--machine",
    "machine_paths",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="A box that could be bought; several times.",
)
@click.option(
    "--device",
    "devices",
    multiple=True,
    metavar="NAME",
    help="A known device whose speed is shown beside: no price of a box with it is known.",
)
@click.option(
    "--tok-per-s",
    type=FiniteRange(0, 1e6, min_open=True),
    default=10.0,
    show_default=True,
    metavar="N",
    help="What each reader needs while the box serves several.",
)
@click.option(
    "--context",
    "context_tokens",
    type=ContextTokens(),
    default=4_096,
    show_default=True,
    metavar="N",
    help="Tokens of each request's context.",
)
@json_option
def buy(
    *,
    scenario: Path,
    model: str,
    machine_paths: tuple[Path, ...],
    devices: tuple[str, ...],
    tok_per_s: float,
    context_tokens: int,
    as_json: bool,
) -> None:
    """Rank boxes by what they cost over the horizon, or say to stay with the API.

    Speeds are predicted (advisor models predict), so each cost is a band; a limit on
    the time to the first token is the scenario's [slo] ttft_p95_ms.
    """
    from advisor.advice.buy import buy as ranked
    from advisor.advice.buy_needs import needs_of
    from advisor.advice.scenario import read_tables
    from advisor.models.machine_file import box_of_device, read_machine
    from advisor.models.reading import read_model

    if not machine_paths and not devices:
        raise click.UsageError("Name a box that could be bought: --machine FILE.toml.")
    known = [box_of_device(name) for name in devices]
    boxes = _told_apart(machine_paths, [read_machine(path) for path in machine_paths], known)
    tables = read_tables(scenario)
    origin = str(scenario)
    needs = needs_of(tables, tok_per_s=tok_per_s, context_tokens=context_tokens, origin=origin)
    with working(_("working out what each choice costs")):
        found = ranked(tables, [*boxes, *known], read_model(model), needs, origin=origin)
    if as_json:
        print_json(found)
        return
    from advisor.report.buy import show_buy

    show_buy(found)


def _told_apart(paths: Sequence[Path], boxes: Sequence[Box], known: Sequence[Box]) -> list[Box]:
    """The boxes, those whose name another has with their file's name before it: two boxes with one
    device, which a file can only name as it is called."""
    from msgspec.structs import replace

    names = [each.name for each in (*boxes, *known)]
    return [
        replace(box, name=f"{path.stem}: {box.name}") if names.count(box.name) > 1 else box
        for path, box in zip(paths, boxes, strict=True)
    ]
