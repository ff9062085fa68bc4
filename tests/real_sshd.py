"""A real SSH server for tests: Debian's, on 127.0.0.1, with keys of its own and a folder's life."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from real_models import missing

STARTED_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Sshd:
    """Where it listens, and the client's configuration that reaches it without a question."""

    folder: Path
    port: int
    config: Path
    program: subprocess.Popen[bytes]

    def destination(self) -> str:
        """What `ssh` takes."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}"


@contextmanager
def sshd(folder: Path) -> Iterator[Sshd]:
    """A server whose files lie in `folder`; skips where none is installed."""
    program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/sbin")
    if program is None or shutil.which("ssh-keygen") is None:
        missing("sshd (Debian's package openssh-server)")
    for name in ("host", "user", "stranger"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True
        )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder / 'host'}\nPidFile none\n"
        f"AuthorizedKeysFile {folder / 'user.pub'}\nStrictModes no\nUsePAM no\n"
        "PermitRootLogin prohibit-password\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nMaxStartups 100\nAllowTcpForwarding no\nUseDNS no\n"
    )
    key = (folder / "host.pub").read_text().split()[:2]
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {' '.join(key)}\n")
    if not Path("/run/sshd").is_dir() and Path("/run").is_dir():
        try:
            Path("/run/sshd").mkdir(mode=0o755)
        except OSError:
            missing("/run/sshd, the folder that sshd separates its privileges in")
    process = subprocess.Popen(
        [program, "-D", "-e", "-f", folder / "sshd_config"],
        stderr=(folder / "log").open("wb"),
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process, folder / "log")
        yield Sshd(folder, port, client_config(folder, "user"), process)
    finally:
        process.terminate()
        process.wait(10)


def client_config(folder: Path, key: str, known_hosts: str = "known_hosts") -> Path:
    """A configuration of `ssh` that offers this key and believes these hosts."""
    path = folder / f"client-{key}-{known_hosts}"
    path.write_text(
        f"Host *\n  IdentityFile {folder / key}\n  IdentitiesOnly yes\n  IdentityAgent none\n"
        f"  UserKnownHostsFile {folder / known_hosts}\n  GlobalKnownHostsFile /dev/null\n"
    )
    return path


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < ends and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"sshd did not start: {log.read_text()[-500:]}")
