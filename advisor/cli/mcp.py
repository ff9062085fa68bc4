"""`advisor mcp`: tools for the models of other programs."""

from __future__ import annotations

import logging
import os
import secrets

import click

from advisor.agent.toolbox import TO_ALLOW


@click.command()
@click.option(
    "--http",
    "listen",
    metavar="HOST:PORT",
    help="Listen there instead of on standard input; port 0 takes a free one.",
)
@click.option(
    "--allow",
    multiple=True,
    type=click.Choice(TO_ALLOW),
    help="Also offer this tool, which uses the machine and keeps a run. May be repeated.",
)
@click.pass_context
def mcp(ctx: click.Context, listen: str | None, allow: tuple[str, ...]) -> None:
    """Offer probe, models, advise, compare, prices and history to a model by MCP.

    A client starts this and speaks with it over standard input and output. With
    --http it listens: on this machine freely, elsewhere only with a token, which is
    ADVISOR_MCP_TOKEN or one that is made and shown. The tools only read; measuring
    has to be allowed with --allow bench.
    """
    from advisor.agent.mcp_serve import (
        TOKEN_VARIABLE,
        check_installed,
        check_token,
        serve_http,
        serve_stdio,
    )
    from advisor.servers.listening import parse_address

    check_installed()
    from advisor.agent.mcp_server import mcp_server
    from advisor.agent.toolbox import Toolbox

    logging.basicConfig(level=logging.WARNING, format="advisor: %(message)s")
    store_url = (ctx.find_object(dict) or {}).get("store_url")
    server = mcp_server(Toolbox(allow), store_url=store_url)
    if listen is None:
        serve_stdio(server)
        return
    address = parse_address(listen)
    token = os.environ.get(TOKEN_VARIABLE) or None
    check_token(token)
    made = None if token or address.is_local else secrets.token_urlsafe(32)

    def ready(url: str) -> None:
        from advisor.report.console import progress_console
        from advisor.report.language import _

        console = progress_console()
        console.print(_("Listening on {url}; Ctrl-C ends it.").format(url=url))
        if made:
            console.print(_("Clients send this header: Authorization: Bearer"), made)

    serve_http(server, address, token=token or made, ready=ready)
