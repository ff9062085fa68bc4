"""What of a file that others gave goes into the history? Each run once, and never over another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from advisor.documents import now
from advisor.errors import AdvisorError
from advisor.history.exchange.read import Bundle, Incoming
from advisor.history.exchange.reduce import is_reduced_form
from advisor.history.record import Origin, Run
from advisor.history.rows import Kept
from advisor.history.store import RunStore, TakenIdError


@dataclass(slots=True)
class Merged:
    """The ids of the runs that were new, were there already, or were refused, with the reason."""

    new: list[str]
    known: list[str]
    refused: dict[str, str]


def merge_bundle(bundle: Bundle, store: RunStore) -> Merged:
    """Puts the runs of a checked bundle into the history, a transaction each."""
    signer = bundle.signer
    origin = Origin(
        imported_at=now(),
        file_sha256=bundle.file_sha256,
        tool="advisor",
        signer=signer.name if signer else None,
        key=signer.key if signer else None,
    )
    return _merge(bundle.runs(), store, origin)


def merge_results(runs: Iterable[Run], store: RunStore, *, tool: str, file_sha256: str) -> Merged:
    """Puts another tool's results into the history, a transaction each."""
    incoming = (Incoming(Kept(run, msgspec.json.encode(run))) for run in runs)
    origin = Origin(imported_at=now(), file_sha256=file_sha256, tool=tool)
    return _merge(incoming, store, origin)


def _merge(incoming: Iterable[Incoming], store: RunStore, origin: Origin) -> Merged:
    merged = Merged([], [], {})
    for each in incoming:
        run_id = each.kept.run.id
        try:
            is_new = store.keep(each.kept, origin, tags=each.tags, notes=each.notes)
            (merged.new if is_new else merged.known).append(run_id)
        except TakenIdError as error:
            if _is_the_same(each.kept.run, store, origin):
                merged.known.append(run_id)
            else:
                merged.refused[run_id] = error.what
    return merged


def _is_the_same(run: Run, store: RunStore, origin: Origin) -> bool:
    """Whether the run that is kept is this one, written by another version or more fully."""
    there = store.origin(run.id)
    if there is not None and (there.tool, there.file_sha256) == (origin.tool, origin.file_sha256):
        return True
    try:
        kept = store.load(run.id)
    except AdvisorError:
        return False
    return is_reduced_form(run, kept) or is_reduced_form(kept, run)
