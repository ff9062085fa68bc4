"""How does one request pass to the server and its answer back, untouched, while it is counted?

Bodies pass in pieces, both ways. The client's key goes to the server that was named and nowhere
else, and is not written down; nor is anything that was asked or answered. A client that leaves
ends its request at the server too.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

import msgspec

from advisor.documents import now
from advisor.servers.wire import Endpoint
from advisor.usage.proxy import asking
from advisor.usage.proxy import headers as of
from advisor.usage.proxy.log import Log
from advisor.usage.proxy.parts import MOST_HELD, Unread, part_for
from advisor.usage.proxy.told import Taken

if TYPE_CHECKING:
    import httpx

CONNECT_TIMEOUT_S = 30.0
"""The only limit on time: how long an answer may take is the client's to say."""
_TIMEOUTS = {"connect": CONNECT_TIMEOUT_S, "read": None, "write": None, "pool": None}
_REFUSES_THE_QUESTION = (400, 422)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class _ClientLeftError(Exception):
    """The client closed its connection in the middle of its request."""


class _Body:
    """A request's body as it comes, and whether the client is still there."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._begun: list[bytes] = []
        self._has_ended = asyncio.Event()

    async def held(self) -> bytes | None:
        """All of it, None if it is too long to hold; its pieces can be had nevertheless."""
        size = 0
        async for piece in self._coming():
            self._begun.append(piece)
            size += len(piece)
            if size > MOST_HELD:
                return None
        return b"".join(self._begun)

    async def pieces(self) -> AsyncIterator[bytes]:
        """What was held of it, and the rest."""
        while self._begun:
            yield self._begun.pop(0)
        async for piece in self._coming():
            yield piece

    async def _coming(self) -> AsyncIterator[bytes]:
        while not self._has_ended.is_set():
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise _ClientLeftError
            if not message.get("more_body", False):
                self._has_ended.set()
            yield message.get("body", b"")

    async def until_left(self) -> None:
        """Waits until the client closes its connection."""
        await self._has_ended.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


class PassThrough:
    """An ASGI application in front of one server. `is_local`: only for this machine's clients."""

    def __init__(
        self, to: Endpoint, transport: httpx.AsyncBaseTransport, log: Log, *, is_local: bool
    ) -> None:
        self._to = to
        self._transport = transport
        self._log = log
        self._is_local = is_local

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if self._is_local and not of.is_nearby(of.first(scope["headers"], b"host")):
            await _fail(send, 403, "the Host header names no address of this machine")
            return
        if not _target(scope).startswith("/"):
            await _fail(send, 400, "the request names no path")
            return
        body = _Body(receive)
        exchange = asyncio.ensure_future(self._exchange(scope, body, send))
        leaving = asyncio.ensure_future(body.until_left())
        try:
            await asyncio.wait({exchange, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            exchange.cancel()
            leaving.cancel()
            with contextlib.suppress(asyncio.CancelledError, _ClientLeftError):
                await exchange

    async def _exchange(self, scope: Message, body: _Body, send: Send) -> None:
        import httpx

        try:
            answer, hides_usage = await self._answer(scope, body)
        except httpx.TransportError as error:
            self._log.failed += 1
            await _fail(send, 502, f"no answer from {self._to.url}: {type(error).__name__}")
            return
        except (asyncio.CancelledError, _ClientLeftError):
            self._log.broken_off += 1
            raise
        try:
            await self._pass_back(scope, answer, send, hides_usage=hides_usage)
        finally:
            await answer.aclose()

    async def _answer(self, scope: Message, body: _Body) -> tuple[httpx.Response, bool]:
        """The answer's beginning, and whether usage was asked for on the client's behalf."""
        if not _has_body(scope):
            return await self._ask(scope, None), False
        if scope["method"] != "POST" or not asking.may_have_to_ask(scope["path"]):
            return await self._ask(scope, body.pieces()), False
        held = await body.held()
        if held is None:
            return await self._ask(scope, body.pieces()), False
        more = asking.asking_for_usage(held)
        if more is not None:
            answer = await self._ask(scope, more)
            if answer.status_code not in _REFUSES_THE_QUESTION:
                return answer, True
            await answer.aclose()
        return await self._ask(scope, held), False

    async def _ask(
        self, scope: Message, content: bytes | AsyncIterator[bytes] | None
    ) -> httpx.Response:
        import httpx

        request = httpx.Request(
            scope["method"],
            self._to.url + _target(scope),
            headers=of.onward(scope["headers"], _length(scope, content)),
            content=content,
            extensions={"timeout": _TIMEOUTS},
        )
        return await self._transport.handle_async_request(request)

    async def _pass_back(
        self, scope: Message, answer: httpx.Response, send: Send, *, hides_usage: bool
    ) -> None:
        import httpx

        taken = Taken()
        said = answer.headers
        is_read = said.get("content-encoding", "identity") == "identity"
        part = (
            part_for(said.get("content-type", ""), taken, hides_usage=hides_usage)
            if is_read and answer.is_success and scope["method"] == "POST"
            else Unread()
        )
        await send(
            {
                "type": "http.response.start",
                "status": answer.status_code,
                "headers": of.back(said.raw, changes_length=hides_usage),
            }
        )
        is_whole = False
        try:
            assert isinstance(answer.stream, httpx.AsyncByteStream)
            async for data in answer.stream:
                await _send_more(send, part.passing(data))
            is_whole = True
        except httpx.TransportError:
            return
        finally:
            rest = part.end()
            self._count(scope, answer.status_code, taken, is_whole=is_whole)
        await _send_more(send, rest)
        await answer.aclose()
        await send({"type": "http.response.body"})

    def _count(self, scope: Message, status: int, taken: Taken, *, is_whole: bool) -> None:
        if status >= 400:
            self._log.failed += 1
            return
        record = taken.record(now())
        if record is not None:
            self._log.write(record)
        elif scope["method"] == "POST" and asking.should_tell_usage(scope["path"]):
            self._log.uncounted += 1
        else:
            return
        self._log.broken_off += not is_whole


def _target(scope: Message) -> str:
    """The path as the client wrote it, with its query."""
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return (path + (b"?" + query if query else b"")).decode("latin-1")


def _has_body(scope: Message) -> bool:
    names = {name.lower() for name, _ in scope["headers"]}
    return not names.isdisjoint((b"content-length", b"transfer-encoding"))


def _length(scope: Message, content: bytes | AsyncIterator[bytes] | None) -> int | None:
    """Of a request's body, None for one that comes in chunks; the client's own word for pieces."""
    if isinstance(content, bytes):
        return len(content)
    if content is None or of.first(scope["headers"], b"transfer-encoding"):
        return None
    return int(of.first(scope["headers"], b"content-length"))


async def _send_more(send: Send, data: bytes) -> None:
    if data:
        await send({"type": "http.response.body", "body": data, "more_body": True})


async def _fail(send: Send, status: int, message: str) -> None:
    body = msgspec.json.encode({"error": {"message": message, "type": "advisor_proxy"}})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
