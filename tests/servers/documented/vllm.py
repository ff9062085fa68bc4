"""vLLM on a GPU with its sleep mode on, which cannot be had on a CPU.

Fields: docs.vllm.ai, "Sleep Mode" and "Production Metrics" (read 2026-11-25); the metrics and the
configuration as a real vLLM 0.32.0 answered them here, shortened.
"""

from __future__ import annotations

from fake_servers import Route, as_json

from documented.fake import Fake, Routes, text_of

MODEL = "tiny"
_ONE = f'engine="0",model_name="{MODEL}"'
CONFIGURATION = {
    "model_config": {
        "dtype": "torch.bfloat16",
        "quantization": "awq_marlin",
        "enforce_eager": False,
        "enable_sleep_mode": True,
        "hf_token": "never-shown",
    },
    "scheduler_config": {
        "max_num_seqs": 128,
        "max_num_batched_tokens": 2048,
        "stream_interval": 1,
    },
    "parallel_config": {"tensor_parallel_size": 2},
    "speculative_config": {"method": "ngram"},
}


def metrics(awake: bool) -> Route:
    return text_of(
        f'vllm:engine_sleep_state{{{_ONE},sleep_state="awake"}} {float(awake)}',
        f'vllm:engine_sleep_state{{{_ONE},sleep_state="weights_offloaded"}} {float(not awake)}',
        f'vllm:engine_sleep_state{{{_ONE},sleep_state="discard_all"}} 0.0',
        f"vllm:kv_cache_usage_perc{{{_ONE}}} 0.25",
        f"vllm:prompt_tokens_total{{{_ONE}}} 289.0",
        f'vllm:prompt_tokens_total{{engine="1",model_name="{MODEL}"}} 11.0',
        f"vllm:generation_tokens_total{{{_ONE}}} 60.0",
        f'vllm:request_success_total{{finished_reason="length",{_ONE}}} 3.0',
        f'vllm:cache_config_info{{cache_dtype="fp8",enable_prefix_caching="False",{_ONE}}} 1.0',
    )


def routes() -> Routes:
    """A server that sleeps and wakes as it is told."""
    awake = [True]

    def sleep(_: dict[str, object]) -> Route:
        awake[0] = False
        return as_json({"status": "sleeping", "level": 1})

    def wake(_: dict[str, object]) -> Route:
        awake[0] = True
        return as_json({"status": "awake", "tags": None})

    entry = {"id": MODEL, "object": "model", "owned_by": "vllm", "max_model_len": 4096}
    return {
        "/v1/models": as_json({"object": "list", "data": [entry]}),
        "/version": as_json({"version": "0.32.0"}),
        "/metrics": lambda _: metrics(awake[0]),
        "/server_info?config_format=json": as_json({"vllm_config": CONFIGURATION}),
        "/sleep?level=1": sleep,
        "/wake_up": wake,
    }


FAKE = Fake("vllm", routes, version="0.32.0", name="uvicorn")
