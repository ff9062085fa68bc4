"""What makes a kind of server: how is it told from others, where does it listen, who speaks to it?

Each dialect's file declares its own; `known` lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from advisor.documents import Unknown
from advisor.servers.answers import Answers
from advisor.servers.client import Headers
from advisor.servers.wire import Endpoint, Server

LONGEST_VERSION = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of server.

    `is_at` tells it by its answers, never by its port. It may take for granted that no kind which
    comes before it in the registry is there. `version_at` are the paths and keys where it may tell
    its version, the first that holds one counts.
    """

    name: str
    dialect: Callable[..., Server]
    is_at: Callable[[Answers], bool]
    ports: tuple[int, ...] = ()
    version_at: tuple[tuple[str, str], ...] = ()

    def speak(self, endpoint: Endpoint, version: str | Unknown, headers: Headers = ()) -> Server:
        """Its dialect, at an endpoint."""
        return self.dialect(endpoint, kind=self.name, version=version, headers=headers)

    def meet(self, answers: Answers) -> Server:
        """Its dialect with the version that it tells, where `answers` come from."""
        return self.speak(answers.endpoint, self.version(answers), answers.headers)

    def version(self, answers: Answers) -> str | Unknown:
        """As the server tells it; bounded, untrusted."""
        for path, key in self.version_at:
            version = answers.object_at(path).get(key)
            if isinstance(version, str) and version:
                return version[:LONGEST_VERSION]
        if not self.version_at:
            return Unknown(f"{self.name} does not tell its version")
        paths = " or ".join(path for path, _ in self.version_at)
        return Unknown(f"{self.name} does not tell its version at {paths}")
