"""What did an earlier import find? Our own `advisor.usage/1`, as `--out` wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from advisor.usage.cell import BINS_PER_OCTAVE
from advisor.usage.counts import MOST_PER_BUCKET, MOST_PER_REQUEST
from advisor.usage.document import Usage
from advisor.usage.ledger import Ledger
from advisor.usage.moments import EARLIEST_S, HOUR_S, LATEST_S, credible
from advisor.usage.sources.source import JsonSource, Take

NAME = "advisor.usage/1"
LONGEST_HOURS = (LATEST_S - EARLIEST_S) // HOUR_S
LAST_BIN = BINS_PER_OCTAVE * MOST_PER_REQUEST.bit_length()


def _recognises(record: Mapping[str, Any]) -> bool:
    return record.get("schema") == NAME


def take_kept(document: Usage, ledger: Ledger) -> None:
    """Adds what an import kept to what is known. Raises ValueError where it kept no such thing."""
    if not document.cells:
        if all(each.first_day is None for each in document.sources):
            raise ValueError("its totals have no times")
        raise ValueError("it was printed by --json, which leaves out what --out keeps")
    for cell in document.cells:
        counts = [value or 0 for value in cell.values]
        if not 0 < cell.hours <= LONGEST_HOURS or min(counts) < 0:
            raise ValueError("it holds counts that are negative or of no span")
        if max(counts) > MOST_PER_BUCKET:
            raise ValueError("it holds counts that are absurd")
    bins = (list(document.input_bins), list(document.output_bins))
    for each in (*bins[0], *bins[1]):
        if not 0 <= each.index <= LAST_BIN or each.requests < 1:
            raise ValueError("it holds lengths that no request has")
    covered = document.covered_hours or ()
    for hour in (*(cell.start_hour for cell in document.cells), *covered):
        credible(hour * HOUR_S)
    ledger.keep(list(document.cells), bins)
    if document.covered_hours is not None:
        ledger.cover(*document.covered_hours)


def _reader(ledger: Ledger) -> Take:
    decode = msgspec.json.Decoder(Usage).decode

    def take(raw: bytes) -> bool:
        take_kept(decode(raw), ledger)
        return True

    return take


SOURCE = JsonSource(NAME, _recognises, _reader)
