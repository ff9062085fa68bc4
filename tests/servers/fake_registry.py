"""A registry on this machine from which a real Ollama pulls, as its client asks of any registry.

Protocol: distribution.github.io/distribution/spec/api, "Pulling an image" (manifests, blobs with
ranges), with Ollama's media types as a real Ollama's manifests have them (seen 2026-11-25).
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.answering import served

PIECE = 64 * 1024


@dataclass
class Registry:
    """One model, `name`; `sent_bytes` is what went over the wire, at `pause_s` a piece."""

    blobs: dict[str, bytes]
    manifest: bytes
    pause_s: float = 0.0
    port: int = 0
    sent_bytes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}/library/pulled:latest"


@contextmanager
def registry(weights: bytes, licence: str, pause_s: float = 0.0) -> Iterator[Registry]:
    config = json.dumps({"model_format": "gguf", "model_family": "llama"}).encode()
    parts = [
        ("application/vnd.docker.container.image.v1+json", config),
        ("application/vnd.ollama.image.model", weights),
        ("application/vnd.ollama.image.license", licence.encode()),
    ]
    described = [
        {"mediaType": kind, "digest": _digest(data), "size": len(data)} for kind, data in parts
    ]
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": described[0],
        "layers": described[1:],
    }
    here = Registry(
        {_digest(data): data for _, data in parts}, json.dumps(manifest).encode(), pause_s
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(here))
    here.port = server.server_port
    with served(server):
        yield here


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _handler(here: Registry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            if "/blobs/" in self.path and self.headers["Host"].startswith("127.0.0.1"):
                self.send_elsewhere()
            else:
                self.answer(with_body=True)

        def send_elsewhere(self) -> None:
            """Ollama takes blobs only from another host than its registry's."""
            self.send_response(307)
            self.send_header("Location", f"http://localhost:{here.port}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def answer(self, *, with_body: bool) -> None:
            last = self.path.rpartition("/")[2]
            data = here.manifest if "/manifests/" in self.path else here.blobs.get(last)
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            if data is not None and asked:
                data = data[int(asked[1]) : int(asked[2]) + 1]
            self.send_response(404 if data is None else 206 if asked else 200)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            if with_body and data:
                self.send(data)

        def send(self, data: bytes) -> None:
            for start in range(0, len(data), PIECE):
                try:
                    self.wfile.write(data[start : start + PIECE])
                except OSError:
                    return
                with here.lock:
                    here.sent_bytes += PIECE
                time.sleep(here.pause_s)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler
