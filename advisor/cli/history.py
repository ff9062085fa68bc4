"""`advisor history`: what was measured, when and where? Shown again, marked, exported, pruned."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from advisor.cli.output import can_ask, json_option, print_json
from advisor.cli.types import FiniteRange, Moment
from advisor.report.language import _

SCREENFUL = 40
"""Runs listed where --limit is not given; as JSON all of them."""


@click.group(invoke_without_command=True)
@click.option("--machine", metavar="ID", help="Runs of this machine (a beginning of its id).")
@click.option("--model", metavar="NAME", help="Runs of this model (or a part of its name).")
@click.option("--server", metavar="KIND", help="Runs on this kind of server.")
@click.option(
    "--kind",
    type=click.Choice(["run", "bench", "skip", "imported"]),
    help="Runs with advice, without, skipped, or of other tools.",
)
@click.option("--tag", metavar="TAG", help="Runs with this tag.")
@click.option("--since", type=Moment(), metavar="DATE|7d", help="Runs from then on.")
@click.option("--until", type=Moment(end=True), metavar="DATE|7d", help="Runs up to then.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="The newest N only.")
@json_option
@click.pass_context
def history(ctx: click.Context, /, as_json: bool, limit: int | None, **given: Any) -> None:
    """List the runs that are kept, newest first; show, mark, export, prune them.

    Dates are UTC: 2026-11-25, 2026-11-25T09:30, or 7d for seven days ago. RUN below
    is a run's id, a unique beginning of it, or `latest`.
    """
    if ctx.invoked_subcommand is not None:
        typed = [ctx.get_parameter_source(name) for name in ctx.params]
        if ParameterSource.COMMANDLINE in typed:
            raise click.UsageError("--json and the filters are for the list of runs.")
        return
    from advisor.cli.store import the_store
    from advisor.history.store import Wanted

    store = the_store()
    wanted = Wanted(
        machine=given["machine"],
        model=given["model"],
        server=given["server"],
        kind=given["kind"],
        tag=given["tag"],
        since_us=given["since"],
        until_us=given["until"],
        limit=limit if as_json or limit else SCREENFUL + 1,
    )
    found = store.history(wanted)
    if as_json:
        print_json(found)
        return
    from advisor.report.history import show_history

    shown = limit or SCREENFUL
    show_history(found, shown=shown, place=store.place.name, filtered=any(given.values()))


@history.command()
@click.argument("run")
@json_option
def show(run: str, as_json: bool) -> None:
    """Show a run again, as it was shown when it had ended; as JSON its whole record."""
    from advisor.cli.store import the_store
    from advisor.report.history import show_again

    store = the_store()
    if as_json:
        import msgspec

        print_json(msgspec.Raw(store.document(run)))
        return
    found = store.load(run)
    show_again(found, *store.marks(found.id), store.origin(found.id))


@history.command()
@click.argument("run")
@click.argument("tag")
def tag(run: str, tag: str) -> None:
    """Give a run a tag, to find it by and to keep it from being pruned."""
    from advisor.cli.store import the_store

    click.echo(_("{run} is tagged.").format(run=the_store().tag(run, tag)))


@history.command()
@click.argument("run")
@click.argument("tag")
def untag(run: str, tag: str) -> None:
    """Take a tag off a run."""
    from advisor.cli.store import the_store

    click.echo(_("{run} has that tag no more.").format(run=the_store().untag(run, tag)))


@history.command()
@click.argument("run")
@click.argument("note")
def annotate(run: str, note: str) -> None:
    """Add a note to a run, such as what was changed on the machine before it."""
    from advisor.cli.store import the_store

    click.echo(_("{run} has the note.").format(run=the_store().annotate(run, note)))


@history.command()
@click.option("--machine", metavar="ID", help="This machine only (a beginning of its id).")
@json_option
def drift(machine: str | None, as_json: bool) -> None:
    """Say what changed over the newest runs: speed, energy, payback, and what else did."""
    from advisor.cli.store import the_store
    from advisor.history.drift.watch import watched
    from advisor.report.drift import show_drifts

    found = watched(the_store(), machine)
    if as_json:
        print_json(found.drifts)
    else:
        show_drifts(found)


@history.command()
@click.option(
    "--keep",
    type=click.IntRange(1),
    metavar="N",
    help="Keep the newest N of each machine, server and model.",
)
@click.option(
    "--keep-days",
    type=FiniteRange(0, 100_000),
    metavar="D",
    help="Keep the runs of the last D days.",
)
@click.option("--yes", is_flag=True, help="Delete without asking.")
def prune(keep: int | None, keep_days: float | None, yes: bool) -> None:
    """Delete old runs: lists what would go, then asks.

    What --keep or --keep-days keeps stays, and always the newest run of each machine,
    server and model, and every run with a tag or a note.
    """
    from advisor.cli.store import the_store
    from advisor.history.store import Policy
    from advisor.report.history import show_prunable

    store, policy = the_store(), Policy(keep=keep, keep_days=keep_days)
    going = store.prunable(policy)
    show_prunable(going, policy=str(policy))
    if not going:
        return
    if not yes:
        if not can_ask():
            click.echo(_("Nothing was deleted; --yes deletes."))
            return
        question = _("Delete {going}?").format(going=len(going))
        click.confirm(question, default=False, abort=True, err=True)
    deleted = store.delete([run.id for run in going])
    click.echo(_("{count} deleted.").format(count=deleted))


@history.command()
def migrate() -> None:
    """Bring a team's database up to this version, once it is backed up.

    Your own file needs no such command: it is brought up to date by itself, and the
    one of before is kept beside it.
    """
    from advisor.cli.store import the_store

    store = the_store()
    store.open(upgrade_team=True)
    click.echo(_("{name} is of this version.").format(name=store.place.name))


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
    from advisor.cli.store import the_store
    from advisor.history.exports.formats import FILES, FOLDERS, write_file, write_folder
    from advisor.history.exports.loads import recorded

    if output is None and format_name not in FILES:
        raise click.UsageError(f"{format_name} is a folder of files: name it with -o.")
    found = recorded(the_store(), run)
    if output is None:
        sys.stdout.buffer.write(FILES[format_name](found))
        sys.stdout.buffer.flush()
    elif format_name in FOLDERS and (output.is_dir() or format_name not in FILES):
        write_folder(output, FOLDERS[format_name](found), replace=force)
    else:
        write_file(output, FILES[format_name](found), replace=force)


@history.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE.prom",
    help="For node_exporter's textfile collector, written whole. Default: standard output.",
)
def metrics(output: Path | None) -> None:
    """Write the newest result of each model and load as metrics for Prometheus."""
    from advisor.cli.store import the_store
    from advisor.web.latest import Reader
    from advisor.web.metrics import render
    from advisor.web.textfile import write_textfile

    content = render(Reader(the_store()).latest())
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        write_textfile(output, content)
