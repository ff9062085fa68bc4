"""`advisor probe`: what is this box?"""

from __future__ import annotations

import click

from advisor.cli.output import is_quiet, json_option, print_json
from advisor.report.language import _, sentence


@click.command()
@click.option(
    "--no-bandwidth",
    is_flag=True,
    help="Do not measure memory bandwidth (two seconds of all cores).",
)
@json_option
def probe(no_bandwidth: bool, as_json: bool) -> None:
    """Read this machine: processor, memory, disk, graphics cards.

    What cannot be had is named with its reason, and what has changed since the last probe is
    shown. Nothing leaves the machine.
    """
    from advisor.history.place import default_folder
    from advisor.machine.last import keep_machine, last_machine
    from advisor.machine.probe import probe as probe_machine
    from advisor.report.console import progress_console

    earlier = last_machine(default_folder())
    if is_quiet():
        machine = probe_machine(measure_bandwidth=not no_bandwidth, earlier=earlier)
    else:
        with progress_console().status(_("reading the machine")) as status:
            machine = probe_machine(
                measure_bandwidth=not no_bandwidth,
                progress=lambda step: status.update(f"{sentence(step)} …"),
                earlier=earlier,
            )
    keep_machine(default_folder(), machine)
    if as_json:
        print_json(machine)
        return
    from advisor.report.machine import show_machine
    from advisor.report.probe import show_changes, show_parts

    show_machine(machine)
    show_parts(machine)
    if earlier is not None and machine.changes is not None:
        show_changes(machine.changes, since=earlier.probed_at)
