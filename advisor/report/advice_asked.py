"""How are the parts of the advice shown that were asked for: what if, along a key, explained?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UnsetType

from advisor.report.advice import closing, headline
from advisor.report.advice_explain import show_explained
from advisor.report.advice_path import HEADLINES, INSTEAD
from advisor.report.console import columns_table, facts_table, is_plain, mark, result_console
from advisor.report.drawing import sparkline
from advisor.report.language import N_, _, sentence
from advisor.report.metrics import months_cell
from advisor.report.money import shown_in
from advisor.report.text import months, name, number, safe, tokens, usd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from advisor.advice.asked_document import (
        Sensitivity,
        SensitivityPoint,
        Side,
        Value,
        WhatIf,
    )
    from advisor.advice.document import Advice

LETTERS = {"api": "A", "local": "L", "hybrid": "H", "measure": "M"}
MOST_ROWS = 13
MOVED = {
    "verdict": N_("the verdict"),
    "api_usd_per_month": N_("the API's month"),
    "local_usd_per_month": N_("the box's month"),
    "api_usd_12_months": N_("the API's 12 months"),
    "local_usd_12_months": N_("the box's 12 months"),
    "break_even_months_simple": N_("when it pays back"),
    "break_even_months_full": N_("when it pays back, all counted"),
    "break_even_tokens_per_month": N_("from what use it pays"),
    "net_present_value_usd": N_("the gain over the horizon"),
    "utilization": N_("how busy the box is"),
    "other_actions": N_("rented GPUs or other boxes"),
}


def show_asked(advice: Advice) -> None:
    """Prints today's decision, then each part that was asked for."""
    with shown_in(advice.inputs.currency.shown):
        _show_asked(result_console(), advice)


def _show_asked(console: Console, advice: Advice) -> None:
    headline(console, advice)
    if not isinstance(advice.what_if, UnsetType):
        _show_what_if(console, advice.what_if)
    if not isinstance(advice.sensitivity, UnsetType):
        _show_sensitivity(console, advice.sensitivity)
    if not isinstance(advice.explain, UnsetType):
        show_explained(console, advice.explain)
    closing(console, advice, None)


def _show_what_if(console: Console, found: WhatIf) -> None:
    console.print()
    console.print(_("What if"), style="bold")
    for change in found.changes:
        console.print(f"  {name(change.key, 60)}: {_value(change.before)} → {_value(change.after)}")
    table = columns_table("", _("today"), _("then"))
    for label, cell in _ROWS:
        before, after = cell(found.before), cell(found.after)
        table.add_row(_(label), before, after, style="bold" if before != after else None)
    for label, before, after in _others(found):
        table.add_row(label, before, after, style="bold" if before != after else None)
    console.print(table)
    told = [_(MOVED[each]) for each in found.moved if each in MOVED]
    console.print(
        _("Moved: {listed}.").format(listed=_(", ").join(told)) if told else _("Nothing moved.")
    )
    if found.before.summary != found.after.summary:
        console.print(_("Then: {summary}").format(summary=safe(sentence(found.after.summary))))


def _others(found: WhatIf) -> Iterator[tuple[str, str, str]]:
    """The 12 months of each rented GPU and candidate, before and after."""
    sides = (found.before.other_actions, found.after.other_actions)
    for action in dict.fromkeys(each.action for side in sides for each in side):
        costs = [
            next((_money(each.usd_12_months) for each in side if each.action == action), "–")
            for side in sides
        ]
        yield _("{action}, 12 months").format(action=name(action, 30)), costs[0], costs[1]


def _money(value: float | None) -> str:
    return _("unknown") if value is None else usd(value)


def _pays(side: Side, value: float | None) -> str:
    if side.local_usd_per_month is None or side.api_usd_per_month is None:
        return _("unknown")
    return months(value)


_ROWS: tuple[tuple[str, Callable[[Side], str]], ...] = (
    (N_("decision"), lambda side: _(HEADLINES[side.decision])),
    (N_("verdict"), lambda side: sentence(str(side.verdict).replace("_", " "))),
    (N_("against"), lambda side: name(side.baseline or _("no API"), 24)),
    (N_("API, a month"), lambda side: _money(side.api_usd_per_month)),
    (N_("box, a month"), lambda side: _money(side.local_usd_per_month)),
    (N_("API, 12 months"), lambda side: _money(side.api_usd_12_months)),
    (N_("box, 12 months"), lambda side: _money(side.local_usd_12_months)),
    (N_("pays back"), lambda side: _pays(side, side.break_even_months_simple)),
    (N_("all counted"), lambda side: _pays(side, side.break_even_months_full)),
    (
        N_("from use of"),
        lambda side: (
            "–"
            if side.break_even_tokens_per_month is None
            else _("{amount} a month").format(amount=tokens(side.break_even_tokens_per_month))
        ),
    ),
)


def _show_sensitivity(console: Console, found: Sensitivity) -> None:
    console.print()
    console.print(
        _("Along {key} (now {now})").format(key=name(found.key, 60), now=_value(found.now)),
        style="bold",
    )
    heads = (_("value"), _("API/month"), _("box/month"), _("pays back"), _("all counted"))
    table = columns_table("", *heads, _("decision"), right=heads)
    shown = _some(found)
    for index, point in enumerate(shown):
        today = point.value == found.now
        table.add_row(
            mark("→", _("today")) if today else "",
            _value(point.value),
            _money(point.api_usd_per_month),
            _money(point.local_usd_per_month),
            _months(point, point.break_even_months_simple),
            _months(point, point.break_even_months_full),
            _(INSTEAD[point.decision]),
            style="bold" if today else None,
            end_section=index + 1 < len(shown) and shown[index + 1].decision != point.decision,
        )
    console.print(table)
    _show_course(console, found)
    for change in found.changes:
        console.print(
            _("{decision} from {at} on (below: {instead})").format(
                decision=_(HEADLINES[change.after]),
                at=_value(change.at),
                instead=_(INSTEAD[change.before]),
            )
        )
    if not found.changes:
        console.print(_("The decision is the same along the whole range."))


def _show_course(console: Console, found: Sensitivity) -> None:
    """What is saved and what is decided along the range, one character a point."""
    saved = [each.saved_usd_12_months for each in found.points]
    known = [each for each in saved if each is not None]
    if not known:
        return
    course = sparkline(saved, usd)
    if is_plain():
        console.print(_("Saved in 12 months: {course}").format(course=course))
        return
    legend = _("A API  L box  H both  M measure")
    rows = [
        (_("saved in 12 months"), f"{course}  {_between(usd(min(known)), usd(max(known)))}"),
        (_("decision"), f"{_letters(found)}  {legend}"),
    ]
    console.print(facts_table(rows))


def _between(low: str, high: str) -> str:
    return _("{low} to {high}").format(low=low, high=high)


def _some(found: Sensitivity) -> list[SensitivityPoint]:
    """Few enough points for a screen: the ends, today's, both sides of each change."""
    points = found.points
    every = max(1, -(-len(points) // (MOST_ROWS - 2)))
    kept = set(range(0, len(points), every)) | {len(points) - 1}
    for index, point in enumerate(points):
        if point.value == found.now:
            kept.add(index)
        if index and points[index - 1].decision != point.decision:
            kept |= {index - 1, index}
    return [point for index, point in enumerate(points) if index in kept]


def _months(point: SensitivityPoint, value: float | None) -> str:
    known = point.local_usd_per_month is not None and point.api_usd_per_month is not None
    return months_cell(value, known=known)


def _letters(found: Sensitivity) -> str:
    return "".join(LETTERS[point.decision] for point in found.points)


def _value(value: Value) -> str:
    if value is None:
        return _("not given")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return tokens(value) if abs(value) >= 1e6 else number(value, 4)
    return name(_(", ").join(value) if isinstance(value, tuple) else value, 40) or _("none")
