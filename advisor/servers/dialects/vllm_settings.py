"""Which settings of vLLM change speed, and where does it tell them?

Names are those of its metrics and of `/server_info`, which is there only when it was started with
VLLM_SERVER_DEV_MODE=1, and of its command line where this user may read it (docs.vllm.ai, "Engine
Arguments" and "Environment Variables", seen 2026-11-25; read from a real vLLM 0.32.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from advisor.documents import Unknown
from advisor.servers.counting import whole
from advisor.servers.listener import COMMAND, Program, option
from advisor.servers.metrics import METRICS, Metrics
from advisor.servers.told import Means, Setting, Value

CONFIGURATION = "/server_info?config_format=json"
SERVER_INFO = "/server_info"
LIST = "/v1/models"

_CACHE = "vllm:cache_config_info"
_SLEEP = "vllm:engine_sleep_state"
_UNTOLD = "vLLM tells it only when started with VLLM_SERVER_DEV_MODE=1"

_CONFIGURED = (
    ("enforce_eager", "model_config", "enforce_eager", Means.OTHER),
    ("quantization", "model_config", "quantization", Means.OTHER),
    ("dtype", "model_config", "dtype", Means.OTHER),
    ("max_num_seqs", "scheduler_config", "max_num_seqs", Means.STREAMS),
    ("max_num_batched_tokens", "scheduler_config", "max_num_batched_tokens", Means.OTHER),
    ("stream_interval", "scheduler_config", "stream_interval", Means.OTHER),
    ("tensor_parallel_size", "parallel_config", "tensor_parallel_size", Means.OTHER),
)
"""Name, section and key of its configuration, and what it means."""

_OPTIONS = (
    ("enforce_eager", ("--enforce-eager",), Means.OTHER),
    ("quantization", ("--quantization", "-q"), Means.OTHER),
    ("max_num_seqs", ("--max-num-seqs",), Means.STREAMS),
    ("max_num_batched_tokens", ("--max-num-batched-tokens",), Means.OTHER),
    ("tensor_parallel_size", ("--tensor-parallel-size", "-tp"), Means.OTHER),
    ("speculative_config", ("--speculative-config", "-sc"), Means.SPECULATIVE),
)
_SWITCHES = ("enforce_eager", "speculative_config")
"""Off unless the command line has them; every other one has a default that differs by version."""


def read(
    models: Any,
    metrics: Metrics,
    configuration: dict[str, Any],
    program: Program | Unknown,
    model: str | None,
) -> list[Setting]:
    """The settings in what it answered; what is missing there is unknown or left out."""
    configured = configuration.get("vllm_config")
    return [
        *_context(models, model),
        *_cache(metrics),
        *_sleep(metrics),
        *(_configured(configured) if isinstance(configured, dict) else _started(program)),
    ]


def is_asleep(metrics: Metrics) -> bool:
    """Whether the engine sleeps; vLLMs that do not tell are awake."""
    return metrics.total(_SLEEP, {"sleep_state": "awake"}) == 0


def can_sleep(configuration: dict[str, Any]) -> bool:
    """Whether it was started with its sleep mode on and lets it be used."""
    return bool(_section(configuration.get("vllm_config"), "model_config").get("enable_sleep_mode"))


def _section(configuration: Any, name: str) -> dict[str, Any]:
    part = configuration.get(name) if isinstance(configuration, dict) else None
    return part if isinstance(part, dict) else {}


def _context(models: Any, model: str | None) -> list[Setting]:
    listed = models if isinstance(models, list) else []
    entries = [each for each in listed if isinstance(each, dict)]
    chosen = next((each for each in entries if model in (None, each.get("id"))), {})
    tokens = whole(chosen.get("max_model_len"))
    return [Setting("max_model_len", tokens, LIST, Means.CONTEXT_TOKENS)] if tokens else []


def _cache(metrics: Metrics) -> list[Setting]:
    told = metrics.labels(_CACHE)
    settings = []
    if told.get("enable_prefix_caching") in ("True", "False"):
        on = told["enable_prefix_caching"] == "True"
        settings.append(Setting("enable_prefix_caching", on, METRICS, Means.PREFIX_CACHE))
    if "cache_dtype" in told:
        settings.append(
            Setting("cache_dtype", told["cache_dtype"][:40], METRICS, Means.KV_CACHE_TYPE)
        )
    size = told.get("kv_cache_size_tokens", "")
    if size.isascii() and size.isdigit():
        settings.append(Setting("kv_cache_size_tokens", int(size[:15]), METRICS))
    used = metrics.total("vllm:kv_cache_usage_perc")
    if used is not None:
        settings.append(Setting("kv_cache_usage_perc", used, METRICS))
    return settings


def _sleep(metrics: Metrics) -> list[Setting]:
    if _SLEEP not in metrics.found:
        return []
    return [Setting("engine_sleep_state", is_asleep(metrics), METRICS, Means.SLEEPING)]


def _started(program: Program | Unknown) -> list[Setting]:
    """What its command line says, where what listens there is vLLM itself."""
    if isinstance(program, Unknown):
        reason = f"{_UNTOLD}, and {program.reason}"
    elif not any("vllm" in word.lower() for word in program.command[:4]):
        reason = f"{_UNTOLD}, and '{program.name[:40]}' listens there"
    else:
        return list(_from_command(program.command))
    unknown = Unknown(reason)
    return [Setting(name, unknown, SERVER_INFO, means) for name, _, means in _OPTIONS[:3]]


def _from_command(command: Sequence[str]) -> Iterator[Setting]:
    for name, options, means in _OPTIONS:
        text = option(command, *options)
        value: Value | None = None
        if name in _SWITCHES:
            value = text is not None
        elif text:
            value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text[:60]
        if value is not None:
            yield Setting(name, value, f"{COMMAND} of its process", means)


def _configured(configuration: dict[str, Any]) -> list[Setting]:
    settings = []
    for name, section, key, means in _CONFIGURED:
        part = _section(configuration, section)
        if key in part:
            settings.append(Setting(name, _value(part[key]), SERVER_INFO, means))
    if "speculative_config" in configuration:
        drafts = configuration["speculative_config"] is not None
        settings.append(Setting("speculative_config", drafts, SERVER_INFO, Means.SPECULATIVE))
    return settings


def _value(told: Any) -> Value:
    if told is None:
        return "none"
    return told if isinstance(told, bool | int | float) else str(told)[:60]
