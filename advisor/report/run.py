"""How does `advisor` alone end? One screen that somebody who is no engineer can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import UnsetType

from advisor.report.advice import flips, headline, three_numbers
from advisor.report.bench import headline as bench_headline
from advisor.report.console import facts_table, result_console
from advisor.report.money import rate_line, shown_in
from advisor.report.text import duration, name, number, safe, tokens, usd

if TYPE_CHECKING:
    from advisor.advice.document import Advice
    from advisor.advice.provisional import Provisional
    from advisor.bench.document import Bench
    from advisor.bench.session import Order
    from advisor.history.record import Run

MOST_REASONS = 3
OVERHEAD_S = 40.0
"""Probe, loading or writing the model, calibration and idle baseline."""


def plan_line(order: Order) -> str:
    """What will be done, how long it takes, and what is fetched."""
    from advisor.servers.address import parse_url

    stages = len(order.concurrencies or (1, 2)) + 1
    most = duration(OVERHEAD_S + stages * order.max_time_s)
    wish = order.wish
    measures = "measures the model server that runs here (or an embedded one)"
    stays = "leaves this machine"
    if wish.start:
        measures = f"starts {wish.start}, measures it, ends it"
    elif wish.url:
        measures = f"measures the server at {name(wish.url, 100)}"
        if not parse_url(wish.url).is_here:
            stays += " but the prompts for that server"
    fetches = f"Nothing is downloaded, nothing {stays}."
    if wish.pull and wish.model:
        fetches = f"The server may download {wish.model}; nothing else {stays}."
    return (
        f"Reads this machine, {measures}, compares with API prices and advises, in at most about "
        f"{most}. {fetches}"
    )


def provisional_lines(estimates: Sequence[Provisional]) -> list[str]:
    """The first answer, before anything is measured."""
    return [f"Estimated: {_estimate(each)}" for each in estimates]


def show_run(run: Run, estimates: Sequence[Provisional], *, record: str) -> None:
    """Prints the decision, the three numbers, what was measured, and what would change it."""
    advice, bench = run.advice, run.bench
    assert advice is not None and bench is not None
    with shown_in(advice.inputs.currency.shown):
        _show_run(run, advice, bench, estimates, record)


def _show_run(
    run: Run, advice: Advice, bench: Bench, estimates: Sequence[Provisional], record: str
) -> None:
    console = result_console()
    console.print()
    headline(console, advice)
    three_numbers(console, advice)
    console.print()
    console.print(bench_headline(bench), style="bold")
    console.print(facts_table(_measured(bench)))
    _gpu_hint(run, estimates)
    changes = flips(advice)[:MOST_REASONS]
    if changes:
        console.print()
        console.print("What would change it", style="bold")
        console.print(facts_table(("•", line) for line in changes))
    console.print()
    assumed = _guessed(advice)
    if assumed:
        console.print(f"Assumed: {assumed}. Options or --scenario FILE say otherwise.")
    if bench.partial:
        console.print("Partial: not everything asked for was measured.", style="yellow")
    if not isinstance(advice.currency, UnsetType):
        console.print(rate_line(advice.currency), style="dim")
    console.print(
        f"`advisor advise` shows every step, price and assumption, `{safe(record)}` this again.",
        style="dim",
    )


def _estimate(each: Provisional) -> str:
    speed = each.decode_tok_per_s
    line = (
        f"{name(each.model)} on {name(each.device)}, "
        f"{number(speed.decode_tok_per_s_p10, 2)} to {number(speed.decode_tok_per_s_p90, 2)} tok/s "
        f"for one user ({number(each.bandwidth_bytes_per_s / 1e9)} GB/s)"
    )
    if each.host is None or each.flat_out_usd_per_month is None:
        return f"{line}."
    return (
        f"{line}. Flat out that is {tokens(each.flat_out_tokens_per_month)} tokens a month, which "
        f"{name(each.host, 50)} sells for {usd(each.flat_out_usd_per_month)}."
    )


def _measured(bench: Bench) -> list[tuple[str, str]]:
    rows = []
    for stage in bench.stages:
        one = stage.concurrency == 1
        users = "one user" if one else f"{stage.concurrency} at once"
        if stage.concurrency is None:
            users = f"{stage.rate:g} requests/s"
        parts = []
        if stage.output_tok_per_s is not None and not one:
            parts.append(f"{number(stage.output_tok_per_s.value)} tok/s in all")
        if stage.decode_tok_per_s is not None:
            each = "" if one else " each once it writes"
            parts.append(f"{number(stage.decode_tok_per_s.median)} tok/s{each}")
        if stage.ttft_ms is not None:
            parts.append(f"first word after {duration(stage.ttft_ms.median / 1e3)}")
        rows.append((users, ", ".join(parts) or "nothing measured"))
    energy = bench.stages[-1].energy if bench.stages else None
    if energy is not None and energy.box is not None and energy.box.active_w is not None:
        idle = f", {number(energy.box.idle_w)} W idle" if energy.box.idle_w is not None else ""
        rows.append(("box draws", f"{number(energy.box.active_w)} W{idle} ({energy.box.grade})"))
    rows += [("suspect", f"{each.path}: {safe(each.reason)}") for each in bench.suspect]
    return rows


def _gpu_hint(run: Run, estimates: Sequence[Provisional]) -> None:
    """On a box with a GPU, the CPU's numbers must not pass for the GPU's."""
    from advisor.advice.measurement import measured_on_processor, unread_nvidia
    from advisor.advice.provisional import gpu_engine_command

    if run.bench is None or run.machine is None or not measured_on_processor(run.bench):
        return
    console = result_console()
    if unread := unread_nvidia(run.machine):
        console.print()
        console.print(f"These are the CPU's numbers, not the GPU's: {safe(unread)}", style="yellow")
    if not run.machine.gpus:
        return
    console.print()
    gpu = name(run.machine.gpus[0].name or "GPU")
    console.print(f"These are the CPU's numbers; the {gpu} was not measured.", style="yellow")
    for each in estimates:
        if each.device != "CPU":
            console.print(f"Estimated: {_estimate(each)}")
    console.print(f"An engine for it: {gpu_engine_command()}")


def _guessed(advice: Advice) -> str:
    keys = {item.key for item in advice.assumptions}
    usage, box = advice.inputs.usage, advice.inputs.box
    parts = [name(each.value, 100) for each in advice.assumptions if each.key == "quality"]
    if keys & {"usage.input_tokens_per_month", "usage.output_tokens_per_month"}:
        total = usage.input_tokens_per_month + usage.output_tokens_per_month
        parts.append(f"{tokens(total)} tokens a month")
    if "box.price_usd" in keys:
        parts.append(f"a box for {usd(box.price_usd)}")
    if "tariff.usd_per_kwh" in keys:
        parts.append(f"electricity at {usd(advice.inputs.usd_per_kwh)} per kWh")
    return ", ".join(parts)
