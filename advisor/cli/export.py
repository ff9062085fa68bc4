"""`advisor export`: which runs do others get, and what exactly is in them?"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import click

from advisor.cli.output import json_option, print_json

STANDARD_OUTPUT = Path("-")


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The bundle to write; - for standard output, without a word beside it.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write each run that is not there yet into a bundle of its own in this folder.",
)
@click.option(
    "--include",
    metavar="NAME,...",
    default="",
    help="What would stay home otherwise: addresses, advice, errors, hostname, notes, prompts, "
    "samples, serials, spending, tags, texts.",
)
@click.option(
    "--sign",
    "key",
    type=click.Path(path_type=Path),
    metavar="KEY",
    help="Sign it with this SSH key, such as ~/.ssh/id_ed25519.",
)
@click.option("--force", is_flag=True, help="Replace what is there.")
@json_option
def export(
    *,
    runs: tuple[str, ...],
    output: Path | None,
    folder: Path | None,
    include: str,
    key: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write runs into one file for others, and show what is in it.

    RUN is a run's id or a beginning of it, `latest`, `tag:NAME` or `machine:ID`.
    Without -o it only shows what would leave. Addresses, paths, names of people
    and hosts, serial numbers, prompts and error texts stay here unless included.
    Nothing is sent anywhere but into the FILE or DIR that you name.
    """
    from advisor.cli.store import the_store
    from advisor.history.exchange.choose import chosen
    from advisor.history.exchange.contents import exported
    from advisor.history.exchange.shared import push
    from advisor.history.exchange.write import outgoing, write_bundle

    if key is not None and output is None and folder is None:
        raise click.UsageError("--sign needs a bundle to sign: name it with -o or --to.")
    if output is not None and folder is not None:
        raise click.UsageError("-o names one bundle, --to a folder of many: give one of them.")
    if as_json and output == STANDARD_OUTPUT:
        raise click.UsageError("-o - is the bundle itself: leave --json out.")
    key = key.expanduser() if key else None
    store = the_store()
    kept = [name.strip() for name in include.split(",") if name.strip()]
    if folder is not None:
        pushed = push(store, chosen(store, runs), kept, folder, key=key, over=force)
        if as_json:
            print_json(pushed)
            return
        from advisor.report.exchange import show_pushed

        show_pushed(pushed)
        return
    going = outgoing(store, chosen(store, runs), kept)
    if output == STANDARD_OUTPUT:
        with tempfile.TemporaryDirectory() as beside:
            bundle = Path(beside) / "bundle"
            write_bundle(store, going, bundle, key=key)
            with bundle.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    if not as_json:
        from advisor.report.exchange import show_outgoing

        show_outgoing(exported(going, None, None))
    if output is not None:
        going = write_bundle(store, going, output, key=key, over=force)
    done = exported(going, output, key)
    if as_json:
        print_json(done)
        return
    from advisor.report.exchange import show_written

    show_written(done)
