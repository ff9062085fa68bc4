"""A server of a test that speaks bare bytes, so that what passes on the wire can be seen."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

OK = b"HTTP/1.1 200 OK\r\n"


@dataclass
class Conversation:
    """A connection whose request's head has been read; `rest` is what came with it."""

    connection: socket.socket
    head: bytes
    rest: bytes

    @property
    def target(self) -> str:
        return self.head.split(b" ")[1].decode()

    def header(self, name: str) -> str | None:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.decode("latin-1").partition(":")
            if key.lower() == name:
                return value.strip()
        return None

    def read_to(self, mark: bytes) -> bytes:
        """More of the request, up to and with `mark`."""
        while mark not in self.rest:
            data = self.connection.recv(65536)
            if not data:
                raise ConnectionError("the client is gone")
            self.rest += data
        end = self.rest.index(mark) + len(mark)
        read, self.rest = self.rest[:end], self.rest[end:]
        return read

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def chunk(self, data: bytes) -> None:
        self.send(b"%x\r\n%b\r\n" % (len(data), data))

    def until_closed(self, within_s: float = 20) -> bool:
        """Whether the other side closes."""
        self.connection.settimeout(within_s)
        try:
            return self.connection.recv(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True


@contextmanager
def raw_upstream(
    serve: Callable[[Conversation], None], context: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Its URL. Each connection is served one request, in a thread, and closed."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=treat, args=(connection,), daemon=True).start()

    def treat(plain: socket.socket) -> None:
        with suppress(OSError), plain:
            connection = context.wrap_socket(plain, server_side=True) if context else plain
            talk = Conversation(connection, b"", b"")
            talk.head = talk.read_to(b"\r\n\r\n")
            serve(talk)
            connection.close()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
