"""Meters of known power on the loopback, and a clock that the test moves."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.answering import served

LOW_W, HIGH_W = 60.0, 180.0
MEAN_W = (LOW_W + HIGH_W) / 2
RANGE_UJ = 65_532_610_987

Energy = Callable[[float], float]
"""Joules from time 0 to a time in seconds."""


def steady_j(time_s: float) -> float:
    """120 W."""
    return MEAN_W * time_s


def square_j(time_s: float) -> float:
    """180 W in the first half of each second, 60 W in the second half."""
    whole, part = divmod(time_s, 1)
    return LOW_W * time_s + (HIGH_W - LOW_W) * (whole * 0.5 + min(part, 0.5))


def power_w(energy: Energy, time_s: float) -> float:
    """The draw at a time, from the energy of the microsecond that follows."""
    return (energy(time_s + 1e-6) - energy(time_s)) / 1e-6


class Clock:
    """Nanoseconds that pass only when the test says so, and 1 ms whenever they are read."""

    def __init__(self, start_s: float = 0.0) -> None:
        self.now_s = start_s

    def __call__(self) -> int:
        self.now_s += 0.001
        return round(self.now_s * 1e9)

    def read(self, take: Callable[[], None], every_s: float, until_s: float) -> None:
        """Takes a reading every so often until a time."""
        while self.now_s < until_s:
            take()
            self.now_s += every_s


def ns(seconds: float) -> int:
    return round(seconds * 1e9)


def shelly(energy: Energy, time_s: float) -> dict[str, Any]:
    """What `Switch.GetStatus` tells, to a tenth of a watt and a milliwatt-hour."""
    return {
        "id": 0,
        "source": "init",
        "output": True,
        "apower": round(power_w(energy, time_s), 1),
        "voltage": 230.1,
        "aenergy": {"total": round(4567.0 + energy(time_s) / 3600, 3), "by_minute": [0, 0, 0]},
        "temperature": {"tC": 41.0, "tF": 105.8},
    }


def tasmota(energy: Energy, time_s: float) -> dict[str, Any]:
    """What `Status 8` tells, to a watt and a watt-hour."""
    measured = {
        "TotalStartTime": "2026-01-01T00:00:00",
        "Total": round(45.67 + energy(time_s) / 3.6e6, 3),
        "Power": round(power_w(energy, time_s)),
        "Factor": 0.95,
        "Voltage": 230,
    }
    return {"StatusSNS": {"Time": "2026-11-24T21:00:00", "ENERGY": measured}}


def home(energy: Energy, time_s: float) -> dict[str, Any]:
    """What some other device tells, deep in lists and objects."""
    return {"sensors": [{"name": "attic"}, {"name": "box", "now": power_w(energy, time_s)}]}


ANSWERS = {"shelly": shelly, "tasmota": tasmota, "json": home}
REQUESTS = {
    "shelly": "/rpc/Switch.GetStatus?id=0",
    "tasmota": "/cm?cmnd=Status%208",
    "json": "/state",
}


def http(body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\nConnection: close\r\n\r\n".encode() + body


@contextmanager
def web_device(answer: Callable[[str], Iterable[bytes]]) -> Iterator[str]:
    """A device that answers a GET of a path with these pieces; its HOST:PORT."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            path = self.rfile.readline().split()[1].decode()
            while self.rfile.readline().strip():
                pass
            try:
                for piece in answer(path):
                    self.wfile.write(piece)
            except OSError:
                return

    with _listening(Handler) as port:
        yield f"127.0.0.1:{port}"


@contextmanager
def plug(kind: str, energy: Energy, now_s: Callable[[], float]) -> Iterator[str]:
    """A plug of this kind whose power follows `energy` on a clock; its HOST:PORT."""

    def answer(path: str) -> Iterable[bytes]:
        if path != REQUESTS[kind]:
            return (http(b"{}", "404 Not Found"),)
        return (http(json.dumps(ANSWERS[kind](energy, now_s())).encode()),)

    with web_device(answer) as address:
        yield address


@contextmanager
def upsd(answer: Callable[[str], str]) -> Iterator[tuple[str, int]]:
    """A server of Network UPS Tools that answers a variable's name with a line."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                words = line.decode().split()
                if words[:2] != ["GET", "VAR"]:
                    return
                told = answer(words[3]) if words[2] == "su700" else "ERR UNKNOWN-UPS"
                self.wfile.write(told.encode() + b"\n")

    with _listening(Handler) as port:
        yield "127.0.0.1", port


@contextmanager
def _listening(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is no news."""

    server = Server(("127.0.0.1", 0), handler)
    with served(server):
        yield server.server_address[1]


def zone(root: Path, folder: str, name: str, energy_uj: int = 0, range_uj: int = RANGE_UJ) -> Path:
    """A zone as Linux shows it; the file of its counter."""
    place = root / folder
    place.mkdir(parents=True)
    (place / "name").write_text(f"{name}\n")
    (place / "max_energy_range_uj").write_text(f"{range_uj}\n")
    count(place / "energy_uj", energy_uj)
    return place / "energy_uj"


def count(counter: Path, energy_uj: float) -> None:
    """Sets a counter, at once and past its range from zero again."""
    range_uj = int((counter.parent / "max_energy_range_uj").read_text())
    fresh = counter.with_name("fresh")
    fresh.write_text(f"{int(energy_uj) % range_uj}\n")
    fresh.replace(counter)


@contextmanager
def counting(counter: Path, energy: Energy, from_uj: int) -> Iterator[None]:
    """Keeps a counter running on the true clock."""
    ending = threading.Event()
    begun_s = time.perf_counter()

    def run() -> None:
        while not ending.wait(0.005):
            count(counter, from_uj + energy(time.perf_counter() - begun_s) * 1e6)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
