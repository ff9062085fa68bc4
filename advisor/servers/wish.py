"""What did the user ask for, what has this machine for it, and who is there to be asked?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from advisor.servers.client import Headers
from advisor.servers.route import SYSTEM, Trust
from advisor.servers.wire import Server


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user named; None or empty leaves the choice open.

    `start` is the kind of server to start for this measurement. `pull` allows a server to download
    `model` if it does not have it. `server` is the one at `url` where it was met already.
    """

    url: str | None = None
    kind: str | None = None
    model: str | None = None
    synthetic: str | None = None
    headers: Headers = field(default=(), repr=False)
    trust: Trust = SYSTEM
    pull: bool = False
    start: str | None = None
    server: Server | None = field(default=None, repr=False)

    @property
    def file(self) -> Path | None:
        """The GGUF file that `model` names, if it names one."""
        named = self.model or ""
        return Path(named).expanduser() if named.lower().endswith(".gguf") else None


@dataclass(frozen=True, slots=True)
class Host:
    """What this machine has for a server of ours, and what the load will need of it."""

    physical_cores: int
    memory_available_bytes: int
    memory_bandwidth_bytes_per_s: float | None
    disk_free_bytes: int
    has_gpu: bool
    streams: int
    context_tokens: int
    cache_folder: Path
    log_folder: Path


@dataclass(frozen=True, slots=True)
class User:
    """Whoever waits: is told what is being done, and asked before anything of theirs is touched.

    `agrees` is a question with a yes or no; without a person there it answers no.
    """

    tell: Callable[[str], None]
    agrees: Callable[[str], bool]
