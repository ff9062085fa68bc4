"""Synthetic models: what is written, and that nothing half-written stays."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest
from real_models import missing
from tiny_models import tiny, tiny_families

from advisor.errors import AdvisorError, InputError
from advisor.models import synthetic
from advisor.models.architecture import Architecture
from advisor.models.blocks import PACKED_TYPES
from advisor.models.catalogue import catalogue, find
from advisor.models.model import quantized
from advisor.models.quantization import QUANTIZATIONS as known_quantizations
from advisor.models.quantization import tensor_types, weight_bytes
from advisor.models.synthetic import ensure_synthetic, recipe_digest, write_model, write_synthetic
from advisor.models.vocabulary import vocabulary

Usage = namedtuple("Usage", "total used free")


QUANTIZATIONS = ("Q2_K_S", "Q3_K_L", "IQ1_M", "IQ3_XXS", "IQ4_XS", "TQ1_0")
QUANTIZATIONS += ("Q4_0", "Q4_1", "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0", "F16", "BF16", "MXFP4")


@pytest.mark.parametrize(
    ("one", "quantization"),
    [(one, "Q4_K_M") for one in tiny_families()] + [(tiny(), other) for other in QUANTIZATIONS],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_file_holds_what_was_promised(tmp_path: Path, one: Architecture, quantization: str) -> None:
    model = write_synthetic(one, quantization, tmp_path / "m.gguf")
    assert model.size_bytes == model.path.stat().st_size
    assert model.size_bytes > weight_bytes(one, quantization)
    found = gguf.GGUFReader(model.path)
    stored = {
        tensor.name: (tuple(reversed(tensor.shape.tolist())), tensor.tensor_type.name)
        for tensor in found.tensors
    }
    assert stored == {t.name: (t.dims, t.type) for t in tensor_types(one, quantization)}
    assert len(found.fields["tokenizer.ggml.tokens"].contents()) == one.vocab
    for tensor in found.tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type)
        assert np.isfinite(values).all(), tensor.name


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_weights_keep_activations_in_range(tmp_path: Path, quantization: str) -> None:
    model = write_synthetic(tiny(), quantization, tmp_path / "m.gguf")
    for tensor in gguf.GGUFReader(model.path).tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type)
        if tensor.name == "rope_freqs.weight":
            assert values.min() == pytest.approx(1)
            assert values.max() == pytest.approx(32)
        elif values.ndim == 1:
            assert values.mean() == pytest.approx(1, abs=0.05)
        else:
            typical = values[300:] if tensor.name == "token_embd.weight" else values
            assert typical.std() * values.shape[-1] ** 0.5 == pytest.approx(1, abs=0.05)
            assert abs(typical.mean()) < 0.05 * typical.std()
            assert len({row.tobytes() for row in tensor.data}) > 0.95 * len(values)


def test_bytes_are_hardly_ever_generated(tmp_path: Path) -> None:
    model = write_synthetic(tiny(), "F16", tmp_path / "m.gguf")
    embedding = next(t for t in gguf.GGUFReader(model.path).tensors if t.name[:5] == "token")
    values = gguf.dequantize(embedding.data, embedding.tensor_type)
    assert 0 < values[:256].std() < values[256:].std() / 6


def test_equal_recipes_give_equal_files(tmp_path: Path) -> None:
    first = write_synthetic(tiny(), "Q4_0", tmp_path / "a.gguf")
    second = write_synthetic(tiny(), "q4_0", tmp_path / "b.gguf")
    assert first.digest == second.digest
    assert first.path.read_bytes() == second.path.read_bytes()


def test_digest_tells_recipes_apart() -> None:
    digests = {
        recipe_digest(tiny(), "Q4_0"),
        recipe_digest(tiny(), "Q8_0"),
        recipe_digest(tiny(layers=3), "Q4_0"),
    }
    assert len(digests) == 3


def test_cached_model_is_reused_until_its_recipe_changes(tmp_path: Path) -> None:
    first = ensure_synthetic(tiny(), "Q4_0", tmp_path / "cache")
    written_ns = first.path.stat().st_mtime_ns
    assert ensure_synthetic(tiny(), "Q4_0", tmp_path / "cache") == first
    assert first.path.stat().st_mtime_ns == written_ns
    other = ensure_synthetic(tiny(layers=3), "Q4_0", tmp_path / "cache")
    assert other.path == first.path
    assert other.digest != first.digest
    assert other.size_bytes > first.size_bytes


def test_damaged_cache_is_written_again(tmp_path: Path) -> None:
    first = ensure_synthetic(tiny(), "Q4_0", tmp_path)
    with first.path.open("r+b") as file:
        file.truncate(first.size_bytes // 2)
    assert ensure_synthetic(tiny(), "Q4_0", tmp_path) == first
    assert first.path.stat().st_size == first.size_bytes


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    model = write_synthetic(
        tiny(), "Q8_0", tmp_path / "m.gguf", lambda done, total: seen.append((done, total))
    )
    done = [one for one, _ in seen]
    assert done == sorted(done)
    assert done[-1] == model.size_bytes
    assert {abs(total - model.size_bytes) < 4_096 for _, total in seen} == {True}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left")])
def test_nothing_stays_of_an_interrupted_file(tmp_path: Path, error: BaseException) -> None:
    def interrupt(done: int, total: int) -> None:
        if done > total // 2:
            raise error

    expected = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else AdvisorError
    with pytest.raises(expected):
        write_synthetic(tiny(), "F16", tmp_path / "m.gguf", interrupt)
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_survives_an_interruption(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"older")

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_synthetic(tiny(), "F16", path, interrupt)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_too_little_disk_is_refused_before_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9, 10**6))
    with pytest.raises(AdvisorError, match="the disk has too little room"):
        write_synthetic(tiny(), "Q4_0", tmp_path / "m.gguf")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own in memory, hardly larger than what writing asks to be free."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=520m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        missing("needs a system where this user may mount a tmpfs")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs is Linux's")
def test_a_disk_that_fills_up_while_writing(small_disk: Path) -> None:
    filler = (small_disk / "filler").open("wb")

    def fill(done: int, total: int) -> None:
        if filler.tell() == 0:
            os.posix_fallocate(filler.fileno(), 0, shutil.disk_usage(small_disk).free)
            filler.seek(1)

    with filler, pytest.raises(AdvisorError, match="the disk has too little room"):
        write_synthetic(tiny(), "Q4_0", small_disk / "m.gguf", fill)
    assert [each.name for each in small_disk.iterdir()] == ["filler"]
    (small_disk / "filler").unlink()
    assert write_synthetic(tiny(), "Q4_0", small_disk / "m.gguf").path.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs is Linux's")
def test_a_disk_that_is_too_small_for_the_model(small_disk: Path) -> None:
    with pytest.raises(AdvisorError, match=r"it takes 0\.1 GB and the disk has too little room"):
        write_synthetic(find("smollm2-135m"), "Q8_0", small_disk / "cache" / "m.gguf")
    assert [each for each in small_disk.rglob("*") if each.is_file()] == []


def test_too_little_memory_is_refused_before_writing(tmp_path: Path) -> None:
    with pytest.raises(AdvisorError, match="does not fit this machine's memory"):
        write_synthetic(tiny(), "Q4_0", tmp_path / "m.gguf", memory_available_bytes=10**7)
    assert list(tmp_path.iterdir()) == []


def test_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(AdvisorError, match="cannot be written"):
        write_synthetic(tiny(), "Q4_0", tmp_path / "file" / "m.gguf")


def test_unknown_quantization(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not known"):
        write_synthetic(tiny(), "Q4", tmp_path / "m.gguf")


def test_types_that_cannot_be_packed_are_refused(tmp_path: Path) -> None:
    model = quantized(tiny(), "Q8_0")
    tensors = tuple(
        replace(each, type="NVFP4") if each.type == "Q8_0" else each for each in model.tensors
    )
    with pytest.raises(InputError, match="cannot be packed as NVFP4"):
        write_model(replace(model, tensors=tensors), tmp_path / "m.gguf")
    assert list(tmp_path.iterdir()) == []


def test_every_quantization_can_be_written() -> None:
    for one in catalogue():
        for name in known_quantizations:
            assert {each.type for each in tensor_types(one, name)} <= PACKED_TYPES | {"F32"}


def test_leftovers_of_killed_runs_are_removed(tmp_path: Path) -> None:
    stale = tmp_path / ".m.gguf.abc.partial"
    fresh = tmp_path / ".m.gguf.def.partial"
    for one in (stale, fresh):
        one.write_bytes(b"half")
    long_ago = time.time() - 2 * synthetic.STALE_S
    os.utime(stale, (long_ago, long_ago))
    write_synthetic(tiny(), "Q4_0", tmp_path / "m.gguf")
    assert not stale.exists()
    assert fresh.exists()


@pytest.mark.parametrize("size", [2_048, 49_152, 152_064])
def test_vocabulary_is_unique_and_built_by_its_merges(size: int) -> None:
    words = vocabulary(size)
    assert len(words.tokens) == len(set(words.tokens)) == size
    known = set(words.tokens)
    for merge in words.merges:
        left, right = merge.split(" ")
        assert {left, right, left + right} <= known
    assert words.tokens[words.end_id] == "<|endoftext|>"
