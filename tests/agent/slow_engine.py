"""A server that streams made-up tokens steadily, for a bench that is watched or cancelled."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from answering import served

GAP_S = 0.01
NAME = "made-up <script>alert(1)</script>\x1b[31m"


class _Engine(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model = NAME
    gap_s = GAP_S

    def do_GET(self) -> None:
        found = self.path == "/v1/models"
        body = json.dumps({"object": "list", "data": [{"id": self.model}]}).encode()
        self._begin(200 if found else 404, "application/json", len(body))
        self.wfile.write(body)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/completions":
            self._begin(404, "application/json", 0)
            return
        count = int(asked.get("max_tokens", 16))
        self._begin(200, "text/event-stream", None)
        for _ in range(count):
            time.sleep(self.gap_s)
            self._event({"choices": [{"index": 0, "text": " word", "finish_reason": None}]})
        usage = {"prompt_tokens": len(asked["prompt"].split()), "completion_tokens": count}
        self._event({"choices": [{"index": 0, "text": "", "finish_reason": "length"}]})
        self._event({"choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def _begin(self, status: int, kind: str, length: int | None) -> None:
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _event(self, value: object) -> None:
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *arguments: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in the middle is what these tests are about."""


@contextmanager
def slow_engine(model: str = NAME, gap_s: float = GAP_S) -> Iterator[str]:
    """Its URL, as long as it lasts."""
    engine = type("Engine", (_Engine,), {"model": model, "gap_s": gap_s})
    with served(_Server(("127.0.0.1", 0), engine)) as url:
        yield url
