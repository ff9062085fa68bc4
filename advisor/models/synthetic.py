"""How is a model made that runs like a real one although nothing was downloaded?

A GGUF file of a catalogue architecture: true shapes, true quantization types, a vocabulary of the
true size, and random weights. Weights are drawn so that activations keep the range that a trained
network has (each matrix has a standard deviation of 1/sqrt(columns), norms lie near 1), and spread
as `advisor.models.weights` says: careless ones are up to a fifth faster than real ones. How near
they come to real files is in docs/models.md, by benchmarks/synthetic_fidelity.py.

What random weights do not represent: the meaning of the text, the routing of experts, the
acceptance of speculated tokens.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from advisor.errors import AdvisorError, InputError
from advisor.machine.page_cache import drop_from_cache
from advisor.models.architecture import Architecture
from advisor.models.exact import exact_values
from advisor.models.header import write_header
from advisor.models.memory import Load, need_of
from advisor.models.metadata import read_metadata
from advisor.models.model import Model, quantized
from advisor.models.quantization import known_quantization
from advisor.models.vocabulary import BYTE_TOKENS
from advisor.models.weights import Spread, pool_of, rows_from, spread_of

if TYPE_CHECKING:
    from advisor.models.weights import Pool

Progress = Callable[[int, int], None]
"""Called with the bytes written so far and the bytes in all."""

_RECIPE_VERSION = 2
_SEED = 20_260_101
_HEARSAY = {"license", "license_source", "quality", "repository", "aliases", "source", "as_of"}
_SHAPE_KEYS = sorted(set(Architecture.__struct_fields__) - _HEARSAY)
_QUIET = 1 / 8
"""Scale of the output rows of tokens that are single bytes: they are hardly ever generated, so
that a text does not end inside a character, and still mean something as input."""
_ALIGNMENT_BYTES = 32
_DISK_RESERVE_BYTES = 512 << 20
STALE_S = 3_600


@dataclass(frozen=True, slots=True)
class SyntheticModel:
    """A synthetic model on disk. `digest` stands for the recipe that made it, not for its bytes."""

    path: Path
    architecture: Architecture
    quantization: str
    size_bytes: int
    digest: str


def recipe_digest(architecture: Architecture, quantization: str) -> str:
    """What a synthetic model is made of, as a hash: equal digests hold equal weights."""
    shape = msgspec.to_builtins(architecture)
    recipe = [_RECIPE_VERSION, _SEED, quantization, {key: shape[key] for key in _SHAPE_KEYS}]
    return "synthetic:" + hashlib.sha256(msgspec.json.encode(recipe, order="sorted")).hexdigest()


def ensure_synthetic(
    architecture: Architecture,
    quantization: str,
    directory: Path,
    progress: Progress | None = None,
    *,
    memory_available_bytes: int | None = None,
) -> SyntheticModel:
    """The synthetic model out of the cache in `directory`, written first if it is not there.

    Raises what `write_synthetic` raises.
    """
    quantization = known_quantization(quantization)
    path = directory / f"synthetic-{architecture.name}-{quantization}.gguf"
    return _existing(architecture, quantization, path) or write_synthetic(
        architecture, quantization, path, progress, memory_available_bytes=memory_available_bytes
    )


def write_synthetic(
    architecture: Architecture,
    quantization: str,
    path: Path,
    progress: Progress | None = None,
    *,
    memory_available_bytes: int | None = None,
) -> SyntheticModel:
    """Writes the model as llama.cpp quantizes it; see `write_model`."""
    return write_model(
        quantized(architecture, quantization),
        path,
        progress,
        memory_available_bytes=memory_available_bytes,
    )


def write_model(
    model: Model,
    path: Path,
    progress: Progress | None = None,
    *,
    memory_available_bytes: int | None = None,
) -> SyntheticModel:
    """Writes the model to `path`, tensor by tensor; needs some 100 MB of memory to do so.

    Nothing appears under `path` before the file is whole, and whatever interrupts the writing
    leaves nothing behind. What was written leaves the disk cache (see `drop_from_cache`), so that
    an engine reads it anew. Raises AdvisorError where the disk cannot hold the file, or this
    machine's memory (`memory_available_bytes`, by default what the system reports) could not run
    it, and InputError for types that random weights cannot be packed as.
    """
    one = model.architecture
    label = f"{one.name}:{model.quantization}"
    _require_packable(model, label)
    _require_memory(model, label, memory_available_bytes)
    total = model.weights_bytes
    digest = recipe_digest(one, model.quantization)
    with _whole_file(path, total, label) as (partial, out):
        write_header(model, digest, partial)
        out.seek(0, os.SEEK_END)
        total += out.tell()
        for done in _write_tensors(model, out):
            if progress is not None:
                progress(done, total)
    drop_from_cache([path])
    return SyntheticModel(path, one, model.quantization, path.stat().st_size, digest)


def _existing(architecture: Architecture, quantization: str, path: Path) -> SyntheticModel | None:
    """The model at `path` if it is whole and made by today's recipe."""
    if not path.is_file():
        return None
    digest = recipe_digest(architecture, quantization)
    try:
        found = read_metadata(path)
    except AdvisorError:
        return None
    if found.recipe != digest:
        return None
    return SyntheticModel(path, architecture, quantization, found.size_bytes, digest)


def _require_packable(model: Model, label: str) -> None:
    from advisor.models.blocks import PACKED_TYPES

    types = {tensor.type for tensor in model.tensors}
    if missing := types - PACKED_TYPES - {"F32"}:
        raise InputError(
            f"{label} cannot be made here",
            why=f"random weights cannot be packed as {', '.join(sorted(missing))}",
            remedy="Choose a quantization that llama.cpp's own quantizer makes, such as Q4_K_M.",
        )


def _require_memory(model: Model, label: str, available_bytes: int | None) -> None:
    if available_bytes is None:
        import psutil

        available_bytes = int(psutil.virtual_memory().available)
    need_bytes = need_of(model, Load()).total_bytes
    if need_bytes > available_bytes:
        raise AdvisorError(
            f"{label} does not fit this machine's memory",
            why=f"it needs {need_bytes / 1e9:.1f} GB, {available_bytes / 1e9:.1f} GB are available",
            remedy="Choose a smaller model or quantization, close other programs, or measure it by "
            f"layers: advisor models predict {label} --measure",
        )


@contextmanager
def _whole_file(path: Path, expected_bytes: int, label: str) -> Iterator[tuple[Path, IO[bytes]]]:
    """A file that becomes `path` once it is whole and on the disk, and vanishes otherwise."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(path)
        free_bytes = shutil.disk_usage(path.parent).free
        if free_bytes < expected_bytes + _DISK_RESERVE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        handle, name = tempfile.mkstemp(".partial", f".{path.name}.", path.parent)
        partial = Path(name)
        try:
            with asked_to_end(), os.fdopen(handle, "r+b") as out:
                yield partial, out
                out.flush()
                os.fsync(out.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        full = error.errno == errno.ENOSPC
        raise AdvisorError(
            f"{label} cannot be written to {path.parent}",
            why=f"it takes {expected_bytes / 1e9:.1f} GB and the disk has too little room"
            if full
            else (error.strerror or str(error)),
            remedy="Free some space or choose a smaller model or another cache directory.",
        ) from error


@contextmanager
def asked_to_end() -> Iterator[None]:
    """Meanwhile SIGTERM is an interrupt, so that nothing of what was written stays."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _remove_stale(path: Path) -> None:
    """Removes what a killed process left behind; a running one touches its file all the time."""
    for partial in path.parent.glob(f".{path.name}.*.partial"):
        with suppress(FileNotFoundError):
            if time.time() - partial.stat().st_mtime > STALE_S:
                partial.unlink()


def _write_tensors(model: Model, out: IO[bytes]) -> Iterator[int]:
    """Writes the tensors one after the other, each padded; yields the size of the file so far."""
    import numpy as np

    rng = np.random.default_rng(_SEED)
    pools: dict[tuple[str, int, Spread], Pool] = {}
    one = model.architecture
    output = "token_embd.weight" if one.tied_embeddings else "output.weight"
    out.write(b"\0" * (-out.tell() % _ALIGNMENT_BYTES))
    for tensor in model.tensors:
        if tensor.type == "F32":
            out.write(exact_values(one, tensor, rng).astype(np.float32).tobytes())
        else:
            columns = tensor.dims[-1]
            rows = tensor.weights // columns
            row_bytes = tensor.size_bytes // rows
            spread = spread_of(tensor.name)
            key = tensor.type, columns, spread
            if key not in pools:
                pools[key] = pool_of(tensor.type, columns, columns**-0.5, spread, rng)
            if tensor.name == output:
                deviation = columns**-0.5 * _QUIET
                quiet = pool_of(tensor.type, columns, deviation, spread, rng)
                out.writelines(rows_from(quiet, BYTE_TOKENS, row_bytes, spread, rng))
                rows -= BYTE_TOKENS
            for chunk in rows_from(pools[key], rows, row_bytes, spread, rng):
                out.write(chunk)
                yield out.tell()
        out.write(b"\0" * (-out.tell() % _ALIGNMENT_BYTES))
    yield out.tell()
