"""`advisor servers`: who serves a model here?"""

from __future__ import annotations

from typing import Any

import click

from advisor.cli.connecting import connection_options, headers_of, trust_of
from advisor.cli.output import json_option, print_json


@click.command()
@click.option("--url", "urls", multiple=True, metavar="URL", help="Also ask this address.")
@connection_options
@json_option
def servers(urls: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """List the model servers that run here, and engines that could be started."""
    from advisor.servers.discovery import look_around
    from advisor.servers.document import describe
    from advisor.servers.installed import installed

    document = describe(look_around(urls, headers_of(given), trust_of(given)), installed())
    if as_json:
        print_json(document)
        return
    from advisor.report.servers import show_servers

    show_servers(document)
