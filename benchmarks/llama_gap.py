"""How much of llama-bench's speed is lost in llama-server, and how much in measuring it?

Three legs of the same build of llama.cpp on the same model, threads and batch sizes, at one stream:

- `bench`: `llama-bench`, which computes without a server around it;
- `alone`: `llama-server`, one blocking request at a time that is not streamed, by its own timers;
- `measured`: the same server measured by this benchmark, by its timers (`timers`) and by this
  side's clock (`ours`) of the same requests.

Each round starts both programs anew and runs the legs in the reverse order of the round before, so
that what drifts meets all of them. A prompt is prefilled from an empty cache and an answer follows
a short prompt, as in `llama-bench`. The gap is a product of links, each with its spread over the
rounds:

    server = alone / bench      load = timers / alone      clock = ours / timers
    measuring = load * clock    all = server * measuring

The build is that of `llama_tools` and the model SmolLM2-135M unless others are given.

    python benchmarks/llama_gap.py [--threads 2] [--rounds 6] [--model FILE] [--tools FOLDER]
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import psutil
from llama_tools import llama_server, run_llama_bench, tools, version

from advisor.bench.document import Model
from advisor.bench.plan import BenchPlan
from advisor.bench.runner import run_bench
from advisor.bench.statistics import t_quantile
from advisor.bench.workload import fixed
from advisor.servers.discovery import connect

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from real_models import smollm2_path

KINDS = ("prefill", "decode")
LINKS = ("server", "load", "clock", "measuring", "all")
PROMPT_TOKENS, ANSWER_TOKENS = 512, 128
SHORT_PROMPT_TOKENS, SHORT_ANSWER_TOKENS = 8, 8
FIRST_TOKEN, TOKENS_DRAWN_FROM = 100, 30_000
"""Ids of ordinary text in the vocabularies of small models."""
REQUEST_S = 300.0

Rates = dict[str, float]
"""Tokens a second by kind."""


@dataclass(frozen=True, slots=True)
class Legs:
    """One round's rates, by leg."""

    bench: Rates
    alone: Rates
    timers: Rates
    ours: Rates


@dataclass(frozen=True, slots=True)
class Spread:
    """A ratio over the rounds; `ci95` is its mean's, null for a single round."""

    mean: float
    ci95: tuple[float, float] | None
    lowest: float
    highest: float
    rounds: tuple[float, ...]


def links(legs: Legs, kind: str) -> Rates:
    """One round's ratios of one kind."""
    bench, alone = legs.bench[kind], legs.alone[kind]
    timers, ours = legs.timers[kind], legs.ours[kind]
    return {
        "server": alone / bench,
        "load": timers / alone,
        "clock": ours / timers,
        "measuring": ours / alone,
        "all": ours / bench,
    }


def spread(ratios: Sequence[float]) -> Spread:
    """The mean of the rounds' ratios, how sure it is, and how far they lie apart."""
    middle = mean(ratios)
    interval = None
    if len(ratios) > 1:
        half = t_quantile(len(ratios) - 1) * stdev(ratios) / len(ratios) ** 0.5
        interval = middle - half, middle + half
    return Spread(middle, interval, min(ratios), max(ratios), tuple(ratios))


def split(rounds: Sequence[Legs]) -> dict[str, dict[str, Spread]]:
    """Every link's spread, by kind."""
    found = {kind: [links(legs, kind) for legs in rounds] for kind in KINDS}
    return {
        kind: {link: spread([each[link] for each in ratios]) for link in LINKS}
        for kind, ratios in found.items()
    }


def bench_rates(report: str) -> Rates:
    """The median of llama-bench's repetitions, from its JSON report."""
    entries = json.loads(report)
    return {
        kind: median(entry["samples_ts"])
        for entry in entries
        for kind, field in (("prefill", "n_prompt"), ("decode", "n_gen"))
        if entry[field]
    }


def timed_rate(timings: Mapping[str, float], kind: str) -> float:
    """The rate by one request's timers. The decode clock starts at the first of the tokens."""
    if kind == "prefill":
        return timings["prompt_n"] / timings["prompt_ms"] * 1e3
    return (timings["predicted_n"] - 1) / timings["predicted_ms"] * 1e3


def rows(found: Mapping[str, Mapping[str, Spread]]) -> Iterator[str]:
    """The table, at most 80 columns wide."""
    yield f"{'':<9} {'link':<10} {'mean':>7}   {'95 % interval':<18} {'lowest-highest':<18}"
    for kind, ratios in found.items():
        for link, ratio in ratios.items():
            low, high = ratio.ci95 or (float("nan"), float("nan"))
            yield (
                f"{kind:<9} {link:<10} {ratio.mean:7.4f}   {low:7.4f} - {high:7.4f}  "
                f"{ratio.lowest:7.4f} - {ratio.highest:7.4f}"
            )


def lengths_of(kind: str) -> tuple[int, int]:
    """Tokens in and out of the requests that tell the rate of this kind."""
    if kind == "prefill":
        return PROMPT_TOKENS, SHORT_ANSWER_TOKENS
    return SHORT_PROMPT_TOKENS, ANSWER_TOKENS


def alone(url: str, requests: int, seed: int) -> Rates:
    """The server's timers of requests one after the other, the first of each kind left out."""
    draw = random.Random(seed)
    return {
        kind: median([timed_rate(_ask(url, kind, draw), kind) for _ in range(requests + 1)][1:])
        for kind in KINDS
    }


def _ask(url: str, kind: str, draw: random.Random) -> dict[str, float]:
    input_tokens, output_tokens = lengths_of(kind)
    body = {
        "prompt": [draw.randrange(FIRST_TOKEN, TOKENS_DRAWN_FROM) for _ in range(input_tokens)],
        "max_tokens": output_tokens,
        "temperature": 1,
        "seed": draw.randrange(2**31),
        "ignore_eos": True,
        "cache_prompt": False,
    }
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=REQUEST_S)
    try:
        connection.request(
            "POST", "/v1/completions", json.dumps(body), {"Content-Type": "application/json"}
        )
        timings: dict[str, float] = json.loads(connection.getresponse().read())["timings"]
    finally:
        connection.close()
    return timings


def measured(url: str, max_time_s: float) -> tuple[Rates, Rates]:
    """The server's timers while this benchmark measures it, and this side's clock."""
    server = connect(url)
    (model,) = server.models()
    timers: Rates = {}
    ours: Rates = {}
    for kind in KINDS:
        plan = BenchPlan(
            model=model.name,
            workload=fixed(*lengths_of(kind)),
            concurrencies=(1,),
            max_time_s=max_time_s,
            second_mix=False,
            fit_to_time=False,
        )
        run = run_bench(
            plan,
            server=server,
            machine_id="llama_gap",
            measured_on="CPU",
            model=Model(name=model.name),
        )
        check = run.document.stages[0].cross_check
        compared = check and getattr(check, f"{kind}_tok_per_s")
        if not compared:
            sys.exit(f"llama-server gave no timers of {kind}.")
        timers[kind], ours[kind] = compared.servers, compared.ours
    return timers, ours


def bench_report(options: argparse.Namespace) -> str:
    return run_llama_bench(
        options.tools,
        options.model,
        options.threads,
        tests=("-p", str(PROMPT_TOKENS), "-n", str(ANSWER_TOKENS)),
        repetitions=options.repetitions,
    )


def one_round(options: argparse.Namespace, number: int) -> Legs:
    """All legs once, in an order that turns round with the number."""
    forward = number % 2 == 0
    if forward:
        report = bench_report(options)
    with llama_server(options.tools, options.model, options.threads) as url:
        if forward:
            by_itself = alone(url, options.repetitions, number)
        timers, ours = measured(url, options.seconds)
        if not forward:
            by_itself = alone(url, options.repetitions, number)
    if not forward:
        report = bench_report(options)
    return Legs(bench_rates(report), by_itself, timers, ours)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--model", type=Path, help="a GGUF file")
    parser.add_argument("--tools", type=Path, help="a folder with llama-bench and llama-server")
    parser.add_argument("--threads", type=int, default=psutil.cpu_count(logical=False) or 1)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--repetitions", type=int, default=5, help="of each test in a leg")
    parser.add_argument("--seconds", type=float, default=20.0, help="at most for a kind, measured")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.tools = options.tools or tools()
    options.model = options.model or smollm2_path()
    if options.model is None:
        sys.exit("SmolLM2 cannot be fetched: name a model with --model.")
    return options


def main() -> None:
    options = _options()
    rounds: list[Legs] = []
    print("tokens/s       prefill: bench alone timers ours    decode: bench alone timers ours")
    for number in range(options.rounds):
        legs = one_round(options, number)
        rounds.append(legs)
        shown = [
            " ".join(f"{rates[kind]:6.1f}" for rates in asdict(legs).values()) for kind in KINDS
        ]
        print(f"round {number + 1:<2}            {shown[0]}         {shown[1]}", flush=True)
    found = split(rounds)
    print(*rows(found), sep="\n")
    if options.json:
        record: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "build": version(options.tools),
            "model": options.model.name,
            "threads": options.threads,
            "repetitions": options.repetitions,
            "links": {k: {name: asdict(s) for name, s in v.items()} for k, v in found.items()},
            "rounds": [asdict(legs) for legs in rounds],
        }
        options.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
