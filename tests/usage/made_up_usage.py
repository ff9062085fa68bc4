"""Records of use that are made up, in the shapes that each source documents."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from advisor.usage.document import Usage
from advisor.usage.read import Reading, read_all
from advisor.usage.summary import summarize

SECRET = "the patient is called Ada"
"""A prompt, which may stand nowhere afterwards."""


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def answer(number: int, at: str, sent: int = 1000, back: int = 100, **usage: Any) -> dict[str, Any]:
    """A chat completion of an OpenAI-compatible server."""
    return {
        "id": f"chatcmpl-{number:024x}",
        "object": "chat.completion",
        "created": seconds(at),
        "model": "llama-3.1-8b",
        "choices": [{"message": {"role": "assistant", "content": SECRET}}],
        "usage": {
            "prompt_tokens": sent,
            "completion_tokens": back,
            "total_tokens": sent + back,
            **usage,
        },
    }


def openai_bucket(start: str, hours: int = 24, **result: Any) -> dict[str, Any]:
    told = {
        "object": "organization.usage.completions.result",
        "input_tokens": 1000,
        "input_cached_tokens": 400,
        "output_tokens": 50,
        "num_model_requests": 5,
        "model": "gpt-4o-2024-08-06",
        "project_id": None,
        "user_id": None,
        "api_key_id": None,
        "batch": None,
        **result,
    }
    return {
        "object": "bucket",
        "start_time": seconds(start),
        "end_time": seconds(start) + 3600 * hours,
        "results": [told],
    }


def page(data: list[Any], next_page: str | None = None) -> dict[str, Any]:
    return {
        "object": "page",
        "data": data,
        "has_more": next_page is not None,
        "next_page": next_page,
    }


def anthropic_bucket(start: str, **result: Any) -> dict[str, Any]:
    told = {
        "uncached_input_tokens": 1500,
        "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
        "cache_read_input_tokens": 200,
        "output_tokens": 500,
        "model": "claude-sonnet-4-20250514",
        "service_tier": "standard",
        **result,
    }
    end = datetime.fromtimestamp(seconds(start) + 86_400, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"starting_at": f"{start}T00:00:00Z", "ending_at": end, "results": [told]}


def claude_line(message: str, output: int, request: str | None = "req_1", **usage: Any) -> Any:
    line = {
        "type": "assistant",
        "sessionId": "s",
        "timestamp": "2026-10-05T10:00:00.000Z",
        "requestId": request,
        "message": {
            "id": message,
            "model": "claude-opus-4-6",
            "content": [{"type": "text", "text": SECRET}],
            "usage": {
                "input_tokens": 3,
                "cache_creation_input_tokens": 2000,
                "cache_read_input_tokens": 20_000,
                "output_tokens": output,
                **usage,
            },
        },
    }
    if request is None:
        del line["requestId"]
    return line


def spend_row(request: str, at: str = "2026-10-05T10:00:00.000Z", **more: Any) -> dict[str, Any]:
    return {
        "request_id": request,
        "call_type": "acompletion",
        "startTime": at,
        "endTime": at,
        "model": "gpt-4o",
        "custom_llm_provider": "openai",
        "prompt_tokens": 900,
        "completion_tokens": 90,
        "spend": 0.01,
        "cache_hit": "False",
        "messages": [{"role": "user", "content": SECRET}],
        **more,
    }


def lines(path: Path, records: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    return path


def imported(*targets: Path | str, zone: str = "UTC", unstable_above: float = 0.5) -> Usage:
    reading = Reading()
    read_all([str(target) for target in targets], reading)
    return summarize(
        reading.ledger,
        ZoneInfo(zone),
        zone,
        unstable_above=unstable_above,
        problems=reading.problems,
        bad_lines=reading.bad_lines,
        without_usage=reading.without_usage,
        notes=reading.notes,
    )


def sums(usage: Usage) -> tuple[int, int, int, int, int | None]:
    """Input, cached, written, output, requests."""
    total = usage.total
    return (
        total.input_tokens,
        total.cached_input_tokens,
        total.cache_write_tokens,
        total.output_tokens,
        total.requests,
    )
