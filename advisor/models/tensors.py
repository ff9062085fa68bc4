"""Which tensors does a model hold, in which type does a quantization store each, how many bytes?

The choice of types follows `llama_tensor_get_type_impl` and `tensor_type_fallback` of llama.cpp
(https://github.com/ggml-org/llama.cpp/blob/007dbbf3fd17eefe9b47fee45f48f7ba5e62b714/src/llama-quant.cpp,
read on 2026-11-24), for quantization without an importance matrix. Block sizes are ggml's.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from advisor.errors import InputError
from advisor.models.catalogue import Architecture

BLOCKS: dict[str, tuple[int, int]] = {
    "F32": (1, 4),
    "F16": (1, 2),
    "Q4_0": (32, 18),
    "Q4_1": (32, 20),
    "Q5_0": (32, 22),
    "Q5_1": (32, 24),
    "Q8_0": (32, 34),
    "Q4_K": (256, 144),
    "Q5_K": (256, 176),
    "Q6_K": (256, 210),
}
"""Type -> (weights in a block, bytes of a block)."""

QUANTIZATIONS = ("Q4_0", "Q4_1", "Q4_K_M", "Q8_0", "F16")

_FALLBACK = {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: `shape` is (rows, columns) or (columns,); `type` a key of `BLOCKS`."""

    name: str
    shape: tuple[int, ...]
    type: str

    @property
    def weights(self) -> int:
        return prod(self.shape)

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


def tensors(architecture: Architecture, quantization: str) -> list[Tensor]:
    """Every tensor of the model in file order, as llama.cpp would quantize it."""
    one = architecture
    queries, keys = one.heads * one.head_dim, one.kv_heads * one.head_dim

    def matrix(name: str, rows: int, columns: int, layer: int = 0) -> Tensor:
        return Tensor(
            f"{name}.weight",
            (rows, columns),
            _fitting(_matrix_type(one, quantization, name.rsplit(".", 1)[-1], layer), columns),
        )

    def vector(name: str, columns: int) -> Tensor:
        return Tensor(name, (columns,), "F32")

    found = [matrix("token_embd", one.vocab, one.hidden), vector("output_norm.weight", one.hidden)]
    if not one.tied_embeddings:
        found.append(matrix("output", one.vocab, one.hidden))
    if one.rope_scaling_factor != 1:
        found.append(vector("rope_freqs.weight", one.head_dim // 2))
    for layer in range(one.layers):
        blk = f"blk.{layer}"
        found += [
            vector(f"{blk}.attn_norm.weight", one.hidden),
            matrix(f"{blk}.attn_q", queries, one.hidden, layer),
            matrix(f"{blk}.attn_k", keys, one.hidden, layer),
            matrix(f"{blk}.attn_v", keys, one.hidden, layer),
            matrix(f"{blk}.attn_output", one.hidden, queries, layer),
            vector(f"{blk}.ffn_norm.weight", one.hidden),
            matrix(f"{blk}.ffn_gate", one.ffn, one.hidden, layer),
            matrix(f"{blk}.ffn_up", one.ffn, one.hidden, layer),
            matrix(f"{blk}.ffn_down", one.hidden, one.ffn, layer),
        ]
        if one.has_qkv_bias:
            found += [
                vector(f"{blk}.attn_q.bias", queries),
                vector(f"{blk}.attn_k.bias", keys),
                vector(f"{blk}.attn_v.bias", keys),
            ]
        if one.has_qk_norm:
            found += [
                vector(f"{blk}.attn_q_norm.weight", one.head_dim),
                vector(f"{blk}.attn_k_norm.weight", one.head_dim),
            ]
    return found


def parameters(architecture: Architecture) -> int:
    """How many trained weights the architecture has, from its dimensions."""
    return sum(
        tensor.weights
        for tensor in tensors(architecture, "F16")
        if tensor.name != "rope_freqs.weight"
    )


def weight_bytes(architecture: Architecture, quantization: str) -> int:
    """The bytes of all tensors: what the file holds beside its header."""
    return sum(tensor.size_bytes for tensor in tensors(architecture, quantization))


def decode_bytes(architecture: Architecture, quantization: str) -> int:
    """The weight bytes that one decode step reads.

    Of an embedding table that is not shared with the output only single rows are read.
    """
    return sum(
        tensor.size_bytes
        for tensor in tensors(architecture, quantization)
        if architecture.tied_embeddings or tensor.name != "token_embd.weight"
    )


def kv_bytes(architecture: Architecture, context_tokens: int, value_bytes: int = 2) -> int:
    """The key and value cache of one stream; engines keep f16, two bytes a value, by default."""
    one = architecture
    return 2 * one.layers * one.kv_heads * one.head_dim * value_bytes * context_tokens


def _matrix_type(one: Architecture, quantization: str, role: str, layer: int) -> str:
    if quantization in {"F16", "Q8_0"}:
        return quantization
    if role == "output" or (role == "token_embd" and one.tied_embeddings):
        return "Q6_K"
    if quantization != "Q4_K_M":
        return quantization
    if role in {"attn_v", "ffn_down"} and _gets_more_bits(layer, one.layers):
        return "Q6_K"
    if role == "attn_v" and one.family == "llama" and one.layers == 80:
        return "Q5_K"
    return "Q4_K"


def _gets_more_bits(layer: int, layers: int) -> bool:
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def _fitting(block_type: str, columns: int) -> str:
    """The type itself, or llama.cpp's stand-in where rows do not divide into its blocks."""
    return block_type if columns % BLOCKS[block_type][0] == 0 else _FALLBACK[block_type]
