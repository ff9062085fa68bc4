"""`advisor report`: what do others get to read, who never open a terminal?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli.situation import with_kept_rates

if TYPE_CHECKING:
    from advisor.report.page.subject import Subject

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("run", required=False, metavar="[RUN]")
@click.option("--html", type=FILE, metavar="FILE", help="One page that needs nothing else.")
@click.option("--pdf", type=FILE, metavar="FILE", help="The same, printed by Chromium or Chrome.")
@click.option("--markdown", type=FILE, metavar="FILE", help="For a pull request or a wiki.")
@click.option("--csv", type=FILE, metavar="FILE", help="The numbers, one a row.")
@click.option(
    "--charts",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Each chart as SVG, and as PNG where a browser is there.",
)
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Advise anew on this scenario; without RUN no measurement is needed.",
)
def report(
    *,
    run: str | None,
    html: Path | None,
    pdf: Path | None,
    markdown: Path | None,
    csv: Path | None,
    charts: Path | None,
    scenario: Path | None,
) -> None:
    """Write a report of a run for people who never open a terminal.

    RUN is a run's id or a beginning of it, `latest`, or a file with what `--json` of
    `run`, `bench`, `advise` or `history show` printed. Without RUN and scenario it is
    the latest measurement. Without a FILE the report is printed as Markdown.

    With --scenario the advice is worked out anew; otherwise it is the one of the
    record. Addresses, host names and serial numbers are in no report.
    """
    from advisor.report.page.write import Targets, write_report

    subject = _subject(run, scenario)
    targets = Targets(html, markdown, csv, pdf, charts)
    if not targets.any:
        from advisor.report.page.markdown import markdown_of
        from advisor.report.page.view import page_of

        click.echo(markdown_of(page_of(subject)), nl=False)
        return
    from advisor.cli.output import is_quiet
    from advisor.report.language import _
    from advisor.report.text import safe, size

    for path, size_bytes in write_report(subject, targets):
        if not is_quiet():
            line = _("Wrote {path} ({size}).").format(path=safe(path), size=size(size_bytes))
            click.echo(line, err=True)


def _subject(named: str | None, scenario: Path | None) -> Subject:
    """What the report is about; with a scenario its advice is worked out anew."""
    from advisor.advice.answer import answer
    from advisor.advice.scenario import read_tables
    from advisor.cli.store import the_store
    from advisor.report.page.subject import of_advice, of_file, of_run

    if named is not None and (named.endswith(".json") or Path(named).is_file()):
        if scenario is not None:
            raise click.UsageError("A file is reported as it is: leave --scenario out.")
        return of_file(Path(named))
    if scenario is None:
        return of_run(the_store().load(named, measured=True))
    run = the_store().load(named, measured=True) if named else None
    advice = answer(
        with_kept_rates(read_tables(scenario)),
        origin=str(scenario),
        machine=run.machine if run else None,
        bench=run.bench if run else None,
    )
    return of_advice(advice, run=run, scenario=scenario.name)
