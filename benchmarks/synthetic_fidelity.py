"""Does a synthetic model run as fast as the real model that it stands for?

Serves a real GGUF file and a synthetic one of the same shape and types with the embedded engine,
asks both in turn for the same work, and compares the engine's own timings. The two are loaded side
by side and alternate within a round, in a random order, so that whatever else the machine does
meets both. Two comparisons are given: the median of the rounds' ratios, its interval resampled
from the rounds, and the ratio of each model's fastest tenth, which other programs disturb least.

    python benchmarks/synthetic_fidelity.py REAL.gguf [--architecture smollm2-135m] [--rounds 20]
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import statistics
import string
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from advisor.models.catalogue import find, recognize
from advisor.models.metadata import read_metadata
from advisor.models.synthetic import ensure_synthetic
from advisor.servers.embedded import EmbeddedEngine

PROMPT_WORDS = 40
OUTPUT_TOKENS = 64
RATES = {"decode": "predicted_per_second", "prefill": "prompt_per_second"}


def main() -> None:
    """Measures and prints one JSON document; progress goes to standard error."""
    options = _options()
    real = read_metadata(options.real)
    one = find(options.architecture) if options.architecture else recognize(options.real.name)
    if one is None:
        sys.exit("Name the catalogue architecture of the real file with --architecture.")
    threads = options.threads or psutil.cpu_count(logical=False) or 1
    draw = random.Random(options.seed)
    with ExitStack() as stack:
        cache = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = ensure_synthetic(one, real.quantization, cache)
        engines = {
            name: stack.enter_context(EmbeddedEngine(path, threads=threads, context_tokens=2_048))
            for name, path in (("real", options.real), ("synthetic", made.path))
        }
        rounds = [_round(engines, draw, number) for number in range(options.rounds + 1)][1:]
        version = engines["real"].engine_version
    result = {
        "model": one.name,
        "quantization": real.quantization,
        "engine": f"xllamacpp {version}",
        "threads": threads,
        "rounds": len(rounds),
        "bytes": {"real": real.size_bytes, "synthetic": made.size_bytes},
    }
    for what in RATES:
        result[what] = _compared(rounds, what, draw)
    print(json.dumps(result, indent=2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("real", type=Path, help="a real GGUF file")
    parser.add_argument("--architecture", help="its name in the catalogue, if the file's is not")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, help="the number of physical cores by default")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _round(
    engines: dict[str, EmbeddedEngine], draw: random.Random, number: int
) -> dict[str, dict[str, float]]:
    prompt = " ".join(
        "".join(draw.choices(string.ascii_lowercase, k=draw.randint(2, 6)))
        for _ in range(PROMPT_WORDS)
    )
    found = {}
    for name in draw.sample(sorted(engines), len(engines)):
        timings = _timings(engines[name], prompt, number)
        found[name] = {what: timings[key] for what, key in RATES.items()}
    print(number, found, file=sys.stderr)
    return found


def _timings(engine: EmbeddedEngine, prompt: str, seed: int) -> Any:
    body = {
        "prompt": prompt,
        "n_predict": OUTPUT_TOKENS,
        "ignore_eos": True,
        "cache_prompt": False,
        "temperature": 1.0,
        "seed": seed,
    }
    connection = http.client.HTTPConnection(engine.endpoint.host, engine.endpoint.port)
    connection.request(
        "POST", "/completion", json.dumps(body), {"Content-Type": "application/json"}
    )
    answer = json.loads(connection.getresponse().read())
    connection.close()
    assert answer["tokens_predicted"] == OUTPUT_TOKENS, answer
    return answer["timings"]


def _compared(
    rounds: list[dict[str, dict[str, float]]], what: str, draw: random.Random
) -> dict[str, object]:
    ratios = [one["synthetic"][what] / one["real"][what] for one in rounds]
    resampled = sorted(statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(2_000))
    rates = {name: [one[name][what] for one in rounds] for name in ("real", "synthetic")}
    fastest = {name: statistics.quantiles(all_, n=10)[-1] for name, all_ in rates.items()}
    return {
        "real_tok_per_s_median": statistics.median(rates["real"]),
        "synthetic_tok_per_s_median": statistics.median(rates["synthetic"]),
        "ratio_median": statistics.median(ratios),
        "ratio_ci95": [resampled[50], resampled[-51]],
        "ratio_of_fastest_tenth": fastest["synthetic"] / fastest["real"],
    }


if __name__ == "__main__":
    main()
