"""`advisor fleet`: what do many boxes do, measured at once, and where does each stand?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli.output import is_quiet, json_option, print_json
from advisor.report.language import ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_THERE = ("json", "help")
"""Options of `bench` that a fleet gives by itself."""


@click.group()
def fleet() -> None:
    """Measure many boxes at once, and see where each of them stands.

    The boxes are in a file: configs/fleet.toml is one to start from, docs/fleet.md
    explains it.
    """


@fleet.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.toml")
@click.option("--host", "names", multiple=True, metavar="NAME", help="Only this host; repeatable.")
@json_option
def run(file: Path, names: tuple[str, ...], as_json: bool) -> int:
    """Measure the hosts of a file, several at once, and keep what each of them showed.

    A host that fails is named with the reason and stops no other. Exit code 0 if at
    least one was measured, 1 if none. Ctrl-C keeps what came back.
    """
    from advisor.cli.main import INTERRUPTED
    from advisor.cli.store import the_store
    from advisor.fleet.file import bench_options, chosen_hosts, read_fleet
    from advisor.fleet.measure import measure_fleet
    from advisor.fleet.on_ray import check_ray
    from advisor.report.fleet import Watched, show_fleet
    from advisor.report.live import Live

    read = read_fleet(file)
    known = _options_of_bench()
    hosts = [(host, bench_options(read, host, known)) for host in chosen_hosts(read, names)]
    if any(host.way == "ray" for host, _ in hosts):
        check_ray()
    live = Live(quiet=is_quiet())
    watched = Watched(live, len(hosts))
    measuring = ngettext(
        "Measuring {hosts} host, {parallel} at once, {limit_min} min each at most. "
        "Ctrl-C keeps what came back.",
        "Measuring {hosts} hosts, {parallel} at once, {limit_min} min each at most. "
        "Ctrl-C keeps what came back.",
        len(hosts),
    )
    live.say(
        measuring.format(hosts=len(hosts), parallel=read.parallel, limit_min=f"{read.limit_min:g}")
    )
    with live.running():
        document, interrupted = measure_fleet(read, hosts, the_store(live.say), watched)
    if as_json:
        print_json(document)
    else:
        show_fleet(document, file)
    if interrupted:
        return INTERRUPTED
    return 0 if document.measured else 1


@fleet.command()
@click.option("--drift", is_flag=True, help="Say what changed on each; reads 120 runs of each.")
@json_option
def show(drift: bool, as_json: bool) -> None:
    """List every machine of the history: its newest measurement, and whether it was skipped since.

    `advisor compare --rank` holds chosen ones against each other.
    """
    from advisor.cli.store import the_store
    from advisor.fleet.machines import machines_of
    from advisor.report.fleet import show_machines

    store = the_store()
    found = machines_of(store, with_drift=drift)
    if as_json:
        print_json(found)
    else:
        show_machines(found, place=store.place.name)


def _options_of_bench() -> Mapping[str, bool]:
    """The options of `advisor bench` by their name as a key, and whether each is a switch."""
    from advisor.cli.bench import bench

    return {
        name.removeprefix("--").replace("-", "_"): option.is_flag
        for option in bench.params
        if isinstance(option, click.Option)
        for name in option.opts
        if name.startswith("--") and name.removeprefix("--") not in NOT_THERE
    }
