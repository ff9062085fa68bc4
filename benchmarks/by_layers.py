"""How far is a speed that is solved from two shallow copies from that of the whole model?

Loads both copies that `advisor models predict --measure` would run and the whole (all synthetic),
asks all three in turn, in a random order within each round, so that whatever else the machine does
meets all, and compares what the copies tell with what the whole took.

    python benchmarks/by_layers.py smollm2-135m:Q4_K_M qwen3-30b-a3b:Q4_K_M/deep ...

A name with "/deep" is the deeper of the model's two copies, taken as a whole of its own, where the
true whole is too large to be measured. Prints a table on standard error and one JSON document on
standard output.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from advisor.bench.by_layers import (
    OUTPUT_TOKENS,
    PROMPT_ROUNDS,
    SHORT_PROMPT_TOKENS,
    passing_folder,
    prompt_s,
    random_tokens,
    step_s,
)
from advisor.bench.session import Order, host_of, models_folder
from advisor.machine.probe import probe
from advisor.models.by_layers import Round, Rounds, decode_rate, prefill_rate
from advisor.models.memory import Load
from advisor.models.model import Model, of_catalogue
from advisor.models.prediction import Band
from advisor.models.shallow import shallow_copies
from advisor.models.synthetic import write_model
from advisor.servers.embedded import EmbeddedEngine

ROUNDS = 10
DEEP = "/deep"
MEMORY_BYTES, DISK_BYTES = 20_000_000_000, 50_000_000_000
BEFORE_TOKENS = 48


def main() -> None:
    """Measures and prints."""
    rows = []
    for name in sys.argv[1:]:
        model = of_catalogue(name.removesuffix(DEEP))
        if name.endswith(DEEP):
            model = shallow_copies(model, Load(), MEMORY_BYTES, DISK_BYTES).deep
        rows.append(_row(model, random.Random(2)))
        print(_line(rows[-1]), file=sys.stderr, flush=True)
    print(json.dumps(rows, indent=2))


def _row(model: Model, draw: random.Random) -> dict[str, Any]:
    host = host_of(probe(), Order())
    copies = shallow_copies(
        model, Load(), host.memory_available_bytes - model.weights_bytes, host.disk_free_bytes
    )
    vocab = model.architecture.vocab
    with passing_folder(models_folder(), "whole-and-copies") as folder, ExitStack() as stack:
        engines = []
        for number, one in enumerate((copies.shallow, copies.deep, model)):
            made = write_model(one, folder / f"{number}.gguf")
            engine = EmbeddedEngine(made.path, threads=host.physical_cores)
            engines.append(stack.enter_context(engine))

        def rounds(count: int, seconds: Callable[[EmbeddedEngine], float]) -> list[list[float]]:
            found = []
            for _ in range(count + 1):
                took = {each: seconds(engines[each]) for each in draw.sample((0, 1, 2), 3)}
                found.append([took[each] for each in (0, 1, 2)])
            return found[1:]

        prompts = rounds(
            PROMPT_ROUNDS,
            lambda each: prompt_s(each, random_tokens(SHORT_PROMPT_TOKENS, vocab, draw)),
        )
        prompt = random_tokens(BEFORE_TOKENS, vocab, draw)
        steps = rounds(ROUNDS, lambda each: step_s(each, prompt))
    found = Rounds(
        copies,
        BEFORE_TOKENS + OUTPUT_TOKENS // 2,
        tuple(Round(*each[:2]) for each in steps),
        SHORT_PROMPT_TOKENS,
        tuple(Round(*each[:2]) for each in prompts),
    )
    step, prompted = (statistics.median(each[2] for each in some) for some in (steps, prompts))
    return {
        "model": f"{model.architecture.name}:{model.quantization}",
        "layers": [each.architecture.layers for each in (copies.shallow, copies.deep, model)],
        "copies_bytes": copies.weights_bytes,
        "whole_bytes": model.weights_bytes,
        "decode": _compared(decode_rate(found), 1 / step),
        "prefill": _compared(prefill_rate(found), SHORT_PROMPT_TOKENS / prompted),
    }


def _compared(band: Band, whole: float) -> dict[str, Any]:
    return {
        "by_layers": [band.p10, band.p50, band.p90],
        "whole": whole,
        "error": band.p50 / whole - 1,
        "inside": band.p10 <= whole <= band.p90,
    }


def _line(row: dict[str, Any]) -> str:
    shallow, deep, layers = row["layers"]
    cells = [row["model"], f"{shallow} and {deep} of {layers}"]
    for what in ("decode", "prefill"):
        low, middle, high = row[what]["by_layers"]
        cells.append(f"{middle:.1f} ({low:.1f}–{high:.1f})")
        cells += [f"{row[what]['whole']:.1f}", f"{100 * row[what]['error']:+.1f} %"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
