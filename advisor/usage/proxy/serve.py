"""How does the pass-through listen, and reach its server by proxies and certificates?"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from advisor.errors import AdvisorError
from advisor.servers.listening import Address, in_url, listening_socket
from advisor.servers.through_httpx import httpx_way
from advisor.servers.wire import Endpoint
from advisor.usage.proxy.exchange import PassThrough
from advisor.usage.proxy.log import Log

LET_FINISH_S = 5
"""What answers in flight get when it ends."""
MOST_KEPT_OPEN = 4
"""httpcore looks at each idle connection at each request: more cost more than they save."""
KEPT_OPEN_S = 4.0
"""For the next request: less than servers wait before they close (5 s and more)."""


@contextmanager
def passing(at: tuple[str, int], to: Endpoint, path: Path) -> Iterator[tuple[str, Log]]:
    """A pass-through at that address while the block lasts: its URL and its log.

    Raises AdvisorError without its libraries, if the port is taken or the log cannot be written.
    """
    check_libraries()
    import httpx
    import uvicorn

    transport = httpx.AsyncHTTPTransport(
        **httpx_way(to),
        limits=httpx.Limits(
            max_connections=None,
            max_keepalive_connections=MOST_KEPT_OPEN,
            keepalive_expiry=KEPT_OPEN_S,
        ),
    )
    try:
        file = path.open("ab")
    except OSError as error:
        raise AdvisorError(f"cannot write {path}", why=error.strerror or str(error)) from None
    remedy = "Choose another port with --port; 0 takes a free one."
    with file, listening_socket(Address(*at), remedy=remedy) as listener:
        log = Log(file)
        app = PassThrough(to, transport, log, is_local=_is_loopback(listener))
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=LET_FINISH_S,
        )
        server = uvicorn.Server(config)

        async def serve() -> None:
            async with transport:
                await server.serve(sockets=[listener])

        thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
        thread.start()
        host, port = listener.getsockname()[:2]
        try:
            yield f"http://{in_url(host)}:{port}", log
        finally:
            server.should_exit = True
            thread.join()


def check_libraries() -> None:
    """Raises AdvisorError, with what to install, if the extra's libraries are missing."""
    try:
        import httpx  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise AdvisorError(
            "the counting proxy needs uvicorn and httpx",
            why="they come with an extra",
            remedy="Run `pip install 'local-or-api[proxy]'`.",
        ) from None


def _is_loopback(listener: socket.socket) -> bool:
    return ip_address(listener.getsockname()[0]).is_loopback
