"""A folder that looks like the root of some Linux, for readers of /proc and /sys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def system(root: Path, files: Mapping[str, str]) -> Path:
    """Writes `files` (path below `root` -> text) and returns `root`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
