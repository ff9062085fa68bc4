"""What does multiplying a weight cost, by its type and by how many tokens meet it at once?

Two shallow copies of a model, equal but for their depth, are made of one type of weights. In the
embedded engine both answer, token by token, and read prompts of few and many tokens, in turn. What
the deeper one takes longer is that of its further layers alone. `advisor/models/kernels.toml` holds
what it printed.

    python benchmarks/kernel_costs.py Q4_K Q4_0 Q8_0 > kernels.txt

Prints one line a type: picoseconds for each weight, for 1, 2, ... tokens at once, together.
"""

from __future__ import annotations

import argparse
import random
import statistics
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from msgspec.structs import replace as replaced

from advisor.bench.by_layers import passing_folder, prompt_s, random_tokens, step_s
from advisor.bench.session import Order, host_of, models_folder
from advisor.machine.probe import probe
from advisor.models.catalogue import find
from advisor.models.model import Model, quantized
from advisor.models.synthetic import write_model
from advisor.servers.embedded import EmbeddedEngine

ARCHITECTURE, SHALLOW, DEEP = "llama-3.2-1b", 2, 10
AT_ONCE = (2, 4, 8, 16, 128)
ROUNDS = 5


def main() -> None:
    """Measures the named types and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("types", nargs="+")
    threads = host_of(probe(), Order()).physical_cores
    print("type", 1, *AT_ONCE, flush=True)
    for each in parser.parse_args().types:
        with passing_folder(models_folder(), "kernel-costs") as folder:
            costs = _costs(each, folder, threads)
        print(each, *(f"{1e12 * cost:.2f}" for cost in costs), flush=True)


def _costs(of_type: str, folder: Path, threads: int) -> list[float]:
    """The seconds for each weight of a layer, with one token and with `AT_ONCE`."""
    models = [_of_one_type(of_type, layers) for layers in (SHALLOW, DEEP)]
    more = models[1].active_parameters - models[0].active_parameters
    with ExitStack() as stack:
        engines = []
        for number, model in enumerate(models):
            path = folder / f"{number}.gguf"
            write_model(model, path)
            engine = EmbeddedEngine(path, threads=threads, context_tokens=max(AT_ONCE) + 8)
            engines.append(stack.enter_context(engine))
        draw, vocab = random.Random(1), models[0].architecture.vocab

        def further_s(tokens: int) -> float:
            prompt = random_tokens(tokens, vocab, draw)
            seconds = step_s if tokens == 1 else prompt_s
            shallow, deep = (seconds(each, prompt) for each in engines)
            return deep - shallow

        rounds = [[further_s(tokens) for tokens in (1, *AT_ONCE)] for _ in range(ROUNDS)]
    return [statistics.median(column) / more for column in zip(*rounds, strict=True)]


def _of_one_type(of_type: str, layers: int) -> Model:
    architecture = replaced(find(ARCHITECTURE), layers=layers, name=f"{ARCHITECTURE}-{layers}")
    model = quantized(architecture, "Q4_0")
    return replace(
        model,
        tensors=tuple(
            replace(each, type=of_type)
            if each.shape.layer is not None and each.weights > 1e6
            else each
            for each in model.tensors
        ),
    )


if __name__ == "__main__":
    main()
