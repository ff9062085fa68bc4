"""How are cloud APIs spoken to that took over OpenAI's chat completions?

Protocol: OpenAI API reference, "Chat completions" with `stream`; what each provider does otherwise
stands in its own file beside this one. No sampling field is sent: reasoning models refuse most.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import msgspec

from advisor.servers import counting
from advisor.servers.apis.billing import billing, seen_tokens
from advisor.servers.apis.keys import redacted
from advisor.servers.chunks import Stream, read_stream
from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.http import Answer, decode
from advisor.servers.outcome import Error, ending, not_a_stream, refused
from advisor.servers.wire import Billing, Completion, Reading, Request, TokenSource, Transcript

CUT_HERE = "too_large"
"""How a stream is marked that this side cut because of its size."""


@dataclass(slots=True)
class ChatApi(OpenAIServer):
    """A paid API with OpenAI's chat completions. `secret` is hidden in all that is read."""

    secret: str = field(default="", repr=False)

    path: ClassVar[str] = "/v1/chat/completions"
    limit_field: ClassVar[str] = "max_completion_tokens"
    fields: ClassVar[dict[str, Any]] = {}
    """What else is sent with every request."""

    def request(self, model: str, completion: Completion) -> Request:
        """The streaming request; nothing is tried out, as every try costs money."""
        body = {
            "model": model,
            "messages": [{"role": "user", "content": completion.prompt}],
            "stream": True,
            self.limit_field: completion.output_tokens,
            **self.fields,
        }
        return post(self.path, self.headers, body)

    def read(self, transcript: Transcript) -> Reading:
        """Reads a finished stream; never raises on what a server sent, never shows the key."""
        answer = decode(transcript)
        problem = refused(transcript, answer)
        if problem is not None:
            return without_key(problem, self.secret)
        stream = read_stream(answer)
        bill = self.bill(stream) if stream.ended else None
        told = seen_tokens(
            stream.usage.get("completion_tokens"),
            bill.reasoning_tokens if bill else None,
            reasoning_seen=stream.reasoning_bytes > 0,
        )
        reading = counting.reading(
            counts=counting.check({**self.counts(stream), "output_tokens": told}),
            source=TokenSource.USAGE,
            event_ns=stream.event_ns,
            text_bytes=stream.text_bytes,
            error=how_it_ended(
                transcript, answer, stream.error, ended=stream.ended, empty=not stream.event_ns
            ),
            finish_reason=stream.finish_reason,
        )
        return without_key(replace(reading, billing=bill), self.secret)

    def bill(self, stream: Stream) -> Billing | None:
        """What the last usage says is billed."""
        usage = stream.usage
        prompt, completion = _part(usage, "prompt"), _part(usage, "completion")
        return billing(
            usage.get("prompt_tokens"),
            usage.get("completion_tokens"),
            cached=self.counts(stream)["cached_input_tokens"],
            cache_write=prompt.get("cache_write_tokens"),
            reasoning=completion.get("reasoning_tokens"),
            cost=usage.get("cost"),
        )


def post(path: str, headers: tuple[tuple[str, str], ...], body: dict[str, Any]) -> Request:
    """A request with a JSON body that asks for server-sent events."""
    kinds = (("Content-Type", "application/json"), ("Accept", "text/event-stream"))
    return Request("POST", path, (*kinds, *headers), msgspec.json.encode(body))


def how_it_ended(
    transcript: Transcript, answer: Answer, said: Error | None, *, ended: bool, empty: bool
) -> Error | None:
    """What is wrong with an answer: first whether it was cut here, then what its events `said`."""
    if transcript.failure == CUT_HERE:
        return CUT_HERE, "it went on past its limit"
    if said is None and empty and not ended and transcript.failure is None:
        said = not_a_stream(answer)
    return said or ending(transcript, answer, ended=ended)


def without_key(reading: Reading, secret: str) -> Reading:
    """The reading with the key taken out of what the server said."""
    return replace(
        reading,
        error_detail=redacted(reading.error_detail, secret),
        finish_reason=reading.finish_reason and redacted(reading.finish_reason, secret),
    )


def _part(usage: dict[str, Any], which: str) -> dict[str, Any]:
    details = usage.get(f"{which}_tokens_details")
    return details if isinstance(details, dict) else {}
