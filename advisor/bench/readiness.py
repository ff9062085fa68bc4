"""Which connections can go on? Linux's epoll without detours, elsewhere what `selectors` offers."""

from __future__ import annotations

import select
import selectors
import sys
from typing import Protocol

from advisor.bench.connections import Connection


class Readiness(Protocol):
    """Watches connections for the event that each waits for (`Connection.events`)."""

    def watch(self, connection: Connection) -> None: ...

    def change(self, connection: Connection) -> None: ...

    def forget(self, connection: Connection) -> None: ...

    def wait(self, timeout_s: float) -> list[Connection]:
        """Those that can go on, at the latest after `timeout_s`."""
        ...

    def close(self) -> None: ...


def readiness() -> Readiness:
    """The fastest that this system has."""
    return _Epoll() if sys.platform == "linux" else _Selector()


if sys.platform == "linux":
    _EPOLL_EVENTS = {
        selectors.EVENT_READ: select.EPOLLIN,
        selectors.EVENT_WRITE: select.EPOLLOUT,
    }

    class _Epoll:
        def __init__(self) -> None:
            self._epoll = select.epoll()
            self._connections: dict[int, Connection] = {}

        def watch(self, connection: Connection) -> None:
            self._connections[connection.number] = connection
            self._epoll.register(connection.number, _EPOLL_EVENTS[connection.events])

        def change(self, connection: Connection) -> None:
            self._epoll.modify(connection.number, _EPOLL_EVENTS[connection.events])

        def forget(self, connection: Connection) -> None:
            del self._connections[connection.number]
            self._epoll.unregister(connection.number)

        def wait(self, timeout_s: float) -> list[Connection]:
            connections = self._connections
            return [connections[number] for number, _ in self._epoll.poll(timeout_s)]

        def close(self) -> None:
            self._epoll.close()


class _Selector:
    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def watch(self, connection: Connection) -> None:
        self._selector.register(connection.number, connection.events, connection)

    def change(self, connection: Connection) -> None:
        self._selector.modify(connection.number, connection.events, connection)

    def forget(self, connection: Connection) -> None:
        self._selector.unregister(connection.number)

    def wait(self, timeout_s: float) -> list[Connection]:
        return [key.data for key, _ in self._selector.select(timeout_s)]

    def close(self) -> None:
        self._selector.close()
