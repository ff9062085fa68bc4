"""What else happens on this machine at this moment?"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from advisor.doctor.gather import on_battery
from advisor.doctor.quiet import watch
from advisor.documents import Unknown
from advisor.machine.occupied import CardUse, cards_in_use
from advisor.machine.sensors import open_sensors
from advisor.schedule.in_flight import requests_in_flight
from advisor.servers.client import Headers
from advisor.servers.discovery import connect, look_around
from advisor.servers.wire import Server
from advisor.servers.wish import Wish

PASS_PORTS_ON = ("docker-proxy", "rootlessport", "ssh")
"""Programs that listen for a server which runs elsewhere, as in a container."""


@dataclass(frozen=True, slots=True)
class ServerUse:
    """A server and how many requests it works on."""

    name: str
    requests: int | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look of about a second. `strangers` hold memory on a card and are not the server's:
    "python3, 3.2 GiB". Temperatures are in degrees Celsius, the highest of all sensors."""

    others_busy_percent: float
    busiest: tuple[str, ...] = ()
    on_battery: bool | None = None
    gpu_temperature_c: float | None = None
    cpu_temperature_c: float | None = None
    held_back_by: tuple[str, ...] = ()
    busy_cards: tuple[tuple[str, float], ...] = ()
    strangers: tuple[tuple[str, int], ...] = ()
    servers: tuple[ServerUse, ...] = ()


def look(wish: Wish) -> Seen:
    """Looks at the processors, the battery, the sensors, the cards and the servers.

    What a server computes that works on no request is its way of waiting, and not the others'.
    Cards are looked at unless the server is on another machine, their holders where it is here.
    `wish` says which server will be measured. Raises AdvisorError if it names one that is gone.
    """
    servers = _servers(wish)
    headers = wish.headers if wish.url else ()
    uses = tuple(_use(server, headers) for server in servers)
    here = [server for server in servers if server.endpoint.is_here]
    ours = server_processes(here)
    spent_before_s, began_s = _seconds_of(ours), time.monotonic()
    quiet = watch()
    spent_s, passed_s = _seconds_of(ours) - spent_before_s, time.monotonic() - began_s
    idle = all(use.requests == 0 for use in uses)
    waiting_percent = 100 * spent_s / (passed_s * (os.cpu_count() or 1)) if idle else 0.0
    sensors = open_sensors()
    try:
        read = sensors.read()
    finally:
        sensors.close()
    cards = cards_in_use() if here or not servers else ()
    return Seen(
        others_busy_percent=max(0.0, quiet.others_busy_percent - waiting_percent),
        busiest=quiet.busiest,
        on_battery=on_battery(),
        gpu_temperature_c=read.gpu_temperature_c,
        cpu_temperature_c=read.cpu_temperature_c,
        held_back_by=read.held_back_by,
        busy_cards=tuple(
            (card.name, card.busy_percent)
            for card in cards
            if not isinstance(card.busy_percent, Unknown)
        ),
        strangers=strangers(cards, ours) if here else (),
        servers=uses,
    )


def strangers(
    cards: Sequence[CardUse], ours: frozenset[int] | Unknown
) -> tuple[tuple[str, int], ...]:
    """Programs with memory on a card that are not among `ours`, and their bytes.

    None where it is not known who is ours. A process whose memory the driver does not tell is
    left out.
    """
    import psutil

    if isinstance(ours, Unknown):
        return ()
    held: dict[int, int] = {}
    for card in cards:
        for holder in () if isinstance(card.holders, Unknown) else card.holders:
            if holder.pid not in ours and holder.memory_bytes:
                held[holder.pid] = held.get(holder.pid, 0) + holder.memory_bytes
    found = []
    for pid, size_bytes in held.items():
        try:
            name = psutil.Process(pid).name()
        except psutil.NoSuchProcess:
            name = f"process {pid}"
        except psutil.Error:
            name = f"process {pid} of another user"
        found.append((name, size_bytes))
    return tuple(found)


def server_processes(servers: Sequence[Server]) -> frozenset[int] | Unknown:
    """The processes that listen where these servers answer, and all that those started.

    Ollama and vLLM compute in children. Unknown where the system does not tell who listens, as
    of another user's service, or where only a container's port is passed on.
    """
    import psutil

    ports = {server.endpoint.port for server in servers if server.endpoint.is_here}
    found: set[int] = set()
    for process in psutil.process_iter(["name"]):
        try:
            listening = {
                each.laddr.port
                for each in process.net_connections(kind="tcp")
                if each.status == psutil.CONN_LISTEN and each.laddr
            }
            if listening & ports and process.info["name"] not in PASS_PORTS_ON:
                ports -= listening
                found.add(process.pid)
                found.update(child.pid for child in process.children(recursive=True))
        except (psutil.Error, OSError):
            continue
    return Unknown("the system does not tell which process serves") if ports else frozenset(found)


def _seconds_of(processes: frozenset[int] | Unknown) -> float:
    """The processor time of these processes so far; 0 where it is not known which."""
    import psutil

    spent_s = 0.0
    for pid in () if isinstance(processes, Unknown) else processes:
        with suppress(psutil.Error):
            times = psutil.Process(pid).cpu_times()
            spent_s += times.user + times.system
    return spent_s


def _servers(wish: Wish) -> tuple[Server, ...]:
    """The one that was named, or those that run here."""
    if wish.synthetic or wish.file:
        return ()
    if wish.url:
        return (connect(wish.url, wish.kind, wish.headers),)
    return tuple(each for each in look_around().servers if wish.kind in (None, each.kind))


def _use(server: Server, headers: Headers) -> ServerUse:
    name = f"{server.kind} at {server.endpoint.url}"
    return ServerUse(name, requests_in_flight(server.kind, server.endpoint, headers))
