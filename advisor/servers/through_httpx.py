"""How does a library that speaks through httpx keep to the same way and the same bounds?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from advisor.errors import AdvisorError
from advisor.servers import tls
from advisor.servers.client import LARGEST_ANSWER_BYTES, Headers
from advisor.servers.wire import Endpoint

if TYPE_CHECKING:
    import httpx


def httpx_settings(
    endpoint: Endpoint, headers: Headers, *, silence_s: float, within_s: float | None = None
) -> dict[str, Any]:
    """Keyword arguments of `httpx.Client`: route, headers, no redirects, bounded answers.

    An answer may be LARGEST_ANSWER_BYTES long, silent for `silence_s`, and take `within_s` in all.
    A key that the library takes from the environment by itself is not sent: it may be another
    server's. Raises AdvisorError for a server that takes HTTP/2 only.
    """
    return {
        **httpx_way(endpoint),
        "headers": {**dict(headers), "Accept-Encoding": "identity"},
        "timeout": silence_s,
        "follow_redirects": False,
        "event_hooks": {"request": [_only(headers)], "response": [_bound(within_s)]},
    }


def httpx_way(endpoint: Endpoint) -> dict[str, Any]:
    """Keyword arguments of a client or a transport of httpx: proxy and certificates.

    Raises AdvisorError for a server that takes HTTP/2 only.
    """
    import httpx

    if endpoint.route.http2:
        raise AdvisorError(
            f"{endpoint.url} takes HTTP/2 only, which the library for it does not speak",
            remedy="Measure its OpenAI API: --server generic.",
        )
    way: dict[str, Any] = {"trust_env": False}
    if endpoint.scheme == "https":
        way["verify"] = tls.context_for(endpoint.route)
    proxy = endpoint.route.proxy
    if proxy is not None:
        secret = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {}
        way["proxy"] = httpx.Proxy(f"http://{proxy.place}", headers=secret)
    return way


def _only(headers: Headers) -> Callable[[httpx.Request], None]:
    may_identify = any(name.lower() == "authorization" for name, _ in headers)

    def hook(request: httpx.Request) -> None:
        if not may_identify:
            request.headers.pop("Authorization", None)

    return hook


def _bound(within_s: float | None) -> Callable[[httpx.Response], None]:
    deadline = None if within_s is None else time.monotonic() + within_s

    def hook(response: httpx.Response) -> None:
        import httpx

        class Bounded(httpx.SyncByteStream):
            """The answer's bytes as they come; never unpacked, since that was not asked for."""

            def __init__(self, stream: httpx.SyncByteStream) -> None:
                self._stream = stream

            def __iter__(self) -> Iterator[bytes]:
                size = 0
                for data in self._stream:
                    size += len(data)
                    if size > LARGEST_ANSWER_BYTES:
                        raise httpx.ReadError("the answer is too large")
                    if deadline is not None and time.monotonic() > deadline:
                        raise httpx.ReadTimeout("the answer takes too long")
                    yield data

            def close(self) -> None:
                self._stream.close()

        response.headers.pop("content-encoding", None)
        if isinstance(response.stream, httpx.SyncByteStream):
            response.stream = Bounded(response.stream)

    return hook
