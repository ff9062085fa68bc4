"""LM Studio 0.4 (REST API v1) and 0.3 (v0).

Fields: https://lmstudio.ai/docs/developer/rest, pages "List your models", "Load a model", "Unload a
model", "Chat with a model", "Streaming events", and "REST API v0" (github.com/lmstudio-ai/docs,
1_developer/2_rest; read 2026-11-25). Numbers are those of its examples.
"""

from __future__ import annotations

import json

from fake_servers import Route, as_json, listed
from streams import sse, text, usage

from documented.fake import Fake, Routes, stream_of

UNKNOWN_PATH = as_json({"error": "Unexpected endpoint or method. (GET /)"})
LLM, EMBEDDING = "gemma-3-270m-it-qat", "text-embedding-nomic-embed-text-v1.5-embedding"
CONFIG = {
    "context_length": 4096,
    "eval_batch_size": 512,
    "flash_attention": True,
    "num_experts": 0,
    "offload_kv_cache_to_gpu": True,
}
STATS = {
    "input_tokens": 329,
    "total_output_tokens": 5,
    "reasoning_output_tokens": 2,
    "tokens_per_second": 43.73,
    "time_to_first_token_seconds": 0.781,
}


def event(kind: str, **fields: object) -> bytes:
    data = json.dumps({"type": kind, **fields})
    return f"event: {kind}\ndata: {data}\n\n".encode()


CHAT = b"".join(
    [
        event("chat.start", model_instance_id=LLM),
        event("model_load.start", model_instance_id=LLM),
        event("model_load.progress", model_instance_id=LLM, progress=0.65),
        event("model_load.end", model_instance_id=LLM, load_time_seconds=12.34),
        event("prompt_processing.start"),
        event("prompt_processing.progress", progress=0.5),
        event("prompt_processing.end"),
        event("reasoning.start"),
        event("reasoning.delta", content="Need"),
        event("reasoning.delta", content=" to"),
        event("reasoning.end"),
        event("message.start"),
        *(event("message.delta", content=piece) for piece in ("The", " current", " answer")),
        event("message.end"),
        event(
            "chat.end",
            result={
                "model_instance_id": LLM,
                "output": [{"type": "message", "content": "The current answer"}],
                "stats": STATS,
            },
        ),
    ]
)


def _entry(loaded: list[str]) -> dict[str, object]:
    return {
        "type": "llm",
        "publisher": "lmstudio-community",
        "key": LLM,
        "display_name": "Gemma 3 270m Instruct Qat",
        "architecture": "gemma3",
        "quantization": {"name": "Q4_0", "bits_per_weight": 4},
        "size_bytes": 241410208,
        "params_string": "270M",
        "loaded_instances": [{"id": each, "config": CONFIG} for each in loaded],
        "max_context_length": 32768,
        "format": "gguf",
        "capabilities": {"vision": False, "trained_for_tool_use": False},
        "description": None,
    }


_EMBEDDING = {
    "type": "embedding",
    "publisher": "gaianet",
    "key": EMBEDDING,
    "display_name": "Nomic Embed Text v1.5",
    "quantization": {"name": "F16", "bits_per_weight": 16},
    "size_bytes": 274290560,
    "params_string": None,
    "loaded_instances": [],
    "max_context_length": 2048,
    "format": "gguf",
}


def routes() -> Routes:
    """A server with one model, loaded and unloaded as it is told; two instances at most."""
    loaded: list[str] = []

    def models(_: dict[str, object]) -> Route:
        return as_json({"models": [_entry(loaded), _EMBEDDING]})

    def load(said: dict[str, object]) -> Route:
        if said.get("model") != LLM:
            problem = {"type": "model_not_found", "message": f"Model {said.get('model')} not found"}
            return as_json({"error": problem}, 404)
        loaded.append(LLM if not loaded else f"{LLM}:2")
        told = {"model_instance_id": loaded[-1], "config": CONFIG, "load_time_seconds": 9.099}
        return as_json(told)

    def unload(said: dict[str, object]) -> Route:
        loaded.remove(str(said["instance_id"]))
        return as_json({"instance_id": said["instance_id"]})

    def chat(said: dict[str, object]) -> Route:
        known = {"model", "input", "stream", "max_output_tokens", "temperature", "store"}
        if not said.keys() <= known or said.get("stream") is not True:
            return as_json({"error": {"type": "invalid_request", "message": "unknown key"}}, 400)
        return stream_of(CHAT)

    return {
        "/v1/models": listed("organization_owner"),
        "/api/v0/models": V0_MODELS,
        "/api/v1/models": models,
        "/api/v1/models/load": load,
        "/api/v1/models/unload": unload,
        "/api/v1/chat": chat,
    }


V0_MODELS = as_json(
    {
        "object": "list",
        "data": [
            {
                "id": "meta-llama-3.1-8b-instruct",
                "object": "model",
                "type": "llm",
                "publisher": "lmstudio-community",
                "arch": "llama",
                "compatibility_type": "gguf",
                "quantization": "Q4_K_M",
                "state": "not-loaded",
                "max_context_length": 131072,
            },
            {
                "id": "text-embedding-nomic-embed-text-v1.5",
                "object": "model",
                "type": "embeddings",
                "publisher": "nomic-ai",
                "arch": "nomic-bert",
                "compatibility_type": "gguf",
                "quantization": "Q4_0",
                "state": "not-loaded",
                "max_context_length": 2048,
            },
        ],
    }
)


def older_routes() -> Routes:
    """The same before 0.4.0: no v1."""
    return {
        "/v1/models": listed("organization_owner"),
        "/api/v0/models": V0_MODELS,
        "/v1/completions": stream_of(sse(text("a"), text("b", "length"), usage(3, 2))),
    }


FAKE = Fake("lmstudio", routes, otherwise=UNKNOWN_PATH)
OLDER = Fake("lmstudio", older_routes, otherwise=UNKNOWN_PATH)
