"""What architecture do the keys of a GGUF header, or of Ollama's `model_info`, describe?

The keys are those of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md and of the families
in llama.cpp's llama-arch.cpp. How a layer remembers is told by the tensors it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from advisor.errors import InputError
from advisor.models.architecture import (
    MOST_COUNT,
    MOST_REAL,
    Architecture,
    Experts,
    Indexer,
    Latent,
    State,
    Wide,
    lead_and_step,
)
from advisor.models.other_kinds import refuse_other_header

_WINDOW_PERIODS = {
    "gemma2": 2,
    "gemma3": 6,
    "gpt-oss": 2,
    "cohere2": 4,
    "olmo2": 4,
    "exaone4": 4,
    "llama4": 4,
}
"""Families whose header need not tell which layers have a window: every n-th has none."""

_WINDOW_TOKENS = {"llama4": 8_192}
"""Families whose header need not tell how long it is."""

_BESIDE_MIXERS = ("ffn_", "attn_norm", "exp_probs_b", "post_", "pre_", "layer_output_scale")
"""How the names begin of what a layer without attention or state may hold."""

_LAYER = re.compile(r"blk\.([0-9]{1,9})\.(.+)")
_MOST_LAYERS = 2_000
_LONGEST_NAME = 200


class Keys:
    """The keys of one family, each held to its type; 0 or empty where there is none."""

    def __init__(self, values: Mapping[str, object], items: Mapping[str, int]) -> None:
        self._values = values
        self._items = items
        family = values.get("general.architecture")
        self.family = family if isinstance(family, str) else ""

    def numbers(self, key: str) -> tuple[int, ...]:
        """The whole numbers under a key, of an array or alone."""
        value = self._values.get(f"{self.family}.{key}")
        found = value if isinstance(value, tuple | list) else (value,)
        return tuple(
            int(one) for one in found if isinstance(one, int | bool) and 0 <= int(one) < MOST_COUNT
        )

    def number(self, key: str) -> int:
        return max(self.numbers(key), default=0)

    def real(self, key: str, default: float) -> float:
        value = self._values.get(f"{self.family}.{key}")
        return (
            float(value) if isinstance(value, int | float) and abs(value) < MOST_REAL else default
        )

    def vocabulary(self) -> int:
        return self._items.get("tokenizer.ggml.tokens", 0) or self.number("vocab_size")


def architecture_of(
    values: Mapping[str, object],
    items: Mapping[str, int],
    tensor_names: Iterable[str],
    name: str,
    source: str,
) -> Architecture:
    """The architecture under `name`; InputError where the keys do not describe a decoder.

    Without `tensor_names` every layer is taken for one of attention, with a window as the keys say.
    """
    refuse_other_header(values, source)
    keys = Keys(values, items)
    layers = keys.number("block_count") - keys.number("nextn_predict_layers")
    hidden, heads = keys.number("embedding_length"), keys.number("attention.head_count")
    if not 0 < layers <= _MOST_LAYERS or not hidden or not heads:
        raise InputError(
            f"{source} does not describe a decoder of known kind",
            why=f"its header lacks layers, width or heads of {keys.family[:40]!r}",
            remedy="Name a language model's file.",
        )
    head_dim = keys.number("attention.key_length") or hidden // heads
    if not head_dim:
        raise InputError(
            f"{source} describes a model that there cannot be",
            why=f"its header says {heads:,} heads, which are more than its width of {hidden:,}",
            remedy="Fetch or write it again.",
        )
    names = set(tensor_names)
    name = " ".join(name.split())[:_LONGEST_NAME]
    pattern = _pattern(keys, names, layers, source)
    by_layer = keys.numbers("attention.head_count_kv")
    widths = keys.numbers("feed_forward_length")
    value_dim = keys.number("attention.value_length") or head_dim
    latent = _latent(keys, head_dim, value_dim)
    narrow = keys.number("attention.key_length_swa")
    return Architecture(
        name=name,
        title=name,
        family=keys.family,
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=max(by_layer, default=0) or heads,
        head_dim=narrow or head_dim,
        value_dim=0 if narrow or latent or value_dim == head_dim else value_dim,
        kv_heads_by_layer=by_layer[:layers] if len(by_layer) >= layers else (),
        ffn=max(widths, default=0),
        ffn_by_layer=widths[:layers] if len(widths) >= layers > 1 else (),
        layer_input=keys.number("embedding_length_per_layer_input"),
        vocab=keys.vocabulary(),
        context_tokens=keys.number("context_length"),
        tied_embeddings=bool(names) and "output.weight" not in names,
        rope_base=keys.real("rope.freq_base", 10_000.0),
        norm_eps=keys.real("attention.layer_norm_rms_epsilon", 1e-5),
        pattern=pattern,
        window_tokens=_window_tokens(keys) if "W" in pattern else 0,
        experts=_experts(keys),
        latent=latent,
        indexer=_indexer(keys, names, layers),
        state=_state(keys),
        wide=Wide(head_dim=head_dim, kv_heads=0, values_are_keys=False) if narrow else None,
        parameters=0,
        license=str(values.get("general.license") or "not stated"),
        repository="",
        aliases=(),
        source=source,
        as_of="",
    )


def _pattern(keys: Keys, names: set[str], layers: int, source: str) -> str:
    parts: dict[int, set[str]] = {}
    for name in names:
        if found := _LAYER.match(name):
            parts.setdefault(int(found[1]), set()).add(found[2])
    windows = _windows(keys, layers)
    shared = keys.number("attention.shared_kv_layers")
    letters = []
    for layer in range(layers):
        letter = _letter(parts.get(layer, {"attn_q.weight"} if not names else set()))
        if not letter:
            raise InputError(
                f"{source} cannot be laid out",
                why=f"how layer {layer} of {keys.family[:40]!r} works is not known",
                remedy="Name a model of another kind; advisor models --all lists some.",
            )
        if letter == "A" and windows[layer]:
            letter = "W"
        letters.append(letter.lower() if letter in "AW" and layer >= layers - shared else letter)
    return "".join(letters)


def _letter(parts: set[str]) -> str:
    """How a layer with those tensors works; empty if that is not known."""
    starts = {part.split(".")[0] for part in parts}
    if starts & {"ssm_alpha", "ssm_ba", "ssm_f_a"}:
        return "D"
    if "shortconv" in starts:
        return "C"
    attends = bool(starts & {"attn_q", "attn_qkv", "attn_q_a", "attn_kv_a_mqa"})
    if "ssm_in" in starts:
        return "" if attends else "M"
    if attends:
        return "A"
    if not all(part.startswith(_BESIDE_MIXERS) for part in starts):
        return ""
    if "ffn_gate_inp" in starts:
        return "E"
    return "F" if "ffn_down" in starts else ""


def _windows(keys: Keys, layers: int) -> list[bool]:
    """Which layers see a window only."""
    if not _window_tokens(keys):
        return [False] * layers
    told = keys.numbers("attention.sliding_window_pattern")
    if len(told) >= layers:
        return [bool(one) for one in told[:layers]]
    period = told[0] if told else _WINDOW_PERIODS.get(keys.family, 0)
    if not period:
        return [False] * layers
    return [(layer + 1) % period != 0 for layer in range(layers)]


def _window_tokens(keys: Keys) -> int:
    told = keys.numbers("attention.sliding_window")
    return told[0] if told else _WINDOW_TOKENS.get(keys.family, 0)


def _latent(keys: Keys, head_dim: int, value_dim: int) -> Latent | None:
    rank, rope = keys.number("attention.kv_lora_rank"), keys.number("rope.dimension_count")
    if not rank:
        return None
    key = keys.number("attention.key_length_mla") or head_dim
    return Latent(
        query_rank=keys.number("attention.q_lora_rank"),
        kv_rank=rank,
        nope_dim=max(key - rope, 0),
        rope_dim=rope,
        value_dim=keys.number("attention.value_length_mla") or value_dim,
    )


def _indexer(keys: Keys, names: set[str], layers: int) -> Indexer | None:
    width = keys.number("attention.indexer.key_length")
    if not width:
        return None
    own = [not names or f"blk.{layer}.indexer.attn_k.weight" in names for layer in range(layers)]
    lead, step = lead_and_step(own)
    return Indexer(
        heads=keys.number("attention.indexer.head_count"),
        head_dim=width,
        top=keys.number("attention.indexer.top_k"),
        lead=lead,
        step=step,
    )


def _experts(keys: Keys) -> Experts | None:
    count, used = keys.number("expert_count"), keys.number("expert_used_count")
    if not count or not used:
        return None
    width = keys.number("expert_feed_forward_length") or keys.number("feed_forward_length")
    shared = keys.number("expert_shared_feed_forward_length")
    return Experts(
        count=count,
        used=min(used, count),
        ffn=width,
        shared_ffn=shared or keys.number("expert_shared_count") * width,
        dense_layers=keys.number("leading_dense_block_count"),
        step=max(1, keys.number("interleave_moe_layer_step")),
        latent_dim=keys.number("moe_latent_size") or keys.number("expert_latent_length"),
    )


def _state(keys: Keys) -> State | None:
    if kernel := keys.number("shortconv.l_cache"):
        return State(kernel=kernel, inner=keys.number("embedding_length"))
    inner, size = keys.number("ssm.inner_size"), keys.number("ssm.state_size")
    if width := keys.number("kda.head_dim"):
        heads = keys.number("attention.head_count")
        return State(
            kernel=keys.number("ssm.conv_kernel"),
            size=width,
            groups=heads,
            heads=heads,
            inner=heads * width,
        )
    if not inner or not size:
        return None
    return State(
        kernel=keys.number("ssm.conv_kernel"),
        size=size,
        groups=keys.number("ssm.group_count"),
        heads=keys.number("ssm.time_step_rank"),
        inner=inner,
    )
