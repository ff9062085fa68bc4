"""What stands before the weights in a synthetic model's file?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from advisor.models.catalogue import Architecture
from advisor.models.tensors import tensors
from advisor.models.vocabulary import vocabulary

if TYPE_CHECKING:
    import gguf

RECIPE_KEY = "advisor.synthetic.recipe"

_CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"


def write_header(architecture: Architecture, quantization: str, digest: str, path: Path) -> None:
    """Writes a GGUF header with a made-up tokenizer and the table of tensors to `path`.

    `digest` goes into the metadata, so that a cached file can be told from one of another recipe.
    The tensors' data have to follow, each from a multiple of 32 bytes on.
    """
    import gguf
    import numpy as np

    one = architecture
    writer = gguf.GGUFWriter(path, one.family)
    writer.add_name(f"synthetic {one.name} {quantization}")
    writer.add_description("Random weights: the speed is real, the text is meaningless.")
    writer.add_string(RECIPE_KEY, digest)
    writer.add_file_type(gguf.LlamaFileType["MOSTLY_" + quantization])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_block_count(one.layers)
    writer.add_context_length(one.context_tokens)
    writer.add_embedding_length(one.hidden)
    writer.add_feed_forward_length(one.ffn)
    writer.add_head_count(one.heads)
    writer.add_head_count_kv(one.kv_heads)
    writer.add_key_length(one.head_dim)
    writer.add_value_length(one.head_dim)
    writer.add_rope_dimension_count(one.head_dim)
    writer.add_rope_freq_base(one.rope_base)
    writer.add_layer_norm_rms_eps(one.norm_eps)
    writer.add_vocab_size(one.vocab)
    _add_tokenizer(writer, one.vocab)
    for tensor in tensors(one, quantization):
        writer.add_tensor_info(
            tensor.name,
            tensor.shape,
            np.dtype(np.float32),
            tensor.size_bytes,
            raw_dtype=gguf.GGMLQuantizationType[tensor.type],
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()


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
