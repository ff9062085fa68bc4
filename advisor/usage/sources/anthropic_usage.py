"""What does Anthropic say that an organization used?

`GET /v1/organizations/usage_report/messages`: buckets in UTC. Its input tokens are apart: uncached,
read from the cache, written to it (for five minutes or an hour). It does not tell the number of
requests. Fields:
https://platform.claude.com/docs/en/api/admin-api/usage-cost/get-messages-usage-report, read
2026-11-25. The console exports the same by day as a CSV, with columns as that export's readers know
them (usage_date_utc, model_version, usage_input_tokens_no_cache, ..._cache_write_5m,
..._cache_write_1h, ..._cache_read, usage_output_tokens), seen 2026-11-28.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from advisor.usage.counts import MOST_PER_BUCKET, Counts, Sum, whole
from advisor.usage.ledger import Ledger
from advisor.usage.moments import HOUR_S, seconds_of
from advisor.usage.sources.source import JsonSource, TableSource, Take, TakeRow

NAME = "anthropic"
CONSOLE = "anthropic-console"
"""Keys and workspaces have names in the one and ids in the other, so they cannot be matched."""
DAY_S = 86_400


class _Creation(msgspec.Struct):
    ephemeral_1h_input_tokens: Sum = 0
    ephemeral_5m_input_tokens: Sum = 0


class _Result(msgspec.Struct):
    uncached_input_tokens: Sum = 0
    cache_creation: _Creation | None = None
    cache_read_input_tokens: Sum = 0
    output_tokens: Sum = 0
    model: str | None = None
    api_key_id: str | None = None
    workspace_id: str | None = None
    service_tier: str | None = None
    context_window: str | None = None


class _Bucket(msgspec.Struct):
    starting_at: str
    ending_at: str
    results: list[_Result]


def _recognises(record: Mapping[str, Any]) -> bool:
    return "starting_at" in record and isinstance(record.get("results"), list)


def _reader(ledger: Ledger) -> Take:
    decode = msgspec.json.Decoder(_Bucket).decode

    def take(raw: bytes) -> bool:
        bucket = decode(raw)
        start_s, end_s = int(seconds_of(bucket.starting_at)), int(seconds_of(bucket.ending_at))
        for result in bucket.results:
            made = result.cache_creation
            written = made.ephemeral_1h_input_tokens + made.ephemeral_5m_input_tokens if made else 0
            cached = result.cache_read_input_tokens
            total = result.uncached_input_tokens + cached + written
            of = (
                result.api_key_id,
                result.workspace_id,
                result.service_tier,
                result.context_window,
            )
            counts = Counts(total, cached, written, result.output_tokens, 0, None)
            ledger.bucket(NAME, result.model, of, (start_s, end_s), counts)
        ledger.cover(start_s // HOUR_S, (end_s - 1) // HOUR_S)
        return bool(bucket.results)

    return take


def _recognises_table(header: Sequence[str]) -> bool:
    wanted = {"usage_date_utc", "usage_input_tokens_no_cache", "usage_output_tokens"}
    return wanted <= set(header)


def _row_reader(ledger: Ledger, header: Sequence[str]) -> TakeRow:
    at = {name: place for place, name in enumerate(header)}

    def cell(row: Sequence[str], name: str) -> str:
        return row[at[name]].strip() if name in at else ""

    def take(row: Sequence[str]) -> bool:
        def tokens(*names: str) -> int:
            return sum(whole(cell(row, f"usage_{name}"), MOST_PER_BUCKET) for name in names)

        start_s = int(seconds_of(cell(row, "usage_date_utc")[:10]))
        cached = tokens("input_tokens_cache_read")
        written = tokens(
            "input_tokens_cache_write",
            "input_tokens_cache_write_5m",
            "input_tokens_cache_write_1h",
        )
        total = tokens("input_tokens_no_cache") + cached + written
        names = ("api_key", "workspace", "usage_type", "context_window", "inference_geo", "speed")
        of = tuple(cell(row, name) or None for name in names)
        counts = Counts(total, cached, written, tokens("output_tokens"), 0, None)
        model = cell(row, "model_version") or None
        ledger.bucket(CONSOLE, model, of, (start_s, start_s + DAY_S), counts)
        return counts.tokens > 0

    return take


SOURCE = JsonSource(NAME, _recognises, _reader)
TABLE = TableSource(CONSOLE, _recognises_table, _row_reader)
