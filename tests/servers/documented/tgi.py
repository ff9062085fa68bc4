"""Text Generation Inference.

Fields: docs/openapi.json (`Info`, `StreamResponse`, `StreamDetails`, `ErrorResponse`) and "Metrics"
(github.com/huggingface/text-generation-inference; read 2026-11-25).
"""

from __future__ import annotations

import json

from fake_servers import as_json

from documented.fake import Fake, Routes, stream_of, text_of

INFO = {
    "model_id": "bigscience/bloom-560m",
    "model_sha": "e985a63cdc139290c5f700ff1929f0b5942cced2",
    "model_pipeline_tag": "text-generation",
    "max_concurrent_requests": 128,
    "max_best_of": 2,
    "max_stop_sequences": 4,
    "max_input_tokens": 1024,
    "max_total_tokens": 2048,
    "validation_workers": 2,
    "max_client_batch_size": 32,
    "router": "text-generation-router",
    "version": "3.3.6",
    "sha": None,
    "docker_label": None,
}


def token(index: int, piece: str, *, special: bool = False, **more: object) -> dict[str, object]:
    """One `StreamResponse`."""
    one = {"id": index, "text": piece, "logprob": -0.34, "special": special}
    return {"index": index, "token": one, "generated_text": None, "details": None, **more}


def events(*responses: dict[str, object]) -> bytes:
    return "".join(f"data:{json.dumps(each)}\n\n" for each in responses).encode()


GENERATED = events(
    token(1, " te"),
    token(2, "st"),
    token(
        3,
        "</s>",
        special=True,
        generated_text=" test",
        details={
            "finish_reason": "eos_token",
            "generated_tokens": 3,
            "seed": 42,
            "input_length": 7,
        },
    ),
)
METRICS = text_of(
    "# TYPE tgi_request_success counter",
    "tgi_request_success 12",
    "tgi_request_input_length_sum 700",
    "tgi_request_input_length_count 12",
    "tgi_request_generated_tokens_sum 360",
    'tgi_batch_inference_duration_sum{method="prefill"} 1.5',
    'tgi_batch_inference_duration_sum{method="decode"} 9.25',
)


def routes() -> Routes:
    """A server with its one model; it too has OpenAI's list."""
    entry = {"id": INFO["model_id"], "object": "model", "created": 0, "owned_by": INFO["model_id"]}
    return {
        "/info": as_json(INFO),
        "/v1/models": as_json({"object": "list", "data": [entry]}),
        "/generate_stream": stream_of(GENERATED),
        "/metrics": METRICS,
    }


FAKE = Fake("tgi", routes, version="3.3.6", otherwise=(404, "text/plain", b""))
