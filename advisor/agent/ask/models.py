"""Which model is asked: one served here, a GGUF file in the embedded engine, or a paid API's?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from advisor.advice.paid.guard import Guard, most_text_bytes
from advisor.advice.paid.measure import ApiWish, Prepared
from advisor.agent.ask.chat import CONTEXT_TOKENS, LONGEST_REPLY_TOKENS, Chat, OllamaChat, Post
from advisor.agent.ask.document import Spent
from advisor.bench.load import Prepared as Request
from advisor.bench.observe import Observation
from advisor.errors import AdvisorError, InputError
from advisor.servers.apis.billing import billing
from advisor.servers.apis.chat import CUT_HERE, ChatApi
from advisor.servers.client import Headers, fetch, json_object
from advisor.servers.discovery import connect, look_around, pick_model
from advisor.servers.http import Answer
from advisor.servers.http import encode as encode_http
from advisor.servers.route import SYSTEM, Trust
from advisor.servers.wire import Endpoint, Reading, Server
from advisor.servers.wire import Request as HttpRequest

CHAT_PATH = "/v1/chat/completions"
OLLAMA_PATH = "/api/chat"
START_ONE = (
    "Start a server, name one with --url, a file with --model FILE.gguf, or a paid API with --api."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user named; None leaves it to what runs here."""

    url: str | None = None
    model: str | None = None
    headers: Headers = ()
    trust: Trust = SYSTEM


@dataclass(frozen=True, slots=True)
class Local:
    """A model to ask, and what serves it."""

    chat: Chat
    server: str


@contextmanager
def local_model(wanted: Wanted) -> Iterator[Local]:
    """A model that costs nothing, for as long as the block lasts.

    Raises InputError or AdvisorError where there is none.
    """
    file = _file(wanted.model)
    if file is not None and wanted.url:
        raise InputError("--url names a server, a GGUF file the embedded engine; give one")
    if file is not None:
        with _embedded(file) as local:
            yield local
        return
    server = (
        connect(wanted.url, None, wanted.headers, wanted.trust)
        if wanted.url
        else _running(wanted.model)
    )
    name = pick_model(server, wanted.model)
    yield Local(_chat(server, name, wanted.headers), f"{server.kind} at {server.endpoint.url}")


def _file(model: str | None) -> Path | None:
    named = model or ""
    return Path(named).expanduser() if named.lower().endswith(".gguf") else None


@contextmanager
def _embedded(path: Path) -> Iterator[Local]:
    import psutil

    from advisor.servers.embedded import EmbeddedEngine
    from advisor.servers.own_engine import EMBEDDED, must_exist

    must_exist(path)
    engine = EmbeddedEngine(
        path, threads=psutil.cpu_count(logical=False) or 1, context_tokens=CONTEXT_TOKENS
    )
    with engine:
        yield Local(_chat(engine.server, engine.model_name, ()), EMBEDDED)


def _running(model: str | None) -> Server:
    """The first server here that has the model, or any model at all."""
    found = look_around()
    for server in found.servers:
        try:
            pick_model(server, model)
        except AdvisorError:
            continue
        return server
    if model and found.servers:
        raise InputError(f"no server here serves {model[:100]}", remedy=START_ONE)
    raise AdvisorError("no model runs here that could be asked", remedy=START_ONE)


def _chat(server: Server, model: str, headers: Headers) -> Chat:
    endpoint = server.endpoint
    if server.kind == "ollama":
        return OllamaChat(model, _to(endpoint, OLLAMA_PATH, headers), endpoint.url)
    fields = {"cache_prompt": True} if server.kind == "llama.cpp" else {}
    return Chat(model, _to(endpoint, CHAT_PATH, headers), endpoint.url, fields=fields)


def _to(endpoint: Endpoint, path: str, headers: Headers) -> Post:
    def post(body: bytes, timeout_s: float) -> Answer:
        return fetch(endpoint, path, headers=headers, body=body, timeout_s=timeout_s)

    return post


@dataclass(slots=True)
class Paid:
    """A paid API's model. Nothing is sent that could bring the cost over the limit."""

    wish: ApiWish
    server: ChatApi
    guard: Guard
    _sent: int = 0

    @property
    def chat(self) -> Chat:
        fields = {k: v for k, v in self.server.fields.items() if k != "stream_options"}
        return Chat(
            self.wish.model,
            self._post,
            f"{self.wish.provider.title}'s API",
            limit_field=self.server.limit_field,
            fields=fields,
        )

    @property
    def spent(self) -> Spent:
        """What was spent by now."""
        return Spent(
            usd=self.guard.spent_usd,
            max_usd=self.guard.max_usd,
            requests=self.guard.requests,
            price=self.guard.rates.price.name,
        )

    def _post(self, body: bytes, timeout_s: float) -> Answer:
        """Raises AdvisorError where the answer could cost more than is left."""
        path, headers, endpoint = self.server.path, self.server.headers, self.server.endpoint
        kinds = (("Content-Type", "application/json"), *headers)
        data = encode_http(HttpRequest("POST", path, kinds, body), endpoint)
        self._sent += 1
        request = Request(data, 0, LONGEST_REPLY_TOKENS, seed=self._sent)
        if not self.guard.admits(request):
            raise AdvisorError(
                f"the next request could bring the cost over ${self.guard.max_usd:g}",
                why=self.guard.broken or "its worst case is more than is left of --max-usd",
                remedy="Raise --max-usd, or ask for less.",
            )
        try:
            answer = fetch(endpoint, path, headers=headers, body=body, timeout_s=timeout_s)
        except AdvisorError:
            self.guard.release(request)
            raise
        self.guard.settle(request, _observed(answer))
        return answer


def paid_model(ready: Prepared) -> Paid:
    """The model of a prepared API. Raises InputError for one that has no chat completions."""
    if not isinstance(ready.server, ChatApi):
        raise InputError(
            f"{ready.wish.provider.title} cannot be asked",
            why="`ask` speaks chat completions only",
            remedy="Its models can be asked with --api openrouter.",
        )
    return Paid(ready.wish, ready.server, Guard(ready.rates, ready.wish.max_usd))


def _observed(answer: Answer) -> Observation:
    """What the guard has to know of an answer: its bill, its length, its failure."""
    document = json_object(answer)
    usage = document.get("usage")
    bill = None
    if isinstance(usage, dict):
        bill = billing(
            usage.get("prompt_tokens"),
            usage.get("completion_tokens"),
            reasoning=_part(usage, "completion_tokens_details").get("reasoning_tokens"),
            cached=_part(usage, "prompt_tokens_details").get("cached_tokens"),
            cost=usage.get("cost"),
        )
    text_bytes = _text_bytes(document)
    error = None
    if answer.status != 200:
        error = f"http_{answer.status}" if answer.status else answer.error or "no_answer"
    elif text_bytes > most_text_bytes(LONGEST_REPLY_TOKENS):
        error = CUT_HERE
    reading = Reading(billing=bill, text_bytes=text_bytes, error=error)
    return Observation(0, LONGEST_REPLY_TOKENS, False, None, 0, 0, 0, reading)


def _part(usage: dict[str, object], name: str) -> dict[str, object]:
    found = usage.get(name)
    return found if isinstance(found, dict) else {}


def _text_bytes(document: dict[str, object]) -> int:
    """The length of what the model wrote; the JSON around tool calls counts as text too."""
    import msgspec

    choices = document.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(message, dict):
        return 0
    content = message.get("content")
    calls = message.get("tool_calls") or []
    written = len(content.encode()) if isinstance(content, str) else 0
    return written + (len(msgspec.json.encode(calls)) if calls else 0)
