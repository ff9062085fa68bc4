"""An HTTP proxy for tests. Every host behind it is this machine; it keeps what it was asked."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class FakeProxy:
    """A running proxy and the heads of the requests that it got."""

    port: int
    heads: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def fake_proxy(authorization: str = "", refuses: bool = False) -> Iterator[FakeProxy]:
    """Lets through with that Proxy-Authorization only; `refuses` every way with 403."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    proxy = FakeProxy(listener.getsockname()[1])

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=treat, args=(connection,), daemon=True).start()

    def treat(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                data = connection.recv(65536)
                if not data:
                    return
                head += data
            text = head.decode("latin-1")
            proxy.heads.append(text.partition("\r\n\r\n")[0])
            if refuses:
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            elif authorization and f"\r\nProxy-Authorization: {authorization}\r\n" not in text:
                connection.sendall(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
                )
            else:
                relay(connection, head, text)

    def relay(connection: socket.socket, head: bytes, text: str) -> None:
        method, target, _ = text.split(" ", 2)
        if method == "CONNECT":
            port = int(target.rpartition(":")[2])
        else:
            parts = urlsplit(target)
            port = parts.port or 80
            head = head.replace(target.encode(), (parts.path or "/").encode(), 1)
        with socket.create_connection(("127.0.0.1", port)) as onward:
            if method == "CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                onward.sendall(head)
            sides = {connection: onward, onward: connection}
            while True:
                for ready in select.select(list(sides), [], [], 60)[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    sides[ready].sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield proxy
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
