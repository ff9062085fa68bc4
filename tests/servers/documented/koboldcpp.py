"""KoboldCpp, in router mode.

Fields: its source koboldcpp.py (github.com/LostRuins/koboldcpp; read 2026-11-25): `/v1/models`,
`/api/extra/version`, `/api/extra/true_max_context_length`, `/api/extra/perf`, and the answers that
imitate Ollama's.
"""

from __future__ import annotations

from fake_servers import as_json
from streams import sse, text

from documented.fake import Fake, Routes, stream_of

PERF = {
    "last_process": 0.12,
    "last_eval": 4.0,
    "last_token_count": 180,
    "last_input_count": 900,
    "last_process_time": 0.108,
    "last_eval_time": 0.72,
    "last_process_speed": 8333.3,
    "last_eval_speed": 250.0,
    "last_seed": -1,
    "last_draft_success": 0,
    "last_draft_failed": 0,
    "total_gens": 42,
    "stop_reason": 1,
    "total_img_gens": 0,
    "total_tts_gens": 0,
    "total_transcribe_gens": 0,
    "queue": 1,
    "idle": 0,
    "hordeexitcounter": 0,
    "uptime": 3600.5,
    "idletime": 0.2,
    "quiet": False,
}


def _entry(name: str) -> dict[str, object]:
    return {
        "id": name,
        "object": "model",
        "created": 1795570144,
        "owned_by": "koboldcpp",
        "permission": [],
        "root": "koboldcpp",
    }


def routes() -> Routes:
    """A server with one model in memory and one to switch to."""
    return {
        "/": (200, "text/plain", b"Ollama is running"),
        "/api/version": as_json({"version": "0.7.0"}),
        "/v1/models": as_json(
            {"object": "list", "data": [_entry("koboldcpp/gemma-4"), _entry("other.kcpps")]}
        ),
        "/api/extra/version": as_json(
            {"result": "KoboldCpp", "version": "1.101", "protected": False, "llm": True}
        ),
        "/api/extra/true_max_context_length": as_json({"value": 8192}),
        "/api/extra/perf": as_json(PERF),
        "/v1/completions": stream_of(sse(text("a"), text("b"), text("c", "length"))),
    }


FAKE = Fake("koboldcpp", routes, version="1.101", name="KoboldCppServer 1")
