"""A program that starts like an engine: it loads for a while, then answers. Run, not imported.

`fake_engine.py PORT LOADING_S` has a child of its own, as vLLM has, and refuses to be interrupted.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODELS = {"object": "list", "data": [{"id": "made-up", "owned_by": "vllm"}]}
PORT, LOADING_S = int(sys.argv[1]), float(sys.argv[2])


class Engine(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        loading = time.monotonic() < READY_AT
        self.send_response(503 if loading else 200)
        self.end_headers()
        if self.path == "/v1/models":
            self.wfile.write(json.dumps(MODELS).encode())

    def log_message(self, *arguments: object) -> None:
        pass


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print("Loading weights: 0 %\rLoading weights: 50 %", end="", flush=True)
    READY_AT = time.monotonic() + LOADING_S
    ThreadingHTTPServer(("127.0.0.1", PORT), Engine).serve_forever()
