"""How is Ollama spoken to over its native API, and what do its own counters say?

Protocol: https://docs.ollama.com/api/usage and github.com/ollama/ollama docs/api.md (seen
2026-11-24); events and counters were compared with real Ollama 0.5.4 and 0.9.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers import client, counting
from advisor.servers.counting import seconds, whole
from advisor.servers.http import Answer, decode, printable
from advisor.servers.ndjson import timed_lines
from advisor.servers.outcome import Error, ending, not_a_stream, refused
from advisor.servers.through_httpx import httpx_settings
from advisor.servers.wire import (
    Completion,
    Endpoint,
    Reading,
    Request,
    ServedModel,
    ServerTimings,
    TokenSource,
    Transcript,
)

if TYPE_CHECKING:
    from ollama import Client

NO_VERSION = Unknown("Ollama was not asked for its version")
CONTROL_TIMEOUT_S, LISTING_WITHIN_S = 10.0, 30.0
"""How long it may be silent, and how long all that describes its models may take."""
NOT_SENSIBLE = (ValueError, TypeError, AttributeError, RecursionError)
"""What the library raises on an answer that is not Ollama's."""
PULL_SILENCE_S = 120.0
"""A download that says nothing for this long has stopped."""


class _Message(msgspec.Struct):
    content: str = ""
    thinking: str | None = None
    tool_calls: Any = None


class _Line(msgspec.Struct):
    response: str = ""
    thinking: str | None = None
    message: _Message | None = None
    done: bool = False
    done_reason: str | None = None
    error: Any = None


_decode_line = msgspec.json.Decoder(_Line).decode


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a download is; sizes are those of the layer being fetched, None between layers."""

    status: str
    completed_bytes: int | None
    total_bytes: int | None


@dataclass(slots=True)
class _Stream:
    event_ns: list[int] = field(default_factory=list)
    text_bytes: int = 0
    last: dict[str, Any] = field(default_factory=dict)
    ended: bool = False
    error: Error | None = None


@dataclass(slots=True)
class OllamaServer:
    """Ollama by its native API: exact prompts, token counts and durations of its own."""

    endpoint: Endpoint
    kind: str = "ollama"
    version: str | Unknown = NO_VERSION
    headers: client.Headers = field(default=(), repr=False)

    def models(self) -> list[ServedModel]:
        """What is installed, with what `show` and `ps` know. Raises AdvisorError if it is gone."""
        with self._asked_to("list its models") as ollama:
            loaded = {entry.model: entry for entry in ollama.ps().models}
            return [
                self._served(ollama, entry.model, entry, loaded)
                for entry in ollama.list().models
                if entry.model
            ]

    def request(self, model: str, completion: Completion) -> Request:
        """The streaming request for `completion`: no template, no stop words.

        Temperature 1 with a seed, because at 0 degenerate models repeat themselves and Ollama
        cuts such streams off. It has no way to forbid the end-of-text token: a shorter answer
        shows in the count.
        """
        body = {
            "model": model,
            "prompt": completion.prompt,
            "raw": True,
            "stream": True,
            "options": {
                "num_predict": completion.output_tokens,
                "temperature": 1,
                "seed": completion.seed,
                **({"stop": []} if completion.exact_length else {}),
            },
        }
        headers = (("Content-Type", "application/json"), *self.headers)
        return Request("POST", "/api/generate", headers, msgspec.json.encode(body))

    def read(self, transcript: Transcript) -> Reading:
        """Reads a finished stream; never raises on what a server sent.

        Without the final message (real Ollama leaves it out when it cuts a repetition off) the
        error is "no_end_marker" and tokens are counted from events.
        """
        answer = decode(transcript)
        problem = refused(transcript, answer)
        if problem is not None:
            return problem
        stream = _stream(answer)
        if not stream.event_ns and not stream.ended and stream.error is None:
            stream.error = not_a_stream(answer)
        last = stream.last
        reason = last.get("done_reason")
        return counting.reading(
            counts=counting.check(
                {
                    "input_tokens": last.get("prompt_eval_count"),
                    "cached_input_tokens": last.get("prompt_eval_cached_count"),
                    "output_tokens": last.get("eval_count"),
                }
            ),
            source=TokenSource.NATIVE,
            event_ns=stream.event_ns,
            text_bytes=stream.text_bytes,
            error=stream.error or ending(transcript, answer, ended=stream.ended),
            timings=_timings(last) if stream.ended else None,
            finish_reason=reason if isinstance(reason, str) else None,
        )

    def pull(self, model: str, progress: Callable[[PullProgress], None]) -> None:
        """Has the server download `model`, telling sizes as they become known.

        Raises AdvisorError if the model does not exist or the download stops.
        """
        with self._asked_to(f"pull '{model}'", PULL_SILENCE_S, None) as ollama:
            for step in ollama.pull(model, stream=True):
                progress(PullProgress(step.status or "", step.completed, step.total))

    def _served(
        self, ollama: Client, name: str, entry: Any, loaded: dict[str | None, Any]
    ) -> ServedModel:
        shown = ollama.show(name)
        held = loaded.get(name)
        info = shown.modelinfo or {}
        parameters = info.get("general.parameter_count")
        quantization = entry.details.quantization_level if entry.details else None
        silent = Unknown("Ollama does not tell it")
        return ServedModel(
            name=name,
            parameters=parameters if isinstance(parameters, int) else silent,
            quantization=quantization or silent,
            digest=entry.digest or silent,
            size_bytes=int(entry.size) if entry.size else silent,
            context_tokens=(held and held.context_length)
            or Unknown("newer Ollamas tell it, and of a loaded model only"),
            loaded=held is not None,
            gpu_share=_gpu_share(held),
        )

    @contextmanager
    def _asked_to(
        self,
        doing: str,
        timeout_s: float = CONTROL_TIMEOUT_S,
        within_s: float | None = LISTING_WITHIN_S,
    ) -> Iterator[Client]:
        """A client whose failures become one AdvisorError."""
        import httpx
        from ollama import Client, RequestError, ResponseError

        try:
            yield Client(
                self.endpoint.url,
                **httpx_settings(
                    self.endpoint, self.headers, silence_s=timeout_s, within_s=within_s
                ),
            )
        except (ResponseError, RequestError) as error:
            why = str(error)
        except (httpx.HTTPError, OSError, *NOT_SENSIBLE) as error:
            why = f"no sensible answer ({type(error).__name__}: {error})"
        else:
            return
        raise AdvisorError(
            f"Ollama at {self.endpoint.url} could not {doing}", why=printable(why.encode())
        )


def _gpu_share(held: Any) -> float | Unknown:
    """The share of a loaded model's memory that is a GPU's, as `ps` tells it."""
    if held is None or not held.size:
        return Unknown("the model is not loaded")
    return min(int(held.size_vram or 0) / int(held.size), 1.0)


def _stream(answer: Answer) -> _Stream:
    stream = _Stream()
    final = b""
    for time_ns, line in timed_lines(answer.pieces):
        if not line.strip():
            continue
        try:
            part = _decode_line(line)
        except client.NOT_JSON as problem:
            stream.error = stream.error or ("malformed", str(problem)[:300])
            continue
        if part.error is not None:
            stream.error = stream.error or ("error_body", client.error_message(line))
        size = _text_size(part)
        if size:
            stream.event_ns.append(time_ns)
            stream.text_bytes += size
        if part.done:
            final = line
    if final:
        stream.ended = True
        try:
            stream.last = msgspec.json.decode(final)
        except client.NOT_JSON as problem:
            stream.error = stream.error or ("malformed", str(problem)[:300])
    return stream


def _text_size(part: _Line) -> int:
    """Bytes of text, thinking and tool calls that a message carries."""
    text = part.response + (part.thinking or "")
    message = part.message
    if message is not None:
        text += message.content + (message.thinking or "")
        if message.tool_calls:
            return len(text.encode()) + len(msgspec.json.encode(message.tool_calls))
    return len(text) if text.isascii() else len(text.encode())


def _timings(last: dict[str, Any]) -> ServerTimings:
    """Ollama's durations, in ns. Its decode clock starts at the first token: n - 1 gaps.

    (runner: `startGenerationTime` is set when the first token is about to be sampled.)
    """
    decoded = whole(last.get("eval_count"))
    prompt = whole(last.get("prompt_eval_count"))
    cached = whole(last.get("prompt_eval_cached_count")) or 0
    return ServerTimings(
        prefill_tokens=max(prompt - cached, 0) if prompt is not None else None,
        prefill_s=seconds(last.get("prompt_eval_duration"), 1e9),
        decode_tokens=decoded,
        decode_intervals=max(decoded - 1, 0) if decoded is not None else None,
        decode_s=seconds(last.get("eval_duration"), 1e9),
        load_s=seconds(last.get("load_duration"), 1e9),
    )
