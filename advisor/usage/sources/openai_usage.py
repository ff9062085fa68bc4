"""What does OpenAI say that an organization used?

`GET /v1/organization/usage/completions`: buckets of a minute, an hour or a day in UTC.
`input_tokens` holds the cached and the cache-written ones. Fields:
https://developers.openai.com/api/reference (resource admin.organization.usage.completions) and
https://docs.rs/openai-client-base/0.16.0 (usage_completions_result), read 2026-11-25. The same
names head the columns of the dashboard's export.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from advisor.usage.counts import Counts, Sum, checked
from advisor.usage.ledger import Ledger
from advisor.usage.moments import HOUR_S, hour_of
from advisor.usage.sources.source import JsonSource, Take

NAME = "openai"


class _Result(msgspec.Struct):
    input_tokens: Sum = 0
    output_tokens: Sum = 0
    input_cached_tokens: Sum | None = None
    num_model_requests: Sum | None = None
    model: str | None = None
    project_id: str | None = None
    user_id: str | None = None
    api_key_id: str | None = None
    batch: bool | None = None
    service_tier: str | None = None


class _Bucket(msgspec.Struct):
    start_time: int
    end_time: int
    results: list[_Result]


def _recognises(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get("start_time"), int) and isinstance(record.get("results"), list)


def _reader(ledger: Ledger) -> Take:
    decode = msgspec.json.Decoder(_Bucket).decode

    def take(raw: bytes) -> bool:
        bucket = decode(raw)
        hour_of(bucket.start_time)
        hour_of(bucket.end_time)
        for result in bucket.results:
            counts = Counts(
                result.input_tokens,
                result.input_cached_tokens or 0,
                0,
                result.output_tokens,
                0,
                result.num_model_requests,
            )
            batch = None if result.batch is None else str(result.batch)
            of = (
                result.project_id,
                result.user_id,
                result.api_key_id,
                batch,
                result.service_tier,
            )
            ledger.bucket(
                NAME, result.model, of, (bucket.start_time, bucket.end_time), checked(counts)
            )
        ledger.cover(bucket.start_time // HOUR_S, (bucket.end_time - 1) // HOUR_S)
        return bool(bucket.results)

    return take


SOURCE = JsonSource(NAME, _recognises, _reader)
