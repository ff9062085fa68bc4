"""What did a LiteLLM proxy write down of each request?

The table `LiteLLM_SpendLogs`, as JSON (the proxy's `/spend/logs`, JSONL) or CSV. Prompt tokens hold
the cached ones, whose number is under `metadata.additional_usage_values`. What LiteLLM answered
from its own cache (`cache_hit`) no provider was asked for, and it is not counted. Fields:
https://github.com/BerriAI/litellm/blob/main/schema.prisma and
litellm/proxy/spend_tracking/spend_management_endpoints.py, read 2026-11-25.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from advisor.usage.counts import Counts, Tokens, checked, whole
from advisor.usage.ledger import Ledger
from advisor.usage.moments import hour_of
from advisor.usage.sources.source import JsonSource, TableSource, Take, TakeRow

NAME = "litellm"


class _Prompt(msgspec.Struct):
    cached_tokens: Tokens | None = None


class _Completion(msgspec.Struct):
    reasoning_tokens: Tokens | None = None


class _More(msgspec.Struct):
    cache_read_input_tokens: Tokens | None = None
    cache_creation_input_tokens: Tokens | None = None
    prompt_tokens_details: _Prompt | None = None
    completion_tokens_details: _Completion | None = None


class _Metadata(msgspec.Struct):
    additional_usage_values: _More | None = None


class _Row(msgspec.Struct, kw_only=True):
    request_id: str
    started: str = msgspec.field(name="startTime")
    model: str = ""
    prompt_tokens: Tokens = 0
    completion_tokens: Tokens = 0
    cache_hit: str | bool | None = None
    metadata: _Metadata | str | None = None


_metadata = msgspec.json.Decoder(_Metadata).decode


def _recognises(record: Mapping[str, Any]) -> bool:
    return {"request_id", "startTime", "prompt_tokens"} <= record.keys()


def _reader(ledger: Ledger) -> Take:
    decode = msgspec.json.Decoder(_Row).decode

    def take(raw: bytes) -> bool:
        return _keep(ledger, decode(raw))

    return take


def _keep(ledger: Ledger, row: _Row) -> bool:
    if str(row.cache_hit).lower() == "true" or not row.prompt_tokens + row.completion_tokens:
        return False
    told = row.metadata
    if isinstance(told, str):
        told = _metadata(told) if told.startswith("{") else None
    more = (told.additional_usage_values if told else None) or _More()
    prompt, completion = more.prompt_tokens_details, more.completion_tokens_details
    cached = more.cache_read_input_tokens or (prompt.cached_tokens if prompt else None) or 0
    reasoning = (completion.reasoning_tokens if completion else None) or 0
    counts = Counts(
        row.prompt_tokens,
        cached,
        more.cache_creation_input_tokens or 0,
        row.completion_tokens,
        reasoning,
    )
    stream = ledger.stream(NAME, row.model)
    ledger.request(hash(row.request_id), True, hour_of(row.started), stream, checked(counts))
    return True


def _recognises_table(header: Sequence[str]) -> bool:
    return {"request_id", "starttime", "prompt_tokens", "completion_tokens"} <= set(header)


def _row_reader(ledger: Ledger, header: Sequence[str]) -> TakeRow:
    at = {name: place for place, name in enumerate(header)}

    def cell(row: Sequence[str], name: str) -> str:
        return row[at[name]] if name in at else ""

    def take(row: Sequence[str]) -> bool:
        return _keep(
            ledger,
            _Row(
                request_id=row[at["request_id"]],
                started=row[at["starttime"]],
                model=cell(row, "model"),
                prompt_tokens=whole(cell(row, "prompt_tokens")),
                completion_tokens=whole(cell(row, "completion_tokens")),
                cache_hit=cell(row, "cache_hit"),
                metadata=cell(row, "metadata"),
            ),
        )

    return take


SOURCE = JsonSource(NAME, _recognises, _reader)
TABLE = TableSource(NAME, _recognises_table, _row_reader)
