"""What did Claude Code use, by the logs that it keeps of its sessions?

`~/.claude/projects/**/*.jsonl`. An answer is written once for each part of it, each time with its
usage so far, so the last and fullest stands; an answer is known by `message.id` and `requestId`, or
by `message.id` alone where a gateway gives no request id. Input tokens are apart: uncached, read
from the cache, written to it. As the readers of these logs found:
https://github.com/ccusage/ccusage issues 888 and 985,
https://github.com/junhoyeo/tokscale/pull/563, read 2026-11-25.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from advisor.usage.counts import Counts, Tokens
from advisor.usage.ledger import Ledger
from advisor.usage.moments import hour_of
from advisor.usage.sources.source import JsonSource, Take

NAME = "claude-code"
NO_MODEL = "<synthetic>"
"""The model of messages that the program itself wrote."""


class _Usage(msgspec.Struct):
    input_tokens: Tokens = 0
    output_tokens: Tokens = 0
    cache_creation_input_tokens: Tokens | None = None
    cache_read_input_tokens: Tokens | None = None


class _Message(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None


class _Line(msgspec.Struct):
    type: str | None = None
    timestamp: str | None = None
    request_id: str | None = msgspec.field(default=None, name="requestId")
    message: _Message | str | None = None


def _recognises(record: Mapping[str, Any]) -> bool:
    if "sessionId" in record and "type" in record:
        return True
    message = record.get("message")
    return (
        record.get("type") == "assistant"
        and isinstance(message, Mapping)
        and isinstance(message.get("usage"), Mapping)
    )


def _reader(ledger: Ledger) -> Take:
    decode = msgspec.json.Decoder(_Line).decode

    def take(raw: bytes) -> bool:
        line = decode(raw)
        message = line.message
        if not isinstance(message, _Message) or message.usage is None:
            return False
        if line.type != "assistant" or message.model == NO_MODEL:
            return False
        usage = message.usage
        cached, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
        counts = Counts(
            usage.input_tokens + cached + written, cached, written, usage.output_tokens, 0
        )
        stream, hour = ledger.stream(NAME, message.model), hour_of(line.timestamp)
        if message.id is None:
            ledger.request(hash(raw), False, hour, stream, counts)
            return True
        alone = hash(message.id)
        whole = hash((message.id, line.request_id)) if line.request_id else alone
        if line.request_id and not ledger.knows(whole) and ledger.knows(hash((alone, None))):
            whole = alone
        ledger.request(whole, True, hour, stream, counts)
        if line.request_id:
            ledger.same(whole, alone)
        else:
            ledger.same(whole, hash((alone, None)))
        return True

    return take


SOURCE = JsonSource(NAME, _recognises, _reader)
