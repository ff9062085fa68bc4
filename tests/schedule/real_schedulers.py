"""Real schedulers for a test, kept apart from the machine's own by a mount namespace.

`systemd --user` and `crontab` run for root in a namespace in which /run, the crontabs and the
unified control groups are empty. That takes root, `unshare` and a systemd with named control
groups (as in many containers); elsewhere the test skips by name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

APART = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c"]
MANAGER = """
umount /sys/fs/cgroup/unified 2>/dev/null
mount -t tmpfs tmpfs /run || exit 99
mkdir -p /run/systemd/system /run/user/0
group=$(awk '$1 == "cgroup" && $4 ~ /name=systemd/ {print $2; exit}' /proc/mounts)
[ -n "$group" ] || exit 99
mkdir -p "$group/$GROUP" && echo $$ > "$group/$GROUP/cgroup.procs" || exit 99
export XDG_RUNTIME_DIR=/run/user/0
/lib/systemd/systemd --user --unit=basic.target >/dev/null 2>&1 &
for i in 1 2 3 4 5 6 7 8 9 10; do
  systemctl --user is-system-running >/dev/null 2>&1 && break
  sleep 0.5
done
systemctl --user is-system-running >/dev/null 2>&1 || exit 99
"""
CRONTABS = "mount -t tmpfs tmpfs /var/spool/cron && mkdir /var/spool/cron/crontabs || exit 99\n"
NOT_HERE = 99


def with_real_systemd(script: str, home: Path) -> str:
    """What a shell script prints that has a user manager of systemd to itself."""
    group = f"advisor-test-{os.getpid()}"
    try:
        return _apart(f"GROUP={group}\n{MANAGER}{script}", home, "a user manager of systemd")
    finally:
        _take_away(group)


def with_real_crontab(script: str, home: Path) -> str:
    """What a shell script prints that has the `crontab` program and no crontab yet."""
    if shutil.which("crontab") is None:
        pytest.skip("crontab is not installed")
    return _apart(CRONTABS + script, home, "a crontab of its own")


def _apart(script: str, home: Path, what: str) -> str:
    if sys.platform != "linux" or os.getuid() != 0 or shutil.which("unshare") is None:
        pytest.skip(f"needs root and unshare for {what}")
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [*APART, script],
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode == NOT_HERE:
        pytest.skip(f"{what} does not start here")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _take_away(group: str) -> None:
    """Control groups outlive the namespace; they go from the inside out, once they are empty."""
    for top in Path("/sys/fs/cgroup").glob(f"*/{group}"):
        inside = [folder for folder in top.rglob("*") if folder.is_dir()]
        for folder in (*sorted(inside, reverse=True), top):
            with suppress(OSError):
                folder.rmdir()
