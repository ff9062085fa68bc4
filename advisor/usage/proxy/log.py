"""What has been counted, and what could not be?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO


@dataclass
class Log:
    """The counts, one JSON object a line, as `advisor usage import` reads them.

    `counted` answers told usage and `uncounted` told none; `broken_off` of either ended early;
    `failed` requests got an error or nothing; `unwritten` counts found no room on the disk.
    """

    file: IO[bytes]
    counted: int = 0
    uncounted: int = 0
    broken_off: int = 0
    failed: int = 0
    unwritten: int = 0

    def write(self, record: bytes) -> None:
        """Keeps a record. A full disk is no reason to stop a client's traffic."""
        self.counted += 1
        try:
            self.file.write(record)
            self.file.flush()
        except OSError:
            self.unwritten += 1

    def summary(self) -> str:
        """One line for the user."""
        parts = [f"{self.counted} answers counted", f"{self.uncounted} without usage"]
        for number, what in (
            (self.broken_off, "broken off (their counts are what was told until then)"),
            (self.failed, "requests failed"),
            (self.unwritten, "counts could not be written"),
        ):
            if number:
                parts.append(f"{number} {what}")
        return ", ".join(parts) + "."
