"""What was predicted, how fast is the synthetic model, and how fast is the real one?

Takes real GGUF files, as they are and in other quantizations (made by llama.cpp's own quantizer),
asks `advisor models predict` for their speed, and then serves each beside a synthetic model of the
same shape and types with the embedded engine. Both are read from the disk just before: where the
system had put an older file's pages was seen to cost a tenth of the decode speed. Both get the same
numbers of tokens and alternate within a round, in a random order, so that whatever else the machine
does meets both; the engine's own timings count. The ratio is the median of the rounds' ratios, its
interval resampled from the rounds; beside it stands the ratio of each model's fastest tenth, which
other programs disturb least.

    advisor models calibrate       # so that predictions rest on this machine
    python benchmarks/synthetic_fidelity.py REAL.gguf ... [--quantizations Q4_0,Q8_0] \\
        [--contexts 64,1536] [--rounds 12]

Prints a table on standard error and one JSON document on standard output.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
from requantize import requantized

from advisor.machine.page_cache import drop_from_cache
from advisor.models.catalogue import find, recognize
from advisor.models.metadata import read_metadata
from advisor.models.synthetic import ensure_synthetic
from advisor.servers.embedded import EmbeddedEngine

OUTPUT_TOKENS = 64
RATES = {"decode": "predicted_per_second", "prefill": "prompt_per_second"}


def main() -> None:
    """Measures and prints."""
    options = _options()
    draw = random.Random(options.seed)
    rows = [row for path in options.real for row in _model(path, options, draw)]
    for row in rows:
        print(_line(row), file=sys.stderr)
    print(json.dumps(rows, indent=2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("real", type=Path, nargs="+", help="real GGUF files")
    parser.add_argument("--architecture", help="its name in the catalogue, if the file's is not")
    parser.add_argument("--quantizations", type=_names, default=[], help="besides the file's own")
    parser.add_argument("--contexts", type=_numbers, default=[64], help="tokens of the prompt")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, help="the number of physical cores by default")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _names(text: str) -> list[str]:
    return text.split(",")


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _model(path: Path, options: argparse.Namespace, draw: random.Random) -> Iterator[Any]:
    one = find(options.architecture) if options.architecture else recognize(path.name)
    if one is None:
        sys.exit("Name the catalogue architecture of the real file with --architecture.")
    threads = options.threads or psutil.cpu_count(logical=False) or 1
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(shutil.copy(path, folder))
        others = [requantized(path, each, Path(folder)) for each in options.quantizations]
        for real in (fresh, *others):
            found = read_metadata(real)
            drop_from_cache([real])
            made = ensure_synthetic(one, found.quantization, Path(folder))
            files = {"real": real, "synthetic": made.path}
            measured = _measured(files, options, threads, draw)
            for context, rounds in measured.items():
                yield {
                    "model": one.name,
                    "quantization": found.quantization,
                    "bytes": {"real": found.size_bytes, "synthetic": made.size_bytes},
                    "context_tokens": context,
                    "threads": threads,
                    "predicted": _predicted(real, context),
                    **{what: _compared(rounds, what, draw) for what in RATES},
                }


def _predicted(real: Path, context: int) -> dict[str, Any]:
    """What `advisor models predict` says in the middle of the answer, before it is measured."""
    command = [sys.executable, "-m", "advisor", "models", "predict", str(real), "--json"]
    middle = context + OUTPUT_TOKENS // 2
    said = subprocess.run(
        [*command, "--context", str(middle)], check=True, capture_output=True, text=True
    )
    document = json.loads(said.stdout)
    return {what: document[f"{what}_tok_per_s"] for what in RATES} | {"basis": document["basis"]}


def _measured(
    files: dict[str, Path], options: argparse.Namespace, threads: int, draw: random.Random
) -> dict[int, list[dict[str, dict[str, float]]]]:
    most = max(options.contexts) + OUTPUT_TOKENS + 64
    with ExitStack() as stack:
        engines = {
            name: stack.enter_context(EmbeddedEngine(path, threads=threads, context_tokens=most))
            for name, path in files.items()
        }
        return {
            context: [_round(engines, draw, context) for _ in range(options.rounds + 1)][1:]
            for context in options.contexts
        }


def _round(
    engines: dict[str, EmbeddedEngine], draw: random.Random, context: int
) -> dict[str, dict[str, float]]:
    prompt = [draw.randrange(1_000, 30_000) for _ in range(context)]
    found = {}
    for name in draw.sample(sorted(engines), len(engines)):
        timings = _timings(engines[name], prompt)
        found[name] = {what: timings[key] for what, key in RATES.items()}
    print(context, found, file=sys.stderr)
    return found


def _timings(engine: EmbeddedEngine, prompt: list[int]) -> Any:
    body = {
        "prompt": prompt,
        "n_predict": OUTPUT_TOKENS,
        "ignore_eos": True,
        "cache_prompt": False,
        "temperature": 1.0,
        "seed": prompt[0],
    }
    connection = http.client.HTTPConnection(engine.endpoint.host, engine.endpoint.port)
    connection.request(
        "POST", "/completion", json.dumps(body), {"Content-Type": "application/json"}
    )
    answer = json.loads(connection.getresponse().read())
    connection.close()
    assert answer["tokens_predicted"] == OUTPUT_TOKENS, answer
    assert answer["timings"]["prompt_n"] == len(prompt), answer["timings"]
    return answer["timings"]


def _compared(
    rounds: list[dict[str, dict[str, float]]], what: str, draw: random.Random
) -> dict[str, Any]:
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


def _line(row: dict[str, Any]) -> str:
    cells = [row["model"], row["quantization"], str(row["context_tokens"])]
    for what in RATES:
        band = row["predicted"][what]
        cells.append(f"{band['p50']:.0f} ({band['p10']:.0f}–{band['p90']:.0f})" if band else "–")
        cells += [f"{row[what][f'{name}_tok_per_s_median']:.0f}" for name in ("synthetic", "real")]
        low, high = row[what]["ratio_ci95"]
        cells.append(f"{row[what]['ratio_median']:.3f} ({low:.3f}–{high:.3f})")
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
