"""How do MCP clients reach the server: over standard input and output, or over HTTP?"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from advisor.errors import AdvisorError, InputError
from advisor.servers.listening import (
    Address,
    in_url,
    listening_socket,
    own_addresses,
    own_host_names,
)

if TYPE_CHECKING:
    from mcp.server import Server

PATH = "/mcp"
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")
TOKEN_VARIABLE = "ADVISOR_MCP_TOKEN"
LEAST_TOKEN_CHARACTERS = 16

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def check_installed() -> None:
    """Raises AdvisorError with the remedy where the SDK is not installed."""
    try:
        import mcp.server  # noqa: F401
    except ImportError:
        raise AdvisorError(
            "the MCP SDK is not installed", remedy="Run `pip install 'local-or-api[agent]'`."
        ) from None


def check_token(token: str | None) -> None:
    """Raises InputError for a token that somebody could guess."""
    if token is not None and (len(token) < LEAST_TOKEN_CHARACTERS or not token.isascii()):
        raise InputError(
            f"the token in {TOKEN_VARIABLE} is too short, or not ASCII",
            remedy=f"Give {LEAST_TOKEN_CHARACTERS} characters or more, or leave it out: one is "
            "made then.",
        )


def serve_stdio(server: Server[Any]) -> None:
    """Serves one client on standard input and output until it goes away."""
    import anyio
    from mcp.server.stdio import stdio_server

    async def serve() -> None:
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    anyio.run(serve)


def serve_http(
    server: Server[Any], address: Address, *, token: str | None, ready: Callable[[str], None]
) -> None:
    """Serves clients over HTTP until it is interrupted; `ready` is told the URL.

    With a `token` every request has to carry it. Raises AdvisorError where it cannot listen.
    """
    import uvicorn

    listening = listening_socket(address, remedy="Choose another port for --http.")
    bound = Address(address.host, listening.getsockname()[1])
    config = uvicorn.Config(
        application(server, bound, token),
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    with listening:
        ready(f"{bound.url}{PATH}")
        uvicorn.Server(config).run(sockets=[listening])


def application(server: Server[Any], address: Address, token: str | None) -> Application:
    """The ASGI application: Host and Origin are checked, and the token where there is one."""
    from mcp.server.transport_security import TransportSecuritySettings

    names = LOCAL_NAMES if address.is_local else (*LOCAL_NAMES, *_own_names(address))
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[f"{name}:*" for name in names],
        allowed_origins=[f"http://{name}:*" for name in names],
    )
    app: Any = server.streamable_http_app(
        streamable_http_path=PATH, host=address.host, transport_security=security
    )
    return app if token is None else _with_token(app, token)


def _with_token(app: Application, token: str) -> Application:
    wanted = f"Bearer {token}".encode()

    async def guarded(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            given = dict(scope.get("headers", ())).get(b"authorization", b"")
            if not hmac.compare_digest(given, wanted):
                await _refuse(send)
                return
        await app(scope, receive, send)

    return guarded


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"www-authenticate", b"Bearer")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": b"The token is missing or wrong.\n"})


def _own_names(address: Address) -> list[str]:
    """By which names others may call this machine: its address, or all where it listens on all."""
    if not ipaddress.ip_address(address.host).is_unspecified:
        return [in_url(address.host)]
    return sorted(own_host_names() | own_addresses())
