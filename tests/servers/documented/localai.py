"""LocalAI.

Fields: https://localai.io/docs/features/api-discovery, .../features/backend-monitor,
.../reference/system-info, the README's "Extra-Usage" header, and for `/backend/load` the tests of
its source (github.com/mudler/LocalAI; read 2026-11-25).
"""

from __future__ import annotations

from fake_servers import Route, as_json
from streams import sse, text, usage

from documented.fake import Fake, Routes, stream_of

MODEL = "my-llama-model"
TIMED = {"timing_prompt_processing": 250.0, "timing_token_generation": 40.0}
COMPLETION = sse(text("a"), text("b"), text("c"), text("", "length"), usage(50, 3, **TIMED))


def routes() -> Routes:
    """A server with two models, loaded and unloaded as it is told."""
    loaded: list[str] = []

    def system(_: dict[str, object]) -> Route:
        process = {
            "pid": 48213,
            "rss_bytes": 5368709120,
            "memory_percent": 7.8,
            "cpu_percent": 42.5,
            "started_at": "2026-09-21T09:12:44Z",
        }
        models = [{"id": each, "backend": "llama-cpp", "process": process} for each in loaded]
        whisper = {"id": "whisper-1", "backend": "whisper"}
        return as_json({"backends": ["llama-cpp"], "loaded_models": [*models, whisper]})

    def load(said: dict[str, object]) -> Route:
        if said.get("model") != MODEL:
            told = {"message": "failed to load model", "loaded": []}
            return as_json(told, 500)
        loaded.append(MODEL)
        return as_json({"message": "loaded", "loaded": [MODEL]})

    def shutdown(said: dict[str, object]) -> Route:
        loaded.remove(str(said["model"]))
        return as_json({"message": "stopped"})

    return {
        "/v1/models": as_json(
            {
                "object": "list",
                "data": [{"id": MODEL, "object": "model"}, {"id": "other", "object": "model"}],
            }
        ),
        "/.well-known/localai.json": as_json(
            {"version": "v3.7.0", "endpoints": {"models": "/v1/models"}}
        ),
        "/version": as_json({"version": "v3.7.0 (a1b2c3d4)"}),
        "/system": system,
        "/backend/load": load,
        "/backend/shutdown": shutdown,
        "/v1/completions": stream_of(COMPLETION),
    }


FAKE = Fake("localai", routes, version="v3.7.0")
