"""Programs of the platforms' schedulers that record how they are called, first on PATH.

`systemctl` makes and deletes the links of enabled units as the real one does, and fails in the call
that begins as FAKE_FAIL says; `crontab` keeps its table in a file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from program import typed

RECORDER = """#!/bin/sh
echo "$(basename "$0") $*" >> "$FAKE_LOG"
case "$*" in "$FAKE_FAIL"*) [ -n "$FAKE_FAIL" ] && { echo "no such luck" >&2; exit 1; };; esac
wants="$XDG_CONFIG_HOME/systemd/user/timers.target.wants"
case "$*" in
  "--user enable "*) mkdir -p "$wants"; ln -sf "../$3" "$wants/$3";;
  "--user disable --now "*) rm -f "$wants/$4"; rmdir "$wants" 2>/dev/null;;
esac
case "$*" in *is-active*) echo active;; *Linger*) echo Linger=no;; esac
exit 0
"""
CRONTAB = """#!/bin/sh
echo "crontab $*" >> "$FAKE_LOG"
table="$HOME/table"
case "$1" in
  -l) if [ -f "$table" ]; then cat "$table"; else echo "no crontab for me" >&2; exit 1; fi;;
  -r) rm "$table";;
  -) cat > "$table";;
esac
"""
RECORDED = ("systemctl", "loginctl", "launchctl")


@dataclass(frozen=True)
class Box:
    """A user's home on a machine whose schedulers only record."""

    home: Path
    programs: Path

    def advisor(self, *arguments: str, **variables: str) -> CompletedProcess[str]:
        environment = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "ADVISOR_DATA_DIR": str(self.home / "data"),
            "FAKE_LOG": str(self.programs / "log"),
            "FAKE_FAIL": "",
            **variables,
        }
        return typed("schedule", *arguments, folder=self.home, environment=environment)

    def calls(self) -> list[str]:
        """What was called since the last question, without questions themselves."""
        log = self.programs / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        asked = ("show-environment", "is-active", "show-user", "crontab -l", "launchctl print")
        return [line for line in lines if not any(each in line for each in asked)]

    def files(self) -> dict[str, str]:
        """Everything in the home: path -> content; folders end in a slash."""
        return {
            str(path.relative_to(self.home)) + ("/" if path.is_dir() else ""): (
                "" if path.is_dir() or path.is_symlink() else path.read_text()
            )
            for path in sorted(self.home.rglob("*"))
        }


def box(folder: Path, *, with_systemd: bool = True) -> Box:
    """A new one; without systemd its manager does not answer."""
    home, programs = folder / "home", folder / "programs"
    home.mkdir()
    programs.mkdir()
    scripts = dict.fromkeys(RECORDED, RECORDER) | {"crontab": CRONTAB}
    if not with_systemd:
        scripts["systemctl"] = "#!/bin/sh\nexit 1\n"
    for name, script in scripts.items():
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    return Box(home, programs)
