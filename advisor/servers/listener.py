"""What does the operating system tell of the program that listens at an address?

Servers tell little of how they were started; their command line and environment do, where this
user may read them. Nothing here raises, and only what is asked for by name leaves this module's
callers: an environment may hold keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from advisor.documents import Unknown
from advisor.servers.wire import Endpoint

COMMAND = "command line"
ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Program:
    """A running program: its command line, its environment, the command lines of its children."""

    command: tuple[str, ...]
    environment: Mapping[str, str] | Unknown = field(repr=False)
    children: tuple[tuple[str, ...], ...] = ()

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.command[0].replace("\\", "/").rpartition("/")[2] if self.command else ""


def program_at(endpoint: Endpoint) -> Program | Unknown:
    """The program that listens there, or why it is not known."""
    if not endpoint.is_here:
        return Unknown("the server runs on another machine")
    import psutil

    try:
        pids = {
            connection.pid
            for connection in psutil.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
            and connection.laddr
            and connection.laddr.port == endpoint.port
        }
    except (psutil.Error, OSError):
        return Unknown("this system does not tell which program listens")
    if pids == {None}:
        return Unknown("the program that listens belongs to another user")
    pids.discard(None)
    if len(pids) != 1:
        return Unknown(
            "several programs listen at that port"
            if pids
            else "no program of this machine listens at that port"
        )
    try:
        return _read(psutil.Process(pids.pop()))
    except (psutil.Error, OSError):
        return Unknown("this user may not read the command line of the program that listens")


def option(command: Sequence[str], *names: str) -> str | None:
    """The value of the last of these options on a command line; "" for a flag without one."""
    found = None
    for at, word in enumerate(command):
        name, equals, value = word.partition("=")
        if name in names:
            following = command[at + 1] if at + 1 < len(command) else ""
            found = value if equals else "" if _is_option(following) else following
    return found


def _is_option(word: str) -> bool:
    """Whether a word begins another option; a negative number does not."""
    return word.startswith("-") and not word[1:2].isdigit()


def _read(process: object) -> Program:
    import psutil

    assert isinstance(process, psutil.Process)
    environment: Mapping[str, str] | Unknown
    try:
        environment = process.environ()
    except (psutil.Error, OSError):
        environment = Unknown("this user may not read the server's environment")
    children = []
    for child in process.children(recursive=True):
        try:
            children.append(tuple(child.cmdline()))
        except (psutil.Error, OSError):
            continue
    return Program(tuple(process.cmdline()), environment, tuple(children))
