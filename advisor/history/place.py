"""Where are runs kept? One file in the platform's data directory, or a team's database by URL."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from advisor.errors import InputError

FILE_NAME = "history.sqlite3"
URL_VARIABLE = "ADVISOR_STORE_URL"
POSTGRESQL = ("postgresql", "postgres", "postgresql+pg8000")


def default_folder() -> Path:
    """ADVISOR_DATA_DIR if set, else the platform's data directory for this user."""
    from platformdirs import user_data_path

    chosen = os.environ.get("ADVISOR_DATA_DIR")
    return Path(chosen) if chosen else user_data_path("local-or-api", appauthor=False)


@dataclass(frozen=True, slots=True)
class Place:
    """A history's place. `folder` holds what is not in it yet: runs going on, files of before."""

    folder: Path
    url: str | None = None

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a team's database."""
        return None if self.url else self.folder / FILE_NAME

    @property
    def name(self) -> str:
        """How it is called in messages and journals: a path, or a URL without user and password."""
        if self.url is None:
            return str(self.folder / FILE_NAME)
        parts = urlsplit(self.url)
        return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def team(self) -> str:
        """The name of a team's database; empty for the file, which may be moved."""
        return self.name if self.url else ""


def place_of(folder: Path | None = None, url: str | None = None) -> Place:
    """The place that was asked for; without either, what the environment says, else the default.

    Raises InputError for a URL that is not of a PostgreSQL database.
    """
    if url is None and folder is None:
        url = os.environ.get(URL_VARIABLE)
    if url and not _is_postgresql(url):
        raise InputError(
            "the store's URL is not that of a PostgreSQL database",
            remedy="Write postgresql://USER:PASSWORD@HOST/DATABASE; without a URL runs are kept "
            "in a file, whose folder ADVISOR_DATA_DIR names.",
        )
    return Place(folder or default_folder(), url or None)


def _is_postgresql(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in POSTGRESQL and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
