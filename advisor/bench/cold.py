"""How long does it take from nothing to an answer, and from one model to another?

What is measured, in this order: the model is unloaded, its file is dropped from the disk cache
where that can be seen to work, it is loaded and asked once, asked again when warm, unloaded, loaded
from the disk cache and asked once. Servers that load with the first request are measured by that.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import msgspec

from advisor.bench.calibrate import ANSWER_TOKENS, FEW_WORDS, ask_once
from advisor.bench.cold_document import ColdStart, Load, RequestTimes
from advisor.bench.observe import Observation
from advisor.bench.prompts import Requests
from advisor.bench.switching import is_loaded, switch_models, switch_processes
from advisor.documents import Unknown, Unknowns
from advisor.errors import AdvisorError, InputError
from advisor.machine.page_cache import cached_share, drop_from_cache
from advisor.servers.discovery import pick_model
from advisor.servers.others import why_in_use
from advisor.servers.serving import Process, Serving
from advisor.servers.weights import weights_of
from advisor.servers.wire import Server
from advisor.servers.wish import Host, User, Wish

WARM_REQUESTS = 5
PATH = "cold_start"


@dataclass(frozen=True, slots=True)
class ColdOrder:
    """That a cold start is measured, and the second model if a switch is."""

    switch_to: str | None = None

    def check(self, ready: Serving) -> None:
        """Raises InputError where the second model cannot be had."""
        if self.switch_to is None:
            return
        if not serves_one(ready):
            if pick_model(ready.server, self.switch_to) == ready.served_as:
                raise InputError(
                    "--switch-to names the model that is measured", remedy="Name another."
                )
        elif not Path(self.switch_to).expanduser().exists():
            raise InputError(
                f"there is no {self.switch_to}", remedy="Give --switch-to a file like --model's."
            )


def serves_one(ready: Serving) -> bool:
    """Whether the server is a process of ours that lives and dies with its model."""
    return ready.process is not None and ready.server.kind != "ollama"


def measure_cold(
    order: ColdOrder, ready: Serving, wish: Wish, host: Host, user: User
) -> tuple[ColdStart | None, dict[str, str], Serving]:
    """The cold start, the reasons for what is unknown of it, and what is served afterwards.

    A model that somebody else may be using is only unloaded after a yes. The model may be unloaded
    in the end; the next request loads it. Raises InputError for a wrong `switch_to`, AdvisorError
    if the server does not come back.
    """
    order.check(ready)
    unknowns = Unknowns()
    refusal = None if ready.process else _refusal(order, ready, user)
    if refusal:
        unknowns.reasons[PATH] = refusal
        return None, unknowns.reasons, ready
    course = _Course(ready, user, unknowns)
    with _loaded_again(ready):
        found = course.measure()
    if isinstance(found, Unknown):
        unknowns.reasons[PATH] = found.reason
        return None, unknowns.reasons, course.ready
    if order.switch_to:
        user.tell(f"Switching to {order.switch_to} and back.")
        if serves_one(ready):
            server, switches = switch_processes(course.ready, wish, order.switch_to, host, user)
            course.ready = replace(course.ready, server=server)
        else:
            switches = switch_models(course.ready, order.switch_to, f"{PATH}.switches", unknowns)
        found = msgspec.structs.replace(found, switches=switches)
    return found, unknowns.reasons, course.ready


def _refusal(order: ColdOrder, ready: Serving, user: User) -> str | None:
    """Why nothing may be unloaded here, unless the user says yes."""
    server, model = ready.server, ready.served_as
    why = None
    if ready.model.loaded is not False:
        why = why_in_use(server, model)
    if why is None and order.switch_to:
        also = [each.name for each in server.models() if each.loaded and each.name != model]
        if also:
            model, why = also[0], "is loaded too, and the switch may push it out of memory"
    if why is None:
        return None
    if user.agrees(f"{model} {why}. Unload models for --cold all the same?"):
        return None
    return f"{model} {why}: unloading it needs a yes at the terminal"


@contextmanager
def _loaded_again(ready: Serving) -> Iterator[None]:
    """A model that was found loaded is loaded again where the measurement is broken off."""
    try:
        yield
    except BaseException:
        if ready.process is None and ready.model.loaded is True:
            with suppress(AdvisorError):
                ready.server.load(ready.served_as)
        raise


@dataclass(slots=True)
class _Course:
    """One measurement of one model; `ready` is what serves it by now."""

    ready: Serving
    user: User
    unknowns: Unknowns
    loads: list[Load] = field(default_factory=list)
    unload_s: float | Unknown = field(default_factory=lambda: Unknown("it was not unloaded"))
    _requests: Requests = field(init=False)

    def measure(self) -> ColdStart | Unknown:
        ready = self.ready
        self._speak_to(ready.server)
        self._requests.make_of_words(FEW_WORDS, ANSWER_TOKENS)
        was_loaded = ready.model.loaded if not serves_one(ready) else Unknown("it was not running")
        files = weights_of(ready)
        self.user.tell(f"Cold start: unloading {ready.served_as}.")
        unloaded = self._unload()
        if isinstance(unloaded, Unknown):
            return unloaded
        if not isinstance(files, Unknown) and not isinstance(cached_share(files), Unknown):
            drop_from_cache(files)
        self._load(files)
        warm = self._warm()
        self._unload()
        if serves_one(ready) or not isinstance(files, Unknown):
            self._load(files)
        settle = self.unknowns.settle
        return ColdStart(
            of="process" if serves_one(ready) else "model",
            was_loaded=settle(f"{PATH}.was_loaded", was_loaded),
            loads=tuple(self.loads),
            warm_request=settle(f"{PATH}.warm_request", warm),
            warm_requests=WARM_REQUESTS,
            unload_s=settle(f"{PATH}.unload_s", self.unload_s),
        )

    def _speak_to(self, server: Server) -> None:
        self.ready = replace(self.ready, server=server)
        self._requests = Requests(server, self.ready.served_as, secrets.randbelow(2**31))

    def _unload(self) -> float | Unknown:
        """Seconds until it was out of memory, kept if it was in there."""
        ready = self.ready
        if serves_one(ready) and ready.process is not None:
            _, took_s = _timed(ready.process.stop)
        else:
            held = is_loaded(ready.server, ready.served_as)
            refused, took_s = _timed(lambda: ready.server.unload(ready.served_as))
            if isinstance(refused, Unknown):
                return refused
            if held is not True:
                return took_s
        self.unload_s = took_s
        return took_s

    def _load(self, files: tuple[Path, ...] | Unknown) -> None:
        path, ready = f"{PATH}.loads[{len(self.loads)}]", self.ready
        share = files if isinstance(files, Unknown) else cached_share(files)
        load_s: float | Unknown
        self.user.tell(f"Cold start: loading {ready.served_as}.")
        if serves_one(ready) and ready.process is not None:
            server, load_s = _started(ready.process)
            self._speak_to(server)
        else:
            refused, took_s = _timed(lambda: ready.server.load(ready.served_as))
            load_s = took_s if refused is None else refused
        settle = self.unknowns.settle
        self.loads.append(
            Load(
                disk_cache_share=settle(f"{path}.disk_cache_share", share),
                load_s=settle(f"{path}.load_s", load_s),
                first_request=settle(f"{path}.first_request", times([self._ask()])),
            )
        )

    def _warm(self) -> RequestTimes | Unknown:
        return times([self._ask() for _ in range(WARM_REQUESTS)])

    def _ask(self) -> Observation:
        return ask_once(self.ready.server, self._requests, FEW_WORDS, lambda: False)[0]


def times(seen: list[Observation]) -> RequestTimes | Unknown:
    """Medians of those that brought a token."""
    first_ms = [each.ttft_s * 1e3 for each in seen if each.ttft_s is not None]
    whole_ms = [each.e2e_s * 1e3 for each in seen if each.is_whole]
    if not first_ms:
        return Unknown(f"no answer: {seen[-1].reading.error or 'no_tokens'}")
    return RequestTimes(ttft_ms=median(first_ms), e2e_ms=median(whole_ms) if whole_ms else None)


def _timed(work: Callable[[], Unknown | None]) -> tuple[Unknown | None, float]:
    began = time.perf_counter()
    said = work()
    return said, time.perf_counter() - began


def _started(process: Process) -> tuple[Server, float]:
    began = time.perf_counter()
    server = process.start()
    return server, time.perf_counter() - began
