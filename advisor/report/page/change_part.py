"""What would change the answer, what does being wrong cost, and which product is meant?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from advisor.report.advice import flips
from advisor.report.advice_path import lever
from advisor.report.charts.tornado import MOST_BARS, Bar, tornado_chart
from advisor.report.language import N_, _, sentence
from advisor.report.page.blocks import Block, Bullets, Facts, Picture, Section, Table, Text
from advisor.report.page.cost_part import action_name, regret_table
from advisor.report.page.together import sentences
from advisor.report.text import name, number, safe, tokens, usd
from advisor.report.uncertainty import chance

if TYPE_CHECKING:
    from advisor.advice.document import Advice, Recommendation
    from advisor.advice.uncertainty_document import TornadoBar, UncertaintyPart


INPUTS = {
    "usage.input_tokens_per_month": N_("input tokens a month"),
    "usage.output_tokens_per_month": N_("output tokens a month"),
    "usage.growth_per_month": N_("growth of use a month"),
    "usage.cached_input_share": N_("share of cached input"),
    "horizon.api_decline_per_year": N_("fall of API prices a year"),
    "box.resale_decline_per_year": N_("loss of resale value a year"),
    "maintenance.hours_per_month": N_("hours of upkeep a month"),
    "maintenance.usd_per_hour": N_("an hour of upkeep"),
}
SHARES = ("growth_per_month", "decline_per_year", "_share")
"""How keys end whose values are parts of one."""


def change_sections(advice: Advice) -> tuple[Section, ...]:
    """What turns the decision, the regrets, and the products."""
    return (
        Section("change", _("What would change the answer"), tuple(_change(advice))),
        Section("which", _("Which one"), tuple(_which(advice))),
        Section("regrets", _("If it turns out wrong"), tuple(_regrets(advice))),
    )


def _change(advice: Advice) -> Iterator[Block]:
    lines = tuple(flips(advice))
    yield Bullets(lines or (_("Nothing within reach of one input alone."),))
    picture = tornado_picture(advice)
    if picture is not None and advice.uncertainty is not UNSET:
        yield picture
        yield _tornado_table(advice.uncertainty)


def tornado_picture(advice: Advice) -> Picture | None:
    """What moves the saving most; None where no input is a range."""
    part = advice.uncertainty
    if part is UNSET or not part.tornado:
        return None
    bars = [_bar(bar) for bar in part.tornado]
    widest = bars[0]
    words = _(
        "{input} moves it most: {low_usd} saved at {low}, {high_usd} at {high}; "
        "{middle} with every input at its median."
    ).format(
        input=widest.label,
        low_usd=usd(widest.usd_at_low),
        low=widest.low,
        high_usd=usd(widest.usd_at_high),
        high=widest.high,
        middle=usd(part.saving_at_medians_usd),
    )
    left_out = len(bars) - MOST_BARS
    more = _("Not drawn: {count} that move it less.").format(count=left_out)
    caption = sentences([words, more]) if left_out > 0 else words
    return Picture(tornado_chart(bars, part.saving_at_medians_usd, words), caption)


def _tornado_table(part: UncertaintyPart) -> Table:
    rows = tuple(
        (bar.label, bar.low, bar.high, usd(bar.usd_at_low), usd(bar.usd_at_high), _share(each))
        for each in part.tornado
        for bar in [_bar(each)]
    )
    heads = (_("input"), "P10", "P90", _("saved at P10"), _("saved at P90"), _("of the variance"))
    caption = _("The numbers behind the chart")
    return Table(caption, heads, rows, frozenset(range(1, 6)), folded=True)


def _bar(bar: TornadoBar) -> Bar:
    return Bar(
        input_name(bar.key),
        _value(bar, bar.value_p10),
        _value(bar, bar.value_p90),
        bar.saving_usd_at_p10,
        bar.saving_usd_at_p90,
    )


def input_name(key: str) -> str:
    """A key of the scenario in words where there are some, else as it is written."""
    if key in INPUTS:
        return _(INPUTS[key])
    words = lever(key)
    return words if words != name(key) else name(key.replace("_", " ").replace(".", ": "))


def _value(bar: TornadoBar, value: float) -> str:
    if bar.key.endswith("tokens_per_month"):
        return tokens(value)
    if bar.key.endswith(SHARES):
        return f"{number(100 * value)} %"
    return usd(value) if "usd" in bar.key else number(value)


def _share(bar: TornadoBar) -> str:
    return "–" if bar.variance_share is None else chance(bar.variance_share)


def _which(advice: Advice) -> Iterator[Block]:
    for each in advice.recommendations:
        because = f"{safe(sentence(each.because))}. {safe(sentence(each.reason))}"
        yield Facts(((name(each.name), because), *_limits(each)))


def _limits(each: Recommendation) -> Iterator[tuple[str, str]]:
    yield _("Not for"), safe(sentence(each.not_for))
    yield _("Regret"), safe(sentence(each.regret))
    if each.free_tier:
        yield _("Free tier"), safe(sentence(each.free_tier))
    yield _("Source"), f"{safe(each.source)} ({name(each.as_of)})"


def _regrets(advice: Advice) -> Iterator[Block]:
    rows = []
    for check in advice.regrets:
        applies = _("applies") if check.applies else _("no")
        why = safe(sentence(check.why))
        rows.append((safe(sentence(check.question)), f"{applies}: {why}."))
    if rows:
        yield Facts(tuple(rows))
    if advice.regret_table is not None:
        yield regret_table(advice.regret_table)
        yield Text(safe(sentence(advice.regret_table.note)), "small")
    if not isinstance(advice.simulated_regret, UnsetType):
        part = advice.simulated_regret
        table = tuple(
            (
                action_name(each.action),
                usd(each.mean_cost_usd),
                usd(each.expected_regret_usd),
                usd(each.p95_regret_usd),
                usd(each.worst_regret_usd),
            )
            for each in part.actions
        )
        heads = ("", _("mean cost"), _("on average"), _("1 in 20 over"), _("at worst"))
        caption = _("Over all simulated futures: paid above the best choice")
        marked = frozenset(
            index for index, each in enumerate(part.actions) if each.action in part.minimax
        )
        yield Table(caption, heads, table, frozenset(range(1, 5)), marked)
        yield Text(_("Marked: the choice whose worst regret is the least."), "small")
