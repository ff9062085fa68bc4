"""How are the parts of the advice shown that were asked for: what if, along a key, explained?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UnsetType

from advisor.report.advice import closing, headline
from advisor.report.advice_explain import show_explained
from advisor.report.advice_path import HEADLINES, INSTEAD
from advisor.report.console import columns_table, result_console
from advisor.report.money import shown_in
from advisor.report.text import months, name, number, tokens, usd

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

BARS = "▁▂▃▄▅▆▇█"
MOST_ROWS = 13
MOVED = {
    "verdict": "the verdict",
    "api_usd_per_month": "the API's month",
    "local_usd_per_month": "the box's month",
    "api_usd_12_months": "the API's 12 months",
    "local_usd_12_months": "the box's 12 months",
    "break_even_months_simple": "when it pays back",
    "break_even_months_full": "when it pays back, all counted",
    "break_even_tokens_per_month": "from what use it pays",
    "net_present_value_usd": "the gain over the horizon",
    "utilization": "how busy the box is",
    "other_actions": "rented GPUs or other boxes",
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
    console.print("What if", style="bold")
    for change in found.changes:
        console.print(f"  {name(change.key, 60)}: {_value(change.before)} → {_value(change.after)}")
    table = columns_table("", "today", "then")
    for label, cell in _ROWS:
        before, after = cell(found.before), cell(found.after)
        table.add_row(label, before, after, style="bold" if before != after else None)
    for label, before, after in _others(found):
        table.add_row(label, before, after, style="bold" if before != after else None)
    console.print(table)
    told = [MOVED[each] for each in found.moved if each in MOVED]
    console.print(f"Moved: {', '.join(told)}." if told else "Nothing moved.")
    if found.before.summary != found.after.summary:
        console.print(f"Then: {found.after.summary}")


def _others(found: WhatIf) -> Iterator[tuple[str, str, str]]:
    """The 12 months of each rented GPU and candidate, before and after."""
    sides = (found.before.other_actions, found.after.other_actions)
    for action in dict.fromkeys(each.action for side in sides for each in side):
        costs = [
            next((_money(each.usd_12_months) for each in side if each.action == action), "–")
            for side in sides
        ]
        yield f"{name(action, 30)}, 12 months", costs[0], costs[1]


def _money(value: float | None) -> str:
    return "unknown" if value is None else usd(value)


def _pays(side: Side, value: float | None) -> str:
    if side.local_usd_per_month is None or side.api_usd_per_month is None:
        return "unknown"
    return months(value)


_ROWS: tuple[tuple[str, Callable[[Side], str]], ...] = (
    ("decision", lambda side: HEADLINES[side.decision]),
    ("verdict", lambda side: str(side.verdict).replace("_", " ")),
    ("against", lambda side: name(side.baseline or "no API", 24)),
    ("API, a month", lambda side: _money(side.api_usd_per_month)),
    ("box, a month", lambda side: _money(side.local_usd_per_month)),
    ("API, 12 months", lambda side: _money(side.api_usd_12_months)),
    ("box, 12 months", lambda side: _money(side.local_usd_12_months)),
    ("pays back", lambda side: _pays(side, side.break_even_months_simple)),
    ("all counted", lambda side: _pays(side, side.break_even_months_full)),
    (
        "from use of",
        lambda side: (
            "–"
            if side.break_even_tokens_per_month is None
            else f"{tokens(side.break_even_tokens_per_month)} a month"
        ),
    ),
)


def _show_sensitivity(console: Console, found: Sensitivity) -> None:
    console.print()
    console.print(f"Along {name(found.key, 60)} (now {_value(found.now)})", style="bold")
    table = columns_table(
        "", "value", "API/month", "box/month", "pays back", "all counted", "decision",
        right=("value", "API/month", "box/month", "pays back", "all counted"),
    )  # fmt: skip
    shown = _some(found)
    for index, point in enumerate(shown):
        today = point.value == found.now
        table.add_row(
            "→" if today else "",
            _value(point.value),
            _money(point.api_usd_per_month),
            _money(point.local_usd_per_month),
            _months(point, point.break_even_months_simple),
            _months(point, point.break_even_months_full),
            INSTEAD[point.decision],
            style="bold" if today else None,
            end_section=index + 1 < len(shown) and shown[index + 1].decision != point.decision,
        )
    console.print(table)
    saved = [each.saved_usd_12_months for each in found.points]
    if any(each is not None for each in saved):
        known = [each for each in saved if each is not None]
        console.print(
            f"saved in 12 months  {_spark(saved)}  {usd(min(known))} to {usd(max(known))}"
        )
        console.print(f"{'decision':<18}  {_letters(found)}  A API  L box  H both  M measure")
    for change in found.changes:
        console.print(
            f"{HEADLINES[change.after]} from {_value(change.at)} on "
            f"(below: {INSTEAD[change.before]})"
        )
    if not found.changes:
        console.print("The decision is the same along the whole range.")


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
    if point.local_usd_per_month is None or point.api_usd_per_month is None:
        return "?"
    return months(value).replace(" months", " mo")


def _spark(values: list[float | None]) -> str:
    """One bar a value; a blank where it is unknown."""
    known = [each for each in values if each is not None]
    low, high = min(known), max(known)
    step = (high - low) / (len(BARS) - 1) or 1.0
    return "".join(" " if each is None else BARS[round((each - low) / step)] for each in values)


def _letters(found: Sensitivity) -> str:
    return "".join(str(point.decision)[0].upper() for point in found.points)


def _value(value: Value) -> str:
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return tokens(value) if abs(value) >= 1e6 else number(value, 4)
    return name(", ".join(value) if isinstance(value, tuple) else value, 40) or "none"
