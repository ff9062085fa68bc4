"""How does `advisor` alone end? One screen that somebody who is no engineer can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import UnsetType

from advisor.report.advice import flips, headline, three_numbers
from advisor.report.bench import headline as bench_headline
from advisor.report.console import bullets, facts_table, result_console
from advisor.report.curve import show_curve
from advisor.report.language import _, sentence
from advisor.report.metrics import grade
from advisor.report.money import rate_line, shown_in
from advisor.report.suspect import suspects
from advisor.report.text import duration, name, number, pair, safe, tokens, usd

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
    measures = _("measures the model server that runs here (or an embedded one)")
    if wish.start:
        measures = _("starts {server}, measures it, ends it").format(server=name(wish.start))
    elif wish.url:
        measures = _("measures the server at {url}").format(url=name(wish.url, 100))
    prompts_leave = bool(wish.url) and not wish.start and not parse_url(wish.url or "").is_here
    if wish.pull and wish.model:
        fetches = (
            _(
                "The server may download {model}; nothing else leaves this machine but the "
                "prompts for that server."
            )
            if prompts_leave
            else _("The server may download {model}; nothing else leaves this machine.")
        )
    elif prompts_leave:
        fetches = _(
            "Nothing is downloaded, nothing leaves this machine but the prompts for that server."
        )
    else:
        fetches = _("Nothing is downloaded, nothing leaves this machine.")
    plan = _(
        "Reads this machine, {measures}, compares with API prices and advises, in at most about "
        "{most}."
    ).format(measures=measures, most=most)
    return f"{plan} {fetches.format(model=name(wish.model or ''))}"


def provisional_lines(estimates: Sequence[Provisional]) -> list[str]:
    """The first answer, before anything is measured."""
    return [_("Estimated: {line}").format(line=_estimate(each)) for each in estimates]


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
    if any(each.baseline and each.break_even_months_full for each in advice.comparisons):
        show_curve(console, advice)
    _gpu_hint(run, estimates)
    changes = flips(advice)[:MOST_REASONS]
    if changes:
        console.print()
        console.print(_("What would change it"), style="bold")
        console.print(bullets(changes))
    console.print()
    assumed = _guessed(advice)
    if assumed:
        console.print(
            _("Assumed: {assumed}. Options or --scenario FILE say otherwise.").format(
                assumed=assumed
            )
        )
    if bench.partial:
        console.print(_("Partial: not everything asked for was measured."), style="yellow")
    if not isinstance(advice.currency, UnsetType):
        console.print(rate_line(advice.currency), style="dim")
    console.print(
        _("`advisor advise` shows every step, price and assumption, `{record}` this again.").format(
            record=safe(record)
        ),
        style="dim",
    )


def _estimate(each: Provisional) -> str:
    speed = each.decode_tok_per_s
    line = _("{model} on {device}, {low} to {high} tok/s for one user ({bandwidth} GB/s).").format(
        model=name(each.model),
        device=name(each.device),
        low=number(speed.decode_tok_per_s_p10, 2),
        high=number(speed.decode_tok_per_s_p90, 2),
        bandwidth=number(each.bandwidth_bytes_per_s / 1e9),
    )
    if each.host is None or each.flat_out_usd_per_month is None:
        return line
    flat_out = _("Flat out that is {tokens} tokens a month, which {host} sells for {amount}.")
    sold = flat_out.format(
        tokens=tokens(each.flat_out_tokens_per_month),
        host=name(each.host, 50),
        amount=usd(each.flat_out_usd_per_month),
    )
    return f"{line} {sold}"


def _measured(bench: Bench) -> list[tuple[str, str]]:
    rows = []
    for stage in bench.stages:
        one = stage.concurrency == 1
        users = _("one user") if one else _("{count} at once").format(count=stage.concurrency)
        if stage.concurrency is None:
            users = _("{rate} requests/s").format(rate=f"{stage.rate:g}")
        parts = []
        if stage.output_tok_per_s is not None and not one:
            parts.append(_("{rate} tok/s in all").format(rate=number(stage.output_tok_per_s.value)))
        if stage.decode_tok_per_s is not None:
            said = _("{rate} tok/s") if one else _("{rate} tok/s each once it writes")
            parts.append(said.format(rate=number(stage.decode_tok_per_s.median)))
        if stage.ttft_ms is not None:
            parts.append(
                _("first word after {time}").format(time=duration(stage.ttft_ms.median / 1e3))
            )
        rows.append((users, _(", ").join(parts) or _("nothing measured")))
    energy = bench.stages[-1].energy if bench.stages else None
    if energy is not None and energy.box is not None and energy.box.active_w is not None:
        drawn = (
            _("{active_w} W") if energy.box.idle_w is None else _("{active_w} W, {idle_w} W idle")
        )
        drawn = drawn.format(
            active_w=number(energy.box.active_w), idle_w=number(energy.box.idle_w or 0)
        )
        rows.append((_("box draws"), f"{drawn} ({grade(energy.box.grade)})"))
    rows += [(_("suspect"), pair(what, reason)) for what, reason in suspects(bench)]
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
        console.print(
            _("These are the CPU's numbers, not the GPU's: {reason}").format(
                reason=safe(sentence(unread))
            ),
            style="yellow",
        )
    if not run.machine.gpus:
        return
    console.print()
    gpu = name(run.machine.gpus[0].name or "GPU")
    console.print(
        _("These are the CPU's numbers; the {gpu} was not measured.").format(gpu=gpu),
        style="yellow",
    )
    for each in estimates:
        if each.device != "CPU":
            console.print(_("Estimated: {line}").format(line=_estimate(each)))
    console.print(_("An engine for it: {command}").format(command=gpu_engine_command()))


def _guessed(advice: Advice) -> str:
    keys = {item.key for item in advice.assumptions}
    usage, box = advice.inputs.usage, advice.inputs.box
    parts = [
        name(sentence(str(each.value)), 100) for each in advice.assumptions if each.key == "quality"
    ]
    if keys & {"usage.input_tokens_per_month", "usage.output_tokens_per_month"}:
        total = usage.input_tokens_per_month + usage.output_tokens_per_month
        parts.append(_("{count} tokens a month").format(count=tokens(total)))
    if "box.price_usd" in keys:
        parts.append(_("a box for {amount}").format(amount=usd(box.price_usd)))
    if "tariff.usd_per_kwh" in keys:
        parts.append(
            _("electricity at {amount} per kWh").format(amount=usd(advice.inputs.usd_per_kwh))
        )
    return _(", ").join(parts)
