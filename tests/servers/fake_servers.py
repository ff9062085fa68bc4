"""HTTP servers that answer a few fixed routes, to stand in for what cannot run here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.answering import served

Route = tuple[int, str, bytes]


def as_json(value: object, status: int = 200) -> Route:
    return status, "application/json", json.dumps(value).encode()


def listed(*owners: str, **more: object) -> Route:
    """OpenAI's list of models."""
    data = [{"id": f"model-{n}", "owned_by": owner, **more} for n, owner in enumerate(owners)]
    return as_json({"object": "list", "data": data})


@contextmanager
def serving(
    routes: Mapping[str, Route | Callable[[dict[str, object]], Route]],
    *,
    otherwise: Route = (404, "text/plain", b"404 page not found"),
    name: str = "",
    key: str | None = None,
) -> Iterator[str]:
    """A server's URL; `name` is its Server header. A callable route gets the request's JSON.

    Without the Authorization `key`, every route answers `otherwise`.
    """

    class Handler(BaseHTTPRequestHandler):
        def version_string(self) -> str:
            return name

        def answer(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(size)
            allowed = key is None or self.headers.get("Authorization") == key
            route = routes.get(self.path, otherwise) if allowed else otherwise
            status, kind, content = route(json.loads(body or b"{}")) if callable(route) else route
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            if 300 <= status < 400:
                self.send_header("Location", content.decode())
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer

        def log_message(self, *arguments: object) -> None:
            pass

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url
