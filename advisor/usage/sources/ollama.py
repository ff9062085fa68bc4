"""What was used, by a log of Ollama's own answers?

Ollama keeps no log. Who keeps its answers (`/api/chat`, `/api/generate`; of a stream the last
object, `done` is true) has `prompt_eval_count` and `eval_count` in each, and no id. Current
versions count cached tokens in the former. Fields as
real ones gave them to this program's tests; documented at
https://github.com/ollama/ollama/blob/main/docs/api.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from advisor.usage.counts import Counts, Tokens, checked
from advisor.usage.ledger import Ledger
from advisor.usage.moments import hour_of
from advisor.usage.sources.source import JsonSource, Take

NAME = "ollama"


class _Answer(msgspec.Struct):
    model: str | None = None
    created_at: str | None = None
    prompt_eval_count: Tokens | None = None
    prompt_eval_cached_count: Tokens | None = None
    eval_count: Tokens | None = None


def _recognises(record: Mapping[str, Any]) -> bool:
    return "eval_count" in record or {"model", "created_at", "done"} <= record.keys()


def _reader(ledger: Ledger) -> Take:
    decode = msgspec.json.Decoder(_Answer).decode

    def take(raw: bytes) -> bool:
        answer = decode(raw)
        if answer.eval_count is None and answer.prompt_eval_count is None:
            return False
        counts = Counts(
            answer.prompt_eval_count or 0,
            answer.prompt_eval_cached_count or 0,
            0,
            answer.eval_count or 0,
            0,
        )
        stream = ledger.stream(NAME, answer.model)
        ledger.request(hash(raw), False, hour_of(answer.created_at), stream, checked(counts))
        return True

    return take


SOURCE = JsonSource(NAME, _recognises, _reader)
