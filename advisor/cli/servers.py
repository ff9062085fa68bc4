"""`advisor servers`: who serves a model here?"""

from __future__ import annotations

import click

from advisor.cli.output import json_option, print_json

header_option = click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="Send this with every request to --url, such as 'Authorization: Bearer KEY'.",
)


@click.command()
@click.option("--url", "urls", multiple=True, metavar="URL", help="Also ask this address.")
@header_option
@json_option
def servers(urls: tuple[str, ...], headers: tuple[str, ...], as_json: bool) -> None:
    """List the model servers that run here, and engines that could be started."""
    from advisor.bench.workload import DEFAULT
    from advisor.servers.address import parse_headers
    from advisor.servers.concerns import Demand
    from advisor.servers.discovery import look_around
    from advisor.servers.document import describe
    from advisor.servers.installed import installed

    mix = DEFAULT.typical
    demand = Demand(mix.input_tokens, mix.output_tokens, streams=1, name="the default workload")
    document = describe(look_around(urls, parse_headers(headers)), installed(), demand)
    if as_json:
        print_json(document)
        return
    from advisor.report.servers import show_servers

    show_servers(document)
