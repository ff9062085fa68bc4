"""How fast is this server, roughly, and how many words make how many tokens?

A few short requests before anything is measured: the first may load the model and is kept apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from math import sqrt

from advisor.bench.document import FirstRequest
from advisor.bench.engine import run_load
from advisor.bench.interrupt import wait
from advisor.bench.load import Exchange, Limits, Load, Prepared
from advisor.bench.metrics import server_prefill_tok_per_s
from advisor.bench.observe import CUT, Observation, observe
from advisor.bench.prompts import Requests
from advisor.bench.workload import Mix, Workload
from advisor.errors import AdvisorError
from advisor.servers.wire import Server

FIRST_ANSWER_S = 300.0
FEW_WORDS, MANY_WORDS = 24, 96
ANSWER_TOKENS = 16
PAUSES_S = (0.5, 1.0)
PAUSES_IF_BUSY_S = (0.5, 1.0, 2.0, 4.0, 8.0)
LEAST_ANSWER = 2
COUNTED_WITHIN, COUNTED_AT_MOST = 0.01, 3
LEAST_MIX = Mix(16, 8)
ROUNDS_WANTED = 8
ROUNDS_WANTED_AT_ONCE = 4
USABLE_SHARE = 0.9

REMEDIES = {
    "timeout": "The server may still load the model: try again, or see its log.",
    "connect_refused": "Start the server, or correct the address.",
    "http_401": "Give the server's key.",
    "http_403": "Give the server's key.",
    "http_404": "`advisor servers` lists the models that it serves.",
    "http_407": "The proxy asks for a password: write it as http://USER:PASSWORD@HOST:PORT.",
    "proxy_refused": "Ask who runs the proxy, or exempt the server with NO_PROXY.",
    "http_429": "The server limits requests: raise its limit, or try again later.",
    "http_503": "The server is busy or still loads the model: try again.",
    "too_slow": "Allow more time (--max-time), or shorten the prompts and answers.",
    "not_streamed": "The server does not stream: nothing can be timed.",
}


@dataclass(frozen=True, slots=True)
class Calibration:
    """Rough rates of one stream, and how the first request of all went."""

    first: FirstRequest
    prefill_tok_per_s: float
    decode_tok_per_s: float
    tokens_per_byte: float
    counts_input: bool


@dataclass(slots=True)
class _Once:
    """Drives a single request."""

    prepared: Prepared

    def request(self) -> Prepared:
        return self.prepared

    def ended(self, exchange: Exchange) -> int | None:  # noqa: ARG002
        return None

    def tick(self, now_ns: int, load: Load) -> bool:  # noqa: ARG002
        return True

    def idle(self) -> None:
        return


def calibrate(server: Server, requests: Requests, interrupted: Callable[[], bool]) -> Calibration:
    """Three requests: two of different prompt lengths after a first one.

    Raises AdvisorError if one of them keeps failing, KeyboardInterrupt if interrupted.
    """
    first, _ = _ask(server, requests, FEW_WORDS, interrupted)
    longer, size = _ask(server, requests, MANY_WORDS, interrupted)
    shorter, _ = _ask(server, requests, FEW_WORDS, interrupted)
    timings = first.reading.timings
    return Calibration(
        first=FirstRequest(
            ttft_ms=None if first.ttft_s is None else first.ttft_s * 1e3,
            load_s=timings.load_s if timings else None,
        ),
        prefill_tok_per_s=_prefill_tok_per_s(shorter, longer),
        decode_tok_per_s=longer.decode_tok_per_s or longer.output_tokens / longer.e2e_s,
        tokens_per_byte=longer.output_tokens / max(1, size),
        counts_input=longer.reading.input_tokens is not None,
    )


def fit(
    asked: Workload, rough: Calibration, concurrencies: Sequence[int], max_time_s: float
) -> Workload:
    """The asked workload, or a half, a quarter, ... of it that gives enough answers in the time.

    Enough is ROUNDS_WANTED answers of one stream and ROUNDS_WANTED_AT_ONCE of each of several;
    these are taken to share the prefill and to decode together sqrt(n) times as fast as one.
    """
    halvings = 0
    workload, mix = asked, asked.typical
    while mix.input_tokens > LEAST_MIX.input_tokens and mix.output_tokens > LEAST_MIX.output_tokens:
        prefill_s = mix.input_tokens / rough.prefill_tok_per_s
        decode_s = mix.output_tokens / rough.decode_tok_per_s
        longest_s = max(
            ROUNDS_WANTED * (prefill_s + decode_s)
            if n == 1
            else ROUNDS_WANTED_AT_ONCE * (n * prefill_s + sqrt(n) * decode_s)
            for n in concurrencies
        )
        if longest_s <= USABLE_SHARE * max_time_s:
            break
        halvings += 1
        workload = asked.scaled(0.5**halvings)
        mix = workload.typical
    return workload


def count_prompts(
    server: Server,
    requests: Requests,
    workload: Workload,
    rough: Calibration,
    *,
    within_s: float,
    interrupted: Callable[[], bool],
) -> None:
    """Lets the server count prompts as long as those to come, as far as the time allows.

    Raises KeyboardInterrupt if interrupted.
    """
    if not rough.counts_input:
        return
    for tokens in workload.prompt_sizes:
        for _ in range(COUNTED_AT_MOST):
            within_s -= tokens / rough.prefill_tok_per_s
            if within_s < 0:
                return
            count = requests.sizer.words_for(tokens)
            try:
                seen, _ = _ask(server, requests, count, interrupted, answer_tokens=LEAST_ANSWER)
            except AdvisorError:
                return
            counted = seen.reading.input_tokens or 0
            if abs(counted - tokens) <= max(1.0, COUNTED_WITHIN * tokens):
                break


def no_answer(server: Server, model: str, kind: str, detail: str) -> AdvisorError:
    """The error that says why a server could not be measured."""
    return AdvisorError(
        f"{server.kind} at {server.endpoint.url} gives no usable answer from '{model}'",
        why=f"{kind}: {detail}" if detail else kind,
        remedy=REMEDIES.get(kind, "See the server's log."),
    )


def ask_once(
    server: Server,
    requests: Requests,
    words: int,
    interrupted: Callable[[], bool],
    answer_tokens: int = ANSWER_TOKENS,
) -> tuple[Observation, int]:
    """One request, whatever comes of it, and the bytes of its answer.

    Raises AdvisorError if the server takes no such request, KeyboardInterrupt if interrupted.
    """
    load = Load()
    run_load(
        server.endpoint,
        _Once(requests.make_of_words(words, answer_tokens)),
        [0],
        limits=Limits(silence_s=FIRST_ANSWER_S, load_s=FIRST_ANSWER_S),
        load=load,
        interrupted=interrupted,
    )
    if interrupted():
        raise KeyboardInterrupt
    return observe(load.exchanges[0], server), load.received_bytes


def _ask(
    server: Server,
    requests: Requests,
    words: int,
    interrupted: Callable[[], bool],
    answer_tokens: int = ANSWER_TOKENS,
) -> tuple[Observation, int]:
    """One request and the bytes of its answer; tried again where the failure may pass."""
    for attempt in count():
        seen, received_bytes = ask_once(server, requests, words, interrupted, answer_tokens)
        if seen.is_whole:
            requests.sizer.learn(words, seen.reading.input_tokens)
            return seen, received_bytes
        kind = "timeout" if seen.reading.error == CUT else seen.reading.error or "no_tokens"
        pauses_s = PAUSES_IF_BUSY_S if kind in ("http_429", "http_503") else PAUSES_S
        refused = kind.startswith("http_4") and kind != "http_429"
        hopeless = refused or kind in ("timeout", "too_large")
        if hopeless or attempt >= len(pauses_s):
            break
        wait(pauses_s[attempt], interrupted)
    raise no_answer(server, requests.model, kind, seen.reading.error_detail)


def _prefill_tok_per_s(shorter: Observation, longer: Observation) -> float:
    """The server's own rate, else by what the longer prompt took beyond the shorter one."""
    own = server_prefill_tok_per_s(longer)
    if own is not None:
        return own
    tokens = [seen.uncached_input_tokens or seen.words for seen in (shorter, longer)]
    waits_s = [seen.ttft_s or seen.e2e_s for seen in (shorter, longer)]
    further_tokens, further_s = tokens[1] - tokens[0], waits_s[1] - waits_s[0]
    if further_tokens > 0 and further_s > 0.1 * waits_s[1]:
        return further_tokens / further_s
    return tokens[1] / max(waits_s[1], 1e-6)
