"""`advisor models`: what is a model, does it fit a box, how fast will it run there?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from advisor.cli.output import is_quiet, json_option, print_json
from advisor.cli.types import Duration

if TYPE_CHECKING:
    from advisor.advice.models_table import Power
    from advisor.models.machine_file import Box

MODEL_HELP = """
    MODEL is a name of the catalogue with a quantization (llama-3.1-8b:Q4_K_M), a
    GGUF file or its URL on a hub (the first bytes are read, never the whole file),
    a folder with config.json, or Ollama's answer to /api/show in a .json file.
"""


MOST_RUNS = 200
"""So many of this machine's latest runs are looked through for its speed."""
SORTS = ("size", "speed", "quality", "cost")


_context_option = click.option(
    "--context",
    "context_tokens",
    type=click.IntRange(1, 100_000_000),
    metavar="N",
    help="Tokens of each request's context (4096 for memory, an empty one for speed).",
)
_concurrency_option = click.option(
    "--concurrency",
    type=click.IntRange(1, 4_096),
    default=1,
    show_default=True,
    metavar="N",
    help="Requests at once.",
)


@click.group(invoke_without_command=True)
@click.option(
    "--machine",
    "machine_path",
    metavar="FILE.toml",
    type=click.Path(path_type=Path),
    help="For the box that the file describes; this machine without it.",
)
@click.option("--quantization", metavar="TYPE", help="One for all; each model's usual without it.")
@_context_option
@_concurrency_option
@click.option("--search", default="", metavar="TEXT", help="Only models whose name holds it.")
@click.option("--all", "everything", is_flag=True, help="Those that do not fit, too.")
@click.option("--sort", type=click.Choice(SORTS), default="size", show_default=True)
@click.option(
    "--power-w",
    type=click.FloatRange(min=0, min_open=True, max=1e6),
    metavar="W",
    help="What the box draws while it decodes; else the machine file's, or what was measured.",
)
@click.option(
    "--usd-per-kwh", type=click.FloatRange(0, 100), default=0.15, show_default=True, metavar="USD"
)
@json_option
@click.pass_context
def models(ctx: click.Context, /, machine_path: Path | None, as_json: bool, **asked: Any) -> None:
    """Which models fit this box, how fast, and what an API asks for the same.

    Without a command a table of the catalogue. Nothing is fetched and no model is run.
    """
    if ctx.invoked_subcommand is not None:
        return
    from advisor.advice.models_table import Power, models_table
    from advisor.models.machine_file import read_machine
    from advisor.prices.book import PriceBook

    box = read_machine(machine_path) if machine_path else _this_machine()
    watts = asked.pop("power_w")
    power = Power(active_power_w=watts, source="--power-w") if watts else None
    if power is None and box.active_power_w is not None:
        power = Power(active_power_w=box.active_power_w, source="the machine file")
    if power is None and machine_path is None:
        power = _measured_power()
    found = models_table(box, PriceBook.load(), power=power, **asked)
    if as_json:
        print_json(found)
        return
    from advisor.report.models_table import show_models

    show_models(found)


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
@_context_option
@_concurrency_option
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


def _measured_power() -> Power | None:
    """What the box drew in the latest measurement on it, if one was kept."""
    from advisor.advice.measurement import measured_box
    from advisor.advice.models_table import Power
    from advisor.cli.store import the_store
    from advisor.documents import Unknown
    from advisor.errors import AdvisorError

    try:
        run = the_store().load(None, measured=True)
    except AdvisorError:
        return None
    if run.bench is None or run.machine is None:
        return None
    box = measured_box(run.bench, run.machine)
    if isinstance(box, Unknown) or box.active_power_w is None:
        return None
    return Power(active_power_w=box.active_power_w, source=f"{box.power_grade}, run {run.id}")


@models.command()
@click.option(
    "--max-time",
    type=Duration(),
    default="10s",
    show_default=True,
    metavar="10s",
    help="The most that each model's measurement takes, loading and idle power apart.",
)
@json_option
def calibrate(max_time: float, as_json: bool) -> int:
    """Measure small synthetic models here, so that predictions rest on this machine.

    Some three minutes: each model is written, served by the embedded llama.cpp,
    measured and kept in the history; nothing is fetched. Any other run on this
    machine with a model of the catalogue counts, too (advisor bench). Ctrl-C ends it
    and keeps what was measured.
    """
    from advisor.cli.calibrating import measure_small_models
    from advisor.cli.main import INTERRUPTED
    from advisor.models.prediction import predict as predicted
    from advisor.models.reading import read_model
    from advisor.report.models import show_prediction

    interrupted = measure_small_models(max_time)
    prediction = predicted(read_model("llama-3.1-8b:Q4_K_M"), _this_machine())
    if as_json:
        print_json(prediction)
    else:
        show_prediction(prediction)
    return INTERRUPTED if interrupted else 0


def _this_machine() -> Box:
    """This machine, with the rates that its own measurements tell where they are enough."""
    from advisor.advice.own_speed import own_speed
    from advisor.cli.store import the_store
    from advisor.documents import Unknown
    from advisor.history.wanted import Wanted
    from advisor.machine.probe import probe
    from advisor.models.own_machine import own_box
    from advisor.report.console import progress_console

    if is_quiet():
        machine = probe()
    else:
        with progress_console().status("reading the machine") as status:
            machine = probe(progress=lambda step: status.update(f"{step} …"))
    box = own_box(machine)
    store = the_store()
    wanted = Wanted(machine=machine.id, measured=True, own=True, limit=MOST_RUNS)
    runs = store.load_all([each.id for each in store.history(wanted).runs])
    benches = [run.bench for run in runs if run.bench is not None]
    own = own_speed(benches, on_processor=box.kind == "cpu")
    return box if isinstance(own, Unknown) else replace(box, own=own)
