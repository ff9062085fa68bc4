"""What is written and run to install or remove a schedule, and how is it undone on a failure?"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from advisor.documents import write_whole
from advisor.errors import AdvisorError

LONGEST_COMMAND_S = 60.0
NOT_INSTALLED, NOT_STARTED, NOT_ENDED = 127, 126, 124
LOSSLESS = "surrogateescape"
"""A crontab may hold lines of others in any encoding: they go back as they came."""


@dataclass(frozen=True, slots=True)
class Write:
    """A file that is made or replaced."""

    path: Path
    content: str
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Delete:
    """A file that is taken away if it is there, and folders that are if they are then empty."""

    path: Path
    folders: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A program of the platform that is called.

    `may_fail` where it only clears the way. `attached` to this terminal it takes as long as it
    takes, and shows what it says.
    """

    arguments: tuple[str, ...]
    stdin: str = ""
    may_fail: bool = False
    attached: bool = False


Step = Write | Delete | Command


@dataclass(frozen=True, slots=True)
class Answer:
    """How a program ended, and what it said."""

    code: int
    out: str
    err: str


def carry_out(steps: Sequence[Step]) -> None:
    """Does them in order. If one fails, files written or deleted by those before are put back.

    Raises AdvisorError.
    """
    earlier: list[tuple[Path, bytes | None]] = []
    try:
        for step in steps:
            if isinstance(step, Command):
                _call(step)
                continue
            earlier.append((step.path, _content(step.path)))
            if isinstance(step, Write):
                step.path.parent.mkdir(parents=True, exist_ok=True)
                write_whole(step.path, step.content.encode(step.encoding))
            else:
                _delete(step)
    except OSError as error:
        _put_back(earlier)
        raise AdvisorError(
            "the schedule was not changed",
            why=f"{error.filename or 'a file'}: {error.strerror or error}",
            remedy="Make that place writable, or choose another way with --with.",
        ) from None
    except AdvisorError:
        _put_back(earlier)
        raise


def ask(*arguments: str) -> Answer:
    """What a program answers; as a code where it is not installed or does not end."""
    return _run(arguments, "")


def _call(step: Command) -> None:
    if step.attached:
        answer = Answer(subprocess.run(step.arguments, check=False).returncode, "", "")
    else:
        answer = _run(step.arguments, step.stdin)
    if answer.code != 0 and not step.may_fail:
        said = (answer.err.strip() or answer.out.strip()).splitlines()
        raise AdvisorError(
            f"`{' '.join(step.arguments)}` failed, and the schedule was not changed",
            why=said[0][:300] if said else f"it ended with {answer.code}",
            remedy="`--dry-run` shows all that is done; --with chooses another way.",
        )


def _run(arguments: Sequence[str], stdin: str) -> Answer:
    try:
        done = subprocess.run(
            arguments,
            input=stdin.encode(errors=LOSSLESS),
            capture_output=True,
            timeout=LONGEST_COMMAND_S,
            check=False,
        )
    except FileNotFoundError:
        return Answer(NOT_INSTALLED, "", f"{arguments[0]} is not installed")
    except OSError as error:
        return Answer(NOT_STARTED, "", error.strerror or str(error))
    except subprocess.TimeoutExpired:
        return Answer(NOT_ENDED, "", f"it did not end within {LONGEST_COMMAND_S:g} s")
    return Answer(
        done.returncode,
        done.stdout.decode(errors=LOSSLESS),
        done.stderr.decode(errors=LOSSLESS),
    )


def _delete(step: Delete) -> None:
    step.path.unlink(missing_ok=True)
    for folder in step.folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _put_back(earlier: Sequence[tuple[Path, bytes | None]]) -> None:
    for path, content in reversed(earlier):
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
