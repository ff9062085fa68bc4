"""A server of known timing: it logs when it truly sent each event.

It speaks OpenAI's completions API over server-sent events, and keeps a connection that its client
wants to keep. All streams run in one thread; an event is due at a time fixed by the arrival of its
request, and the log holds the moment just before it was handed to the kernel
(`time.perf_counter_ns`, which processes of one machine share). A request has arrived when the
kernel had its last byte, where the kernel tells (Linux), else when it was read. The log is one
JSON line a whole answer on `GET /log`: seed, the client's name for the request (`X-Request-ID`),
the answer's own name (`id` in each event), arrival and the time of each event. `GET /sent` counts
the events, also those of answers that were broken off.

Faults can be asked for, to see what a client makes of them: `--fault KIND` in every `--every`th
request. KIND is one of `http_500`, `http_429`, `http_400`, `close` (in mid-stream), `hang` (in
mid-stream), `die` (the whole server), `no_usage`, `garbage`.

    python benchmarks/timed_server.py --port 0 --ttft-ms 200 --itl-ms 10

prints its port on the first line. With `--prefill-us N` and `--step-us M` it serves like a batching
engine instead: one step at a time, each either the prefill of one waiting prompt (N microseconds a
token) or one token for every running stream (M microseconds), so that its true rates are known.
"""

from __future__ import annotations

import argparse
import contextlib
import heapq
import json
import os
import random
import selectors
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

clock = time.perf_counter_ns
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: %b\r\n\r\n"
)
STAMP_OPTION = 35 if sys.platform == "linux" else None
"""SO_TIMESTAMPNS (Linux, include/uapi/asm-generic/socket.h): the kernel notes each arrival.

Connections inherit it from the listener, so that it holds before they are accepted."""
STAMP = struct.Struct("qq")
KEPT = {True: b"keep-alive", False: b"close"}


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(answer_id: str, **fields: object) -> bytes:
    common = {"id": answer_id, "object": "text_completion", "created": 1, "model": "timed"}
    return chunk(b"data: " + json.dumps({**common, **fields}).encode() + b"\n\n")


def choice(text: str, finish_reason: str | None) -> dict[str, object]:
    return {"index": 0, "text": text, "finish_reason": finish_reason}


GARBAGE = chunk(b'data: {"choices": [{"text": \xff\xfe\n\n')
END = chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"


def whole(status: str, body: object, extra: str = "") -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
    return f"{head}{extra}Connection: close\r\n\r\n".encode() + data


def header(head: bytes, name: bytes) -> str:
    """A header's value as it was sent, empty if it was not."""
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip().decode("latin-1")
    return ""


def receive(connection: socket.socket) -> tuple[bytes, int]:
    """Bytes that came, and when the last of them did."""
    if STAMP_OPTION is None:
        return connection.recv(65_536), clock()
    data, notes, _, _ = connection.recvmsg(65_536, socket.CMSG_SPACE(STAMP.size))
    read_ns = clock()
    for level, kind, note in notes:
        if level == socket.SOL_SOCKET and kind == STAMP_OPTION:
            seconds, rest_ns = STAMP.unpack(note[: STAMP.size])
            return data, read_ns - max(0, time.time_ns() - seconds * 1_000_000_000 - rest_ns)
    return data, read_ns


class Stream:
    """One request and how far its answer is."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.received = b""
        self.sent_ns: list[int] = []
        self.arrived_ns = 0
        self.input_tokens = 0
        self.output_tokens = 0
        self.seed = 0
        self.request_id = ""
        self.answer_id = ""
        self.token = b""
        self.keeps_connection = False
        self.fault: str | None = None
        self.gone = False


class Server:
    """Answers requests one event at a time, by the clock or by the steps of a batching engine."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.selector = selectors.DefaultSelector()
        self.due: list[tuple[int, int, Stream]] = []
        self.prompts: deque[Stream] = deque()
        self.running: list[Stream] = []
        self.in_prefill: Stream | None = None
        self.stepping = False
        self.step_ends_ns = 0
        self.log: list[dict[str, object]] = []
        self.requests = 0
        self.sent = 0
        self.order = 0
        self.noise = random.Random(1)
        self.listener = socket.create_server(("127.0.0.1", options.port), backlog=2_048)
        if STAMP_OPTION is not None:
            self.listener.setsockopt(socket.SOL_SOCKET, STAMP_OPTION, 1)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def run(self) -> None:
        while True:
            for key, _ in self.selector.select(self.wait_s()):
                if key.data is None:
                    self.accept()
                elif isinstance(key.data, Stream):
                    self.read(key.data)
            now = clock()
            while self.due and self.due[0][0] <= now:
                _, _, stream = heapq.heappop(self.due)
                self.advance(stream)
            if self.options.step_us:
                self.step(now)

    def wait_s(self) -> float | None:
        now = clock()
        waits = [self.due[0][0]] if self.due else []
        if self.stepping:
            waits.append(self.step_ends_ns)
        return max(0.0, (min(waits) - now) / 1e9) if waits else None

    def accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = self.listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.selector.register(connection, selectors.EVENT_READ, Stream(connection))

    def read(self, stream: Stream) -> None:
        try:
            data, arrived_ns = receive(stream.connection)
        except OSError:
            data, arrived_ns = b"", 0
        if not data:
            self.close(stream)
            return
        stream.received += data
        head, found, body = stream.received.partition(b"\r\n\r\n")
        if found and len(body) >= int(header(head, b"content-length") or 0):
            stream.received = b""
            self.answer(stream, head, body, arrived_ns)

    def answer(self, stream: Stream, head: bytes, body: bytes, arrived_ns: int) -> None:
        if head.startswith(b"GET /log"):
            self.send_whole(stream, whole("200 OK", "\n".join(map(json.dumps, self.log)).encode()))
        elif head.startswith(b"GET /sent"):
            self.send_whole(stream, whole("200 OK", {"events": self.sent}))
        elif head.startswith(b"GET /health"):
            self.send_whole(stream, whole("200 OK", {}))
        elif head.startswith(b"GET /v1/models"):
            self.send_whole(stream, whole("200 OK", {"object": "list", "data": [{"id": "timed"}]}))
        elif head.startswith(b"POST /v1/completions"):
            stream.request_id = header(head, b"x-request-id")
            stream.keeps_connection = header(head, b"connection").lower() != "close"
            self.begin(stream, json.loads(body), arrived_ns)
        else:
            self.send_whole(stream, whole("404 Not Found", {"error": "no such route"}))

    def begin(self, stream: Stream, asked: dict[str, object], arrived_ns: int) -> None:
        self.requests += 1
        options = self.options
        if options.fault and self.requests % options.every == 0:
            stream.fault = options.fault
        stream.arrived_ns = arrived_ns
        stream.answer_id = f"cmpl-{self.requests}"
        stream.token = event(stream.answer_id, choices=[choice(" word", None)])
        stream.input_tokens = 1 + round(options.tokens_per_word * len(str(asked["prompt"]).split()))
        stream.output_tokens = int(str(asked["max_tokens"]))
        stream.seed = int(str(asked.get("seed", 0)))
        refusals = {
            "http_500": "500 Internal Server Error",
            "http_400": "400 Bad Request",
            "http_429": "429 Too Many Requests",
        }
        if stream.fault in refusals:
            refusal = whole(refusals[stream.fault], {"error": {"message": "as asked"}})
            self.send_whole(stream, refusal)
        elif options.step_us:
            self.prompts.append(stream)
            if not self.stepping:
                self.begin_step(arrived_ns)
        else:
            self.schedule(stream, arrived_ns + int(options.ttft_ms * 1e6))

    def schedule(self, stream: Stream, due_ns: int) -> None:
        self.order += 1
        heapq.heappush(self.due, (due_ns, self.order, stream))

    def advance(self, stream: Stream) -> None:
        """Sends the event that is due, and plans the next one."""
        if stream.gone:
            return
        self.token(stream)
        if len(stream.sent_ns) < stream.output_tokens and not stream.gone:
            if stream.fault == "hang" and len(stream.sent_ns) >= stream.output_tokens // 2:
                return
            due_ns = stream.arrived_ns + int(
                (self.options.ttft_ms + self.options.itl_ms * len(stream.sent_ns)) * 1e6
            )
            self.schedule(stream, due_ns)

    def begin_step(self, now_ns: int) -> None:
        """The next step: the longest waiting prompt's, else one token for all."""
        self.running = [s for s in self.running if not s.gone and len(s.sent_ns) < s.output_tokens]
        while self.prompts and self.prompts[0].gone:
            self.prompts.popleft()
        self.in_prefill = self.prompts.popleft() if self.prompts else None
        self.stepping = bool(self.in_prefill or self.running)
        step_us = self.options.step_us
        if self.in_prefill:
            step_us = self.in_prefill.input_tokens * self.options.prefill_us
        noise = 1 + self.options.noise * self.noise.uniform(-1, 1)
        self.step_ends_ns = now_ns + int(step_us * 1e3 * noise)

    def step(self, now_ns: int) -> None:
        """Ends every step that is over: its tokens are sent, and the next one begins."""
        while self.stepping and self.step_ends_ns <= now_ns:
            if self.in_prefill:
                self.running.append(self.in_prefill)
                self.token(self.in_prefill)
            else:
                for stream in self.running:
                    self.token(stream)
            self.begin_step(self.step_ends_ns)

    def token(self, stream: Stream) -> None:
        """One token of the stream's answer, with all that surrounds the first and last."""
        done = len(stream.sent_ns)
        data = stream.token
        if not done:
            data = HEAD % KEPT[stream.keeps_connection] + data
        if stream.fault == "garbage" and done == 1:
            data = GARBAGE + data
        if done + 1 == stream.output_tokens:
            data += event(stream.answer_id, choices=[choice("", "length")])
            if stream.fault != "no_usage":
                usage = {
                    "prompt_tokens": stream.input_tokens,
                    "completion_tokens": stream.output_tokens,
                }
                data += event(stream.answer_id, choices=[], usage=usage)
            data += END
        stream.sent_ns.append(clock())
        self.sent += 1
        if not self.send(stream, data):
            return
        if done + 1 == stream.output_tokens:
            self.log.append(
                {
                    "seed": stream.seed,
                    "request_id": stream.request_id,
                    "answer_id": stream.answer_id,
                    "arrived_ns": stream.arrived_ns,
                    "sent_ns": stream.sent_ns,
                    "input_tokens": stream.input_tokens,
                }
            )
            self.end(stream)
        elif done + 1 >= stream.output_tokens // 2:
            if stream.fault == "close":
                self.close(stream)
            elif stream.fault == "die":
                os._exit(1)

    def send(self, stream: Stream, data: bytes) -> bool:
        try:
            stream.connection.send(data)
        except OSError:
            self.close(stream)
            return False
        return True

    def send_whole(self, stream: Stream, data: bytes) -> None:
        with contextlib.suppress(OSError):
            stream.connection.setblocking(True)
            stream.connection.sendall(data)
        self.close(stream)

    def end(self, stream: Stream) -> None:
        """The answer is whole: its connection waits for the next request, or is closed."""
        if not stream.keeps_connection:
            self.close(stream)
        elif not stream.gone:
            stream.gone = True
            kept = Stream(stream.connection)
            self.selector.modify(stream.connection, selectors.EVENT_READ, kept)

    def close(self, stream: Stream) -> None:
        if not stream.gone:
            stream.gone = True
            self.selector.unregister(stream.connection)
            stream.connection.close()


@contextlib.contextmanager
def timed_server(*options: str) -> Iterator[str]:
    """A timed server in a process of its own, as its URL."""
    command = [sys.executable, str(Path(__file__).resolve()), "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def read_log(url: str) -> dict[int, dict[str, object]]:
    """The log by seed."""
    return {int(str(entry["seed"])): entry for entry in read_entries(url)}


def read_entries(url: str) -> list[dict[str, object]]:
    """The log in the order in which the answers ended."""
    with urlopen(f"{url}/log", timeout=30) as answer:
        return [json.loads(line) for line in answer.read().decode().splitlines()]


def read_sent(url: str) -> int:
    """How many token events were sent so far."""
    with urlopen(f"{url}/sent", timeout=30) as answer:
        return int(json.load(answer)["events"])


def main() -> None:
    parser = argparse.ArgumentParser(description="A server of known timing.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ttft-ms", type=float, default=200.0)
    parser.add_argument("--itl-ms", type=float, default=10.0)
    parser.add_argument("--prefill-us", type=float, default=0.0)
    parser.add_argument("--step-us", type=float, default=0.0)
    parser.add_argument("--noise", type=float, default=0.0, help="of a step's time, as a share")
    parser.add_argument("--tokens-per-word", type=float, default=1.0)
    parser.add_argument("--fault", default="")
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    server = Server(options)
    print(server.listener.getsockname()[1], flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()


if __name__ == "__main__":
    main()
