"""Which defaults did the user set? Flags > environment (ADVISOR_...) > advisor.toml > defaults."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from advisor.errors import InputError

FILE_NAME = "advisor.toml"


def settings_files() -> list[Path]:
    """Where settings are looked for; the first that exists is used."""
    from platformdirs import user_config_path

    return [Path.cwd() / FILE_NAME, user_config_path("local-or-api", appauthor=False) / FILE_NAME]


def load_defaults() -> dict[str, Any]:
    """Option defaults by command, as click's `default_map`.

    One table a command, one key an option: `[bench]`, `max_time = "30s"`. Raises InputError if the
    file cannot be read.
    """
    for path in settings_files():
        if not path.is_file():
            continue
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(
                f"cannot read the settings in {path}",
                why=str(error),
                remedy="Correct the file or move it away.",
            ) from None
    return {}
