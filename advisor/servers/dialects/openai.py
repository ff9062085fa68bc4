"""How is a server spoken to that offers OpenAI's API, and what do its streams say?

Protocol: OpenAI API reference, "Completions" and "Chat completions" with `stream` and
`stream_options.include_usage`. The dialects of single servers extend this one.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import msgspec

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers import client, counting
from advisor.servers.address import GIVE_KEY
from advisor.servers.chunks import Stream, by_progress, read_stream, with_held_back
from advisor.servers.http import decode
from advisor.servers.kind import Kind
from advisor.servers.outcome import ending, not_a_stream, refused
from advisor.servers.told import Counters, Setting
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

T = TypeVar("T", int, str)

NO_VERSION = Unknown("the server does not tell its version")

LOADING_TIMEOUT_S = 300.0
"""How long a first answer may take: the server may have to load the model."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a server accepts: its route, and the fields that not every server knows."""

    route: str = "completions"
    extra_fields: bool = True
    streams_usage: bool = True


_TRIED_IN_ORDER = tuple(
    Abilities(route, extra_fields, streams_usage)
    for route in ("completions", "chat")
    for extra_fields, streams_usage in ((True, True), (False, True), (False, False))
)
_NO_SUCH_ROUTE = {"http_404", "http_405", "http_501"}
_WORTH_NO_OTHER_TRY = {"http_401", "http_403", "http_429", "timeout", "no_answer"}


@dataclass(slots=True)
class OpenAIServer:
    """Any server with OpenAI's API. What it accepts is found out before the first measurement."""

    endpoint: Endpoint
    kind: str = "generic"
    version: str | Unknown = NO_VERSION
    headers: client.Headers = field(default=(), repr=False)
    abilities: dict[str, Abilities] = field(default_factory=dict, repr=False)

    holds_back_characters: ClassVar[bool] = False
    """Whether an event with empty text may carry a token (one whose character is incomplete)."""

    stream_options: ClassVar[dict[str, bool]] = {"include_usage": True}
    """What is asked of the stream beside its text."""

    counts_from: ClassVar[TokenSource] = TokenSource.USAGE
    """What its `usage` is worth."""

    takes_seed: ClassVar[bool] = True
    """Whether a seed changes nothing but the text."""

    def models(self) -> list[ServedModel]:
        """What it serves. Raises AdvisorError if it stopped answering or refuses to say."""
        listed = listing(self.endpoint, "/v1/models", self.headers)
        return [self.describe(entry) for entry in listed]

    def describe(self, entry: dict[str, Any]) -> ServedModel:
        """One entry of the server's list as a model."""
        silent = Unknown("the server does not tell it")
        return ServedModel(
            name=str(entry["id"]),
            parameters=silent,
            quantization=silent,
            digest=silent,
            size_bytes=silent,
            context_tokens=known(entry, "max_model_len", int),
            loaded=silent,
        )

    def request(self, model: str, completion: Completion) -> Request:
        """The streaming request for `completion`.

        The first one for a model may ask the server which fields it accepts (and so load the
        model). Raises AdvisorError if it accepts none.
        """
        if model not in self.abilities:
            self.abilities[model] = self.find_abilities(model)
        return self._request(model, completion, self.abilities[model])

    def read(self, transcript: Transcript) -> Reading:
        """Reads a finished stream; never raises on what a server sent.

        The event that only opens a chat is no token, reasoning and tool calls are, and a closing
        event counts if it carries text. Tokens come from the last `usage`.
        """
        answer = decode(transcript)
        problem = refused(transcript, answer)
        if problem is not None:
            return problem
        stream = read_stream(answer)
        counted = self.counts(stream)
        event_ns, first_event_tokens = by_progress(stream) or (stream.event_ns, 1)
        if self.holds_back_characters and event_ns is stream.event_ns:
            event_ns = with_held_back(stream, counted["output_tokens"])
        if not stream.event_ns and not stream.ended and stream.error is None:
            stream.error = not_a_stream(answer)
        return counting.reading(
            counts=counting.check(counted),
            source=self.counts_from,
            event_ns=event_ns,
            first_event_tokens=first_event_tokens,
            text_bytes=stream.text_bytes,
            error=stream.error or ending(transcript, answer, ended=stream.ended),
            timings=self.server_timings(stream),
            finish_reason=stream.finish_reason,
        )

    def settings(self, model: str | None = None) -> list[Setting]:  # noqa: ARG002
        """None: OpenAI's API tells no settings."""
        return []

    def counters(self, model: str | None = None) -> Counters | Unknown:  # noqa: ARG002
        """Unknown: OpenAI's API keeps no totals."""
        return Unknown(f"{self.kind} keeps no totals of its own")

    def load(self, model: str) -> Unknown | None:  # noqa: ARG002
        """Unknown: OpenAI's API has no such request."""
        return Unknown(f"{self.kind} has no way to be asked to load a model")

    def unload(self, model: str) -> Unknown | None:  # noqa: ARG002
        """Unknown: OpenAI's API has no such request."""
        return Unknown(f"{self.kind} has no way to be asked to unload a model")

    def as_found(self, model: str) -> AbstractContextManager[None]:  # noqa: ARG002
        """Nothing to restore."""
        return nullcontext()

    def find_abilities(self, model: str) -> Abilities:
        """Asks for two tokens, with fewer extra fields each time, until the server streams them.

        Raises AdvisorError if it never does.
        """
        missing_routes: set[str] = set()
        last = Reading(error="no_answer")
        for abilities in _TRIED_IN_ORDER:
            if abilities.route in missing_routes:
                continue
            probe = Completion(prompt="Hello", output_tokens=2, seed=1)
            request = self._request(model, probe, abilities)
            last = self.read(client.exchange(self.endpoint, request, timeout_s=LOADING_TIMEOUT_S))
            if last.event_ns or last.error in (None, "no_tokens"):
                return abilities
            if last.error in _NO_SUCH_ROUTE:
                missing_routes.add(abilities.route)
            if last.error in _WORTH_NO_OTHER_TRY:
                break
        asks_for_key = last.error in ("http_401", "http_403")
        raise AdvisorError(
            f"{self.kind} at {self.endpoint.url} does not stream from '{model}'",
            why=": ".join(part for part in (last.error, last.error_detail) if part),
            remedy=GIVE_KEY if asks_for_key else "See the server's log.",
        )

    def extra_fields(self, completion: Completion) -> dict[str, Any]:
        """Fields beyond OpenAI's own: by these the server goes on to the last token."""
        if not completion.exact_length:
            return {}
        return {"ignore_eos": True, "min_tokens": completion.output_tokens}

    def counts(self, stream: Stream) -> dict[str, Any]:
        """The server's own token counts, by the names of `counting.Counts`."""
        details = stream.usage.get("prompt_tokens_details")
        return {
            "input_tokens": stream.usage.get("prompt_tokens"),
            "output_tokens": stream.usage.get("completion_tokens"),
            "cached_input_tokens": details.get("cached_tokens")
            if isinstance(details, dict)
            else None,
        }

    def server_timings(self, stream: Stream) -> ServerTimings | None:  # noqa: ARG002
        """The server's own clock readings, where its dialect has any."""
        return None

    def _request(self, model: str, completion: Completion, abilities: Abilities) -> Request:
        body: dict[str, Any] = {
            "model": model,
            "stream": True,
            "max_tokens": completion.output_tokens,
            "temperature": 1,
        }
        if abilities.route == "completions":
            path, body["prompt"] = "/v1/completions", completion.prompt
        else:
            path = "/v1/chat/completions"
            body["messages"] = [{"role": "user", "content": completion.prompt}]
        if abilities.streams_usage:
            body["stream_options"] = self.stream_options
        if abilities.extra_fields:
            if self.takes_seed:
                body["seed"] = completion.seed
            body.update(self.extra_fields(completion))
        headers = (
            ("Content-Type", "application/json"),
            ("Accept", "text/event-stream"),
            *self.headers,
        )
        return Request("POST", path, headers, msgspec.json.encode(body))


def known(entry: dict[str, Any], key: str, kind: type[T]) -> T | Unknown:
    """`entry[key]` if it is there and of its kind (a number above zero, a text with letters)."""
    value = entry.get(key)
    if isinstance(value, kind) and not isinstance(value, bool) and value and value != "unknown":
        return value
    return Unknown("the server does not tell it")


def listing(endpoint: Endpoint, path: str, headers: client.Headers) -> list[dict[str, Any]]:
    """The entries with an `id` under `data` at `path`. Raises AdvisorError if there is no list."""
    answer = client.fetch(endpoint, path, headers=headers, timeout_s=10)
    entries = client.json_object(answer).get("data")
    if not isinstance(entries, list):
        said = answer.error or f"HTTP {answer.status}: {client.error_message(answer.body)}"
        raise AdvisorError(
            f"no list of models at {endpoint.url}{path}",
            why=said,
            remedy="See the server's log, and give its key if it asks for one.",
        )
    return [entry for entry in entries if isinstance(entry, dict) and "id" in entry]


KIND = Kind("generic", OpenAIServer, is_at=lambda answers: answers.lists_models)
"""Any server with OpenAI's list of models; comes last."""
