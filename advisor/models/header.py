"""What stands before the weights in a synthetic model's file?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from advisor.models.architecture import Architecture, Experts, Latent, State
from advisor.models.model import Model
from advisor.models.shapes import reads_pictures
from advisor.models.vocabulary import vocabulary

if TYPE_CHECKING:
    import gguf

RECIPE_KEY = "advisor.synthetic.recipe"

_CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
_HALF_ROTARY = ("glm4moe", "minimax-m2")
_IN_SECTIONS = ("qwen35", "qwen35moe")
_PICTURES_ENTER_LAYERS = 3
"""So many first layers get a part of a picture's embedding each, in every Qwen3-VL."""
_QUARTER_ROTARY = (*_IN_SECTIONS, "qwen3next")
_OF_DEEPSEEK = ("deepseek2", "deepseek32", "glm-dsa", "kimi-linear")
_GATED_BY_SIGMOID = (*_OF_DEEPSEEK, "glm4moe", "minimax-m2", "nemotron_h_moe", "lfm2moe")
_HEADS_BY_LAYER = ("granitehybrid", "nemotron_h", "nemotron_h_moe", "lfm2", "lfm2moe")


def write_header(model: Model, digest: str, path: Path) -> None:
    """Writes a GGUF header with a made-up tokenizer and the table of tensors to `path`.

    `digest` goes into the metadata, so that a cached file can be told from one of another recipe.
    The tensors' data have to follow, each from a multiple of 32 bytes on.
    """
    import gguf
    import numpy as np

    one, quantization = model.architecture, model.quantization
    writer = gguf.GGUFWriter(path, one.family)
    writer.add_name(f"synthetic {one.name} {quantization}")
    writer.add_description("Random weights: the speed is real, the text is meaningless.")
    writer.add_string(RECIPE_KEY, digest)
    kind = "MXFP4_MOE" if quantization == "MXFP4" else quantization
    writer.add_file_type(gguf.LlamaFileType["MOSTLY_" + kind])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_block_count(one.layers)
    writer.add_context_length(one.context_tokens)
    writer.add_embedding_length(one.hidden)
    _add_attention(writer, one)
    if one.experts is not None:
        _add_experts(writer, one, one.experts)
    if one.state is not None:
        _add_state(writer, one, one.state)
    if reads_pictures(one):
        _add_vision(writer, one)
    writer.add_vocab_size(one.vocab)
    _add_tokenizer(writer, one.vocab)
    for tensor in model.tensors:
        writer.add_tensor_info(
            tensor.name,
            tensor.dims,
            np.dtype(np.float32),
            tensor.size_bytes,
            raw_dtype=gguf.GGMLQuantizationType[tensor.type],
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()


def _add_attention(writer: gguf.GGUFWriter, one: Architecture) -> None:
    layers = range(one.layers)
    writer.add_head_count(one.heads)
    if one.has_separate_ffn:
        width = one.experts.ffn if one.experts else one.ffn
        writer.add_feed_forward_length(
            [width if one.kind(layer) in "EF" else 0 for layer in layers]
        )
    elif one.ffn_by_layer:
        writer.add_feed_forward_length(list(one.ffn_by_layer))
    else:
        writer.add_feed_forward_length(one.ffn or (one.experts.ffn if one.experts else 0))
    if one.wide or one.family in _HEADS_BY_LAYER:
        writer.add_head_count_kv(
            [one.attention(layer)[0] if one.kind(layer) in "AWaw" else 0 for layer in layers]
        )
    elif one.family == "kimi-linear":
        writer.add_head_count_kv([int(one.kind(layer) == "A") for layer in layers])
    else:
        writer.add_head_count_kv(1 if one.latent else one.kv_heads)
    if one.latent is not None:
        _add_latent(writer, one.latent)
        if one.indexer is not None:
            writer.add_indexer_head_count(one.indexer.heads)
            writer.add_indexer_key_length(one.indexer.head_dim)
            writer.add_indexer_top_k(one.indexer.top)
            if one.indexer.step > 1:
                own = [one.indexer.is_in(layer) for layer in layers]
                writer.add_array(f"{one.family}.attention.indexer.types", own)
    else:
        width = one.wide.head_dim if one.wide else one.head_dim
        writer.add_key_length(width)
        writer.add_value_length(width)
        writer.add_rope_dimension_count(_rotary(one, width))
    writer.add_rope_freq_base(one.rope_base)
    writer.add_layer_norm_rms_eps(one.norm_eps)
    writer.add_layer_norm_eps(one.norm_eps)
    if one.family in {"granite", "granitehybrid"}:
        writer.add_logit_scale(1.0)
    if "W" in one.pattern and one.family != "llama4":
        writer.add_sliding_window(one.window_tokens)
    if one.wide is not None:
        writer.add_sliding_window_pattern([one.kind(layer) in "Ww" for layer in layers])
        writer.add_shared_kv_layers(sum(one.kind(layer) in "aw" for layer in layers))
        writer.add_key_length_swa(one.head_dim)
        writer.add_value_length_swa(one.head_dim)
        writer.add_rope_dimension_count_swa(one.head_dim)
        writer.add_embedding_length_per_layer_input(one.layer_input)


def _rotary(one: Architecture, width: int) -> int:
    if one.family in _HALF_ROTARY:
        return width // 2
    return width // 4 if one.family in _QUARTER_ROTARY else width


def _add_latent(writer: gguf.GGUFWriter, latent: Latent) -> None:
    if latent.query_rank:
        writer.add_q_lora_rank(latent.query_rank)
    writer.add_kv_lora_rank(latent.kv_rank)
    writer.add_key_length(latent.kv_rank + latent.rope_dim)
    writer.add_value_length(latent.kv_rank)
    writer.add_key_length_mla(latent.nope_dim + latent.rope_dim)
    writer.add_value_length_mla(latent.value_dim)
    writer.add_rope_dimension_count(latent.rope_dim)


def _add_experts(writer: gguf.GGUFWriter, one: Architecture, experts: Experts) -> None:
    writer.add_expert_count(experts.count)
    writer.add_expert_used_count(experts.used)
    writer.add_expert_feed_forward_length(experts.ffn)
    writer.add_leading_dense_block_count(experts.dense_layers)
    if one.family == "llama4":
        writer.add_interleave_moe_layer_step(experts.step)
    if experts.latent_dim:
        writer.add_moe_latent_size(experts.latent_dim)
    if experts.shared_ffn:
        writer.add_expert_shared_feed_forward_length(experts.shared_ffn)
        writer.add_expert_shared_count(max(1, experts.shared_ffn // experts.ffn))
    if one.family in _GATED_BY_SIGMOID:
        import gguf

        writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
        writer.add_expert_weights_norm(True)
        writer.add_expert_weights_scale(1.0)


def _add_state(writer: gguf.GGUFWriter, one: Architecture, state: State) -> None:
    if not state.size:
        writer.add_shortconv_l_cache(state.kernel)
        return
    writer.add_ssm_conv_kernel(state.kernel)
    writer.add_ssm_state_size(state.size)
    writer.add_ssm_group_count(state.groups)
    writer.add_ssm_inner_size(state.inner)
    writer.add_ssm_time_step_rank(state.heads)
    if one.family == "kimi-linear":
        writer.add_kda_head_dim(state.inner // state.heads)
    if one.family in _IN_SECTIONS:
        turns = one.head_dim // 8
        third = turns // 3
        writer.add_rope_dimension_sections([turns - 2 * third, third, third, 0])
    if one.family in _QUARTER_ROTARY:
        writer.add_full_attention_interval(len(one.pattern))


def _add_vision(writer: gguf.GGUFWriter, one: Architecture) -> None:
    """What a model that reads pictures, too, says of its text part."""
    turns, wide = one.head_dim // 2, 5 * one.head_dim // 32
    writer.add_rope_dimension_sections([turns - 2 * wide, wide, wide, 0])
    writer.add_num_deepstack_layers(_PICTURES_ENTER_LAYERS)


def _add_tokenizer(writer: gguf.GGUFWriter, size: int) -> None:
    import gguf

    words = vocabulary(size)
    kinds = [gguf.TokenType.NORMAL] * size
    kinds[words.end_id] = gguf.TokenType.CONTROL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(words.tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(words.merges)
    writer.add_bos_token_id(words.end_id)
    writer.add_eos_token_id(words.end_id)
    writer.add_add_bos_token(False)
    writer.add_chat_template(_CHAT_TEMPLATE)
