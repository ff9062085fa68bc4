"""`advisor models`: what is a model, does it fit a box, how fast will it run there?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli.output import is_quiet, json_option, print_json, working
from advisor.cli.types import ContextTokens, Duration, FiniteRange
from advisor.report.language import _, sentence
from advisor.report.text import safe

if TYPE_CHECKING:
    from advisor.models.machine_file import Box

MODEL_HELP = """
    MODEL is a name of the catalogue with a quantization (llama-3.1-8b:Q4_K_M), a
    GGUF file or its URL on a hub (the first bytes are read, never the whole file),
    a folder with config.json, or Ollama's answer to /api/show in a .json file.
"""


SORTS = ("size", "speed", "quality", "cost")


_machine_option = click.option(
    "--machine",
    "machine_path",
    metavar="FILE.toml",
    type=click.Path(path_type=Path),
    help="For the box that the file describes; this machine without it.",
)
_device_option = click.option(
    "--device",
    metavar="NAME",
    help="For a known device, such as RTX 4090; advisor models devices lists them.",
)
_context_option = click.option(
    "--context",
    "context_tokens",
    type=ContextTokens(),
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


class _CommandsOfModels(click.Group):
    """A group that tells who typed a model's name in a command's place what to type."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        given = safe(args[0])
        if given.startswith("-") or difflib.get_close_matches(given, self.commands):
            return super().resolve_command(ctx, args)
        raise click.UsageError(
            f"There is no command 'models {given}'. If it is a model: advisor models show {given}, "
            f"advisor models predict {given}, or advisor models --search {given}.",
            ctx,
        )


@click.group(cls=_CommandsOfModels, invoke_without_command=True)
@_machine_option
@_device_option
@click.option("--quantization", metavar="TYPE", help="One for all; each model's usual without it.")
@_context_option
@_concurrency_option
@click.option("--search", default="", metavar="TEXT", help="Only models whose name holds it.")
@click.option("--all", "everything", is_flag=True, help="Those that do not fit, too.")
@click.option(
    "--sort",
    type=click.Choice(SORTS),
    default="size",
    show_default=True,
    help="By memory, speed, published quality or electricity; what fits comes first.",
)
@click.option(
    "--power-w",
    type=FiniteRange(min=0, min_open=True, max=1e6),
    metavar="W",
    help="What the box draws while it decodes; else the machine file's, or what was measured.",
)
@click.option(
    "--usd-per-kwh",
    type=FiniteRange(0, 100),
    default=0.15,
    show_default=True,
    metavar="USD",
    help="What electricity costs.",
)
@json_option
@click.pass_context
def models(
    ctx: click.Context,
    /,
    machine_path: Path | None,
    device: str | None,
    power_w: float | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Which models fit this box, how fast, and what an API asks for the same.

    Without a command a table of the catalogue. Nothing is fetched and no model is run.
    """
    if ctx.invoked_subcommand is not None:
        return
    from msgspec.structs import replace

    from advisor.advice.models_table import models_table
    from advisor.prices.book import PriceBook

    box = _box(machine_path, device)
    if power_w is not None:
        box = replace(box, active_power_w=power_w, power_source="--power-w")
    with working(_("predicting the speed of each model")):
        found = models_table(box, PriceBook.load(), **asked)
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
@_machine_option
@_device_option
@_context_option
@_concurrency_option
@click.option(
    "--cache-type",
    default="f16",
    show_default=True,
    metavar="TYPE",
    help="How the context's keys and values are kept: f16, bf16, q8_0 or q4_0.",
)
@click.option(
    "--measure",
    "by_layers",
    is_flag=True,
    help="Run two shallow copies with random weights here, and predict from them: a minute.",
)
@json_option
def predict(
    model: str,
    *,
    machine_path: Path | None,
    device: str | None,
    context_tokens: int | None,
    concurrency: int,
    cache_type: str,
    by_layers: bool,
    as_json: bool,
) -> None:
    from advisor.models.cache import known_cache_type
    from advisor.models.prediction import predict as predicted
    from advisor.models.reading import read_model

    _require_one(machine_path, device)
    cache = known_cache_type(cache_type)
    read = read_model(model)
    if by_layers:
        from advisor.cli.measuring_layers import require_measurable

        require_measurable(machine_path or device, concurrency)
    prediction = predicted(read, _box(machine_path, device), context_tokens, concurrency, cache)
    if by_layers:
        from advisor.cli.measuring_layers import by_layers as measured

        prediction = measured(read, prediction, context_tokens or 0)
    if as_json:
        print_json(prediction)
        return
    from advisor.report.models import show_prediction

    show_prediction(prediction)


@models.command()
@click.option("--search", default="", metavar="TEXT", help="Only those whose name holds its words.")
@json_option
def devices(search: str, as_json: bool) -> None:
    """List the devices that --device knows: memory, bandwidth, compute, power.

    Each with its source and date (--json). For another one write a machine file.
    """
    from advisor.models.devices import search_devices

    found = search_devices(search)
    if as_json:
        print_json(found)
        return
    from advisor.report.devices import show_devices

    show_devices(found)


@models.command()
@click.option(
    "--max-time",
    type=Duration(),
    default="155s",
    show_default=True,
    metavar="155s",
    help="What all of it may take; on a slow machine fewer models are measured.",
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
    from advisor.report.models import show_calibrated

    interrupted = measure_small_models(max_time)
    prediction = predicted(read_model("llama-3.1-8b:Q4_K_M"), _this_machine())
    if as_json:
        print_json(prediction)
    else:
        show_calibrated(prediction)
    return INTERRUPTED if interrupted else 0


def _require_one(machine_path: Path | None, device: str | None) -> None:
    if machine_path and device:
        raise click.UsageError("--machine and --device describe two boxes: give one of them.")


def _box(machine_path: Path | None, device: str | None) -> Box:
    """The box of the file, that with the device, or this machine."""
    from advisor.models.machine_file import box_of_device, read_machine

    _require_one(machine_path, device)
    if machine_path:
        return read_machine(machine_path)
    return box_of_device(device) if device else _this_machine()


def _this_machine() -> Box:
    """This machine, with the rates that its own measurements tell where they are enough."""
    from advisor.cli.store import the_store
    from advisor.history.this_box import this_box
    from advisor.machine.probe import probe
    from advisor.report.console import progress_console

    if is_quiet():
        machine = probe()
    else:
        with progress_console().status(_("reading the machine")) as status:
            machine = probe(progress=lambda step: status.update(f"{sentence(step)} …"))
    return this_box(machine, the_store())
