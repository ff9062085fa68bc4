"""`advisor import`: what comes into the history from others, and was it what it says it is?"""

from __future__ import annotations

from pathlib import Path

import click

from advisor.cli.output import json_option, print_json


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|DIR..."
)
@click.option(
    "--signers",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Take only what one of these signed: a list as OpenSSH's allowed_signers.",
)
@json_option
def import_(files: tuple[Path, ...], signers: Path | None, as_json: bool) -> int:
    """Take runs from files into the history.

    A bundle of `advisor export`, or the JSON results of llama-bench, GuideLLM,
    AIPerf or LocalScore. Everything in a file is checked before any of it is
    stored; a run is never put over another. Of a folder all files are taken but
    those of runs that are here already.
    """
    from advisor.cli.store import the_store
    from advisor.errors import InputError
    from advisor.history.exchange.document import Imported, ImportedFile
    from advisor.history.exchange.shared import new_bundles
    from advisor.history.exchange.take_in import take_in

    store = the_store()
    done: list[ImportedFile] = []
    wanted: list[Path] = []
    left_alone = 0
    for file in files:
        if file.is_dir():
            new, known = new_bundles(store, file)
            wanted += new
            left_alone += known
        else:
            wanted.append(file)
    for file in wanted:
        try:
            done.append(take_in(file, store, signers))
        except InputError as error:
            if list(files) == [file]:
                raise
            done.append(ImportedFile(file=file.name, error=str(error)))
    found = Imported(files=tuple(done), left_alone=left_alone)
    if as_json:
        print_json(found)
    else:
        from advisor.report.exchange import show_imported

        show_imported(found)
    return 1 if any(each.error or each.refused for each in done) else 0
