"""What do the events of LM Studio's own chat stream say?

Protocol: https://lmstudio.ai/docs/developer/rest/streaming-events and .../rest/chat (read
2026-11-25). Not yet seen live.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from advisor.servers import counting, sse
from advisor.servers.client import NOT_JSON, error_message
from advisor.servers.counting import seconds, whole
from advisor.servers.http import Answer
from advisor.servers.outcome import Error, ending
from advisor.servers.wire import Reading, ServerTimings, TokenSource, Transcript

START = b'"chat.start"'
TEXT = ("message.delta", "reasoning.delta")


class _Event(msgspec.Struct):
    type: str = ""
    content: Any = None
    load_time_seconds: Any = None
    result: Any = None


_decode_event = msgspec.json.Decoder(_Event).decode


@dataclass(slots=True)
class _Stream:
    event_ns: list[int] = field(default_factory=list)
    text_bytes: int = 0
    stats: dict[str, Any] = field(default_factory=dict)
    load_s: float | None = None
    ended: bool = False
    error: Error | None = None


def is_own(answer: Answer) -> bool:
    """Whether an answer is such a stream: it always begins with `chat.start`."""
    return any(START in data for _, data in answer.pieces[:2])


def read(transcript: Transcript, answer: Answer) -> Reading:
    """Reads a finished stream; never raises on what a server sent."""
    stream = _stream(answer)
    stats = stream.stats
    return counting.reading(
        counts=counting.check(
            {
                "input_tokens": stats.get("input_tokens"),
                "output_tokens": stats.get("total_output_tokens"),
            }
        ),
        source=TokenSource.NATIVE,
        event_ns=stream.event_ns,
        text_bytes=stream.text_bytes,
        error=stream.error or ending(transcript, answer, ended=stream.ended),
        timings=_timings(stats, stream.load_s),
    )


def _stream(answer: Answer) -> _Stream:
    stream = _Stream()
    for time_ns, data in sse.events(answer.pieces):
        try:
            event = _decode_event(data)
        except NOT_JSON as problem:
            stream.error = stream.error or ("malformed", str(problem)[:300])
            continue
        if event.type in TEXT and isinstance(event.content, str) and event.content:
            stream.event_ns.append(time_ns)
            stream.text_bytes += len(event.content.encode("utf-8", "surrogatepass"))
        elif event.type == "model_load.end":
            stream.load_s = seconds(event.load_time_seconds, 1.0)
        elif event.type == "error":
            stream.error = stream.error or ("error_body", error_message(data))
        elif event.type == "chat.end":
            stream.ended = True
            stats = event.result.get("stats") if isinstance(event.result, dict) else None
            stream.stats = stats if isinstance(stats, dict) else {}
    return stream


def _timings(stats: dict[str, Any], load_s: float | None) -> ServerTimings | None:
    """Its own clock. Its rate is tokens over the time of generating them: n tokens, n spans.

    (The documented example: 9 tokens, `generation_time` 0.156 s, 57.69 `tokens_per_second`.)
    """
    decoded = whole(stats.get("total_output_tokens"))
    rate = seconds(stats.get("tokens_per_second"), 1.0)
    if decoded is None and load_s is None:
        return None
    return ServerTimings(
        prefill_tokens=whole(stats.get("input_tokens")),
        prefill_s=seconds(stats.get("time_to_first_token_seconds"), 1.0),
        decode_tokens=decoded,
        decode_intervals=decoded,
        decode_s=decoded / rate if decoded and rate else None,
        load_s=load_s,
    )
