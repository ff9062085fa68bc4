"""What does a server tell about itself, apart from its answers: settings and running totals?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from advisor.documents import Unknown


class Means(StrEnum):
    """What a setting means, whatever its server calls it. Each says the type of its value."""

    CONTEXT_TOKENS = "context_tokens"
    """int: the longest prompt with its answer that one request may have."""
    TRAINED_CONTEXT_TOKENS = "trained_context_tokens"
    """int: the longest that the model was trained for."""
    STREAMS = "streams"
    """int: how many requests are computed at once; others wait."""
    PREFIX_CACHE = "prefix_cache"
    """bool: whether the beginning of a prompt may be answered from memory."""
    LAYERS = "layers"
    """int: how many layers the model has."""
    GPU_LAYERS = "gpu_layers"
    """int: how many of them lie on a GPU."""
    GPU_SHARE = "gpu_share"
    """float, 0 to 1: the part of the loaded model that lies in a GPU's memory."""
    KV_CACHE_TYPE = "kv_cache_type"
    """str: the number format of the KV cache."""
    SPECULATIVE = "speculative"
    """bool: whether a draft is tried, so that a step may yield several tokens."""
    KEEP_ALIVE_S = "keep_alive_s"
    """float: how long a model stays loaded after its last request; infinite where for ever."""
    SLEEPING = "sleeping"
    """bool: whether the engine was put to sleep and must wake for the next request."""
    OTHER = "other"
    """Anything else that changes speed; shown, not judged."""


Value = int | float | bool | str


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting that changes speed: by the server's own name for it, and where it was told.

    `source` is a path of the server's ("/props") or what else told it ("the environment of its
    process"). A value that could not be had is Unknown.
    """

    name: str
    value: Value | Unknown
    source: str
    means: Means = Means.OTHER


@dataclass(frozen=True, slots=True)
class Counters:
    """A server's own running totals; None where it keeps none. Differences are what counts.

    `prompt_tokens` are those that it computed, unless `prompt_includes_cached`, and `cached_tokens`
    those that its prefix cache answered. The seconds are those that it spent on them.
    `first_token_s` is the sum of `first_tokens` times to the first token by its clock, `gap_s` that
    of `gaps` times between two tokens. `source` is the path that told.
    """

    source: str
    prompt_tokens: float | None = None
    generated_tokens: float | None = None
    prompt_s: float | None = None
    generated_s: float | None = None
    requests: float | None = None
    prompt_includes_cached: bool = False
    cached_tokens: float | None = None
    first_token_s: float | None = None
    first_tokens: float | None = None
    gap_s: float | None = None
    gaps: float | None = None
