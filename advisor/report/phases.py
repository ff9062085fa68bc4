"""How are the long phases shown: long contexts, and a load that lasts?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.report.console import columns_table
from advisor.report.metrics import distribution
from advisor.report.text import name, number

if TYPE_CHECKING:
    from rich.table import Table

    from advisor.bench.document import Stage, Sustained

BARS = "▁▂▃▄▅▆▇█"
MEANINGS = {
    "slower": "the box slows down under load",
    "faster": "the box gets faster under load",
    "steady": "no slowing down shown",
    "unclear": "too uneven to tell",
}


def contexts_table(contexts: Sequence[Stage]) -> Table:
    """One row a prompt length: how long it is read, and how fast is written after it."""
    heads = ("first token", "prefill", "decode")
    table = columns_table("context", *heads, right=heads)
    for stage in contexts:
        tokens = f"{stage.input_tokens:,.0f} tokens" if stage.input_tokens else "–"
        table.add_row(
            tokens,
            distribution(stage.ttft_ms, "ms"),
            distribution(stage.prefill_tok_per_s, "tok/s"),
            distribution(stage.decode_tok_per_s, "tok/s"),
        )
    return table


def sustained_line(found: Sustained) -> str:
    """The change from the first to the last quarter, its interval, and the course as bars."""
    seconds = found.interval_s * len(found.points)
    low, high = (f"{100 * end:+.1f}" for end in found.change_ci95)
    held = ", ".join(name(reason, 40) for reason in found.held_back_by)
    rates = f"{number(found.first_tok_per_s)} → {number(found.last_tok_per_s)} tok/s"
    change = f"in {seconds / 60:.1f} min ({low} to {high} %): {MEANINGS[found.verdict]}"
    parts = [f"{rates} {change}"]
    hottest = [
        max(heats)
        for point in found.points
        if point.sensors
        and (
            heats := [
                heat
                for heat in (point.sensors.gpu_temperature_c, point.sensors.cpu_temperature_c)
                if heat is not None
            ]
        )
    ]
    if hottest:
        parts.append(f"up to {max(hottest):.0f} °C")
    if held:
        parts.append(f"held back by {held}")
    return f"{'; '.join(parts)} {_bars([point.output_tok_per_s for point in found.points])}"


def _bars(values: Sequence[float]) -> str:
    top = max(values, default=0.0)
    if top <= 0:
        return ""
    return "".join(BARS[round(value / top * (len(BARS) - 1))] for value in values)
