"""Which settings of an Ollama change its speed, as far as they can be seen from outside?

Sources, each read on 2026-11-25: docs.ollama.com/faq (variables, parallel requests, KV cache),
docs.ollama.com/context-length, docs.ollama.com/api/ps (`size_vram`, `context_length`,
`expires_at`), docs.ollama.com/modelfile (`num_ctx`, `num_gpu`). The runner's command line was seen
in real Ollama 0.5.4 and 0.9.3; newer ones tell `context_length` in /api/ps instead.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from advisor.documents import Unknown
from advisor.servers.listener import COMMAND, ENVIRONMENT, Program, option
from advisor.servers.told import Means, Setting, Value

PROGRAM = "ollama"

VARIABLES = {
    "OLLAMA_CONTEXT_LENGTH": Means.CONTEXT_TOKENS,
    "OLLAMA_NUM_PARALLEL": Means.STREAMS,
    "OLLAMA_KEEP_ALIVE": Means.KEEP_ALIVE_S,
    "OLLAMA_KV_CACHE_TYPE": Means.KV_CACHE_TYPE,
    "OLLAMA_FLASH_ATTENTION": Means.OTHER,
    "OLLAMA_MAX_LOADED_MODELS": Means.OTHER,
    "OLLAMA_MAX_QUEUE": Means.OTHER,
    "OLLAMA_SCHED_SPREAD": Means.OTHER,
    "OLLAMA_GPU_OVERHEAD": Means.OTHER,
    "OLLAMA_LLM_LIBRARY": Means.OTHER,
    "OLLAMA_MULTIUSER_CACHE": Means.OTHER,
    "OLLAMA_NEW_ENGINE": Means.OTHER,
    "CUDA_VISIBLE_DEVICES": Means.OTHER,
    "ROCR_VISIBLE_DEVICES": Means.OTHER,
}
PARAMETERS = ("num_ctx", "num_gpu", "num_batch", "num_thread", "use_mmap")
RUNNER_OPTIONS = ("--batch-size", "--threads", "--kv-cache-type", "--flash-attn", "--no-mmap")

_UNIT_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_SPAN = re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h)")
_FRACTION = re.compile(r"\.\d+")
_FOR_EVER_YEAR = 2200


@dataclass(frozen=True, slots=True)
class Told:
    """What an Ollama said of one model: its answers to `show` and `ps`, empty where it has none."""

    shown: Mapping[str, Any] = field(default_factory=dict)
    held: Mapping[str, Any] = field(default_factory=dict)


def server_settings(program: Program | Unknown) -> list[Setting]:
    """Its variables, those that are set."""
    environment = program if isinstance(program, Unknown) else program.environment
    source = f"{ENVIRONMENT} of its process"
    if isinstance(program, Program) and PROGRAM not in program.name.lower():
        environment = Unknown(f"'{program.name[:40]}' listens there, which is not Ollama")
    if isinstance(environment, Unknown):
        return [Setting("OLLAMA_*", environment, source)]
    return [
        Setting(name, _typed(environment[name], means), source, means)
        for name, means in VARIABLES.items()
        if environment.get(name)
    ]


def model_settings(told: Told, program: Program | Unknown) -> list[Setting]:
    """Those of one model, the most certain last: its file, its runner, what the server says."""
    return [*_of_file(told.shown), *_of_runner(told, program), *_of_loaded(told.held)]


def loaded_context(told: Told, program: Program | Unknown) -> int | None:
    """The context that a loaded model was given; None where neither server nor runner tells."""
    if not told.held:
        return None
    settings = [*_of_runner(told, program), *_of_loaded(told.held)]
    found = [each.value for each in settings if each.means is Means.CONTEXT_TOKENS]
    return found[-1] if found and isinstance(found[-1], int) else None


def keep_alive_s(text: str) -> float | None:
    """A duration as Ollama takes it: seconds, or like "1h30m"; negative ones last for ever."""
    text = text.strip()
    if text.startswith("-"):
        return math.inf
    try:
        return float(text)
    except ValueError:
        spans = _SPAN.findall(text)
        if not spans or "".join(number + unit for number, unit in spans) != text:
            return None
        try:
            return sum(float(number) * _UNIT_S[unit] for number, unit in spans)
        except ValueError:
            return None


def remaining_s(expires_at: object, now_s: float) -> float | None:
    """Seconds from `now_s` (Unix time) until a model is unloaded; infinite where it never is."""
    from datetime import datetime

    if not isinstance(expires_at, str):
        return None
    try:
        moment = datetime.fromisoformat(expires_at)
        if moment.year < 1970 or moment.tzinfo is None:
            return None
        return math.inf if moment.year >= _FOR_EVER_YEAR else moment.timestamp() - now_s
    except (ValueError, OverflowError):
        return None


def _of_file(shown: Mapping[str, Any]) -> Iterator[Setting]:
    """The model's own parameters, and its layers and context from its metadata."""
    source = "/api/show"
    parameters = shown.get("parameters")
    for line in parameters.splitlines() if isinstance(parameters, str) else ():
        name, _, value = line.strip().partition(" ")
        if name in PARAMETERS:
            means = Means.CONTEXT_TOKENS if name == "num_ctx" else Means.OTHER
            yield Setting(name, _typed(value.strip(), means), source, means)
    trained = _fact(shown, ".context_length")
    if trained is not None:
        key, tokens = trained
        yield Setting(key, tokens, source, Means.TRAINED_CONTEXT_TOKENS)


def _fact(shown: Mapping[str, Any], ending: str) -> tuple[str, int] | None:
    """The first count among the model's metadata whose key has that ending, with its key."""
    info = shown.get("model_info")
    for key, value in info.items() if isinstance(info, dict) else ():
        if key.endswith(ending) and isinstance(value, int) and not isinstance(value, bool):
            return key[:60], value
    return None


def _of_loaded(held: Mapping[str, Any]) -> Iterator[Setting]:
    source = "/api/ps"
    context, size, in_gpu = (held.get(k) for k in ("context_length", "size", "size_vram"))
    if isinstance(context, int) and context > 0:
        yield Setting("context_length", context, source, Means.CONTEXT_TOKENS)
    if isinstance(size, int) and isinstance(in_gpu, int) and size > 0:
        share = min(max(in_gpu / size, 0.0), 1.0)
        yield Setting("size_vram / size", round(share, 3), source, Means.GPU_SHARE)
    expires_at = held.get("expires_at")
    if isinstance(expires_at, str):
        yield Setting("expires_at", _FRACTION.sub("", expires_at[:60]), source)


def _of_runner(told: Told, program: Program | Unknown) -> Iterator[Setting]:
    """What the child process that computes was started with."""
    runner = _runner(told, program)
    source = f"{COMMAND} of its runner"
    parallel, context = (_count(option(runner, name)) for name in ("--parallel", "--ctx-size"))
    if parallel:
        yield Setting("--parallel", parallel, source, Means.STREAMS)
        if context:
            name = "--ctx-size / --parallel"
            yield Setting(name, context // parallel, source, Means.CONTEXT_TOKENS)
    yield from _layers(told, _count(option(runner, "--n-gpu-layers")), source)
    for name in RUNNER_OPTIONS:
        value = option(runner, name)
        if value is not None:
            means = Means.KV_CACHE_TYPE if name == "--kv-cache-type" else Means.OTHER
            yield Setting(name, _typed(value, means) if value else True, source, means)


def _layers(told: Told, on_gpu: int | None, source: str) -> Iterator[Setting]:
    """Layers on the GPU and in all, its blocks and the output layer, as Ollama counts them.

    More than there are is a wish, not a fact, and of a model that has nothing in a GPU's memory so
    is any.
    """
    blocks = _fact(told.shown, ".block_count")
    if on_gpu is None or blocks is None or told.held.get("size_vram") == 0:
        return
    layers = blocks[1] + 1
    if on_gpu <= layers:
        yield Setting("--n-gpu-layers", on_gpu, source, Means.GPU_LAYERS)
        yield Setting("block_count + 1", layers, "/api/show", Means.LAYERS)


def _runner(told: Told, program: Program | Unknown) -> tuple[str, ...]:
    """The command line of the runner that has this model's file; empty where there is none."""
    modelfile = told.shown.get("modelfile")
    files = {
        line[5:].strip()
        for line in (modelfile.splitlines() if isinstance(modelfile, str) else ())
        if line.startswith("FROM ")
    }
    if isinstance(program, Unknown) or not told.held:
        return ()
    return next(
        (command for command in program.children if option(command, "--model") in files), ()
    )


def _typed(text: str, means: Means) -> Value | Unknown:
    """A setting's text as the type that its meaning asks for."""
    if means in (Means.CONTEXT_TOKENS, Means.STREAMS):
        return _count(text) or Unknown(f"'{text[:40]}' is no count")
    if means is Means.KEEP_ALIVE_S:
        span = keep_alive_s(text)
        return Unknown(f"'{text[:40]}' is no duration") if span is None else span
    return text[:100]


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
