"""How much faster than its vector units does a chip multiply matrices, through which backend?

The facts are in `units.toml` beside this file. Quantized weights are multiplied as 8-bit numbers by
CUDA's and ROCm's kernels and by the processors', as 16-bit ones by Metal's; Vulkan's use 16-bit
matrix units or 8-bit dot products, whichever the chip has the more of. So do SYCL's if built to add
up in 16 bits (GGML_SYCL_F16). By default they add up in 32, which is left to the vector units
(ggml_sycl_op_mul_mat_sycl and docs/backend/SYCL.md of https://github.com/ggml-org/llama.cpp, read
on 2026-11-29).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

_DOT_PRODUCTS = 4.0
"""8-bit multiplications that a dot product does at once, where a chip has such an instruction."""

SUMS_BITS = 32
"""In which SYCL's kernels add up by default."""


class Units(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Operations for each vector operation, of the generations of these names.

    `vulkan` replaces both for quantized weights, where that backend does not reach the units.
    """

    names: tuple[str, ...]
    fp16: float
    int8: float
    source: str
    as_of: str
    vulkan: float | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    usual: dict[str, str]
    generation: tuple[Units, ...]


@cache
def generations() -> dict[str, Units]:
    """The facts by name of generation."""
    return {name: one for one in _file().generation for name in one.names}


def times_vector_rate(
    generation: str | None, backend: str, *, quantized: bool, sums_bits: int = SUMS_BITS
) -> float:
    """The rate of matrix operations for each vector operation; an unknown chip has the usual."""
    known = generations()
    units = known.get(generation or "") or known[_file().usual[backend]]
    if not quantized:
        return units.fp16
    if backend in {"cuda", "rocm", "cpu"}:
        return units.int8
    if backend in {"metal", "mlx"}:
        return units.fp16
    if backend == "sycl" and sums_bits == SUMS_BITS:
        return 1.0
    if backend == "vulkan" and units.vulkan is not None:
        return units.vulkan
    return max(units.fp16, min(units.int8, _DOT_PRODUCTS))


@cache
def _file() -> _File:
    text = files(__package__).joinpath("units.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _File)
