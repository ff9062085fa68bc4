"""Which type does llama.cpp choose for each tensor of a quantization?

The choice follows `llama_tensor_get_type_impl`, `tensor_allows_quantization` and
`tensor_type_fallback` of llama.cpp
(https://github.com/ggml-org/llama.cpp/blob/007dbbf3fd17eefe9b47fee45f48f7ba5e62b714/src/llama-quant.cpp,
read on 2026-11-28): without an importance matrix where there can be a file without one, with it for
the quantizations that llama.cpp makes in no other way (IQ1, IQ2, IQ3_XXS, IQ3_XS and Q2_K_S).
"""

from __future__ import annotations

from advisor.models.architecture import Architecture
from advisor.models.block_types import BLOCKS
from advisor.models.shapes import Shape

DEFAULT_TYPES = {
    "IQ1_S": "IQ1_S",
    "IQ1_M": "IQ1_M",
    "TQ1_0": "TQ1_0",
    "TQ2_0": "TQ2_0",
    "IQ2_XXS": "IQ2_XXS",
    "IQ2_XS": "IQ2_XS",
    "IQ2_S": "IQ2_XS",
    "IQ2_M": "IQ2_S",
    "Q2_K_S": "Q2_K",
    "Q2_K": "Q2_K",
    "IQ3_XXS": "IQ3_XXS",
    "IQ3_XS": "IQ3_S",
    "IQ3_S": "IQ3_S",
    "IQ3_M": "IQ3_S",
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
"""Quantization -> the type of the tensors that no rule is about, few bits first."""

_FALLBACK = {
    "IQ1_S": "IQ4_NL",
    "IQ1_M": "IQ4_NL",
    "IQ2_XXS": "IQ4_NL",
    "IQ2_XS": "IQ4_NL",
    "IQ2_S": "IQ4_NL",
    "IQ3_XXS": "IQ4_NL",
    "IQ3_S": "IQ4_NL",
    "IQ4_XS": "IQ4_NL",
    "Q2_K": "Q4_0",
    "Q3_K": "Q4_0",
    "TQ1_0": "Q4_0",
    "TQ2_0": "Q4_0",
    "Q4_K": "Q5_0",
    "Q5_K": "Q5_1",
    "Q6_K": "Q8_0",
}
_KEPT = ("_norm.weight", "ffn_gate_inp.weight", "ssm_conv1d", "shortconv.conv.weight")
_LEFT_AS_CONVERTED = "per_layer_model_proj.weight"
_FEWEST_BITS = frozenset({"IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M"})
_EMBEDDING = {
    "IQ1_S": "Q2_K",
    "IQ1_M": "Q2_K",
    "IQ2_XXS": "Q2_K",
    "IQ2_XS": "Q2_K",
    "IQ2_S": "IQ3_S",
    "IQ2_M": "IQ3_S",
    "IQ3_XXS": "IQ3_S",
    "TQ1_0": "Q4_K",
    "TQ2_0": "Q4_K",
}
_VALUES_OF_MANY_QUERIES = {
    "Q2_K": "Q4_K",
    "Q2_K_S": "Q4_K",
    "IQ3_XXS": "Q4_K",
    "IQ3_XS": "Q4_K",
    "IQ3_S": "Q4_K",
    "IQ4_NL": "Q5_K",
    "IQ4_XS": "Q5_K",
}
_VALUES = {"Q2_K": "Q3_K", "IQ3_M": "Q4_K", "Q3_K_L": "Q5_K"}
_QUERIES_AND_KEYS = {"IQ3_XS": "IQ3_XXS", "IQ3_XXS": "IQ2_S"}
_ATTENTION_OUTPUT = {
    "IQ1_S": "IQ2_XXS",
    "IQ1_M": "IQ2_XXS",
    "IQ2_S": "IQ3_S",
    "IQ2_M": "IQ3_S",
    "Q2_K": "Q3_K",
    "IQ3_XXS": "IQ3_S",
    "IQ3_M": "Q4_K",
    "Q3_K_M": "Q4_K",
    "Q3_K_L": "Q5_K",
}
_ATTENTION_OUTPUT_OF_EIGHT = frozenset(
    {"Q2_K", "IQ3_XXS", "IQ3_XS", "IQ3_S", "IQ3_M", "Q3_K_S", "Q3_K_M"}
    | {"IQ4_XS", "IQ4_NL", "Q4_K_S", "Q4_K_M"}
)
"""Quantizations in which a model of eight experts gets a better attention output."""


class Mixture:
    """Names each tensor's type. Ask in llama.cpp's order: some rules count the tensors gone by."""

    def __init__(self, one: Architecture, quantization: str, all_values: int) -> None:
        """`all_values` is how many tensors hold attention's values, in all layers together."""
        self._one = one
        self._quantization = quantization
        self._default = DEFAULT_TYPES[quantization]
        self._experts = one.experts.count if one.experts else 0
        self._many_queries = _queries_per_key(one) >= 4
        self._all_values = all_values
        self._seen: dict[str, int] = {}

    def type_of(self, shape: Shape) -> str:
        if not _is_quantized(shape):
            return "F32"
        if shape.name == _LEFT_AS_CONVERTED:
            return "F16" if self._default == "F16" else "BF16"
        if self._default in {"F16", "BF16"}:
            return self._default
        return _fitting(self._chosen(shape), shape.dims[-1])

    def _chosen(self, shape: Shape) -> str:
        name, default, part = self._quantization, self._default, part_of(shape.name)
        if part == "output" or (part == "token_embd" and self._one.tied_embeddings):
            return self._output(shape)
        if name == "MXFP4":
            return "MXFP4" if len(shape.dims) == 3 and shape.dims[0] > 1 else "Q8_0"
        if part in {"token_embd", "per_layer_token_embd"}:
            return _EMBEDDING.get(name, default)
        if name in _FEWEST_BITS:
            return self._of_fewest_bits(part)
        if part in VALUES:
            return self._values()
        if part == "attn_k" and self._experts == 8:
            return "Q8_0"
        if part in {"attn_q", "attn_k"}:
            return _QUERIES_AND_KEYS.get(name, default)
        if part.startswith("ffn_down"):
            return self._down(shape)
        if part == "attn_output":
            if self._experts == 8:
                return "Q5_K" if name in _ATTENTION_OUTPUT_OF_EIGHT else default
            return _ATTENTION_OUTPUT.get(name, default)
        if name == "IQ3_XS" and part.startswith(("ffn_gate", "ffn_up")):
            layer, layers = self._layer(shape, part[:6]), self._one.layers
            return "IQ3_XXS" if layers // 8 <= layer < 7 * layers // 8 else default
        return default

    def _output(self, shape: Shape) -> str:
        name = self._quantization
        if name == "MXFP4" or shape.dims[-1] % BLOCKS[self._default][0]:
            return "Q8_0"
        if name in _FEWEST_BITS or name == "IQ3_XXS":
            return "Q5_K"
        return "Q8_0" if self._default == "Q8_0" else "Q6_K"

    def _of_fewest_bits(self, part: str) -> str:
        better = "IQ3_S" if self._quantization in {"IQ2_S", "IQ2_M"} else "Q2_K"
        if part in VALUES:
            return "Q4_K" if self._many_queries or self._experts >= 4 else better
        if part == "attn_k":
            return "Q4_K" if self._experts == 8 else self._default
        if part.startswith("ffn_down"):
            return better if self._count("ffn_down") < self._one.layers // 8 else self._default
        if part == "attn_output":
            plain = _ATTENTION_OUTPUT.get(self._quantization, self._default)
            return "Q5_K" if self._experts == 8 else plain
        return self._default

    def _values(self) -> str:
        name = self._quantization
        chosen = _VALUES.get(name, self._default)
        place = self._count("values")
        if self._many_queries and name in _VALUES_OF_MANY_QUERIES:
            chosen = _VALUES_OF_MANY_QUERIES[name]
        elif name == "Q3_K_M":
            chosen = "Q5_K" if place < 2 else "Q4_K"
        elif name in {"Q4_K_M", "Q5_K_M"} and _gets_more_bits(place, self._all_values):
            chosen = "Q6_K"
        elif name == "Q4_K_S" and place < 4:
            chosen = "Q5_K"
        if _is_70b(self._one) and chosen in {"Q3_K", "Q4_K"}:
            chosen = "Q5_K"
        return "Q8_0" if self._experts == 8 else chosen

    def _down(self, shape: Shape) -> str:
        name, layers = self._quantization, self._one.layers
        layer = self._layer(shape, "ffn_down")
        among_first = layer < layers // 8
        if name == "Q2_K":
            return "Q3_K"
        if name == "Q3_K_M":
            return "Q5_K" if layer < layers // 16 else "Q4_K"
        if name == "Q3_K_L":
            return "Q5_K"
        if name in {"Q4_K_M", "Q5_K_M"} and _gets_more_bits(layer, layers):
            return "Q6_K"
        if name in {"IQ4_NL", "IQ4_XS", "Q4_K_S"} and among_first:
            return "Q5_K"
        if name in {"Q2_K_S", "IQ3_M"} and among_first:
            return "Q4_K"
        if name == "IQ3_M" and self._experts == 8 and _gets_more_bits(layer, layers):
            return "Q4_K"
        return self._default

    def _layer(self, shape: Shape, kind: str) -> int:
        """The tensor's layer, or of a model without experts its place among its kind."""
        return self._count(kind) if self._experts <= 1 else (shape.layer or 0)

    def _count(self, kind: str) -> int:
        """How many of that kind were asked about before."""
        place = self._seen.get(kind, 0)
        self._seen[kind] = place + 1
        return place


VALUES = frozenset({"attn_v", "attn_qkv"})
"""The parts of a layer that hold attention's values."""


def in_order(shape: Shape) -> tuple[int, str]:
    """The key by which llama.cpp sorts tensors: by layer, then by name."""
    return -1 if shape.layer is None else shape.layer, shape.name


def part_of(name: str) -> str:
    """What the tensor is within its layer: "attn_v" of "blk.3.attn_v.weight"."""
    return name.removesuffix(".weight").rsplit(".", 1)[-1]


def _queries_per_key(one: Architecture) -> int:
    """Of the first layer, which llama.cpp takes for all; 0 where its header gives that none."""
    if one.kind(0) in "MC" or one.family == "kimi-linear":
        return 0
    kv_heads = 1 if one.latent else one.attention(0)[0]
    return one.heads // kv_heads if kv_heads else 0


def _is_70b(one: Architecture) -> bool:
    """What llama.cpp calls 70B by the number of layers."""
    if one.layers != 80:
        return False
    return one.family == "qwen2" or (one.family == "llama" and one.kv_heads != one.heads)


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
