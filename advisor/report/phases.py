"""How are the long phases shown: long contexts, and a load that lasts?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, is_plain
from advisor.report.drawing import sparkline
from advisor.report.language import N_, _, sentence
from advisor.report.metrics import ABSENT, distribution
from advisor.report.text import name, number

if TYPE_CHECKING:
    from rich.table import Table

    from advisor.bench.document import Stage, Sustained

MEANINGS = {
    "slower": N_("the box slows down under load"),
    "faster": N_("the box gets faster under load"),
    "steady": N_("no slowing down shown"),
    "unclear": N_("too uneven to tell"),
}


def contexts_table(contexts: Sequence[Stage]) -> Table:
    """One row a prompt length: how long it is read, and how fast is written after it."""
    heads = (
        _("context, tokens"),
        _("first token, ms"),
        _("prefill, tok/s"),
        _("decode, tok/s"),
    )
    table = columns_table(*heads, right=heads)
    for stage in contexts:
        table.add_row(
            f"{stage.input_tokens:,.0f}" if stage.input_tokens else ABSENT,
            distribution(stage.ttft_ms),
            distribution(stage.prefill_tok_per_s),
            distribution(stage.decode_tok_per_s),
        )
    return table


def sustained_line(found: Sustained) -> str:
    """The change from the first to the last quarter, its interval, and the course as bars."""
    seconds = found.interval_s * len(found.points)
    low, high = (f"{100 * end:+.1f}" for end in found.change_ci95)
    held = _(", ").join(name(sentence(reason), 40) for reason in found.held_back_by)
    rates = f"{number(found.first_tok_per_s)} → {number(found.last_tok_per_s)} tok/s"
    change = _("in {minutes} min ({low} to {high} %): {meaning}").format(
        minutes=f"{seconds / 60:.1f}", low=low, high=high, meaning=_(MEANINGS[found.verdict])
    )
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
        parts.append(_("up to {heat} °C").format(heat=f"{max(hottest):.0f}"))
    if held:
        parts.append(_("held back by {reasons}").format(reasons=held))
    said = _("; ").join(parts)
    if is_plain():
        return said
    return f"{said} {sparkline([point.output_tok_per_s for point in found.points], from_zero=True)}"
