"""How is it shown what leaves, what came, and what another tool measured?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.history.exchange.leaving import ASKED
from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.language import _, ngettext, sentence
from advisor.report.text import name, number, pair, safe

if TYPE_CHECKING:
    from advisor.history.exchange.document import Exported, Imported, ImportedFile, Pushed
    from advisor.history.record import Origin, Run, ToldMetric

MANY = dict.fromkeys(
    ("Run.id", "Bench.id", "Run.started_at", "Bench.started_at", "Machine.probed_at"), 8
)
"""Of these, which are a time and chance, only some are printed; of all others every one."""
MOST_METRICS = 60
HIDDEN = ("Bench.definitions", "Reduced.left_out", "ToldMetric.definition")
"""Texts that this program wrote itself."""


def show_outgoing(found: Exported) -> None:
    """Prints every text that leaves, the names of all other fields, and what stays."""
    console = result_console()
    count = len(found.runs)
    title = ngettext(
        "What leaves with 1 run, as text:", "What leaves with {count} runs, as text:", count
    )
    console.print(title.format(count=f"{count:,}"), style="bold")
    rows = [
        (field, _listed(texts, MANY.get(field)))
        for field, texts in found.texts.items()
        if field not in HIDDEN
    ]
    console.print(facts_table(rows))
    console.print(_("As numbers, flags and fixed words:"), style="bold")
    console.print(
        facts_table((structure, " ".join(names)) for structure, names in found.others.items())
    )
    if "samples" in found.kept:
        console.print(_("And {asked}.").format(asked=sentence(ASKED["samples"])), style="bold")
    if found.left_out:
        console.print(_("What stays here, whole or in part:"), style="bold")
        console.print(name(_(", ").join(found.left_out), 4_000))
    if not found.kept:
        console.print(
            _("--include adds: {listed}.").format(listed=_(", ").join(ASKED)), style="dim"
        )


def show_written(found: Exported) -> None:
    """Prints which file was written."""
    console = result_console()
    for reason in found.missing:
        console.print(
            _("Not in it: {reason}").format(reason=safe(sentence(reason))), style="yellow"
        )
    if found.file is None:
        console.print(_("Nothing was written; -o FILE writes it."))
        return
    signed = _("not signed")
    if found.signed_with:
        signed = _("signed with {key}").format(key=name(found.signed_with, 200))
    console.print(
        _("Written to {file}, {signed}.").format(file=name(found.file, 200), signed=signed)
    )
    console.print(f"SHA-256 {found.sha256}", style="dim")


def show_pushed(found: Pushed) -> None:
    """Prints what was put into a shared folder."""
    said = (
        _("{written} new in {folder}, {there} there already.")
        if found.there
        else _("{written} new in {folder}.")
    )
    result_console().print(
        said.format(
            written=f"{len(found.written):,}",
            folder=name(found.folder, 200),
            there=f"{len(found.there):,}",
        )
    )


def show_imported(found: Imported) -> None:
    """Prints what came of each file."""
    console = result_console()
    for each in found.files:
        console.print(pair(name(each.file, 200), _outcome(each)))
        for run_id, reason in each.refused.items():
            console.print(
                "  "
                + _("refused {run_id}: {reason}").format(
                    run_id=name(run_id), reason=safe(sentence(reason))
                ),
                style="yellow",
            )
    if found.left_alone or not found.files:
        console.print(
            _("{count} files of runs that are here already.").format(count=f"{found.left_alone:,}"),
            style="dim",
        )


def show_told(run: Run) -> None:
    """Prints another tool's result in that tool's own words."""
    source, bench = run.source, run.bench
    if source is None or bench is None:
        return
    console = result_console()
    told = source.machine
    rows = [
        (_("measured by"), name(f"{source.tool} {source.version or ''}")),
        (_("model"), name(f"{bench.model.name} {bench.model.quantization or ''}", 100)),
        (_("machine"), name(told.accelerator or told.cpu or _("not told"), 100)),
    ]
    console.print(facts_table(rows))
    table = columns_table(
        _("load"), _("number"), _("of"), _("value"), _("unit"), right=(_("value"),)
    )
    for each in source.metrics[:MOST_METRICS]:
        table.add_row(
            name(each.load, 24),
            name(each.name, 28),
            name(each.statistic, 18),
            number(each.value),
            name(each.unit, 16),
        )
    console.print(table)
    console.print(_("What it means by them:"), style="bold")
    console.print(facts_table(_meanings(source.metrics)))


def origin_line(origin: Origin) -> str:
    """Where a run came from, in a line."""
    return _("Imported {at}, {signed}, from the file with SHA-256 {sha256}").format(
        at=name(origin.imported_at),
        signed=_signed(origin.signer, origin.key),
        sha256=name(origin.file_sha256, 64),
    )


def _meanings(metrics: Sequence[ToldMetric]) -> list[tuple[str, str]]:
    """What each number means, with the load where that makes a difference."""
    of_name: dict[str, dict[str, str]] = {}
    for each in metrics:
        of_name.setdefault(each.name, {}).setdefault(each.definition, each.load)
    return [
        (name(key if len(found) == 1 else f"{key}, {load}", 40), safe(definition))
        for key, found in of_name.items()
        for definition, load in found.items()
    ]


def _outcome(each: ImportedFile) -> str:
    if each.error is not None:
        return _("nothing was stored. {error}").format(error=safe(sentence(each.error)))
    parts = [_("{new} new").format(new=f"{len(each.new):,}")]
    if each.known:
        parts.append(_("{known} here already").format(known=f"{len(each.known):,}"))
    if each.refused:
        parts.append(_("{refused} refused").format(refused=f"{len(each.refused):,}"))
    stored = _(", ").join(parts)
    if each.tool != "advisor":
        stored = _("{stored} of {tool}").format(stored=stored, tool=name(each.tool or ""))
    signed = _signed(each.signer, each.key)
    if each.signature == "not checked":
        signed = _("signed, but there is no ssh-keygen to check it")
    return f"{stored}; {signed}"


def _signed(signer: str | None, key: str | None) -> str:
    if signer is not None:
        return _("signed by {signer}").format(signer=name(signer))
    if key is not None:
        return _("signed by a key that is on no list of yours ({key})").format(key=name(key))
    return _("not signed")


def _listed(texts: Sequence[str], most: int | None) -> str:
    shown = _(", ").join(name(text, 2_000) for text in texts[:most])
    if most is None or len(texts) <= most:
        return shown
    return _("{shown} and {count} more").format(shown=shown, count=len(texts) - most)
