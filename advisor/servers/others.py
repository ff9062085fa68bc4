"""Does somebody else use this server, or want a model kept in its memory?"""

from __future__ import annotations

import math
import os
import time

from advisor.errors import AdvisorError
from advisor.servers.dialects.ollama_settings import remaining_s
from advisor.servers.wire import Endpoint, Server


def why_in_use(server: Server, model: str) -> str | None:
    """Why a loaded model may be another's, in words that follow its name; None if nothing says so.

    A request in flight holds a connection, and so do programs that are about to send one. What
    cannot be seen counts as use.
    """
    if not server.endpoint.is_here:
        return "is on another machine, where it cannot be seen who uses it"
    if _is_pinned(server, model):
        return "was asked to stay loaded for ever"
    others = _connections_of_others(server.endpoint)
    if others is None:
        return "may be in use: this system does not tell who is connected to its server"
    if others:
        programs = "another program is" if others == 1 else f"{others} other programs are"
        return f"may be in use: {programs} connected to its server"
    return None


def _is_pinned(server: Server, model: str) -> bool:
    """Whether it stays loaded without an end (Ollama tells when in `expires_at`)."""
    try:
        settings = server.settings(model)
    except AdvisorError:
        return False
    ends = [each.value for each in settings if each.name == "expires_at"]
    return any(remaining_s(end, time.time()) == math.inf for end in ends)


def _connections_of_others(endpoint: Endpoint) -> int | None:
    """Open connections to the server's port, without this process's own; None if untold."""
    import psutil

    try:
        open_now = [
            (each.laddr.port, each.raddr.port, each.pid)
            for each in psutil.net_connections("tcp")
            if each.status == psutil.CONN_ESTABLISHED and each.laddr and each.raddr
        ]
    except (psutil.Error, OSError):
        return None
    own = {local for local, _, pid in open_now if pid == os.getpid()}
    return sum(local == endpoint.port and remote not in own for local, remote, _ in open_now)
