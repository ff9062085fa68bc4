"""How is Ollama spoken to over its native API, and what do its own counters say?

Protocol: https://docs.ollama.com/api/usage and github.com/ollama/ollama docs/api.md (seen
2026-11-24); events and counters were compared with real Ollama 0.5.4 and 0.9.3.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import msgspec

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers import client, counting
from advisor.servers.answers import Answers
from advisor.servers.dialects import ollama_settings
from advisor.servers.dialects.ollama_settings import Told
from advisor.servers.dialects.ollama_stream import read_stream, server_timings
from advisor.servers.http import Answer, decode, printable
from advisor.servers.kind import Kind
from advisor.servers.listener import program_at
from advisor.servers.outcome import ending, not_a_stream, refused
from advisor.servers.through_httpx import httpx_settings
from advisor.servers.told import Counters, Setting
from advisor.servers.wire import (
    Completion,
    Endpoint,
    Reading,
    Request,
    ServedModel,
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
LOADING_TIMEOUT_S = 300.0
UNLOADING_TIMEOUT_S = 30.0
ASKED_EVERY_S = 0.1
SETTLED_S = 0.2
"""So long after an answer `ps` surely tells until when the model is kept now."""
PULL_SILENCE_S = 120.0
"""A download that says nothing for this long has stopped."""


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a download is; sizes are those of the layer being fetched, None between layers."""

    status: str
    completed_bytes: int | None
    total_bytes: int | None


@dataclass(slots=True)
class OllamaServer:
    """Ollama by its native API: exact prompts, token counts and durations of its own."""

    endpoint: Endpoint
    kind: str = "ollama"
    version: str | Unknown = NO_VERSION
    headers: client.Headers = field(default=(), repr=False)
    contexts: dict[str, int | None] = field(default_factory=dict, repr=False)
    """The context of each model that was loaded when it was first used; others are loaded so."""

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
        shows in the count. A loaded model keeps the context that it was loaded with: to ask for
        another one would load it anew.
        """
        body = {
            "model": model,
            "prompt": completion.prompt,
            "raw": True,
            "stream": True,
            "options": {
                **self._as_loaded(model),
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
        stream = read_stream(answer)
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
            timings=server_timings(last) if stream.ended else None,
            finish_reason=reason if isinstance(reason, str) else None,
        )

    def settings(self, model: str | None = None) -> list[Setting]:
        """Its variables, and what it and the model's runner tell of `model`.

        Raises AdvisorError if it stopped answering.
        """
        program = program_at(self.endpoint)
        told = ollama_settings.server_settings(program)
        if model is not None:
            told += ollama_settings.model_settings(self._told(model), program)
        return told

    def counters(self, model: str | None = None) -> Counters | Unknown:  # noqa: ARG002
        """Unknown: it counts each answer and adds nothing up."""
        return Unknown("Ollama keeps no totals of its own")

    def load(self, model: str) -> Unknown | None:
        """Loads it as it was found, by a request without a prompt. See `Server.load`."""
        if not self._held(model):
            context = self.contexts.get(model)
            body = {"model": model, **({"options": {"num_ctx": context}} if context else {})}
            self._ask(f"load '{model}'", body, LOADING_TIMEOUT_S)
        return None

    def unload(self, model: str) -> Unknown | None:
        """Unloads it by `keep_alive` 0; an answer that is being made is finished before."""
        if not self._held(model):
            return None
        self._as_loaded(model)
        doing = f"unload '{model}'"
        self._ask(doing, {"model": model, "keep_alive": 0}, CONTROL_TIMEOUT_S)
        deadline = time.monotonic() + UNLOADING_TIMEOUT_S
        while self._held(model):
            if time.monotonic() > deadline:
                raise self._failed(doing, f"it is still loaded after {UNLOADING_TIMEOUT_S:.0f} s")
            time.sleep(ASKED_EVERY_S)
        return None

    @contextmanager
    def as_found(self, model: str) -> Iterator[None]:
        """Any request sets a model's `keep_alive` anew: afterwards a longer one is given back."""
        before_s = self._remaining_s(model)
        began = time.monotonic()
        try:
            yield
        finally:
            if before_s is not None:
                time.sleep(SETTLED_S)
                with suppress(AdvisorError):
                    self._keep_for(model, before_s, used_s=time.monotonic() - began)

    def pull(self, model: str, progress: Callable[[PullProgress], None]) -> None:
        """Has the server download `model`, telling sizes as they become known.

        Raises AdvisorError if the model does not exist or the download stops. Whatever `progress`
        raises ends the download; Ollama goes on from there when it is asked again.
        """
        with (
            self._asked_to(f"pull '{model}'", PULL_SILENCE_S, None) as ollama,
            closing(cast("Generator[Any]", ollama.pull(model, stream=True))) as steps,
        ):
            for step in steps:
                progress(PullProgress(step.status or "", step.completed, step.total))

    def _served(
        self, ollama: Client, name: str, entry: Any, loaded: dict[str | None, Any]
    ) -> ServedModel:
        held = loaded.get(name)
        parameters = _information(ollama, name).get("general.parameter_count")
        quantization = entry.details.quantization_level if entry.details else None
        silent = Unknown("Ollama does not tell it")
        return ServedModel(
            name=name,
            parameters=parameters if isinstance(parameters, int) else silent,
            quantization=quantization or silent,
            digest=entry.digest or silent,
            size_bytes=int(entry.size) if entry.size else silent,
            context_tokens=(held and (held.context_length or self._loaded_context(name)))
            or Unknown("it is told of a loaded model only"),
            loaded=held is not None,
            gpu_share=_gpu_share(held),
        )

    def _told(self, model: str) -> Told:
        answer = self._fetch("/api/show", {"model": model})
        return Told(client.json_object(answer), self._held(model))

    def _held(self, model: str) -> dict[str, Any]:
        """What `ps` tells of a model, empty if it is not loaded. Raises AdvisorError."""
        answer = self._fetch("/api/ps")
        entries = client.json_object(answer).get("models")
        if not isinstance(entries, list):
            raise self._failed("tell what is loaded", _said(answer))
        wanted = _whole_name(model)
        for entry in entries:
            if isinstance(entry, dict) and _whole_name(str(entry.get("model"))) == wanted:
                return entry
        return {}

    def _remaining_s(self, model: str) -> float | None:
        try:
            held = self._held(model)
        except AdvisorError:
            return None
        return ollama_settings.remaining_s(held.get("expires_at"), time.time())

    def _keep_for(self, model: str, before_s: float, used_s: float) -> None:
        """Keeps a model loaded until when it would have been, if that is later than now planned."""
        now_s = self._remaining_s(model)
        if now_s is None or before_s - used_s <= now_s + 1:
            return
        wanted = -1 if math.isinf(before_s) else round(before_s - used_s)
        body = {"model": model, "keep_alive": wanted, "options": self._as_loaded(model)}
        self._ask(f"keep '{model}' loaded", body, LOADING_TIMEOUT_S)

    def _as_loaded(self, model: str) -> dict[str, int]:
        """The options by which a loaded model is not loaded anew, as far as it tells them."""
        if model not in self.contexts:
            try:
                self.contexts[model] = self._loaded_context(model)
            except AdvisorError:
                self.contexts[model] = None
        context = self.contexts[model]
        return {"num_ctx": context} if context else {}

    def _loaded_context(self, model: str) -> int | None:
        return ollama_settings.loaded_context(self._told(model), program_at(self.endpoint))

    def _ask(self, doing: str, body: dict[str, Any], timeout_s: float) -> None:
        """One request without a prompt, to load a model or set how long it is kept."""
        answer = self._fetch("/api/generate", {**body, "stream": False}, timeout_s)
        if client.json_object(answer).get("done") is not True:
            raise self._failed(doing, _said(answer))

    def _fetch(
        self, path: str, body: dict[str, Any] | None = None, timeout_s: float = CONTROL_TIMEOUT_S
    ) -> Answer:
        sent = msgspec.json.encode(body) if body else b""
        return client.fetch(
            self.endpoint, path, headers=self.headers, body=sent, timeout_s=timeout_s
        )

    def _failed(self, doing: str, why: str) -> AdvisorError:
        return AdvisorError(
            f"Ollama at {self.endpoint.url} could not {doing}", why=printable(why.encode())
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
        raise self._failed(doing, why)


def _said(answer: Answer) -> str:
    return answer.error or f"HTTP {answer.status}: {client.error_message(answer.body)}"


def _whole_name(model: str) -> str:
    """A model's name with its tag, which may be left out where it is `latest`."""
    name = model.lower()
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _information(ollama: Client, name: str) -> Mapping[str, Any]:
    """A model's metadata; none for one whose file Ollama cannot read."""
    from ollama import ResponseError

    try:
        return ollama.show(name).modelinfo or {}
    except ResponseError:
        return {}


def _gpu_share(held: Any) -> float | Unknown:
    """The share of a loaded model's memory that is a GPU's, as `ps` tells it."""
    if held is None or not held.size:
        return Unknown("the model is not loaded")
    return min(int(held.size_vram or 0) / int(held.size), 1.0)


def _is_ollama(answers: Answers) -> bool:
    greeting = answers.at("/").body.strip()
    return greeting == b"Ollama is running" and bool(answers.object_at("/api/version"))


KIND = Kind(
    "ollama",
    OllamaServer,
    is_at=_is_ollama,
    ports=(11434,),
    version_at=(("/api/version", "version"),),
)
"""By its greeting and version. KoboldCpp and others imitate it, so it comes after them."""
