"""What passes between a load generator and a server: requests as bytes, streams as timed bytes.

The load generator writes `Request.encode()` and keeps what arrives as `Transcript.received`,
raw bytes with the monotonic nanosecond at which each read returned. Nothing is parsed while the
clock runs: a dialect reads the transcript after the stream has ended.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Protocol

from advisor.documents import Unknown
from advisor.servers.listening import in_url
from advisor.servers.route import DIRECT, Route
from advisor.servers.told import Counters, Setting


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens. `path` is a prefix without a trailing slash ("" or "/proxy/a").

    The `route` is how it is reached; it does not tell one endpoint from another.
    """

    scheme: str
    host: str
    port: int
    path: str = ""
    route: Route = field(default=DIRECT, compare=False, repr=False)

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def bracketed_host(self) -> str:
        """The host as it stands in front of a port."""
        return in_url(self.host)

    @property
    def first_hop(self) -> tuple[str, int]:
        """Whom to connect to: the proxy if there is one."""
        proxy = self.route.proxy
        return (proxy.host, proxy.port) if proxy else (self.host, self.port)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.bracketed_host}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, ready to be encoded before any clock starts."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes


@dataclass(slots=True)
class Transcript:
    """One exchange as it was seen from the client, times in `time.perf_counter_ns`.

    `sent_ns` is when the last byte of the request was written, `planned_ns` when it should have
    started (open loop only). `closed_ns` is when the stream ended. `failure` names what ended the
    exchange early ("connect_refused", "timeout", "reset", "interrupted", ...), None if the server
    closed the stream by itself. With `http2` the bytes are frames of HTTP/2.
    """

    sent_ns: int = 0
    planned_ns: int | None = None
    closed_ns: int = 0
    received: list[tuple[int, bytes]] = field(default_factory=list)
    failure: str | None = None
    http2: bool = False


class TokenSource(StrEnum):
    """Where a token count comes from, best first."""

    NATIVE = "native"
    USAGE = "usage"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class ServerTimings:
    """The server's own account of one request. Rates follow from tokens and seconds.

    `decode_intervals` is how many gaps `decode_s` spans: n for a server that starts its decode
    clock before the first token, n - 1 for one that starts it at the first token.
    """

    prefill_tokens: int | None = None
    prefill_s: float | None = None
    decode_tokens: int | None = None
    decode_intervals: int | None = None
    decode_s: float | None = None
    load_s: float | None = None


@dataclass(frozen=True, slots=True)
class Billing:
    """What a paid API says that it bills for one answer.

    `input_tokens` holds cached and newly cached tokens, `output_tokens` the reasoning, streamed or
    not. `cost_usd` is the provider's own figure where it tells one.
    """

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a dialect reads out of one transcript.

    `event_ns` holds the arrival of each event that carries a token, in order; the first one marks
    the first token. `first_event_tokens` is how many tokens that first event held (1 unless the
    dialect knows better). Counts are None when the server reported none and none can be estimated.
    `error` names a failure ("http_500", "error_body", "no_end_marker", "malformed", ...).
    `text_bytes` is the length of the UTF-8 text received (reasoning included).
    """

    event_ns: tuple[int, ...] = ()
    first_event_tokens: int = 1
    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    output_tokens: int | None = None
    token_source: TokenSource = TokenSource.ESTIMATED
    timings: ServerTimings | None = None
    finish_reason: str | None = None
    text_bytes: int = 0
    error: str | None = None
    error_detail: str = ""
    billing: Billing | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """What a load generator asks of a server: one prompt and an output length.

    Without `reuse_prefix` the server is asked not to answer from its prompt cache, where it can be.

    `exact_length` asks the dialect to force the length where the server allows it
    (`ignore_eos`, `num_predict` with stop conditions off, ...).
    """

    prompt: str
    output_tokens: int
    seed: int
    exact_length: bool = True
    reuse_prefix: bool = False


PLACE_UNTOLD = Unknown("the server does not tell where the model lies")


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model as the server describes it; what it does not say is Unknown.

    `gpu_share` is the part of a loaded model that lies in a GPU's memory, 0 to 1.
    """

    name: str
    parameters: int | Unknown
    quantization: str | Unknown
    digest: str | Unknown
    size_bytes: int | Unknown
    context_tokens: int | Unknown
    loaded: bool | Unknown
    gpu_share: float | Unknown = PLACE_UNTOLD


class Server(Protocol):
    """One running server and the dialect that it speaks."""

    endpoint: Endpoint
    kind: str
    """The server's kind: ollama, vllm, llama.cpp, lmstudio, localai, generic, embedded, ..."""
    version: str | Unknown

    def models(self) -> list[ServedModel]:
        """What it serves. Raises AdvisorError if it stopped answering."""
        ...

    def request(self, model: str, completion: Completion) -> Request:
        """The streaming request that asks for `completion`."""
        ...

    def read(self, transcript: Transcript) -> Reading:
        """Reads a finished transcript; never raises on what a server sent."""
        ...

    def settings(self, model: str | None = None) -> list[Setting]:
        """Its settings that change speed, those of `model` with them; empty where it tells none.

        Raises AdvisorError if it stopped answering.
        """
        ...

    def counters(self, model: str | None = None) -> Counters | Unknown:
        """Its running totals by now, those of `model` where it keeps them apart; never raises."""
        ...

    def load(self, model: str) -> Unknown | None:
        """Has `model` in memory when it returns; unknown where the server has no way to be asked.

        A model that is loaded already is left as it is. Raises AdvisorError if loading failed.
        """
        ...

    def unload(self, model: str) -> Unknown | None:
        """Has `model` out of memory when it returns; unknown where there is no way.

        Only for a model that the caller had loaded. Raises AdvisorError if it failed.
        """
        ...

    def as_found(self, model: str) -> AbstractContextManager[None]:
        """Inside, the server is used; afterwards `model` stays loaded as long as it would have."""
        ...
