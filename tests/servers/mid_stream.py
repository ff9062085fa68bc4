"""Streams in whose middle something is done, such as killing the server."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from advisor.servers.http import encode
from advisor.servers.wire import Completion, Reading, Server, Transcript


def read_with(
    server: Server, model: str, in_the_middle: Callable[[], object], *, tokens: int = 400
) -> Reading:
    """What the dialect reads of a stream during which `in_the_middle` is called after some text."""
    endpoint = server.endpoint
    request = encode(server.request(model, Completion("one two three", tokens, 1)), endpoint)
    transcript = Transcript()
    with socket.create_connection((endpoint.host, endpoint.port), 60) as connection:
        connection.settimeout(60)
        connection.sendall(request)
        transcript.sent_ns = time.perf_counter_ns()
        done = False
        try:
            while data := connection.recv(65536):
                transcript.received.append((time.perf_counter_ns(), data))
                if not done and len(server.read(transcript).event_ns) > 3:
                    in_the_middle()
                    done = True
        except OSError:
            transcript.failure = "reset"
    assert done
    transcript.closed_ns = time.perf_counter_ns()
    return server.read(transcript)
