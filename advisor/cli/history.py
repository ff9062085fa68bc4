"""`advisor history`: what was measured here, and when? And in others' formats?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from advisor.cli.output import json_option, print_json


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def history(ctx: click.Context, as_json: bool) -> None:
    """List the runs kept on this machine, newest first."""
    if ctx.invoked_subcommand is not None:
        if as_json:
            raise click.UsageError("--json is for the list of runs; leave it out here.")
        return
    from advisor.history.store import RunStore

    store = RunStore()
    found = store.history()
    if as_json:
        print_json(found)
        return
    from advisor.report.history import show_history

    show_history(found, store.folder)


@history.command()
@click.argument("run")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["csv", "vllm", "guidellm", "aiperf"]),
    required=True,
    help="csv: a row per request; the others: what that tool would have written.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A file, or a folder for a file per load (vllm, aiperf). Default: standard output.",
)
@click.option("--force", is_flag=True, help="Replace what is there.")
def export(run: str, format_name: str, output: Path | None, force: bool) -> None:
    """Write a run in a format that other tools read.

    RUN is a run's id, a unique beginning of it, or `latest`.
    """
    from advisor.history.exports.formats import FILES, FOLDERS, write_file, write_folder
    from advisor.history.exports.loads import recorded
    from advisor.history.store import RunStore

    if output is None and format_name not in FILES:
        raise click.UsageError(f"{format_name} is a folder of files: name it with -o.")
    found = recorded(RunStore(), run)
    if output is None:
        sys.stdout.buffer.write(FILES[format_name](found))
        sys.stdout.buffer.flush()
    elif format_name in FOLDERS and (output.is_dir() or format_name not in FILES):
        write_folder(output, FOLDERS[format_name](found), replace=force)
    else:
        write_file(output, FILES[format_name](found), replace=force)
