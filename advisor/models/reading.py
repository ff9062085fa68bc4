"""Which model does a user mean: a file, a folder, an address on a hub or a catalogue name?"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from advisor.errors import InputError
from advisor.models.architecture import Architecture
from advisor.models.config_json import parse_config, read_config, why_unread
from advisor.models.keys import architecture_of
from advisor.models.metadata import Metadata, read_header
from advisor.models.model import DEFAULT_QUANTIZATION, Model, of_catalogue, quantized
from advisor.models.ollama_show import is_show, parse_show
from advisor.models.plausible import require_plausible
from advisor.models.quantization import Tensor
from advisor.models.remote import RemoteFile, fetch_small, is_url

_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf(?=$|[?#])")
"""In a file's name, or in its address with what may be asked behind it (?download=true)."""
_KEYS = re.compile(r"blk\.\d+\.attn_k\.weight")
_MOST_PARTS = 512
_MOST_TENSORS = 200_000
_MOST_JSON_BYTES = 32 << 20


def read_model(named: str) -> Model:
    """The model that `named` stands for.

    It is a GGUF file or its URL (of a split file any part), a folder with a config.json, such a
    file or its URL, a file that holds Ollama's answer to /api/show, or a name of the catalogue. A
    folder, config.json or name takes a quantization behind a colon. InputError where it is none of
    these, or what it names cannot be read or laid out.
    """
    one = _read(named)
    require_plausible(one, named)
    return one


def _read(named: str) -> Model:
    if is_url(named):
        return _read_url(named)
    if whole := _existing(named):
        return _read_path(whole, "")
    head, colon, quantization = named.rpartition(":")
    if colon and (path := _existing(head)):
        return _read_path(path, quantization)
    if named.lower().endswith((".gguf", ".json")) or "/" in named or "\\" in named:
        raise InputError(
            f"There is no model {named}",
            why="no such file",
            remedy="Name a GGUF file, a folder with config.json, a URL or a catalogue name.",
        )
    return of_catalogue(named)


def _existing(named: str) -> Path | None:
    """The file or folder of that name; None where there is none, nor can be."""
    with suppress(OSError, RuntimeError):
        path = Path(named).expanduser()
        return path if named and path.exists() else None
    return None


def _read_path(path: Path, quantization: str) -> Model:
    if path.is_dir():
        return quantized(read_config(path / "config.json"), quantization or DEFAULT_QUANTIZATION)
    if path.suffix.lower() == ".json":
        return _read_json(path, quantization)
    return _read_gguf(str(path), path.name, _open_local)


def _read_json(path: Path, quantization: str) -> Model:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_JSON_BYTES + 1)
        is_small = len(content) <= _MOST_JSON_BYTES
        text = content.decode(json.detect_encoding(content)) if is_small else ""
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read", why=why_unread(error), remedy="Name a config.json."
        ) from error
    if is_show(text):
        return parse_show(text, path.stem, str(path))
    return quantized(read_config(path), quantization or DEFAULT_QUANTIZATION)


def _read_url(url: str) -> Model:
    address, _, quantization = url.rpartition(":")
    if address.endswith(".json"):
        url = address
    else:
        quantization = DEFAULT_QUANTIZATION
    try:
        path = urlsplit(url).path
    except ValueError as error:
        raise InputError(
            f"{url} is no address", why=str(error), remedy="Write it like https://HOST/FILE.gguf."
        ) from error
    if path.endswith(".json"):
        name = path.rsplit("/", 1)[0].split("/resolve/")[0].split("/blob/")[0].rsplit("/", 1)[-1]
        return quantized(parse_config(fetch_small(url), name or "model", url), quantization)
    return _read_gguf(url, path.rsplit("/", 1)[-1] or "model", _open_remote)


Opened = Callable[[str], Any]


@contextmanager
def _open_local(named: str) -> Iterator[tuple[IO[bytes], int]]:
    path = Path(named)
    try:
        with path.open("rb") as stream:
            yield stream, path.stat().st_size
    except OSError as error:
        raise InputError(
            f"The model file {path} cannot be read",
            why=error.strerror or str(error),
            remedy="Name an existing GGUF file.",
        ) from error


@contextmanager
def _open_remote(url: str) -> Iterator[tuple[IO[bytes], int]]:
    remote = RemoteFile(url)
    yield io.BufferedReader(remote), remote.size_bytes


def _read_gguf(named: str, file_name: str, opened: Opened) -> Model:
    split = _PART.search(file_name)

    def header(of: str, name: str) -> Metadata:
        if split and opened is _open_local and not Path(of).exists():
            raise InputError(
                f"The part {Path(of).name} of {named} is missing",
                why="a split model is read whole",
                remedy=f"Keep all {int(split[2])} parts in one folder.",
            )
        with opened(of) as (stream, size_bytes):
            return read_header(stream, size_bytes, name)

    first = header(_PART.sub(f"-00001-of-{split[2]}.gguf", named) if split else named, file_name)
    tensors = first.tensors
    for part in range(2, _parts(split) + 1) if split else ():
        suffix = f"-{part:05d}-of-{split[2]}.gguf" if split else ""
        tensors += header(_PART.sub(suffix, named), f"{file_name} (part {part})").tensors
        if len(tensors) > _MOST_TENSORS:
            raise InputError(
                f"{named} holds {len(tensors):,} tensors", why="no model has that many"
            )
    architecture = architecture_of(
        first.values, first.items, (one.name for one in tensors), first.name, named
    )
    if not tensors:
        raise InputError(
            f"{named} holds no weights",
            why="its header lists no tensors",
            remedy="Name the model's own file.",
        )
    _require_agreement(architecture, tensors, named)
    return Model(architecture, first.quantization, tensors, from_file=True)


def _require_agreement(one: Architecture, tensors: Sequence[Tensor], named: str) -> None:
    """Raises InputError where the tensors are of other widths than the header says."""
    widths = {each.dims[-1] for each in tensors if each.name == "token_embd.weight"}
    latent = one.latent is not None
    keys = {
        each.weights // each.dims[-1]
        for each in tensors
        if _KEYS.fullmatch(each.name) and not latent
    }
    for what, stated, stored in (
        ("numbers a token", one.hidden, widths),
        ("numbers a token and layer in the cache of keys", one.kv_heads * one.head_dim, keys),
    ):
        if stored and stated not in stored:
            held = " or ".join(f"{each:,}" for each in sorted(stored)[:3])
            raise InputError(
                f"The model file {named} is damaged",
                why=f"its header says {stated:,} {what}, its tensors are made for {held}",
                remedy="Fetch or write it again.",
            )


def _parts(split: re.Match[str] | None) -> int:
    many = int(split[2]) if split else 1
    if many > _MOST_PARTS:
        raise InputError(f"A model in {many:,} parts is not read", why="no hub splits one so often")
    return many
