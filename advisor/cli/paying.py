"""The options of measurements that cost money, for `bench`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from advisor.cli.output import can_ask
from advisor.cli.types import FiniteRange
from advisor.report.language import _, sentence

if TYPE_CHECKING:
    from advisor.advice.paid.measure import Consent, Prepared
    from advisor.advice.paid.spending import Estimate
    from advisor.bench.paid import PaidPlan
    from advisor.bench.plan import BenchRun
    from advisor.bench.session import Order
    from advisor.machine.document import Machine
    from advisor.report.live import Live

FEW_REQUESTS = 10
_ONLY_LOCAL = {
    "kind": "--server",
    "probe_file": "--machine",
    "start": "--start",
    "cold": "--cold",
    "synthetic": "--synthetic",
    "pull": "--pull",
    "headers": "--header",
    "power_w": "--power-w",
    "meter": "--meter",
    "rates_per_s": "--rate",
    "sweep": "--sweep",
    "contexts": "--long-context",
    "sustained_s": "--sustained",
    "beside": "--beside",
    "energy": "--energy full",
}
_NOT_ASKED_FOR = (None, False, (), "brief")


def paying_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that name paid APIs and bound what they may cost."""
    options = [
        click.option(
            "--api",
            metavar="PROVIDER",
            help="Measure --model at this paid API: openai, anthropic, gemini, groq, together, "
            "openrouter, deepseek, mistral. Its key is read from the environment or the keyring.",
        ),
        click.option(
            "--beside",
            multiple=True,
            metavar="PROVIDER/MODEL",
            help="Put the same requests to this paid API as well. May be repeated.",
        ),
        click.option(
            "--max-usd",
            type=float,
            default=0.10,
            show_default=True,
            metavar="USD",
            help="No request is begun that could bring the cost of one API over this.",
        ),
        click.option(
            "--price",
            metavar="IN/OUT",
            help="USD per million tokens, for a model that the price book lacks.",
        ),
        click.option(
            "--requests",
            type=click.IntRange(1, 1000),
            default=FEW_REQUESTS,
            show_default=True,
            metavar="N",
            help="How many requests an API gets at each concurrency.",
        ),
        click.option(
            "--usd-per-kwh",
            type=FiniteRange(0, 100),
            metavar="USD",
            help="Price of electricity, for --beside.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def prepared_api(given: dict[str, Any]) -> Prepared:
    """The API that --api names. Raises InputError for options that hold for local servers only."""
    from advisor.advice.paid.measure import ApiWish, prepare
    from advisor.errors import InputError
    from advisor.servers.apis.providers import known_provider
    from advisor.servers.route import Trust

    provider = known_provider(given["api"])
    for key, option in _ONLY_LOCAL.items():
        if given.get(key) not in _NOT_ASKED_FOR:
            raise InputError(
                f"{option} is not for a paid API",
                why="it gets few requests, one after the other, its machines are out of sight, and "
                "its key comes from the environment or the keyring",
                remedy=f"Leave {option} out.",
            )
    if not given["model"]:
        raise InputError(
            "which model of the API is to be measured?",
            remedy=f"Name it with --model; `advisor prices list --provider {provider.book_name}` "
            "lists those with a price.",
        )
    return prepare(
        ApiWish(
            provider,
            given["model"],
            given["max_usd"],
            url=given["url"],
            price=given["price"],
            trust=Trust(authorities=given["ca_file"]),
        )
    )


def prepared_beside(given: dict[str, Any]) -> list[Prepared]:
    """The APIs that --beside names. Raises InputError for one that cannot be measured."""
    from advisor.advice.paid.measure import ApiWish, prepare
    from advisor.errors import InputError
    from advisor.servers.apis.providers import known_provider
    from advisor.servers.route import Trust

    found = []
    for name in given["beside"]:
        provider, slash, model = name.partition("/")
        if not (slash and model):
            raise InputError(
                f"'{name[:100]}' names no model of an API",
                remedy="Write it like groq/llama-3.1-8b-instant.",
            )
        wish = ApiWish(
            known_provider(provider),
            model,
            given["max_usd"],
            price=given["price"],
            trust=Trust(authorities=given["ca_file"]),
        )
        found.append(prepare(wish))
    return found


def plan_of(order: Order, ready: Prepared, requests: int) -> PaidPlan:
    """What an API is asked, by the options of the measurement."""
    from advisor.bench.paid import PaidPlan

    return PaidPlan(
        model=ready.wish.model,
        workload=order.workload,
        requests=requests,
        concurrencies=order.concurrencies or (1,),
        max_time_s=order.max_time_s,
        slo=order.slo,
    )


def consent_at(live: Live) -> Consent:
    """Shows the estimate, and asks where somebody sits at a terminal."""

    def consent(estimate: str) -> bool:
        live.say(sentence(estimate))
        if not can_ask():
            return True
        with live.paused():
            return click.confirm(_("Send them?"), default=False, err=True)

    return consent


def agreed_beside(
    given: dict[str, Any], order: Order, live: Live
) -> list[tuple[Prepared, Estimate]]:
    """The APIs that --beside names, each with the estimate that was agreed to."""
    from advisor.advice.paid.measure import agree

    found = []
    for ready in prepared_beside(given):
        plan = plan_of(order, ready, given["requests"])
        found.append((ready, agree(ready, replace(plan, concurrencies=(1,)), consent_at(live))))
    return found


def put_beside(
    run: BenchRun,
    agreed: list[tuple[Prepared, Estimate]],
    *,
    machine: Machine,
    live: Live,
    usd_per_kwh: float | None,
) -> BenchRun:
    """The run with what each API made of the same requests; one that fails is a warning."""
    from advisor.advice.paid.measure import measure_api
    from advisor.advice.paid.same_work import NOTHING_TO_COMPARE, with_same_work, with_warning
    from advisor.advice.tariff_table import DEFAULT_USD_PER_KWH
    from advisor.bench.paid import PaidPlan
    from advisor.bench.plan import BenchRun
    from advisor.errors import AdvisorError

    replayed = run.replayed
    if replayed is None or not replayed.script:
        document = with_warning(run.document, NOTHING_TO_COMPARE)
        return BenchRun(document, run.samples, run.interrupted)
    measured, failures = [], []
    for ready, expected in agreed:
        plan = PaidPlan(
            model=ready.wish.model,
            workload=replayed.replay.measured.workload,
            requests=len(replayed.script),
            script=replayed.script,
        )
        try:
            found = measure_api(
                ready, plan, expected, machine_id=machine.id, on_progress=live.measuring
            )
        except AdvisorError as error:
            failures.append(f"{ready.wish.name} was not measured: {error}")
            continue
        if found.done.replays:
            measured.append(found)
    tariff = DEFAULT_USD_PER_KWH if usd_per_kwh is None else usd_per_kwh
    document = with_same_work(run.document, replayed, measured, failures, usd_per_kwh=tariff)
    return BenchRun(document, run.samples, run.interrupted)
