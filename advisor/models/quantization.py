"""Which quantizations are there, and what do a model's tensors weigh in one of them?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from advisor.errors import InputError
from advisor.models.architecture import Architecture
from advisor.models.block_types import BLOCKS
from advisor.models.mixture import DEFAULT_TYPES, VALUES, Mixture, in_order, part_of
from advisor.models.shapes import Shape, shapes

QUANTIZATIONS = tuple(DEFAULT_TYPES)
"""The names users know. `MXFP4` stores experts in MXFP4 and the rest in Q8_0."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One stored tensor: its shape, and its type as a key of `BLOCKS`."""

    shape: Shape
    type: str

    @property
    def name(self) -> str:
        return self.shape.name

    @property
    def dims(self) -> tuple[int, ...]:
        return self.shape.dims

    @property
    def weights(self) -> int:
        return self.shape.weights

    @property
    def size_bytes(self) -> int:
        block_weights, block_bytes = BLOCKS[self.type]
        return self.weights // block_weights * block_bytes


def known_quantization(name: str) -> str:
    """The quantization of that name (any case); InputError lists the known ones."""
    wanted = name.strip().upper()
    if wanted not in QUANTIZATIONS:
        raise InputError(
            f"The quantization {name!r} is not known", remedy=f"Known: {', '.join(QUANTIZATIONS)}."
        )
    return wanted


@cache
def tensor_types(architecture: Architecture, quantization: str) -> tuple[Tensor, ...]:
    """Every tensor of the model in file order, in the type that llama.cpp would store it in."""
    every = shapes(architecture)
    values = sum(part_of(shape.name) in VALUES for shape in every)
    mixture = Mixture(architecture, quantization, values)
    types = {shape.name: mixture.type_of(shape) for shape in sorted(every, key=in_order)}
    return tuple(Tensor(shape, types[shape.name]) for shape in every)


def size_bytes(tensors: Iterable[Tensor]) -> int:
    """The bytes of those tensors: for all of a model, what its file holds beside the header."""
    return sum(tensor.size_bytes for tensor in tensors)


def weight_bytes(architecture: Architecture, quantization: str) -> int:
    """The bytes of all tensors of a model."""
    return size_bytes(tensor_types(architecture, quantization))
