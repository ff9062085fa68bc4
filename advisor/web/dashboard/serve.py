"""How is the dashboard served until somebody ends it?"""

from __future__ import annotations

import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from advisor.history.store import RunStore
from advisor.servers.listening import Address, listening_socket
from advisor.web.dashboard.access import Access

MOST_AT_ONCE = 100
HANG_UP_S = 3


def serve_dashboard(
    store: RunStore, access: Access, host: str, port: int, on_ready: Callable[[str], None]
) -> None:
    """Serves until it is interrupted; tells `on_ready` the address. Raises AdvisorError."""
    import uvicorn

    from advisor.web.dashboard.app import dashboard
    from advisor.web.dashboard.shown import compile_templates

    bound = Address("127.0.0.1" if host == "localhost" else host, port)
    listener = listening_socket(
        bound, remedy="Choose another port with --port; 0 takes a free one."
    )
    closing = threading.Event()
    compile_templates()

    class Server(uvicorn.Server):
        """Lets open streams end at once, and says when it is ready."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            on_ready(f"{Address(bound.host, listener.getsockname()[1]).url}/")

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            closing.set()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        dashboard(store, access, closing=closing),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=HANG_UP_S,
        ws="none",
        lifespan="on",
    )
    logging.getLogger("uvicorn.error").addFilter(_not_ours)
    if sys.platform != "win32":
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()


def _not_ours(record: Any) -> bool:
    """What the application failed at was said already, in one line."""
    return "Exception in ASGI application" not in record.getMessage()
