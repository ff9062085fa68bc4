"""How is a command run on a host by the system's `ssh`, and what does its failure mean?

Exit codes and words are those of OpenSSH: ssh(1), EXIT STATUS ("ssh exits with the exit status of
the remote command or with 255 if an error occurred") and its sources, 9.2.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from advisor.fleet.document import Outcome
from advisor.fleet.failure import HostError
from advisor.fleet.program import Ended, Patience, run_program

CONNECT_S = 10
SILENT_S, SILENCES = 15, 4
ERROR = 255
NOT_FOUND, NOT_EXECUTABLE = 127, 126

UNTIL_ALONE = (
    'exec 3<&0; "$@" </dev/null 3<&- & job=$!; '
    "{ cat <&3; kill -TERM $job; } >/dev/null 2>&1 & watch=$!; exec 3<&-; "
    "wait $job; code=$?; kill $watch 2>/dev/null; exit $code"
)
"""Runs the arguments, and ends them when standard input does: when whoever asked has gone."""

FAILURES: tuple[tuple[str, Outcome, str, str], ...] = (
    (
        r"Host key verification failed|REMOTE HOST IDENTIFICATION",
        "unknown host key",
        "its host key is not the known one",
        "Log in once by hand (`ssh {0}`), compare the fingerprint and accept it.",
    ),
    (
        r"Permission denied|Too many authentication failures|no mutual|incorrect passphrase",
        "not let in",
        "its SSH server let nobody in without a password",
        "Put your key there (`ssh-copy-id {0}`); `ssh -o BatchMode=yes {0}` must work.",
    ),
    (
        r"Connection refused",
        "refused",
        "nobody takes SSH connections there",
        "Start its SSH server, or correct the address and port.",
    ),
    (
        r"Could not resolve|timed out|No route|unreachable|Name or service|Network is down",
        "unreachable",
        "it cannot be reached",
        "See that it is on and the name is right: `ssh {0}`.",
    ),
)


@dataclass(frozen=True, slots=True)
class OverSsh:
    """A host that the system's `ssh` reaches at `destination`."""

    destination: str
    config: str | None = None

    def run(
        self,
        command: Sequence[str],
        output: Path,
        patience: Patience,
        on_line: Callable[[str], None],
    ) -> Ended:
        """Runs the command there, its output in a file here. Raises HostError."""
        ended = run_program(
            self.command(command), output, patience, on_line, environment={"LC_ALL": "C"}
        )
        if ended.code == ERROR:
            raise _failure(ended.said, self.destination)
        if ended.code in (NOT_FOUND, NOT_EXECUTABLE):
            raise HostError(
                "not installed",
                f"there is no {command[0]} there that can be started",
                remedy="Install local-or-api there, or name it in the fleet file: "
                'advisor = "/path/to/advisor".',
            )
        return ended

    def command(self, command: Sequence[str]) -> list[str]:
        """The whole command. What runs there is one POSIX shell line, every argument quoted."""
        program = shutil.which("ssh")
        if program is None:
            raise HostError("failed", "there is no ssh here", remedy="Install the OpenSSH client.")
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": CONNECT_S,
            "ServerAliveInterval": SILENT_S,
            "ServerAliveCountMax": SILENCES,
            "ClearAllForwardings": "yes",
        }
        there = shlex.join(["exec", "sh", "-c", UNTIL_ALONE, "advisor-fleet", *command])
        return [
            *(program, "-T", "-a", "-x"),
            *(("-F", self.config) if self.config else ()),
            *(part for key, value in options.items() for part in ("-o", f"{key}={value}")),
            *("--", self.destination, there),
        ]


def _failure(said: Sequence[str], destination: str) -> HostError:
    text = "\n".join(said)
    why = said[-1] if said else "ssh ended with 255 and said nothing"
    for pattern, outcome, what, remedy in FAILURES:
        if re.search(pattern, text):
            return HostError(outcome, what, why=why, remedy=remedy.format(shlex.quote(destination)))
    return HostError(
        "connection lost",
        "the connection broke",
        why=why,
        remedy="What it had measured is in its own history; run it again.",
    )
