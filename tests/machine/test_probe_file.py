"""Is a probe from another machine read, and nothing else taken for one?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advisor.documents import to_json
from advisor.errors import InputError
from advisor.machine.probe import probe
from advisor.machine.probe_file import read_probe

HERE = probe(measure_bandwidth=False)


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Callable[[dict[str, Any]], None]], Path]:
    """A probe's file after a change to its document."""

    def write(change: Callable[[dict[str, Any]], None]) -> Path:
        document = json.loads(to_json(HERE))
        change(document)
        path = tmp_path / "probe.json"
        path.write_text(json.dumps(document))
        return path

    return write


def test_a_probe_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "probe.json"
    path.write_bytes(to_json(HERE))
    assert read_probe(path) == HERE


def test_keys_of_a_newer_program_are_passed_over(changed: Callable[..., Path]) -> None:
    assert read_probe(changed(lambda machine: machine.update(quantum_cores=3))) == HERE


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.update(schema="advisor.run/1"), "advisor.run/1"),
        (lambda m: m.pop("schema"), "no schema"),
        (lambda m: m.pop("cpu"), "cpu"),
        (lambda m: m["memory"].update(total_bytes="64 GB"), "total_bytes"),
        (lambda m: m["memory"].update(total_bytes=-1), "memory.total_bytes is -1"),
        (lambda m: m["memory"].update(bandwidth_bytes_per_s=1e300), "bandwidth_bytes_per_s"),
        (lambda m: m["cpu"].update(model="evil\x1b]0;owned\x07"), "cpu.model holds control"),
        (lambda m: m["unknown"].update({"a\u202eb": "c"}), "holds control"),
        (lambda m: m.update(id="../../etc/passwd"), "id is no machine's"),
        (lambda m: m.update(gpus=[{"name": "RTX"}]), "gpus"),
    ],
)
def test_what_is_no_sound_probe_is_named(
    change: Callable[[dict[str, Any]], Any], said: str, changed: Callable[..., Path]
) -> None:
    with pytest.raises(InputError) as caught:
        read_probe(changed(change))
    assert said in str(caught.value)
    assert not any(ord(character) < 32 or character == "\u202e" for character in str(caught.value))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff\xfe", b"[" * 100_000, b"{}", b" " * 2_000_000, b"null"]
)
def test_any_bytes_are_one_clear_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "probe.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"probe\.json"):
        read_probe(path)


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="advisor probe --json"):
        read_probe(tmp_path / "gone.json")
