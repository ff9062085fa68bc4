"""How is it shown what leaves, what came, and what another tool measured?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.history.exchange.leaving import ASKED
from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.text import name, number, safe

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
    runs = "1 run" if len(found.runs) == 1 else f"{len(found.runs):,} runs"
    console.print(f"What leaves with {runs}, as text:", style="bold")
    rows = [
        (field, _listed(texts, MANY.get(field)))
        for field, texts in found.texts.items()
        if field not in HIDDEN
    ]
    console.print(facts_table(rows))
    console.print("As numbers, flags and fixed words:", style="bold")
    console.print(
        facts_table((structure, " ".join(names)) for structure, names in found.others.items())
    )
    if "samples" in found.kept:
        console.print(f"And {ASKED['samples']}.", style="bold")
    if found.left_out:
        console.print("What stays here, whole or in part:", style="bold")
        console.print(name(", ".join(found.left_out), 4_000))
    if not found.kept:
        console.print(f"--include adds: {', '.join(ASKED)}.", style="dim")


def show_written(found: Exported) -> None:
    """Prints which file was written."""
    console = result_console()
    for reason in found.missing:
        console.print(f"Not in it: {safe(reason)}", style="yellow")
    if found.file is None:
        console.print("Nothing was written; -o FILE writes it.")
        return
    signed = f"signed with {name(found.signed_with, 200)}" if found.signed_with else "not signed"
    console.print(f"Written to {name(found.file, 200)}, {signed}.")
    console.print(f"SHA-256 {found.sha256}", style="dim")


def show_pushed(found: Pushed) -> None:
    """Prints what was put into a shared folder."""
    there = f", {len(found.there):,} there already" if found.there else ""
    result_console().print(f"{len(found.written):,} new in {name(found.folder, 200)}{there}.")


def show_imported(found: Imported) -> None:
    """Prints what came of each file."""
    console = result_console()
    for each in found.files:
        console.print(f"{name(each.file, 200)}: {_outcome(each)}")
        for run_id, reason in each.refused.items():
            console.print(f"  refused {name(run_id)}: {safe(reason)}", style="yellow")
    if found.left_alone or not found.files:
        console.print(f"{found.left_alone:,} files of runs that are here already.", style="dim")


def show_told(run: Run) -> None:
    """Prints another tool's result in that tool's own words."""
    source, bench = run.source, run.bench
    if source is None or bench is None:
        return
    console = result_console()
    told = source.machine
    rows = [
        ("measured by", name(f"{source.tool} {source.version or ''}")),
        ("model", name(f"{bench.model.name} {bench.model.quantization or ''}", 100)),
        ("machine", name(told.accelerator or told.cpu or "not told", 100)),
    ]
    console.print(facts_table(rows))
    table = columns_table("load", "number", "of", "value", "unit", right=("value",))
    for each in source.metrics[:MOST_METRICS]:
        table.add_row(
            name(each.load, 24),
            name(each.name, 28),
            name(each.statistic, 18),
            number(each.value),
            name(each.unit, 16),
        )
    console.print(table)
    console.print("What it means by them:", style="bold")
    console.print(facts_table(_meanings(source.metrics)))


def origin_line(origin: Origin) -> str:
    """Where a run came from, in a line."""
    return (
        f"Imported {name(origin.imported_at)}, {_signed(origin.signer, origin.key)}, from the file "
        f"with SHA-256 {name(origin.file_sha256, 64)}"
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
        return f"nothing was stored. {safe(each.error)}"
    parts = [f"{len(each.new):,} new"]
    if each.known:
        parts.append(f"{len(each.known):,} here already")
    if each.refused:
        parts.append(f"{len(each.refused):,} refused")
    tool = "" if each.tool == "advisor" else f" of {name(each.tool or '')}"
    signed = _signed(each.signer, each.key)
    if each.signature == "not checked":
        signed = "signed, but there is no ssh-keygen to check it"
    return f"{', '.join(parts)}{tool}; {signed}"


def _signed(signer: str | None, key: str | None) -> str:
    if signer is not None:
        return f"signed by {name(signer)}"
    if key is not None:
        return f"signed by a key that is on no list of yours ({name(key)})"
    return "not signed"


def _listed(texts: Sequence[str], most: int | None) -> str:
    shown = ", ".join(name(text, 2_000) for text in texts[:most])
    return shown if most is None or len(texts) <= most else f"{shown} and {len(texts) - most} more"
