"""Where does the operating system keep what it knows? Files, sysctl, the registry.

Each reader returns text, or Unknown with the reason; none raises for what is not there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from advisor.documents import Unknown

ROOT = Path("/")
COMMAND_TIMEOUT_S = 5


def text_of(path: Path) -> str | Unknown:
    """A small file of the system, without surrounding white space."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip(" \t\r\n\0")
    except FileNotFoundError:
        return Unknown("the system does not list it")
    except PermissionError:
        return Unknown("only the administrator may read it")
    except OSError as error:
        return Unknown(f"it could not be read ({error.strerror})")


def number_in(path: Path) -> int | Unknown:
    """A file that holds one whole number."""
    text = text_of(path)
    if isinstance(text, Unknown):
        return text
    try:
        return int(text)
    except ValueError:
        return Unknown("the system lists no number")


def sysctl(name: str) -> str | Unknown:
    """One value of macOS's `sysctl`."""
    return command_output("/usr/sbin/sysctl", "-n", name)


def command_output(*command: str) -> str | Unknown:
    """What a short system command prints."""
    import subprocess

    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return Unknown(f"`{command[0].rsplit('/', 1)[-1]}` does not tell")
    return done.stdout.strip()


def windows_registry(key: str, value: str) -> str | int | Unknown:
    """One value below HKEY_LOCAL_MACHINE."""
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
                found = winreg.QueryValueEx(opened, value)[0]
        except OSError:
            return Unknown("the registry does not hold it")
        return found if isinstance(found, (str, int)) else Unknown("the registry holds no text")
    return Unknown("this is not Windows")
