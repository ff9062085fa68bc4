"""`advisor usage`: how many tokens does the team really use?"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli.output import json_option, print_json
from advisor.cli.types import FiniteRange
from advisor.report.language import _, sentence

if TYPE_CHECKING:
    from advisor.usage.document import Usage

_CALENDAR = [
    click.option(
        "--time-zone",
        default="UTC",
        metavar="ZONE",
        help="Whose days and hours these are, such as Asia/Taipei; default UTC.",
    ),
    click.option(
        "--unstable-above",
        type=FiniteRange(min=0, min_open=True),
        default=0.5,
        show_default=True,
        help="Use is unstable if weeks swing by more than this share of their mean.",
    ),
]


def _calendar_options(command: Any) -> Any:
    for option in reversed(_CALENDAR):
        command = option(command)
    return command


@click.group()
def usage() -> None:
    """Read what a team uses from the records that it has.

    Totals by month and model, growth, swings and hours, from providers' usage APIs
    and exports, proxies, clients' and servers' logs. Prompts are never kept.
    """


@usage.command("import")
@click.argument("targets", nargs=-1, required=True, metavar="FILE|FOLDER|URL...")
@_calendar_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.json",
    help="Keep the totals here; what the file holds already is added to.",
)
@click.option(
    "--scenario-out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.toml",
    help="Write a month's use as the [usage] of `advisor advise --scenario`.",
)
@json_option
def import_(
    targets: tuple[str, ...],
    out: Path | None,
    scenario_out: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Count the tokens in files, folders and at URLs.

    OpenAI's and Anthropic's usage APIs, OpenRouter, LiteLLM, Claude Code, vLLM's and
    llama.cpp's /metrics, Ollama's and any OpenAI-compatible answers in JSONL, or a
    CSV; told apart by what they hold. Keys come from the environment.
    """
    from advisor.documents import to_json, write_whole
    from advisor.usage.read import Reading, read_all
    from advisor.usage.records import add_kept, document_of

    reading = Reading()
    if out is not None and out.exists():
        add_kept(out, reading)
    read_all(targets, reading)
    document = document_of(reading, **given)
    scenario = _scenario(document) if scenario_out else ""
    if out is not None:
        _write(write_whole, out, to_json(document))
    if scenario_out is not None:
        _write(write_whole, scenario_out, scenario.encode())
    _show(document, as_json)


@usage.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.json")
@_calendar_options
@json_option
def show(file: Path, as_json: bool, **given: Any) -> None:
    """Show what an import with --out has kept."""
    from advisor.usage.read import Reading, read_all
    from advisor.usage.records import document_of

    reading = Reading()
    read_all([str(file)], reading)
    _show(document_of(reading, **given), as_json)


@usage.command()
@click.option("--to", "to", required=True, metavar="URL", help="The server that the client uses.")
@click.option(
    "--log",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE.jsonl",
    help="Where the counts go; `advisor usage import` reads it.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8790, show_default=True)
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path),
    metavar="FILE.pem",
    help="Trust these certificates too, on https.",
)
def proxy(to: str, log: Path, host: str, port: int, ca_file: Path | None) -> None:
    """Pass a client's traffic on and count its tokens.

    Point the client's base URL here instead of at the server; its key passes through
    and is not kept, nor is any text. Ends with Ctrl-C.
    """
    import signal
    import time

    from advisor.servers.address import parse_url
    from advisor.servers.opening import reach
    from advisor.servers.route import Trust
    from advisor.usage.proxy.serve import check_libraries, passing

    check_libraries()
    server = reach(parse_url(to), Trust(authorities=ca_file))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with passing((host, port), server, log) as (url, counts):
        told = _("Listening at {url}, passing on to {server}; Ctrl-C ends.")
        click.echo(told.format(url=url, server=server.url), err=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
    told = _("{summary} They are in {log}.")
    click.echo(told.format(summary=sentence(counts.summary()), log=log), err=True)


def _scenario(document: Usage) -> str:
    from advisor.advice.scenario import known_keys
    from advisor.usage.scenario import scenario_toml

    return scenario_toml(document, known_keys())


def _write(write_whole: Any, path: Path, content: bytes) -> None:
    from advisor.errors import AdvisorError

    try:
        write_whole(path, content)
    except OSError as error:
        raise AdvisorError(f"cannot write {path}", why=error.strerror or str(error)) from None


def _show(document: Usage, as_json: bool) -> None:
    if as_json:
        from msgspec.structs import replace

        print_json(replace(document, cells=(), input_bins=(), output_bins=()))
        return
    from advisor.report.usage import show_usage

    show_usage(document)
