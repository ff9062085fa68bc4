"""What was used, by a log of answers that hold `usage`, as OpenAI-compatible servers give it?

One JSON object a request: the answer itself, or a wrapper with it under `response` or `body`, as
gateways and OpenAI's batch files write them; the time is the wrapper's, else the answer's
`created`. Understood are chat completions (`prompt_tokens` holds the cached ones), responses
(`input_tokens` does) and Anthropic's messages (it does not). Lines without usage are passed over.
Documented at https://platform.openai.com/docs/api-reference and
https://docs.anthropic.com/en/api/messages; the fields are those that this program's own dialects
read. An id alone does not name a request (Ollama's have three digits), so its time of creation
counts too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from advisor.usage.counts import Counts, Tokens, checked
from advisor.usage.ledger import Ledger
from advisor.usage.moments import UNDATED, hour_of
from advisor.usage.sources.source import JsonSource, Take

NAME = "requests"
ENVELOPES = ("response", "body")
SHORTEST_UNIQUE = 16
"""An id of fewer characters may come again."""
_TIMES = ("timestamp", "time", "ts", "created_at", "started_at", "start_time")


class _InputDetails(msgspec.Struct):
    cached_tokens: Tokens | None = None
    cache_write_tokens: Tokens | None = None


class _OutputDetails(msgspec.Struct):
    reasoning_tokens: Tokens | None = None


class AnswerUsage(msgspec.Struct):
    """What servers call their counts."""

    prompt_tokens: Tokens | None = None
    completion_tokens: Tokens | None = None
    input_tokens: Tokens | None = None
    output_tokens: Tokens | None = None
    total_tokens: Tokens | None = None
    prompt_tokens_details: _InputDetails | None = None
    input_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None
    output_tokens_details: _OutputDetails | None = None
    cache_read_input_tokens: Tokens | None = None
    cache_creation_input_tokens: Tokens | None = None
    prompt_cache_hit_tokens: Tokens | None = None


class Answer(msgspec.Struct):
    """An answer, as far as it is counted."""

    id: str | int | None = None
    model: str | None = None
    created: int | float | None = None
    created_at: str | int | float | None = None
    usage: AnswerUsage | None = None
    body: Answer | str | None = None


class _Asked(msgspec.Struct):
    model: str | None = None


class _Line(Answer):
    timestamp: str | int | float | None = None
    time: str | int | float | None = None
    ts: str | int | float | None = None
    started_at: str | int | float | None = msgspec.field(default=None, name="startTime")
    start_time: str | int | float | None = None
    response: Answer | str | None = None
    request: _Asked | str | None = None


_answer = msgspec.json.Decoder(Answer).decode


def _recognises(record: Mapping[str, Any]) -> bool:
    return _has_usage(record) or any(
        (
            isinstance(inner := record.get(name), Mapping)
            and (_has_usage(inner) or _has_usage(inner.get("body")))
        )
        or (isinstance(inner, str) and '"usage"' in inner and inner.startswith("{"))
        for name in ENVELOPES
    )


def _has_usage(record: Any) -> bool:
    usage = record.get("usage") if isinstance(record, Mapping) else None
    return isinstance(usage, Mapping) and any("_tokens" in name for name in usage)


def _reader(ledger: Ledger) -> Take:
    decode = msgspec.json.Decoder(_Line).decode
    hashed = hash

    def take(raw: bytes) -> bool:
        line = decode(raw)
        answer: Answer = line
        if line.usage is None:
            inner = _inner(line)
            if inner is None:
                return False
            answer = inner
        assert answer.usage is not None
        counts = _counts(answer.usage)
        if counts is None:
            return False
        when = line.timestamp
        if when is None:
            when = _first_time(line, answer)
        hour = UNDATED if when is None else hour_of(when)
        asked = line.request.model if isinstance(line.request, _Asked) else None
        stream = ledger.stream(NAME, answer.model or line.model or asked)
        if answer.id is None:
            ledger.request(hashed(raw), False, hour, stream, counts)
        else:
            created = answer.created or answer.created_at
            if created is None and len(str(answer.id)) < SHORTEST_UNIQUE:
                created = when
            ledger.request(hashed((answer.id, created)), True, hour, stream, counts)
        return True

    return take


def _inner(line: _Line) -> Answer | None:
    """The wrapped answer, if there is one and it holds usage."""
    for found in (line.response, line.body):
        answer = _opened(found)
        if answer is not None and answer.usage is None:
            answer = _opened(answer.body)
        if answer is not None and answer.usage is not None:
            return answer
    return None


def _opened(found: Answer | str | None) -> Answer | None:
    if isinstance(found, str):
        return _answer(found) if found.startswith("{") else None
    return found


def _first_time(line: _Line, answer: Answer) -> str | int | float | None:
    for name in _TIMES:
        value: str | int | float | None = getattr(line, name)
        if value is not None:
            return value
    return answer.created if answer.created is not None else answer.created_at


def _counts(usage: AnswerUsage) -> Counts | None:
    """What an answer cost in tokens; None where it does not say. Raises ValueError."""
    details, made = usage.prompt_tokens_details, usage.completion_tokens_details
    sent, back = usage.prompt_tokens, usage.completion_tokens
    written = usage.cache_creation_input_tokens or 0
    if sent is None:
        details, made = usage.input_tokens_details, usage.output_tokens_details
        sent, back = usage.input_tokens, usage.output_tokens
        if sent is not None and details is None:
            sent += written + (usage.cache_read_input_tokens or 0)
    if sent is None and back is None:
        return None
    cached = usage.cache_read_input_tokens or usage.prompt_cache_hit_tokens or 0
    if details is not None:
        cached = details.cached_tokens or cached
        written = details.cache_write_tokens or written
    reasoning = (made.reasoning_tokens or 0) if made is not None else 0
    sent, back = sent or 0, back or 0
    if reasoning and usage.total_tokens == sent + back + reasoning:
        back += reasoning
    return checked(Counts(sent, cached, written, back, reasoning))


SOURCE = JsonSource(NAME, _recognises, _reader)
