"""The server of mlx-lm.

Fields: mlx_lm/server.py (github.com/ml-explore/mlx-lm; read 2026-11-25): a list without owners,
`/health`, plain "Not Found" as JSON elsewhere, deltas with `role` in every event.
"""

from __future__ import annotations

from fake_servers import as_json
from streams import sse, text

from documented.fake import Fake, Routes, stream_of

MODELS = ["mlx-community/Llama-3.2-3B-Instruct-4bit", "/Users/me/models/mine"]
FINGERPRINT = "0.31.1-0.31.0-macOS-26.1-arm64-arm-64bit-applegpu_g16s"


def _chunk(content: str, finish: str | None = None) -> dict[str, object]:
    return {**text(content, finish), "system_fingerprint": FINGERPRINT, "object": "text_completion"}


COMPLETION = b": keepalive 512/900\n\n" + sse(
    *(_chunk(piece) for piece in ("a", "b", "é")),
    _chunk("", "length"),
    {
        "object": "chat.completion",
        "choices": [],
        "usage": {
            "prompt_tokens": 900,
            "completion_tokens": 4,
            "total_tokens": 904,
            "prompt_tokens_details": {"cached_tokens": 3},
        },
    },
)
"""Four tokens in three events: an incomplete character sends none."""


def routes() -> Routes:
    """A server with a model of the hub's and one of a folder."""
    entries = [{"id": name, "object": "model", "created": 1795570144} for name in MODELS]
    return {
        "/v1/models": as_json({"object": "list", "data": entries}),
        "/health": as_json({"status": "ok"}),
        "/v1/completions": stream_of(COMPLETION),
    }


FAKE = Fake(
    "mlx",
    routes,
    name="BaseHTTP/0.6 Python/3.12.4",
    otherwise=(404, "application/json", b"Not Found"),
)
