"""What did a cold start take? The part of `advisor.bench/1` under `cold_start`."""

from __future__ import annotations

import msgspec


class RequestTimes(msgspec.Struct, frozen=True, kw_only=True):
    """A short request on an idle server, or the medians of several."""

    ttft_ms: float | None
    e2e_ms: float | None


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """One load, and the first request after it.

    `disk_cache_share` is the part of the model's file that was in the disk cache before it.
    `load_s` is null where the server loads with the first request: that holds both then.
    """

    disk_cache_share: float | None
    load_s: float | None
    first_request: RequestTimes | None


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """From one model to another: until the new one was ready, and until its first token.

    `kept_loaded`: the one switched from is still in memory, so the way back is short.
    """

    from_model: str
    to_model: str
    load_s: float | None
    first_token_s: float | None
    kept_loaded: bool | None


class ColdStart(msgspec.Struct, frozen=True, kw_only=True):
    """Times from nothing to an answer.

    `of` is "process" (a server's own process was started and ended, model and all) or "model" (a
    running server loaded and unloaded it). `was_loaded` is how the model was found.
    """

    of: str
    was_loaded: bool | None
    loads: tuple[Load, ...]
    warm_request: RequestTimes | None
    warm_requests: int
    unload_s: float | None
    switches: tuple[Switch, ...] = ()
