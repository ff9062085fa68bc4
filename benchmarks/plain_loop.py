"""What does it cost merely to keep the bytes of a load? The floor under any benchmark in Python.

    python plain_loop.py HOST:PORT STREAMS SECONDS INPUT_TOKENS OUTPUT_TOKENS

keeps so many streams busy for that time: one thread, one epoll, a timestamp and a list for what it
reads. Nothing is parsed, nothing is checked, no failure is expected. Prints the CPU time of the
loop and the events in what it kept as JSON. Linux only.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time

LAST_CHUNK = b"\r\n0\r\n\r\n"


def request(address: str, input_tokens: int, output_tokens: int, number: int) -> bytes:
    prompt = " ".join([f"{number:04d}", *["word"] * (input_tokens - 1)])
    body = json.dumps(
        {"model": "timed", "prompt": prompt, "max_tokens": output_tokens, "stream": True}
    ).encode()
    head = (
        f"POST /v1/completions HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    address, streams, seconds, *tokens = sys.argv[1:]
    input_tokens, output_tokens = (int(each) for each in tokens)
    host, _, port = address.rpartition(":")
    clock = time.perf_counter_ns
    poll = select.epoll()
    sockets: dict[int, socket.socket] = {}
    kept: dict[int, list[tuple[int, bytes]]] = {}
    whole: list[list[tuple[int, bytes]]] = []

    def start(number: int) -> None:
        new = socket.create_connection((host, int(port)))
        new.sendall(request(address, input_tokens, output_tokens, number))
        new.setblocking(False)
        sockets[new.fileno()] = new
        kept[new.fileno()] = []
        poll.register(new.fileno(), select.EPOLLIN)

    began_s, until_ns = time.process_time(), clock() + int(float(seconds) * 1e9)
    for number in range(int(streams)):
        start(number)
    while sockets:
        for descriptor, _ in poll.poll():
            data = sockets[descriptor].recv(65_536)
            now_ns = clock()
            kept[descriptor].append((now_ns, data))
            if data.endswith(LAST_CHUNK) or not data:
                whole.append(kept.pop(descriptor))
                poll.unregister(descriptor)
                sockets.pop(descriptor).close()
                if now_ns < until_ns:
                    start(len(whole))
    cpu_s = time.process_time() - began_s
    events = sum(b"".join(data for _, data in reads).count(b'"text"') for reads in whole)
    print(json.dumps({"cpu_s": cpu_s, "events": events}))


if __name__ == "__main__":
    main()
