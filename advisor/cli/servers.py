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
    from advisor.bench.workload import DEFAULT
    from advisor.servers.concerns import Demand
    from advisor.servers.discovery import look_around
    from advisor.servers.document import describe
    from advisor.servers.installed import installed

    mix = DEFAULT.typical
    demand = Demand(mix.input_tokens, mix.output_tokens, streams=1, name="the default workload")
    found = look_around(urls, headers_of(given), trust_of(given))
    document = describe(found, installed(), demand)
    if as_json:
        print_json(document)
        return
    from advisor.report.servers import show_servers

    show_servers(document)
