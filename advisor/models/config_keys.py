"""Which keys of a `config.json` say what a model looks like?

Of every model type that is known; a key that a file does not state is None.
"""

from __future__ import annotations

import msgspec


class Rope(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of positions; where kinds of layers differ, of those of the whole context."""

    rope_theta: float | None = None
    rope_type: str | None = None
    type: str | None = None
    factor: float | None = None
    full_attention: Rope | None = None


class LinearAttention(msgspec.Struct, frozen=True, kw_only=True):
    """What Kimi Linear tells of its layers without attention; layers are counted from 1."""

    full_attn_layers: list[int] = []
    head_dim: int = 0
    num_heads: int = 0
    short_conv_kernel_size: int = 0


class ConfigKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of use, under the names that `transformers` gives them."""

    model_type: str
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    vocab_size: int
    num_key_value_heads: int | None = None
    head_dim: int | None = None
    intermediate_size: int | None = None
    max_position_embeddings: int | None = None
    tie_word_embeddings: bool | None = None
    use_qk_norm: bool | None = None
    rope_theta: float | None = None
    rope_scaling: Rope | None = None
    rope_parameters: Rope | None = None
    rms_norm_eps: float | None = None
    layer_norm_epsilon: float | None = None
    sliding_window: int | None = None
    sliding_window_pattern: int | None = None
    layer_types: list[str] | None = None
    layers_block_type: list[str] | None = None
    hybrid_override_pattern: str | None = None
    full_attention_interval: int | None = None
    num_experts: int | None = None
    num_local_experts: int | None = None
    n_routed_experts: int | None = None
    num_experts_per_tok: int | None = None
    top_k_experts: int | None = None
    moe_intermediate_size: int | None = None
    n_shared_experts: int | None = None
    shared_expert_intermediate_size: int | None = None
    shared_intermediate_size: int | None = None
    moe_shared_expert_intermediate_size: int | None = None
    moe_latent_size: int | None = None
    routed_expert_hidden_size: int | None = None
    first_k_dense_replace: int | None = None
    q_lora_rank: int | None = None
    kv_lora_rank: int | None = None
    qk_nope_head_dim: int | None = None
    qk_rope_head_dim: int | None = None
    v_head_dim: int | None = None
    linear_conv_kernel_dim: int | None = None
    linear_key_head_dim: int | None = None
    linear_value_head_dim: int | None = None
    linear_num_key_heads: int | None = None
    linear_num_value_heads: int | None = None
    conv_kernel: int | None = None
    ssm_state_size: int | None = None
    n_groups: int | None = None
    mamba_num_heads: int | None = None
    mamba_head_dim: int | None = None
    mamba_d_conv: int | None = None
    mamba_d_state: int | None = None
    mamba_n_groups: int | None = None
    mamba_n_heads: int | None = None
    mamba_d_head: int | None = None
    global_head_dim: int | None = None
    num_global_key_value_heads: int | None = None
    attention_k_eq_v: bool | None = None
    hidden_size_per_layer_input: int | None = None
    num_kv_shared_layers: int | None = None
    use_double_wide_mlp: bool | None = None
    interleave_moe_layer_step: int | None = None
    intermediate_size_mlp: int | None = None
    attention_chunk_size: int | None = None
    index_n_heads: int | None = None
    index_head_dim: int | None = None
    index_topk: int | None = None
    indexer_types: list[str] | None = None
    linear_attn_config: LinearAttention | None = None
    num_experts_per_token: int | None = None
    num_shared_experts: int | None = None
    full_attn_idxs: list[int] | None = None
    conv_L_cache: int | None = None  # noqa: N815
    norm_eps: float | None = None
    num_dense_layers: int | None = None
    block_ff_dim: int | None = None
    block_auto_adjust_ff_dim: bool | None = None
    block_multiple_of: int | None = None
