"""What does OpenRouter say that was used?

`GET /api/v1/activity`: one item a day (UTC), model and endpoint, of the last 30 days, and the CSV
of openrouter.ai/activity: one row a generation. Completion tokens hold the reasoning. Fields:
https://openrouter.ai/docs/client-sdks/typescript/models/activityitem, read 2026-11-25; columns as
that export's readers know them (generation_id, created_at, tokens_prompt, tokens_completion,
tokens_reasoning, tokens_cached, model_permaslug), seen the same day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from advisor.usage.counts import Counts, Sum, checked, whole
from advisor.usage.ledger import Ledger
from advisor.usage.moments import hour_of, seconds_of
from advisor.usage.sources.source import JsonSource, TableSource, Take, TakeRow

NAME = "openrouter"
DAY_S = 86_400


class _Item(msgspec.Struct):
    date: str
    model: str | None = None
    endpoint_id: str | None = None
    provider_name: str | None = None
    requests: Sum | None = None
    prompt_tokens: Sum = 0
    completion_tokens: Sum = 0
    reasoning_tokens: Sum = 0


def _recognises(record: Mapping[str, Any]) -> bool:
    return {"date", "model", "prompt_tokens", "completion_tokens"} <= record.keys()


def _reader(ledger: Ledger) -> Take:
    decode = msgspec.json.Decoder(_Item).decode

    def take(raw: bytes) -> bool:
        item = decode(raw)
        start_s = int(seconds_of(item.date[:10]))
        counts = Counts(
            item.prompt_tokens, 0, 0, item.completion_tokens, item.reasoning_tokens, item.requests
        )
        of = (item.endpoint_id, item.provider_name)
        ledger.bucket(NAME, item.model, of, (start_s, start_s + DAY_S), checked(counts))
        return True

    return take


def _recognises_table(header: Sequence[str]) -> bool:
    return {"generation_id", "tokens_prompt", "tokens_completion"} <= set(header)


def _row_reader(ledger: Ledger, header: Sequence[str]) -> TakeRow:
    at = {name: place for place, name in enumerate(header)}

    def cell(row: Sequence[str], name: str) -> str:
        return row[at[name]] if name in at else ""

    def take(row: Sequence[str]) -> bool:
        counts = checked(
            Counts(
                whole(cell(row, "tokens_prompt")),
                whole(cell(row, "tokens_cached")),
                0,
                whole(cell(row, "tokens_completion")),
                whole(cell(row, "tokens_reasoning")),
            )
        )
        stream = ledger.stream(NAME, cell(row, "model_permaslug") or cell(row, "model"))
        hour = hour_of(cell(row, "created_at"))
        ledger.request(hash(row[at["generation_id"]]), True, hour, stream, counts)
        return True

    return take


SOURCE = JsonSource(NAME, _recognises, _reader)
TABLE = TableSource(NAME, _recognises_table, _row_reader)
