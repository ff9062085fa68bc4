"""Which model is it, with which weights in which types?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from advisor.models.architecture import Architecture
from advisor.models.catalogue import find
from advisor.models.quantization import Tensor, known_quantization, size_bytes, tensor_types
from advisor.models.shapes import active_weights

DEFAULT_QUANTIZATION = "Q4_K_M"
_LEAVE_OUT_PREDICTION = frozenset({"glm4moe"})


@dataclass(frozen=True)
class Model:
    """An architecture with the tensors of one file of it, real or as llama.cpp would write it.

    `from_file` is true where the tensors were read rather than derived.
    """

    architecture: Architecture
    quantization: str
    tensors: tuple[Tensor, ...]
    from_file: bool = False

    @cached_property
    def weights_bytes(self) -> int:
        return size_bytes(self.tensors)

    @cached_property
    def held_bytes(self) -> int:
        """The bytes that llama.cpp loads: of some families it leaves the prediction layers out."""
        one = self.architecture
        return self.weights_bytes - (
            size_bytes(each for each in self.tensors if (each.shape.layer or 0) >= one.layers)
            if one.family in _LEAVE_OUT_PREDICTION
            else 0
        )

    @cached_property
    def parameters(self) -> int:
        return sum(one.weights for one in self.tensors if one.name != "rope_freqs.weight")

    @cached_property
    def active_parameters(self) -> int:
        return active_weights(self.architecture, (one.shape for one in self.tensors))

    def bits_per_weight(self) -> dict[str, float]:
        """Part of the network -> the bits that a weight takes there on average."""
        weights, size = Counter[str](), Counter[str]()
        for one in self.tensors:
            weights[one.shape.part] += one.weights
            size[one.shape.part] += one.size_bytes
        return {part: 8 * size[part] / weights[part] for part in sorted(weights) if weights[part]}


def quantized(architecture: Architecture, quantization: str) -> Model:
    """The model as llama.cpp quantizes it; InputError for an unknown quantization."""
    name = known_quantization(quantization)
    return Model(architecture, name, tensor_types(architecture, name))


def of_catalogue(name: str) -> Model:
    """The catalogue's model of a name such as "llama-3.1-8b:Q4_K_M".

    Without a quantization it is MXFP4 where the makers published that, else Q4_K_M. InputError
    for an unknown name or quantization.
    """
    known, _, quantization = name.partition(":")
    architecture = find(known)
    published = "MXFP4" if architecture.family == "gpt-oss" else DEFAULT_QUANTIZATION
    return quantized(architecture, quantization or published)
