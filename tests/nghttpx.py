"""nghttpx, a real HTTP/2 server, in front of a server that speaks HTTP/1.1."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from certificates import Certificates
from real_models import missing


@contextmanager
def nghttpx(certificates: Certificates, backend_port: int, protocol: str) -> Iterator[str]:
    """The URL of a real server in front of that port that takes this protocol only."""
    program = shutil.which("nghttpx")
    if program is None:
        missing("nghttpx is not installed (Debian: nghttp2-proxy)")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [
        *(str(program), "--conf=/dev/null", "--workers=1", "--no-ocsp", "--log-level=FATAL"),
        *(f"--frontend=127.0.0.1,{port}", f"--backend=127.0.0.1,{backend_port}"),
        *(f"--npn-list={protocol}", str(certificates.server), str(certificates.server)),
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait()
