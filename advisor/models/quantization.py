"""In which type does a quantization store each tensor?

The choice follows `llama_tensor_get_type_impl`, `tensor_allows_quantization` and
`tensor_type_fallback` of llama.cpp
(https://github.com/ggml-org/llama.cpp/blob/007dbbf3fd17eefe9b47fee45f48f7ba5e62b714/src/llama-quant.cpp,
read on 2026-11-28), for quantization without an importance matrix. Block sizes are ggml's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from advisor.errors import InputError
from advisor.models.architecture import Architecture
from advisor.models.shapes import Shape, shapes

BLOCKS: dict[str, tuple[int, int]] = {
    "F32": (1, 4),
    "F16": (1, 2),
    "Q4_0": (32, 18),
    "Q4_1": (32, 20),
    "Q5_0": (32, 22),
    "Q5_1": (32, 24),
    "Q8_0": (32, 34),
    "Q8_1": (32, 40),
    "Q2_K": (256, 84),
    "Q3_K": (256, 110),
    "Q4_K": (256, 144),
    "Q5_K": (256, 176),
    "Q6_K": (256, 210),
    "Q8_K": (256, 292),
    "IQ2_XXS": (256, 66),
    "IQ2_XS": (256, 74),
    "IQ3_XXS": (256, 98),
    "IQ1_S": (256, 50),
    "IQ4_NL": (32, 18),
    "IQ3_S": (256, 110),
    "IQ2_S": (256, 82),
    "IQ4_XS": (256, 136),
    "I8": (1, 1),
    "I16": (1, 2),
    "I32": (1, 4),
    "I64": (1, 8),
    "F64": (1, 8),
    "IQ1_M": (256, 56),
    "BF16": (1, 2),
    "TQ1_0": (256, 54),
    "TQ2_0": (256, 66),
    "MXFP4": (32, 17),
    "NVFP4": (64, 36),
    "Q1_0": (128, 18),
}
"""Type -> (weights in a block, bytes of a block)."""

_DEFAULT_TYPES = {
    "Q2_K": "Q2_K",
    "Q3_K_S": "Q3_K",
    "Q3_K_M": "Q3_K",
    "Q3_K_L": "Q3_K",
    "IQ4_XS": "IQ4_XS",
    "IQ4_NL": "IQ4_NL",
    "Q4_0": "Q4_0",
    "Q4_1": "Q4_1",
    "Q4_K_S": "Q4_K",
    "Q4_K_M": "Q4_K",
    "MXFP4": "MXFP4",
    "Q5_0": "Q5_0",
    "Q5_1": "Q5_1",
    "Q5_K_S": "Q5_K",
    "Q5_K_M": "Q5_K",
    "Q6_K": "Q6_K",
    "Q8_0": "Q8_0",
    "F16": "F16",
    "BF16": "BF16",
}
QUANTIZATIONS = tuple(_DEFAULT_TYPES)
"""The names users know. `MXFP4` stores experts in MXFP4 and the rest in Q8_0."""

_FALLBACK = {
    "Q2_K": "Q4_0",
    "Q3_K": "Q4_0",
    "Q4_K": "Q5_0",
    "Q5_K": "Q5_1",
    "Q6_K": "Q8_0",
    "IQ4_XS": "IQ4_NL",
}
_KEPT = ("_norm.weight", "ffn_gate_inp.weight", "ssm_conv1d")
_ATTENTION_OUTPUT = {"Q2_K": "Q3_K", "Q3_K_M": "Q4_K", "Q3_K_L": "Q5_K"}
_ATTENTION_OUTPUT_OF_EIGHT = ("Q2_K", "Q3_K_S", "Q3_K_M", "IQ4_NL", "Q4_K_S", "Q4_K_M", "IQ4_XS")


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
    rules = _Rules(architecture, quantization)
    return tuple(Tensor(shape, rules.type_of(shape)) for shape in shapes(architecture))


def size_bytes(tensors: Iterable[Tensor]) -> int:
    """The bytes of those tensors: for all of a model, what its file holds beside the header."""
    return sum(tensor.size_bytes for tensor in tensors)


def weight_bytes(architecture: Architecture, quantization: str) -> int:
    """The bytes of all tensors of a model."""
    return size_bytes(tensor_types(architecture, quantization))


class _Rules:
    """Goes through the tensors in file order, because some rules count those gone by."""

    def __init__(self, one: Architecture, quantization: str) -> None:
        self._one = one
        self._quantization = quantization
        self._default = _DEFAULT_TYPES[quantization]
        self._experts = one.experts.count if one.experts else 0
        values = [_part(shape.name) for shape in shapes(one)]
        self._values_in_all = sum(part in {"attn_v", "attn_qkv"} for part in values)
        self._values_seen = 0
        self._downs_seen = 0

    def type_of(self, shape: Shape) -> str:
        if not _is_quantized(shape):
            return "F32"
        if self._default in {"F16", "BF16"}:
            return self._default
        return _fitting(self._chosen(shape), shape.dims[-1])

    def _chosen(self, shape: Shape) -> str:
        part, default = _part(shape.name), self._default
        if part == "output" or (part == "token_embd" and self._one.tied_embeddings):
            return self._output(shape)
        if self._quantization == "MXFP4":
            return "MXFP4" if len(shape.dims) == 3 and shape.dims[0] > 1 else "Q8_0"
        if part in {"attn_v", "attn_qkv"}:
            return self._values()
        if part == "attn_k":
            return "Q8_0" if self._experts == 8 else default
        if part.startswith("ffn_down"):
            return self._down(shape)
        if part == "attn_output":
            if self._experts != 8:
                return _ATTENTION_OUTPUT.get(self._quantization, default)
            return "Q5_K" if self._quantization in _ATTENTION_OUTPUT_OF_EIGHT else default
        return default

    def _output(self, shape: Shape) -> str:
        if self._quantization == "MXFP4" or shape.dims[-1] % BLOCKS[self._default][0]:
            return "Q8_0"
        return "Q8_0" if self._default == "Q8_0" else "Q6_K"

    def _values(self) -> str:
        name, chosen = self._quantization, self._default
        many_queries = self._one.heads // max(1, self._one.kv_heads) >= 4
        place = self._values_seen
        self._values_seen += 1
        if name == "Q2_K":
            chosen = "Q4_K" if many_queries else "Q3_K"
        elif name == "Q3_K_M":
            chosen = "Q5_K" if place < 2 else "Q4_K"
        elif name == "Q3_K_L" or (name in {"IQ4_NL", "IQ4_XS"} and many_queries):
            chosen = "Q5_K"
        elif name in {"Q4_K_M", "Q5_K_M"} and _gets_more_bits(place, self._values_in_all):
            chosen = "Q6_K"
        elif name == "Q4_K_S" and place < 4:
            chosen = "Q5_K"
        is_70b = self._one.family == "llama" and self._one.layers == 80
        if is_70b and chosen in {"Q3_K", "Q4_K"}:
            chosen = "Q5_K"
        return "Q8_0" if self._experts == 8 else chosen

    def _down(self, shape: Shape) -> str:
        name, layers = self._quantization, self._one.layers
        layer = self._downs_seen if self._experts <= 1 else (shape.layer or 0)
        self._downs_seen += 1
        if name == "Q2_K":
            return "Q3_K"
        if name == "Q3_K_M":
            return "Q5_K" if layer < layers // 16 else "Q4_K"
        if name == "Q3_K_L":
            return "Q5_K"
        if name in {"Q4_K_M", "Q5_K_M"} and _gets_more_bits(layer, layers):
            return "Q6_K"
        if name in {"IQ4_NL", "IQ4_XS", "Q4_K_S"} and layer < layers // 8:
            return "Q5_K"
        return self._default


def _part(name: str) -> str:
    """What the tensor is within its layer: "attn_v" of "blk.3.attn_v.weight"."""
    return name.removesuffix(".weight").rsplit(".", 1)[-1]


def _is_quantized(shape: Shape) -> bool:
    if len([size for size in shape.dims if size > 1]) < 2 or not shape.name.endswith("weight"):
        return False
    return not any(kept in shape.name for kept in _KEPT)


def _gets_more_bits(place: int, many: int) -> bool:
    eighth = many // 8
    return place < eighth or place >= 7 * many // 8 or (place - eighth) % 3 == 2


def _fitting(block_type: str, columns: int) -> str:
    """The type itself, or llama.cpp's stand-in where rows do not divide into its blocks."""
    if columns % BLOCKS[block_type][0] == 0:
        return block_type
    other = _FALLBACK.get(block_type, "F16")
    return other if columns % BLOCKS[other][0] == 0 else "F16"
