"""How long does a server take from one model to another, and back?"""

from __future__ import annotations

import secrets
import time
from dataclasses import replace

from advisor.bench.calibrate import FEW_WORDS, ask_once
from advisor.bench.cold_document import Switch
from advisor.bench.prompts import Requests
from advisor.documents import Unknown, Unknowns
from advisor.servers.discovery import pick_model
from advisor.servers.obtain import serving
from advisor.servers.serving import Serving
from advisor.servers.wire import Server
from advisor.servers.wish import Host, User, Wish


def switch_models(ready: Serving, other: str, path: str, unknowns: Unknowns) -> tuple[Switch, ...]:
    """To `other` and back, on a server that has both. A model that was not loaded is unloaded.

    Raises AdvisorError if a load fails.
    """
    server, model = ready.server, ready.served_as
    other = pick_model(server, other)
    was_loaded = is_loaded(server, other)
    server.load(model)
    switches = tuple(
        _switch(server, before, after, f"{path}[{index}]", unknowns)
        for index, (before, after) in enumerate(((model, other), (other, model)))
    )
    if was_loaded is False:
        server.unload(other)
    return switches


def _switch(server: Server, before: str, after: str, path: str, unknowns: Unknowns) -> Switch:
    requests = Requests(server, after, secrets.randbelow(2**31))
    began = time.perf_counter()
    refused = server.load(after)
    took_s = time.perf_counter() - began
    first_token_s = _first_token_s(server, requests)
    settle = unknowns.settle
    kept = is_loaded(server, before)
    return Switch(
        from_model=before,
        to_model=after,
        load_s=settle(f"{path}.load_s", took_s if refused is None else refused),
        first_token_s=None
        if first_token_s is None
        else (took_s if refused is None else 0.0) + first_token_s,
        kept_loaded=settle(f"{path}.kept_loaded", kept),
    )


def switch_processes(
    ready: Serving, wish: Wish, other: str, host: Host, user: User
) -> tuple[Server, tuple[Switch, ...]]:
    """To a process that serves `other` and back: one ends before the next starts.

    Raises InputError or AdvisorError if `other` cannot be served.
    """
    assert ready.process is not None
    began = time.perf_counter()
    ready.process.stop()
    with serving(replace(wish, model=other, synthetic=None), host, user) as second:
        load_s = time.perf_counter() - began
        name = second.served_as
        there = _of_process(ready.served_as, name, load_s, second.server)
        began = time.perf_counter()
    server = ready.process.start()
    load_s = time.perf_counter() - began
    back = _of_process(name, ready.served_as, load_s, server)
    return server, (there, back)


def _of_process(before: str, after: str, load_s: float, server: Server) -> Switch:
    first_s = _first_token_s(server, Requests(server, after, secrets.randbelow(2**31)))
    return Switch(
        from_model=before,
        to_model=after,
        load_s=load_s,
        first_token_s=None if first_s is None else load_s + first_s,
        kept_loaded=False,
    )


def _first_token_s(server: Server, requests: Requests) -> float | None:
    return ask_once(server, requests, FEW_WORDS, lambda: False)[0].ttft_s


def is_loaded(server: Server, model: str) -> bool | Unknown:
    """Whether a model is in memory, as far as the server tells it."""
    listed = (each.loaded for each in server.models() if each.name == model)
    return next(listed, Unknown("the server no longer lists it"))
