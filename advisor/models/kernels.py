"""How much longer than another does a processor take for a weight of one type?

llama.cpp has three ways on processors. Types that it lays out anew when it loads them take their
time for each token. Some others are multiplied in tiles, in which two tokens take as long as eight.
The rest are unpacked for each token, and some more as soon as there are several. Experts are never
multiplied in tiles. (ggml-cpu/repack.cpp and ggml-cpu/llamafile/sgemm.cpp of ggml-org/llama.cpp,
read on 2026-11-29; the types of the tiles there are those for AVX2.)

How long each type takes is in `kernels.toml`, measured.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

import msgspec

Way = Literal["repacked", "tiled", "unpacked"]

TILE_TOKENS = 8
UNPACKING_TOKENS = 2.5
"""Both by how whole models of these types answered two and four streams, against one of a type that
is laid out anew (the same machine as `kernels.toml`)."""

_QUICKEST_IN_TILES = "Q8_0"


class Kernel(NamedTuple):
    """What multiplies weights: by their type, and whether they are experts'."""

    type: str
    of_experts: bool = False


class _Type(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Picoseconds for each weight: with a lone token, and for each of a prompt's 128."""

    name: str
    way: Way
    alone_ps: float
    in_prompt_ps: float


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    reference: str
    unmeasured_as: dict[str, str]
    type: tuple[_Type, ...]


def step_cost(kernel: Kernel, streams: int) -> float:
    """How often a step of so many streams takes what the reference type takes for a lone token, or,
    with several streams, what it takes for each."""
    found, reference = _of(kernel.type), _of(_file().reference)
    if streams == 1:
        return found.alone_ps / reference.alone_ps
    if found.way == "repacked":
        return float(streams)
    if found.way == "tiled" and not kernel.of_experts:
        in_tiles = max(streams, TILE_TOKENS) * found.in_prompt_ps
        return in_tiles / _of(_QUICKEST_IN_TILES).in_prompt_ps
    return streams + UNPACKING_TOKENS


def prompt_cost(kernel: Kernel, tokens: int) -> float:
    """How often a prompt of so many tokens takes what the reference type takes for each."""
    return tokens * _of(kernel.type).in_prompt_ps / _of(_file().reference).in_prompt_ps


def _of(name: str) -> _Type:
    known = _by_name()
    return known.get(name) or known[_file().unmeasured_as.get(name, "Q8_0")]


@cache
def _by_name() -> dict[str, _Type]:
    return {each.name: each for each in _file().type}


@cache
def _file() -> _File:
    text = files(__package__).joinpath("kernels.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _File)
