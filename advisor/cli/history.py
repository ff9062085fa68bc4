"""`advisor history`: what was measured here, and when?"""

from __future__ import annotations

import click

from advisor.cli.output import json_option, print_json


@click.command()
@json_option
def history(as_json: bool) -> None:
    """List the runs kept on this machine, newest first."""
    from advisor.history.store import RunStore

    store = RunStore()
    found = store.history()
    if as_json:
        print_json(found)
        return
    from advisor.report.history import show_history

    show_history(found, store.folder)
