"""`advisor probe`: what is this box?"""

from __future__ import annotations

import click

from advisor.cli.output import is_quiet, json_option, print_json


@click.command()
@click.option(
    "--no-bandwidth",
    is_flag=True,
    help="Do not measure memory bandwidth (two seconds of all cores).",
)
@json_option
def probe(no_bandwidth: bool, as_json: bool) -> None:
    """Read this machine: processor, memory, disk, graphics cards.

    What cannot be had is named with its reason. Nothing leaves the machine.
    """
    from advisor.machine.probe import probe as probe_machine
    from advisor.report.console import progress_console

    if is_quiet():
        machine = probe_machine(measure_bandwidth=not no_bandwidth)
    else:
        with progress_console().status("reading the machine") as status:
            machine = probe_machine(
                measure_bandwidth=not no_bandwidth,
                progress=lambda step: status.update(f"{step} …"),
            )
    if as_json:
        print_json(machine)
        return
    from advisor.report.machine import show_machine

    show_machine(machine)
