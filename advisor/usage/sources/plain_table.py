"""What does a plain table say: a CSV with a time, input and output tokens?

One row a request, or a row a day or month with its totals: a bare date is a day, `2026-11` a
month, `start_time` with `end_time` that span. The other columns are optional: model, id, cached
input, cache writes, reasoning, requests. OpenAI's dashboard exports such a table.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import date

from advisor.usage.counts import MOST_PER_BUCKET, MOST_PER_REQUEST, Counts, checked, whole
from advisor.usage.ledger import Ledger
from advisor.usage.moments import hour_of, seconds_of
from advisor.usage.sources.source import TableSource, TakeRow

NAME = "table"
DAY_S = 86_400
COLUMNS = {
    "when": ("timestamp", "time", "date", "day", "month", "created_at", "created", "start_time"),
    "until": ("end_time",),
    "model": ("model", "model_name", "model_id"),
    "id": ("id", "request_id"),
    "input": ("input_tokens", "prompt_tokens", "n_context_tokens_total"),
    "cached": ("cached_input_tokens", "input_cached_tokens", "cached_tokens"),
    "written": ("cache_write_tokens", "cache_creation_input_tokens"),
    "output": ("output_tokens", "completion_tokens", "n_generated_tokens_total"),
    "reasoning": ("reasoning_tokens",),
    "requests": ("requests", "num_model_requests", "n_requests"),
}
"""What is wanted -> what its column may be called."""
_MONTH = re.compile(r"(20\d\d)-(\d\d)")
_DAY = re.compile(r"20\d\d-\d\d-\d\d")


def _places(header: Sequence[str]) -> dict[str, int]:
    return {
        wanted: next(header.index(name) for name in names if name in header)
        for wanted, names in COLUMNS.items()
        if any(name in header for name in names)
    }


def _recognises(header: Sequence[str]) -> bool:
    return {"when", "input", "output"} <= _places(header).keys()


def _reader(ledger: Ledger, header: Sequence[str]) -> TakeRow:
    at = _places(header)

    def cell(row: Sequence[str], wanted: str) -> str:
        return row[at[wanted]].strip() if wanted in at else ""

    def take(row: Sequence[str]) -> bool:
        when, until = cell(row, "when"), cell(row, "until")
        span = _span(when, until)
        most = MOST_PER_BUCKET if span else MOST_PER_REQUEST
        told = cell(row, "requests")
        counts = checked(
            Counts(
                whole(cell(row, "input"), most),
                whole(cell(row, "cached"), most),
                whole(cell(row, "written"), most),
                whole(cell(row, "output"), most),
                whole(cell(row, "reasoning"), most),
                whole(told, most) if told else None,
            )
        )
        if not counts.tokens:
            return False
        model = cell(row, "model") or None
        if span:
            ledger.bucket(NAME, model, (), span, counts)
            return True
        name = cell(row, "id")
        identity = hash(name) if name else hash(tuple(row))
        ledger.request(identity, bool(name), hour_of(when), ledger.stream(NAME, model), counts)
        return True

    return take


def _span(when: str, until: str) -> tuple[int, int] | None:
    """The span of a row that holds totals, None for a row of one request."""
    if until:
        return int(seconds_of(when)), int(seconds_of(until))
    if month := _MONTH.fullmatch(when):
        days = calendar.monthrange(int(month[1]), min(max(int(month[2]), 1), 12))[1]
        start_s = int(seconds_of(date(int(month[1]), int(month[2]), 1).isoformat()))
        return start_s, start_s + days * DAY_S
    if _DAY.fullmatch(when):
        start_s = int(seconds_of(when))
        return start_s, start_s + DAY_S
    return None


TABLE = TableSource(NAME, _recognises, _reader)
