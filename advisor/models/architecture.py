"""Of what shape is a model: its layers, widths, experts, windows, caches and vocabulary?

One record for every kind of decoder that engines run today: dense, mixture of experts, sliding
window, hybrid with a state-space or linear mixer, latent attention. The words of `pattern` are

    A  attention over the whole context        M  Mamba-2 mixer
    W  attention over a window of it           D  gated delta net (linear attention)
    a  A over the cache of an earlier layer    C  short convolution
    w  W over the cache of an earlier layer    E  experts alone
                                               F  feed-forward alone

one letter a layer, repeated as often as there are layers. A layer of any other letter than E and F
carries its own feed-forward part unless the pattern holds layers of E or F, as Nemotron-H's does.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

RECURRENT = "MDC"
MOST_COUNT, MOST_REAL = 1 << 32, 1e30
"""No count or other number of a model is as large, whatever its file says."""


def period(kinds: str) -> int:
    """After how many letters a row of them, at least one, repeats."""
    return next(
        size
        for size in range(1, len(kinds) + 1)
        if all(kind == kinds[layer % size] for layer, kind in enumerate(kinds))
    )


class Experts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The experts of one layer: `used` of `count` answer each token, the shared ones always do.

    `ffn` is the width of one, `shared_ffn` of the shared ones together; the first `dense_layers`
    layers have none, and only every `step`-th layer has any. `latent_dim` is the width to which
    what the chosen ones see is brought down before, 0 where they see it whole.
    """

    count: int
    used: int
    ffn: int
    shared_ffn: int = 0
    dense_layers: int = 0
    step: int = 1
    latent_dim: int = 0


class Latent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Attention through a low-rank latent, which alone is cached.

    `query_rank` is 0 where queries are projected directly.
    """

    query_rank: int
    kv_rank: int
    nope_dim: int
    rope_dim: int
    value_dim: int


class Indexer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What tells latent attention the `top` tokens to look at: small heads with a cached key.

    The first `lead` layers have one each, then every `step`-th; those between look where the
    last one said.
    """

    heads: int
    head_dim: int
    top: int
    lead: int = 0
    step: int = 1

    def is_in(self, layer: int) -> bool:
        return layer < self.lead or (layer - self.lead + 1) % self.step == 0


def lead_and_step(own: Sequence[bool]) -> tuple[int, int]:
    """`Indexer.lead` and `.step` where those layers have an indexer of their own."""
    lead = own.index(False) if False in own else 0
    further = own[lead:]
    return lead, further.index(True) + 1 if lead and True in further else 1


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A recurrent mixer: its state is `inner` by `size`, in `heads` heads and `groups` groups.

    A short convolution has `inner` channels and nothing else than its last `kernel - 1` inputs.
    """

    kernel: int
    size: int = 0
    groups: int = 0
    heads: int = 0
    inner: int

    @property
    def conv_channels(self) -> int:
        return self.inner + 2 * self.groups * self.size


class Wide(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the layers of whole-context attention have otherwise than those with a window.

    Where `values_are_keys` they have no projection of their own for values.
    """

    head_dim: int
    kv_heads: int
    values_are_keys: bool


class Quality(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A published score of what the model can do: of which index, and in which mode it ran."""

    index: str
    score: float
    mode: str
    source: str
    as_of: str


class Architecture(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The dimensions of one decoder-only model, as published by its makers.

    `family` is llama.cpp's name of the computation graph (llama, qwen3moe, gpt-oss, …).
    `repository` is the name on the Hugging Face hub. `ffn` is the width of a dense feed-forward
    part, 0 where every layer has experts. `rope_scaling_factor` is 1 where positions are not
    scaled. `value_dim` is 0 where values are as wide as keys; `kv_heads_by_layer` is empty where
    every layer has `kv_heads`, `ffn_by_layer` where each has `ffn`. `layer_input` is the width of
    the embedding that each layer has of its own, 0 without one. `qk_norm` is true where queries and
    keys are normalized although the family need not. `parameters` counts all weights.
    `source` and `as_of` say where and when all this was read, `license_source` where the license,
    if elsewhere.
    """

    name: str
    title: str
    family: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    value_dim: int = 0
    kv_heads_by_layer: tuple[int, ...] = ()
    ffn: int
    ffn_by_layer: tuple[int, ...] = ()
    layer_input: int = 0
    qk_norm: bool = False
    vocab: int
    context_tokens: int
    tied_embeddings: bool
    rope_base: float
    rope_scaling_factor: float = 1.0
    norm_eps: float
    pattern: str = "A"
    window_tokens: int = 0
    experts: Experts | None = None
    latent: Latent | None = None
    indexer: Indexer | None = None
    state: State | None = None
    wide: Wide | None = None
    parameters: int
    license: str
    license_source: str = ""
    quality: Quality | None = None
    repository: str
    aliases: tuple[str, ...]
    source: str
    as_of: str

    def kind(self, layer: int) -> str:
        """The letter of that layer (from 0)."""
        return self.pattern[layer % len(self.pattern)]

    def has_experts(self, layer: int) -> bool:
        if self.experts is None or layer < self.experts.dense_layers:
            return False
        if (layer + 1) % self.experts.step:
            return False
        return self.kind(layer) == "E" or not self.has_separate_ffn

    @property
    def has_separate_ffn(self) -> bool:
        return any(letter in self.pattern for letter in "EF")

    def attention(self, layer: int) -> tuple[int, int]:
        """The heads that hold keys and values in that layer, and the width of each key."""
        heads = self.kv_heads_by_layer[layer] if self.kv_heads_by_layer else self.kv_heads
        if self.wide is not None and self.kind(layer) in "Aa":
            return self.wide.kv_heads or heads, self.wide.head_dim
        return heads, self.head_dim

    def ffn_width(self, layer: int) -> int:
        """The width of that layer's dense feed-forward part."""
        return self.ffn_by_layer[layer] if self.ffn_by_layer else self.ffn

    @property
    def kinds(self) -> str:
        """Every layer's letter, first to last."""
        return "".join(self.kind(layer) for layer in range(self.layers))
