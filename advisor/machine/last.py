"""What did the last probe of this machine find?

Kept as `machine.json` in the folder of the user's data, so that the next probe can tell what has
changed since.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from advisor.documents import to_json, write_whole
from advisor.machine.document import Machine

FILE_NAME = "machine.json"


def last_machine(folder: Path) -> Machine | None:
    """The machine that was kept; None where none was, or where it cannot be read any more."""
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Machine)
    except (OSError, msgspec.DecodeError):
        return None


def keep_machine(folder: Path, machine: Machine) -> None:
    """Keeps the machine in place of the last one, unless the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / FILE_NAME, to_json(machine))
    except OSError:
        return
