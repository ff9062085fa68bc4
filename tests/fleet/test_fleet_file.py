"""What is said of a fleet file that makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.fleet.file import read_fleet


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('parallel = "x"\n[[host]]\nname = "a"', "parallel: expected a whole number, got text"),
        ("[[host]]\nname = 5", r"host\[0\]\.name: expected text in quotes, got a whole number"),
        ('[[host]]\nname = "a"\nurll = "x"', r"host\[0\]: object contains unknown field urll"),
        ("parallel = 3", "object missing required field host"),
    ],
)
def test_a_fleet_file_is_refused_in_plain_words(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "fleet.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=rf"fleet\.toml: {said}.*configs/fleet\.toml"):
        read_fleet(file)
