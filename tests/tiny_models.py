"""Models so small that tests can write and run them in no time: one of each family."""

from __future__ import annotations

import struct
from pathlib import Path

import msgspec

from advisor.models.architecture import Architecture, Experts, Indexer, Latent, State, Wide
from advisor.models.catalogue import find
from advisor.models.metadata import read_metadata

_SMALL: dict[str, object] = {
    "layers": 2,
    "hidden": 512,
    "heads": 8,
    "kv_heads": 2,
    "head_dim": 64,
    "ffn": 1_024,
    "vocab": 2_048,
    "context_tokens": 4_096,
}
_EXPERTS = Experts(count=8, used=2, ffn=256)
_STATE = State(kernel=4, size=64, groups=2, heads=8, inner=512)


def tiny(**changes: object) -> Architecture:
    """Llama 3.2 shrunk to two layers and 2,048 tokens (5 M weights), with `changes` applied."""
    return _shrunk("llama-3.2-1b", {"name": "tiny", **changes})


def tiny_families() -> list[Architecture]:
    """One small model of every family that can be laid out, windows and caches of all kinds."""
    return [
        tiny(name="tiny-llama"),
        _shrunk("mixtral-8x7b", {"ffn": 0, "experts": _EXPERTS}),
        _shrunk("qwen2.5-7b", {}),
        _shrunk("qwen3-8b", {"head_dim": 128}),
        _shrunk("qwen3-30b-a3b", {"ffn": 0, "experts": _EXPERTS}),
        _shrunk("gemma-2-2b", {"layers": 4, "window_tokens": 256}),
        _shrunk("gemma-3-4b", {"layers": 6, "window_tokens": 256}),
        _shrunk("smollm3-3b", {"layers": 4}),
        _shrunk("llama-3.1-8b", {"family": "mistral3"}),
        _shrunk("qwen2.5-7b", {"family": "seed_oss", "head_dim": 128}),
        _shrunk("olmo-3-7b", {"layers": 4, "window_tokens": 256}),
        _shrunk("qwen3-8b", {"family": "exaone4", "layers": 4}),
        _shrunk("qwen3-vl-8b", {"head_dim": 128}),
        _shrunk("qwen3-vl-30b-a3b", {"ffn": 0, "experts": _EXPERTS}),
        _shrunk("gpt-oss-20b", {"layers": 4, "ffn": 0, "experts": _EXPERTS}),
        _shrunk("phi-4", {}),
        _shrunk(
            "glm-4.5-air",
            {"experts": Experts(count=8, used=2, ffn=256, shared_ffn=256, dense_layers=1)},
        ),
        _shrunk("minimax-m2.7", {"ffn": 0, "experts": _EXPERTS}),
        _shrunk(
            "deepseek-v3",
            {
                "head_dim": 96,
                "kv_heads": 8,
                "experts": Experts(count=8, used=2, ffn=256, shared_ffn=256, dense_layers=1),
                "latent": Latent(
                    query_rank=256, kv_rank=256, nope_dim=64, rope_dim=32, value_dim=64
                ),
            },
        ),
        _shrunk("qwen3.5-27b", {"layers": 4, "head_dim": 128, "state": _STATE}),
        _shrunk(
            "qwen3.5-35b-a3b",
            {
                "layers": 4,
                "head_dim": 128,
                "state": _STATE,
                "experts": Experts(count=8, used=2, ffn=256, shared_ffn=256),
            },
        ),
        _shrunk(
            "gemma-4-31b",
            {
                "layers": 6,
                "window_tokens": 256,
                "wide": Wide(head_dim=128, kv_heads=1, values_are_keys=True),
            },
        ),
        _shrunk(
            "gemma-4-26b-a4b",
            {
                "layers": 6,
                "window_tokens": 256,
                "experts": _EXPERTS,
                "wide": Wide(head_dim=128, kv_heads=1, values_are_keys=True),
            },
        ),
        _shrunk(
            "gemma-4-e2b",
            {
                "layers": 6,
                "pattern": "WAWAwa",
                "window_tokens": 256,
                "layer_input": 256,
                "ffn_by_layer": (1_024,) * 4 + (2_048,) * 2,
                "wide": Wide(head_dim=128, kv_heads=0, values_are_keys=False),
            },
        ),
        _shrunk(
            "llama-4-scout",
            {"layers": 4, "experts": Experts(count=4, used=1, ffn=512, shared_ffn=512)},
        ),
        _shrunk(
            "llama-4-maverick",
            {"layers": 4, "experts": Experts(count=4, used=1, ffn=512, shared_ffn=512, step=2)},
        ),
        _shrunk(
            "qwen3-next-80b-a3b",
            {
                "layers": 4,
                "head_dim": 128,
                "state": _STATE,
                "experts": Experts(count=8, used=2, ffn=256, shared_ffn=256),
            },
        ),
        _shrunk("lfm2-1.2b", {"layers": 6, "pattern": "CCA", "state": State(kernel=3, inner=512)}),
        _shrunk(
            "lfm2-8b-a1b",
            {
                "layers": 6,
                "pattern": "CCA",
                "state": State(kernel=3, inner=512),
                "experts": Experts(count=8, used=2, ffn=256, dense_layers=1),
            },
        ),
        _shrunk(
            "kimi-linear-48b-a3b",
            {
                "layers": 4,
                "pattern": "DDDA",
                "kv_heads": 8,
                "head_dim": 96,
                "state": State(kernel=4, size=64, groups=8, heads=8, inner=512),
                "experts": Experts(count=8, used=2, ffn=256, shared_ffn=256, dense_layers=1),
                "latent": Latent(query_rank=0, kv_rank=256, nope_dim=64, rope_dim=32, value_dim=64),
            },
        ),
        *(
            _shrunk(
                name,
                {
                    "layers": 3,
                    "kv_heads": 8,
                    "head_dim": 96,
                    "experts": Experts(count=8, used=2, ffn=256, shared_ffn=256, dense_layers=1),
                    "latent": Latent(
                        query_rank=256, kv_rank=256, nope_dim=64, rope_dim=32, value_dim=64
                    ),
                    "indexer": Indexer(heads=4, head_dim=128, top=256),
                },
            )
            for name in ("deepseek-v3.2", "glm-5")
        ),
        _shrunk(
            "glm-5.2",
            {
                "layers": 5,
                "kv_heads": 8,
                "head_dim": 96,
                "experts": Experts(count=8, used=2, ffn=256, shared_ffn=256, dense_layers=1),
                "latent": Latent(
                    query_rank=256, kv_rank=256, nope_dim=64, rope_dim=32, value_dim=64
                ),
                "indexer": Indexer(heads=4, head_dim=128, top=256, lead=1, step=2),
            },
        ),
        _shrunk(
            "nemotron-3-nano-30b-a3b",
            {
                "layers": 6,
                "pattern": "MEMAME",
                "state": _STATE,
                "experts": Experts(count=8, used=2, ffn=256, shared_ffn=512),
            },
        ),
        _shrunk(
            "nemotron-3-super-120b-a12b",
            {
                "layers": 6,
                "pattern": "MEMAME",
                "state": _STATE,
                "experts": Experts(count=8, used=2, ffn=256, shared_ffn=512, latent_dim=256),
            },
        ),
        _shrunk(
            "nemotron-3-nano-30b-a3b",
            {
                "family": "nemotron_h",
                "layers": 6,
                "pattern": "MFMAMF",
                "state": _STATE,
                "experts": None,
            },
        ),
        _shrunk("llama-3.2-1b", {"family": "granite"}),
        _shrunk(
            "llama-3.2-1b",
            {
                "family": "granitehybrid",
                "layers": 4,
                "pattern": "MMMA",
                "state": State(kernel=4, size=64, groups=1, heads=16, inner=1_024),
            },
        ),
    ]


def _shrunk(name: str, changes: dict[str, object]) -> Architecture:
    one = find(name)
    named = {"name": f"tiny-{changes.get('family', name)}"}
    return msgspec.structs.replace(one, **(_SMALL | named | changes))


def split_in_two(whole: Path, folder: Path) -> list[Path]:
    """Two parts: the second holds the last tensor; the data are not looked at, so not moved."""
    content = whole.read_bytes()
    count = struct.unpack_from("<Q", content, 8)[0]
    keys = struct.unpack_from("<Q", content, 16)[0]
    last = read_metadata(whole).tensors[-1]
    name = last.name.encode()
    start = content.index(struct.pack("<Q", len(name)) + name)
    entry_bytes = 8 + len(name) + 4 + 8 * len(last.dims) + 4 + 8
    entry = content[start : start + entry_bytes]
    first = bytearray(content[:start] + content[start + entry_bytes :])
    struct.pack_into("<Q", first, 8, count - 1)
    parts = [folder / f"m-0000{part}-of-00002.gguf" for part in (1, 2)]
    parts[0].write_bytes(first)
    key = b"general.architecture"
    fields = struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, 5) + b"llama"
    parts[1].write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + fields + entry + content)
    assert keys > 0
    return parts
