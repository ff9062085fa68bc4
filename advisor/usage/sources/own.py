"""What did an earlier import find? Our own `advisor.usage/1`, as `--out` wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from advisor.usage.document import Usage
from advisor.usage.ledger import Ledger
from advisor.usage.sources.source import JsonSource, Take

NAME = "advisor.usage/1"


def _recognises(record: Mapping[str, Any]) -> bool:
    return record.get("schema") == NAME


def _reader(ledger: Ledger) -> Take:
    decode = msgspec.json.Decoder(Usage).decode

    def take(raw: bytes) -> bool:
        document = decode(raw)
        if not document.cells:
            raise ValueError("it was printed by --json, which leaves out what --out keeps")
        for cell in document.cells:
            counts = (value or 0 for value in cell.values)
            if not 0 < cell.hours <= 24 * 366 or min(counts) < 0:
                raise ValueError("it holds counts that are negative or of no span")
        bins = (list(document.input_bins), list(document.output_bins))
        ledger.keep(list(document.cells), bins)
        if document.covered_hours is not None:
            ledger.cover(*document.covered_hours)
        return True

    return take


SOURCE = JsonSource(NAME, _recognises, _reader)
