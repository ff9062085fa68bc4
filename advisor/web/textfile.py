"""How do the metrics come into a file that node_exporter's textfile collector reads?

It reads the files of its folder that end in .prom when it is scraped, so a file is written under
another name beside it and then put in its place:
https://prometheus.github.io/client_python/exporting/textfile/ (read 2026-11-25).
"""

from __future__ import annotations

from pathlib import Path

from advisor.documents import write_whole
from advisor.errors import AdvisorError, InputError

READABLE_BY_ALL = 0o644
"""node_exporter runs as a user of its own."""


def write_textfile(path: Path, content: bytes) -> None:
    """Writes the file whole or not at all, readable by other users.

    Raises InputError for a name that would not be collected, AdvisorError if it cannot be written.
    """
    if path.suffix != ".prom":
        raise InputError(
            f"{path} would not be collected",
            why="node_exporter reads files that end in .prom",
            remedy=f"Write {path.with_suffix('.prom')}.",
        )
    try:
        write_whole(path, content, mode=READABLE_BY_ALL)
    except OSError as error:
        raise AdvisorError(
            f"cannot write {path}",
            why=error.strerror or str(error),
            remedy="Choose a file in a folder that is there and can be written.",
        ) from None
