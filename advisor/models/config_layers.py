"""How does each layer work, by what a `config.json` says of them?"""

from __future__ import annotations

from advisor.models.architecture import period
from advisor.models.config_keys import ConfigKeys

_LETTERS = {
    "full_attention": "A",
    "attention": "A",
    "sliding_attention": "W",
    "chunked_attention": "W",
    "conv": "C",
    "linear_attention": "D",
    "mamba": "M",
    "moe": "E",
    "mlp": "F",
    "*": "A",
    "M": "M",
    "E": "E",
    "-": "F",
}
"""What configurations call a layer -> its letter in `Architecture.pattern`."""


def unknown_kinds(config: ConfigKeys) -> set[str]:
    """What the file calls layers of which nothing is known here."""
    return set(_listed(config)) - _LETTERS.keys()


def pattern_of(config: ConfigKeys, kind: str) -> str:
    """`Architecture.pattern` of a model of that type, all kinds of whose layers are known."""
    layers = range(config.num_hidden_layers)
    if listed := _listed(config):
        letters = "".join(_LETTERS[one] for one in listed)[: config.num_hidden_layers]
        filling = len(letters) - (config.num_kv_shared_layers or 0)
        return _repeated(letters[: max(0, filling)] + letters[max(0, filling) :].lower())
    if linear := config.linear_attn_config:
        whole = set(linear.full_attn_layers)
        return _repeated("".join("A" if one + 1 in whole else "D" for one in layers))
    if config.full_attn_idxs and config.conv_L_cache:
        whole = set(config.full_attn_idxs)
        return _repeated("".join("A" if one in whole else "C" for one in layers))
    if kind == "llama4" and config.attention_chunk_size:
        return "WWWA"
    if config.full_attention_interval and config.linear_num_value_heads:
        return _every("D", config.full_attention_interval, config.num_hidden_layers)
    if kind == "gemma2" and config.sliding_window:
        return "WA"
    if kind == "gemma3" and config.sliding_window:
        return _every("W", config.sliding_window_pattern or 6, config.num_hidden_layers)
    return "A"


def _listed(config: ConfigKeys) -> list[str]:
    """What each layer is called, where the file lists them."""
    listed = config.layer_types or config.layers_block_type
    return listed or list(config.hybrid_override_pattern or "")


def _every(letter: str, interval: int, layers: int) -> str:
    """Layers of that letter, of which every `interval`-th sees the whole context instead."""
    return letter * min(interval - 1, layers) + "A"


def _repeated(letters: str) -> str:
    """The shortest beginning that gives all of `letters` when repeated."""
    return letters[: period(letters)]
