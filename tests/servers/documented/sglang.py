"""SGLang, started with --enable-metrics.

Fields: https://docs.sglang.io/docs/references/production_metrics and the source
sglang/srt/entrypoints/http_server.py and server_args.py (github.com/sgl-project/sglang; read
2026-11-25). Values of the metrics are those of the page's example.
"""

from __future__ import annotations

from fake_servers import as_json
from streams import sse, text, usage

from documented.fake import Fake, Routes, stream_of, text_of

MODEL = "meta-llama/Llama-3.1-8B-Instruct"
_HAS = f'{{model_name="{MODEL}"}}'
SERVER_INFO = {
    "model_path": MODEL,
    "context_length": None,
    "quantization": None,
    "kv_cache_dtype": "fp8_e5m2",
    "dtype": "auto",
    "mem_fraction_static": 0.88,
    "max_running_requests": 256,
    "chunked_prefill_size": 8192,
    "tp_size": 1,
    "disable_radix_cache": False,
    "disable_cuda_graph": False,
    "speculative_algorithm": None,
    "enable_metrics": True,
    "api_key": "never-shown",
    "max_total_num_tokens": 430000,
    "max_req_input_len": 131066,
    "internal_states": [{"last_gen_throughput": 86.5}],
    "version": "0.5.5",
}
METRICS = text_of(
    "# HELP sglang:prompt_tokens_total Number of prefill tokens processed.",
    "# TYPE sglang:prompt_tokens_total counter",
    f"sglang:prompt_tokens_total{_HAS} 8.128902e+06",
    f"sglang:generation_tokens_total{_HAS} 7.557572e+06",
    f'sglang:cached_tokens_total{{model_name="{MODEL}",cache_source="device"}} 1000.0',
    f'sglang:cached_tokens_total{{model_name="{MODEL}",cache_source="host"}} 24.0',
    f"sglang:num_requests_total{_HAS} 11228.0",
    f"sglang:token_usage{_HAS} 0.28",
    f"sglang:cache_hit_rate{_HAS} 0.007507552643049313",
    f"sglang:time_to_first_token_seconds_sum{_HAS} 2.3518979474117756e+06",
    f'sglang:time_to_first_token_seconds_bucket{{le="+Inf",model_name="{MODEL}"}} 11008.0',
    f"sglang:time_to_first_token_seconds_count{_HAS} 11008.0",
    f"sglang:inter_token_latency_seconds_sum{_HAS} 866964.5791549598",
    f"sglang:inter_token_latency_seconds_count{_HAS} 7.400757e+06",
)


def routes(info_at: str = "/server_info") -> Routes:
    """A server of today; older ones told of themselves at `/get_server_info`."""
    entry = {
        "id": MODEL,
        "object": "model",
        "created": 1795570144,
        "owned_by": "sglang",
        "root": MODEL,
        "max_model_len": 131072,
    }
    return {
        "/v1/models": as_json({"object": "list", "data": [entry]}),
        info_at: as_json(SERVER_INFO),
        "/metrics": METRICS,
        "/v1/completions": stream_of(sse(text("a"), text("b", "length"), usage(7, 2))),
    }


FAKE = Fake("sglang", routes, version="0.5.5", name="uvicorn")
OLDER = Fake("sglang", lambda: routes("/get_server_info"), version="0.5.5", name="uvicorn")
