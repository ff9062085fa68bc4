"""The options that say how `--url` is spoken to: headers, keys, certificates."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from advisor.servers.client import Headers
    from advisor.servers.route import Trust


def connection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds them to a command."""
    options = [
        click.option(
            "--header",
            "headers",
            multiple=True,
            metavar="'NAME: VALUE'",
            help="Send this with every request to --url. A bearer token is better given as "
            "ADVISOR_SERVER_KEY in the environment.",
        ),
        click.option(
            "--ca-file",
            type=click.Path(path_type=Path),
            metavar="FILE.pem",
            help="Trust these certificates too, on https.",
        ),
        click.option(
            "--client-cert",
            type=click.Path(path_type=Path),
            metavar="FILE.pem",
            help="Show this certificate to --url; the file holds its key too.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def headers_of(given: dict[str, Any]) -> Headers:
    """The headers for `--url`, with the environment's key. Raises InputError."""
    from advisor.servers.address import parse_headers, with_key
    from advisor.servers.secret import keep_secret

    headers = with_key(parse_headers(given["headers"]), os.environ)
    keep_secret(headers)
    return headers


def trust_of(given: dict[str, Any]) -> Trust:
    """Whom to trust on the way to `--url`."""
    from advisor.servers.route import Trust

    return Trust(authorities=given["ca_file"], certificate=given["client_cert"])
