"""The options that say what to measure, and the person who waits; for `bench` and `run`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli.connecting import (
    connection_options,
    headers_of,
    trust_of,
)
from advisor.cli.output import can_ask
from advisor.cli.types import Concurrencies, Duration, FiniteRange, Rates, Share, TokenCounts
from advisor.errors import InputError
from advisor.report.language import sentence

if TYPE_CHECKING:
    from advisor.bench.cold import ColdOrder
    from advisor.bench.session import Order
    from advisor.report.live import Live
    from advisor.servers.wish import User


def measuring_options(max_time: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds the options of a measurement; `max_time` is the default for each stage."""
    options = [
        click.option("--url", metavar="URL", help="The server to measure."),
        click.option(
            "--machine",
            "probe_file",
            type=click.Path(path_type=Path),
            metavar="FILE.json",
            help="What `advisor probe --json` said on the machine behind --url.",
        ),
        click.option("--server", "kind", metavar="KIND", help="Take the server as this kind."),
        click.option(
            "--model", metavar="NAME|FILE.gguf", help="A served model, or a file to serve."
        ),
        click.option(
            "--synthetic",
            metavar="ARCH[:QUANT]",
            help="Measure random weights of this architecture, such as llama-3.2-1b:Q4_0.",
        ),
        click.option(
            "--start",
            type=click.Choice(["ollama", "vllm", "llama.cpp", "lmstudio"]),
            help="Start a server of this kind for the measurement, and end it afterwards.",
        ),
        click.option("--pull", is_flag=True, help="Let the server download MODEL if it lacks it."),
        click.option(
            "--input-tokens",
            type=click.IntRange(1, 1_000_000),
            metavar="N",
            help="Length of each prompt; without it 512, shorter on a slow box.",
        ),
        click.option(
            "--output-tokens",
            type=click.IntRange(1, 1_000_000),
            metavar="N",
            help="Length of each answer; without it 128, shorter on a slow box.",
        ),
        click.option(
            "--concurrency",
            type=Concurrencies(),
            metavar="1,16,…",
            help="Streams at once, one stage each.",
        ),
        click.option(
            "--max-time",
            type=Duration(),
            default=max_time,
            show_default=True,
            metavar="60s",
            help="The most that each stage takes.",
        ),
        click.option(
            "--precision",
            type=Share(),
            default="5%",
            show_default=True,
            metavar="5%",
            help="Stop a stage when its 95 % interval is this narrow.",
        ),
        click.option(
            "--power-w",
            type=FiniteRange(0, 1e6, min_open=True),
            metavar="W",
            help="What the whole box draws, where nothing can measure it.",
        ),
        click.option(
            "--meter",
            metavar="METER",
            help="Read the power from rapl, nvml, amd, apple, shelly:HOST, tasmota:HOST, "
            "json:URL#path.to.watts or nut:UPS@HOST, instead of the best meter found here.",
        ),
        click.option(
            "--notify",
            multiple=True,
            metavar="URL",
            help="Tell this webhook, or address of Apprise, when the run shows a change.",
        ),
    ]

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        command = connection_options(command)
        for option in reversed(options):
            command = option(command)
        return command

    return add


def load_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that only `bench` has: other loads than a few concurrencies."""
    options = [
        click.option(
            "--workload",
            metavar="NAME|FILE.toml",
            help="Shape of the requests: chat, rag, summarize, code-completion, agentic, batch.",
        ),
        click.option(
            "--prompts",
            "prompt_file",
            type=click.Path(path_type=Path),
            metavar="FILE.jsonl",
            help='Your own prompts, one {"prompt": …} a line.',
        ),
        click.option(
            "--shared-prefix",
            "shared_prefix_tokens",
            type=click.IntRange(0, 1_000_000),
            metavar="N",
            help="Begin every prompt with the same N tokens, to measure the prompt cache.",
        ),
        click.option(
            "--rate",
            "rates_per_s",
            type=Rates(),
            default=(),
            metavar="0.5,2,…",
            help="Requests a second, come what may: one open-loop stage each.",
        ),
        click.option(
            "--arrivals",
            type=click.Choice(["poisson", "constant"]),
            default="poisson",
            show_default=True,
            help="How the requests of --rate follow each other.",
        ),
        click.option(
            "--sweep",
            is_flag=True,
            help="Raise the load from the first level on until the server is saturated.",
        ),
        click.option(
            "--slo",
            default=None,
            metavar="ttft_p95_ms=500,…",
            help="Judge every load by these limits; --sweep finds the highest that meets them.",
        ),
        click.option(
            "--long-context",
            "contexts",
            type=TokenCounts(),
            default=(),
            metavar="2k,8k,…",
            help="Then one stream with prompts of so many tokens: how decoding slows down.",
        ),
        click.option(
            "--cold",
            is_flag=True,
            help="First unload and load the model: what does a cold start take?",
        ),
        click.option(
            "--switch-to",
            metavar="NAME|FILE.gguf",
            help="With --cold: how long does it take to another model, and back?",
        ),
        click.option(
            "--sustained",
            "sustained_s",
            type=Duration(),
            metavar="10m",
            help="In the end a load that lasts: does heat slow the box down?",
        ),
        click.option(
            "--energy",
            type=click.Choice(["brief", "full"]),
            default="brief",
            show_default=True,
            help="full: idle baselines of 30 s and three trials under steady load, 6 min more.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def order_of(given: dict[str, Any]) -> Order:
    """The order that the options in `given` describe. Raises InputError for a wrong one."""
    from advisor.bench.energy_protocol import BRIEF, FULL
    from advisor.bench.level import Arrivals
    from advisor.bench.session import Order
    from advisor.bench.slo import parse_slo
    from advisor.bench.workload import DEFAULT
    from advisor.bench.workload_file import adapted, read_workload
    from advisor.machine.probe_file import read_probe
    from advisor.power.spec import parse_meter
    from advisor.servers.wish import Wish
    from advisor.web.notify import check

    check(given["notify"])
    named = read_workload(given.get("workload") or DEFAULT.name)
    workload = adapted(
        named,
        input_tokens=given["input_tokens"],
        output_tokens=given["output_tokens"],
        shared_prefix_tokens=given.get("shared_prefix_tokens"),
        prompt_file=given.get("prompt_file"),
    )
    return Order(
        rates_per_s=given.get("rates_per_s", ()),
        arrivals=Arrivals(given.get("arrivals", "poisson")),
        sweep=given.get("sweep", False),
        contexts=given.get("contexts", ()),
        sustained_s=given.get("sustained_s"),
        cold=_cold(given),
        energy=FULL if given.get("energy") == "full" else BRIEF,
        slo=parse_slo(given["slo"]) if given.get("slo") else (),
        wish=Wish(
            url=given["url"],
            kind=given["kind"],
            model=given["model"],
            synthetic=given["synthetic"],
            headers=headers_of(given),
            trust=trust_of(given),
            pull=given["pull"],
            start=given["start"],
        ),
        workload=workload,
        fit_to_time=workload is named,
        concurrencies=given["concurrency"],
        max_time_s=given["max_time"],
        precision=given["precision"],
        power_w=given["power_w"],
        meter=parse_meter(given["meter"]) if given["meter"] else None,
        box=read_probe(given["probe_file"]) if given["probe_file"] else None,
    )


def _cold(given: dict[str, Any]) -> ColdOrder | None:
    from advisor.bench.cold import ColdOrder

    if given.get("switch_to") and not given.get("cold"):
        raise InputError("--switch-to belongs to --cold", remedy="Give --cold too.")
    return ColdOrder(given.get("switch_to")) if given.get("cold") else None


def user_at(live: Live) -> User:
    """The person at the terminal, if there is one: told on the live line, asked in between."""
    from advisor.servers.wish import User

    def agrees(question: str) -> bool:
        if not can_ask():
            return False
        with live.paused():
            return click.confirm(sentence(question), default=False, err=True)

    return User(tell=live.step, agrees=agrees)
