"""What does a model file say about itself?

Reads the header of a GGUF file and nothing beyond it. The file is foreign: every count and length
is held against what the file can contain before anything is read or allocated.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import os
import struct
from collections import Counter
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import IO

from advisor.errors import AdvisorError, InputError

Value = int | float | bool | str | None
"""A metadata value; arrays, which are large and not needed, are passed over and read as None."""

_MAGIC = b"GGUF"
_MOST_TENSORS = 100_000
_MOST_KEYS = 10_000
_MOST_ARRAY_ITEMS = 50_000_000
_MOST_TEXT_BYTES = 16 << 20
_MOST_NAME_BYTES = 1_024
_MOST_DIMENSIONS = 4

_SCALARS = {
    0: struct.Struct("<B"),
    1: struct.Struct("<b"),
    2: struct.Struct("<H"),
    3: struct.Struct("<h"),
    4: struct.Struct("<I"),
    5: struct.Struct("<i"),
    6: struct.Struct("<f"),
    7: struct.Struct("<?"),
    10: struct.Struct("<Q"),
    11: struct.Struct("<q"),
    12: struct.Struct("<d"),
}
_TEXT = 8
_ARRAY = 9


@dataclass(frozen=True, slots=True)
class Metadata:
    """A GGUF file's own account of its model; what it does not say is None.

    `weights_by_type` counts weights per ggml type, `recipe` is set on synthetic models only.
    """

    path: Path
    name: str
    family: str
    parameters: int
    quantization: str
    size_bytes: int
    context_tokens: int | None
    layers: int | None
    hidden: int | None
    heads: int | None
    kv_heads: int | None
    head_dim: int | None
    recipe: str | None
    weights_by_type: dict[str, int] = field(repr=False)


class _DamagedError(Exception):
    """The header cannot be what it says."""


def read_metadata(path: Path) -> Metadata:
    """Reads the header of the GGUF file at `path`.

    Raises InputError where there is no such file or it is no GGUF file, AdvisorError where it is
    damaged: cut short, or with a header that contradicts itself or the file's size.
    """
    try:
        with path.open("rb") as stream:
            return _read(path, stream)
    except _DamagedError as error:
        raise AdvisorError(
            f"The model file {path.name} is damaged",
            why=str(error),
            remedy="Fetch or write it again.",
        ) from error
    except OSError as error:
        raise InputError(
            f"The model file {path} cannot be read",
            why=error.strerror or str(error),
            remedy="Name an existing GGUF file.",
        ) from error


def _read(path: Path, stream: IO[bytes]) -> Metadata:
    source = _Source(stream, path.stat().st_size)
    if stream.read(4) != _MAGIC:
        raise InputError(
            f"The file {path.name} is not a GGUF model",
            why="it does not begin with GGUF",
            remedy="Name a GGUF file.",
        )
    version = source.integer(4)
    if version not in {2, 3}:
        raise _DamagedError(f"its format version is {version}, 2 or 3 were expected")
    tensor_count = source.count("tensors", _MOST_TENSORS)
    key_count = source.count("metadata keys", _MOST_KEYS)
    values = {source.text(_MOST_NAME_BYTES): source.value() for _ in range(key_count)}

    weights = Counter[str]()
    data_bytes = 0
    for _ in range(tensor_count):
        name = source.text(_MOST_NAME_BYTES)
        dimensions = source.integer(4)
        if dimensions > _MOST_DIMENSIONS:
            raise _DamagedError(f"tensor {name[:40]!r} has {dimensions} dimensions")
        count = prod(source.integer(8) for _ in range(dimensions))
        kind, tensor_bytes = _stored(source.integer(4), count)
        data_bytes = max(data_bytes, source.integer(8) + tensor_bytes)
        weights[kind] += count
    alignment = values.get("general.alignment")
    alignment = alignment if isinstance(alignment, int) and 0 < alignment <= 1 << 16 else 32
    data_start = stream.tell() + -stream.tell() % alignment
    if data_start + data_bytes > source.size_bytes:
        raise _DamagedError(
            f"it ends after {source.size_bytes:,} bytes, "
            f"its tensors reach to {data_start + data_bytes:,}"
        )
    return _described(path, source.size_bytes, values, weights)


def _described(
    path: Path, size_bytes: int, values: dict[str, Value], weights: Counter[str]
) -> Metadata:
    def text(key: str) -> str | None:
        value = values.get(key)
        return value if isinstance(value, str) and value else None

    def whole(key: str) -> int | None:
        value = values.get(f"{family}.{key}")
        return value if isinstance(value, int) and value > 0 else None

    family = text("general.architecture")
    if family is None:
        raise _DamagedError("its header names no architecture")
    heads, hidden = whole("attention.head_count"), whole("embedding_length")
    head_dim = whole("attention.key_length") or (hidden // heads if hidden and heads else None)
    return Metadata(
        path=path,
        name=text("general.name") or path.stem,
        family=family,
        parameters=sum(weights.values()),
        quantization=_quantization(values.get("general.file_type"), weights),
        size_bytes=size_bytes,
        context_tokens=whole("context_length"),
        layers=whole("block_count"),
        hidden=hidden,
        heads=heads,
        kv_heads=whole("attention.head_count_kv") or heads,
        head_dim=head_dim,
        recipe=text("advisor.synthetic.recipe"),
        weights_by_type=dict(weights),
    )


def _quantization(file_type: Value, weights: Counter[str]) -> str:
    """The name users know ("Q4_K_M"): as the file says, else the type of most weights."""
    import gguf

    names = {member.value: member.name for member in gguf.LlamaFileType}
    if isinstance(file_type, int) and file_type in names:
        return names[file_type].removeprefix("MOSTLY_").removeprefix("ALL_")
    return weights.most_common(1)[0][0] if weights else "unknown"


def _stored(kind: int, count: int) -> tuple[str, int]:
    """The name of a ggml type and the bytes that `count` weights take in it."""
    import gguf

    try:
        known = gguf.GGMLQuantizationType(kind)
    except ValueError:
        raise _DamagedError(f"it stores weights in the unknown type {kind}") from None
    block_weights, block_bytes = gguf.GGML_QUANT_SIZES[known]
    return known.name, count // block_weights * block_bytes


class _Source:
    """Reads a file's header in steps that can neither pass its end nor fill the memory."""

    def __init__(self, stream: IO[bytes], size_bytes: int) -> None:
        self._stream = stream
        self.size_bytes = size_bytes

    def integer(self, width: int) -> int:
        return int.from_bytes(self._bytes(width), "little")

    def count(self, what: str, most: int) -> int:
        count = self.integer(8)
        if count > most:
            raise _DamagedError(f"its header counts {count:,} {what}")
        return count

    def text(self, most_bytes: int) -> str:
        length = self.integer(8)
        if length > most_bytes:
            raise _DamagedError(f"its header holds a text of {length:,} bytes")
        return self._bytes(length).decode("utf-8", "replace")

    def value(self) -> Value:
        kind = self.integer(4)
        if kind == _TEXT:
            return self.text(_MOST_TEXT_BYTES)
        if kind == _ARRAY:
            self._pass_array()
            return None
        layout = self._scalar(kind)
        value: int | float | bool = layout.unpack(self._bytes(layout.size))[0]
        return value

    def _scalar(self, kind: int) -> struct.Struct:
        if kind not in _SCALARS:
            raise _DamagedError(f"its header holds a value of the unknown type {kind}")
        return _SCALARS[kind]

    def _pass_array(self) -> None:
        kind = self.integer(4)
        items = self.count("items of an array", _MOST_ARRAY_ITEMS)
        if kind != _TEXT:
            self._skip(items * self._scalar(kind).size)
            return
        for _ in range(items):
            self._skip(self.integer(8))

    def _skip(self, length: int) -> None:
        if length > self.size_bytes:
            raise _DamagedError("it ends inside its header")
        self._stream.seek(length, os.SEEK_CUR)

    def _bytes(self, length: int) -> bytes:
        found = self._stream.read(length)
        if len(found) < length:
            raise _DamagedError("it ends inside its header")
        return found
