"""Reading headers: sound ones, damaged ones, lying ones."""

from __future__ import annotations

import os
import random
import struct
from pathlib import Path

import pytest
from tiny_models import tiny

from advisor.errors import AdvisorError, InputError
from advisor.models.metadata import read_metadata
from advisor.models.shapes import parameters
from advisor.models.synthetic import write_synthetic


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("metadata") / "tiny.gguf"
    write_synthetic(tiny(rope_scaling_factor=1.0), "Q4_K_M", path)
    return path


def test_real_header(smollm2: Path) -> None:
    found = read_metadata(smollm2)
    assert found.name == "Smollm2 135M 8k Lc100K Mix1 Ep2"
    assert found.family == "llama"
    assert found.quantization == "Q4_1"
    assert found.parameters == 134_515_008
    assert found.context_tokens == 8_192
    assert (found.layers, found.hidden) == (30, 576)
    assert (found.heads, found.kv_heads, found.head_dim) == (9, 3, 64)
    assert found.size_bytes == smollm2.stat().st_size
    assert found.recipe is None


def test_synthetic_header(written: Path) -> None:
    found = read_metadata(written)
    assert found.quantization == "Q4_K_M"
    assert found.parameters == parameters(tiny())
    assert found.context_tokens == 4_096
    assert found.recipe is not None


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_metadata(tmp_path / "none.gguf")


def test_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_metadata(tmp_path)


@pytest.mark.parametrize("content", [b"", b"GG", b"<!DOCTYPE html>", b"PK\x03\x04" * 100])
def test_other_files_are_no_models(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is not a GGUF model"):
        read_metadata(path)


@pytest.mark.parametrize("share", [0.0001, 0.001, 0.01, 0.1, 0.5, 0.9, 0.9999])
def test_cut_short(tmp_path: Path, written: Path, share: float) -> None:
    whole = written.read_bytes()
    path = tmp_path / "cut.gguf"
    path.write_bytes(whole[: max(8, int(len(whole) * share))])
    with pytest.raises(InputError, match=r"cut\.gguf is damaged: it ends"):
        read_metadata(path)


@pytest.mark.parametrize("version", [1, 4, 2**31])
def test_unknown_version(tmp_path: Path, written: Path, version: int) -> None:
    path = tmp_path / "version.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<I", version) + written.read_bytes()[8:])
    with pytest.raises(AdvisorError, match=f"format version is {version}"):
        read_metadata(path)


@pytest.mark.parametrize(
    ("tensor_count", "key_count", "complaint"),
    [
        (2**63, 1, "9,223,372,036,854,775,808 tensors"),
        (1, 2**63, "metadata keys"),
        (2**64 - 1, 2**64 - 1, "tensors"),
        (100_000, 10_000, "it ends inside its header"),
    ],
)
def test_lying_counts(tmp_path: Path, tensor_count: int, key_count: int, complaint: str) -> None:
    path = tmp_path / "lie.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, tensor_count, key_count))
    with pytest.raises(AdvisorError, match=complaint):
        read_metadata(path)


@pytest.mark.parametrize(
    "value",
    [
        struct.pack("<IQ", 8, 2**62),  # a text longer than any memory
        struct.pack("<IIQ", 9, 4, 2**62),  # an array of numbers
        struct.pack("<IIQ", 9, 8, 40_000_000),  # an array of texts that are not there
        struct.pack("<IIQQ", 9, 8, 1, 2**63),  # a text in an array
        struct.pack("<IIQ", 9, 9, 1),  # an array of arrays
        struct.pack("<I", 77),  # no such type
    ],
)
def test_lying_values(tmp_path: Path, value: bytes) -> None:
    path = tmp_path / "lie.gguf"
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 1)
    path.write_bytes(head + struct.pack("<Q", 1) + b"k" + value)
    with pytest.raises(AdvisorError, match=r"lie\.gguf is damaged"):
        read_metadata(path)


@pytest.mark.parametrize(
    ("value", "times", "complaint"),
    [
        (struct.pack("<IQ", 8, 1 << 20) + bytes(1 << 20), 70, "longer than 64 MiB"),
        (struct.pack("<IIQ", 9, 8, 1 << 20) + bytes(8 << 20), 4, "hold 4,194,304 items"),
        (struct.pack("<IIQ", 9, 0, 1 << 20) + bytes(1 << 20), 4, "hold 4,194,304 items"),
    ],
)
def test_a_header_of_too_much_is_given_up(
    tmp_path: Path, value: bytes, times: int, complaint: str
) -> None:
    path = tmp_path / "long.gguf"
    keys = b"".join(struct.pack("<Q", 2) + b"%02d" % key + value for key in range(times))
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, times) + keys)
    with pytest.raises(AdvisorError, match=complaint):
        read_metadata(path)


def test_lying_tensor_sizes(tmp_path: Path) -> None:
    path = tmp_path / "huge.gguf"
    key = b"general.architecture"
    fields = struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, 5) + b"llama"
    tensor = struct.pack("<Q", 1) + b"t" + struct.pack("<I4QIQ", 4, *[2**62] * 4, 0, 0)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + fields + tensor)
    with pytest.raises(AdvisorError, match="its tensors reach to"):
        read_metadata(path)


def test_no_damage_escapes_as_another_error(tmp_path: Path, written: Path) -> None:
    """Random bytes thrown into a sound header either do no harm or give one clear error."""
    size_bytes = written.stat().st_size
    whole = bytearray(written.read_bytes()[:200_000])
    path = tmp_path / "noise.gguf"
    draw = random.Random(7)
    refused = 0
    for _ in range(300):
        noisy = whole[:]
        for _ in range(draw.randint(1, 8)):
            noisy[draw.randrange(4, 1_200)] = draw.randrange(256)
        path.write_bytes(noisy)
        os.truncate(path, size_bytes)
        try:
            assert read_metadata(path).parameters >= 0
        except AdvisorError:
            refused += 1
    assert refused > 100
