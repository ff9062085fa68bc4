"""Text Generation WebUI.

Fields: its wiki, "12 - OpenAI API", and its source modules/api/script.py, models.py and
completions.py (github.com/oobabooga/text-generation-webui; read 2026-11-25).
"""

from __future__ import annotations

from fake_servers import Route, as_json
from streams import sse, text, usage

from documented.fake import Fake, Routes, stream_of

MODELS = ["None", "Qwen3-4B-Q4_K_M.gguf", "tiny-exl3"]
COMPLETION = sse(text(""), text("a"), text("b"), text("", "length"), usage(9, 4))
"""The first event is empty; `usage` counts the finished text anew, here with a token too many."""


def routes() -> Routes:
    """A server with two models, one of which is in memory."""
    held = ["Qwen3-4B-Q4_K_M.gguf"]

    def info(_: dict[str, object]) -> Route:
        return as_json({"model_name": held[0], "lora_names": [], "loader": "llama.cpp"})

    def models(_: dict[str, object]) -> Route:
        entry = {"id": held[0], "object": "model", "created": 0, "owned_by": "user"}
        return as_json({"object": "list", "data": [] if held == ["None"] else [entry]})

    def load(said: dict[str, object]) -> Route:
        if said.get("model_name") not in MODELS:
            return as_json({"detail": "Failed to load the model."}, 400)
        held[0] = str(said["model_name"])
        return as_json("OK")

    def unload(_: dict[str, object]) -> Route:
        held[0] = "None"
        return as_json(None)

    return {
        "/v1/models": models,
        "/v1/internal/model/info": info,
        "/v1/internal/model/list": as_json({"model_names": MODELS}),
        "/v1/internal/model/load": load,
        "/v1/internal/model/unload": unload,
        "/v1/completions": stream_of(COMPLETION),
    }


FAKE = Fake("tgwui", routes, name="uvicorn")
