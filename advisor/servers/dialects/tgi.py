"""How is Hugging Face's Text Generation Inference, and who speaks as it does, spoken to?

Protocol: huggingface.co/docs/text-generation-inference, its API (openapi.json: `/info`,
`/generate_stream`) and "Metrics" (read 2026-11-25). Not yet seen live.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers import client, counting, sse
from advisor.servers.answers import Answers
from advisor.servers.counting import whole
from advisor.servers.dialects.model_folder import model_folder
from advisor.servers.dialects.openai import Abilities, OpenAIServer, known
from advisor.servers.http import Answer, decode
from advisor.servers.kind import Kind
from advisor.servers.metrics import METRICS, look
from advisor.servers.outcome import Error, ending, not_a_stream, refused
from advisor.servers.told import Counters, Means, Setting, Value
from advisor.servers.wire import (
    Completion,
    Reading,
    Request,
    ServedModel,
    TokenSource,
    Transcript,
)

INFO = "/info"
MARKS = {"model_id", "max_total_tokens", "max_concurrent_requests", "version"}
_TOLD = (
    ("max_total_tokens", Means.CONTEXT_TOKENS),
    ("max_input_tokens", Means.OTHER),
    ("max_batch_total_tokens", Means.OTHER),
    ("max_concurrent_requests", Means.OTHER),
    ("model_dtype", Means.OTHER),
    ("model_device_type", Means.OTHER),
)


class _Event(msgspec.Struct):
    token: dict[str, Any] | None = None
    details: dict[str, Any] | None = None
    error: Any = None


_decode_event = msgspec.json.Decoder(_Event).decode


class TgiServer(OpenAIServer):
    """Text Generation Inference by its own stream: one event a token, its counts in the last.

    It has no way to force a length: a shorter answer shows in the count.
    """

    __slots__ = ()

    def models(self) -> list[ServedModel]:
        """Its one model, loaded as long as it runs. Raises AdvisorError if it does not tell it."""
        answer = client.fetch(self.endpoint, INFO, headers=self.headers, timeout_s=10)
        told = client.json_object(answer)
        name = told.get("model_id")
        if not isinstance(name, str):
            said = answer.error or f"HTTP {answer.status}: {client.error_message(answer.body)}"
            raise AdvisorError(f"no model at {self.endpoint.url}{INFO}", why=said)
        silent = Unknown("Text Generation Inference does not tell it")
        folder = model_folder(name, self.endpoint)
        return [
            ServedModel(
                name=name,
                parameters=silent,
                quantization=folder.quantization,
                digest=known(told, "model_sha", str),
                size_bytes=folder.size_bytes,
                context_tokens=known(told, "max_total_tokens", int),
                loaded=True,
            )
        ]

    def find_abilities(self, model: str) -> Abilities:  # noqa: ARG002
        """Its own stream takes all that is asked of it."""
        return Abilities("tgi")

    def read(self, transcript: Transcript) -> Reading:
        """Reads a finished stream; never raises on what a server sent."""
        answer = decode(transcript)
        problem = refused(transcript, answer)
        if problem is not None:
            return problem
        stream = _read(answer)
        ended = bool(stream.details)
        error = stream.error
        if not stream.event_ns and not ended and error is None:
            error = not_a_stream(answer)
        reason = stream.details.get("finish_reason")
        return counting.reading(
            counts=counting.check(
                {
                    "input_tokens": stream.details.get("input_length"),
                    "output_tokens": stream.details.get("generated_tokens"),
                }
            ),
            source=TokenSource.NATIVE,
            event_ns=stream.event_ns,
            text_bytes=stream.text_bytes,
            error=error or ending(transcript, answer, ended=ended),
            finish_reason=reason if isinstance(reason, str) else None,
        )

    def settings(self, model: str | None = None) -> list[Setting]:  # noqa: ARG002
        """Its limits, as `/info` tells them."""
        answer = client.fetch(self.endpoint, INFO, headers=self.headers)
        told = client.json_object(answer)
        return [
            Setting(name, told[name], INFO, means)
            for name, means in _TOLD
            if isinstance(told.get(name), Value)
        ]

    def counters(self, model: str | None = None) -> Counters | Unknown:  # noqa: ARG002
        """Its metrics; the seconds are those of whole batches."""
        metrics = look(self.endpoint, self.headers)
        if isinstance(metrics, Unknown):
            return metrics
        generated = metrics.total("tgi_request_generated_tokens_sum")
        if generated is None:
            return Unknown(f"it tells no totals at {METRICS}")
        spent = "tgi_batch_inference_duration_sum"
        return Counters(
            source=METRICS,
            prompt_tokens=metrics.total("tgi_request_input_length_sum"),
            prompt_includes_cached=True,
            generated_tokens=generated,
            prompt_s=metrics.total(spent, {"method": "prefill"}),
            generated_s=metrics.total(spent, {"method": "decode"}),
            requests=metrics.total("tgi_request_success"),
        )

    def _request(self, model: str, completion: Completion, abilities: Abilities) -> Request:  # noqa: ARG002
        body = {
            "inputs": completion.prompt,
            "parameters": {
                "max_new_tokens": completion.output_tokens,
                "do_sample": True,
                "seed": completion.seed or 1,
                "details": True,
            },
        }
        headers = (
            ("Content-Type", "application/json"),
            ("Accept", "text/event-stream"),
            *self.headers,
        )
        return Request("POST", "/generate_stream", headers, msgspec.json.encode(body))


@dataclass(slots=True)
class _Stream:
    event_ns: list[int] = field(default_factory=list)
    text_bytes: int = 0
    details: dict[str, Any] = field(default_factory=dict)
    error: Error | None = None


def _read(answer: Answer) -> _Stream:
    """Every event with a token is one; the last has `details`."""
    stream = _Stream()
    for time_ns, data in sse.events(answer.pieces):
        try:
            event = _decode_event(data)
        except client.NOT_JSON as problem:
            stream.error = stream.error or ("malformed", str(problem)[:300])
            continue
        if event.error is not None:
            stream.error = stream.error or ("error_body", client.error_message(data))
        if event.token is not None:
            stream.event_ns.append(time_ns)
            text = event.token.get("text")
            if isinstance(text, str) and not event.token.get("special"):
                stream.text_bytes += len(text.encode("utf-8", "surrogatepass"))
        if event.details:
            stream.details = event.details
    return stream


def _is_at(answers: Answers) -> bool:
    told = answers.object_at(INFO)
    return told.keys() >= MARKS and whole(told.get("max_total_tokens")) is not None


KIND = Kind("tgi", TgiServer, is_at=_is_at, ports=(3000,), version_at=((INFO, "version"),))
"""By what it tells of itself."""
