"""`advisor models`: what is a model, does it fit a box, how fast will it run there?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli.output import is_quiet, json_option, print_json

if TYPE_CHECKING:
    from advisor.models.machine_file import Box

MODEL_HELP = """
    MODEL is a name of the catalogue with a quantization (llama-3.1-8b:Q4_K_M), a
    GGUF file or its URL on a hub (the first bytes are read, never the whole file),
    a folder with config.json, or Ollama's answer to /api/show in a .json file.
"""


@click.group()
def models() -> None:
    """Know a model before it is fetched, and a box before it is bought."""


@models.command(help=f"Show what a model is: size, layers, experts, cache.\n\n{MODEL_HELP}")
@click.argument("model")
@json_option
def show(model: str, as_json: bool) -> None:
    from advisor.models.description import describe
    from advisor.models.reading import read_model

    described = describe(read_model(model))
    if as_json:
        print_json(described)
        return
    from advisor.report.models import show_model

    show_model(described)


@models.command(
    help=f"Predict memory and speed of a model, on this machine or another.\n\n{MODEL_HELP}"
)
@click.argument("model")
@click.option(
    "--machine",
    "machine_path",
    metavar="FILE.toml",
    type=click.Path(path_type=Path),
    help="Predict for the box that the file describes.",
)
@click.option(
    "--context",
    "context_tokens",
    type=click.IntRange(1, 100_000_000),
    metavar="N",
    help="Tokens of each request's context (4096 for memory, an empty one for speed).",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 4_096),
    default=1,
    show_default=True,
    metavar="N",
    help="Requests at once.",
)
@json_option
def predict(
    model: str,
    machine_path: Path | None,
    context_tokens: int | None,
    concurrency: int,
    as_json: bool,
) -> None:
    from advisor.models.machine_file import read_machine
    from advisor.models.prediction import predict as predicted
    from advisor.models.reading import read_model

    read = read_model(model)
    box = read_machine(machine_path) if machine_path else _this_machine()
    prediction = predicted(read, box, context_tokens, concurrency)
    if as_json:
        print_json(prediction)
        return
    from advisor.report.models import show_prediction

    show_prediction(prediction)


def _this_machine() -> Box:
    from advisor.machine.probe import probe
    from advisor.models.own_machine import own_box
    from advisor.report.console import progress_console

    if is_quiet():
        return own_box(probe())
    with progress_console().status("reading the machine") as status:
        return own_box(probe(progress=lambda step: status.update(f"{step} …")))
