"""How is said what changed on a machine?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from advisor.report.advice_path import INSTEAD
from advisor.report.console import facts_table, result_console
from advisor.report.drawing import course
from advisor.report.language import _, ngettext, sentence
from advisor.report.metrics import change
from advisor.report.text import months, name, safe, usd

if TYPE_CHECKING:
    from rich.console import Console

    from advisor.history.drift.document import Cause, Drift, Drifts, MoneyDrift, PriceChange
    from advisor.history.drift.speed import Course
    from advisor.history.drift.watch import Watched

LEAST_FOR_A_COURSE, MOST_COURSES = 3, 10
"""Of runs that are drawn; of courses in a terminal."""


def show_drifts(watched: Watched) -> None:
    """Prints every change, or that none is shown, then how each metric went."""
    console, found = result_console(), watched.drifts
    lines = list(drift_lines(found))
    for line in lines:
        console.print(safe(line))
    if not lines:
        said = ngettext(
            "No change shown over one run.", "No change shown over {count} runs.", found.runs
        )
        console.print(said.format(count=found.runs))
    _show_courses(console, in_order_of_interest(watched.courses))


def in_order_of_interest(courses: Sequence[Course]) -> list[Course]:
    """Those that hold enough runs to be drawn: with a change first, then the longest."""
    drawn = [course for course in courses if len(course.values) >= LEAST_FOR_A_COURSE]
    return sorted(drawn, key=lambda each: (not each.changes, -len(each.values)))


def _show_courses(console: Console, courses: Sequence[Course]) -> None:
    """The courses of one model and load under one head."""
    alike: dict[tuple[str, ...], list[Course]] = {}
    for each in courses[:MOST_COURSES]:
        alike.setdefault((each.machine, each.model, each.load), []).append(each)
    several = len({each.machine for each in courses}) > 1
    for (machine, model, load), found in alike.items():
        console.print()
        head = _("{model}, {load}").format(model=name(model), load=sentence(load))
        if several:
            head = _("{head}, machine {machine}").format(head=head, machine=name(machine, 8))
        console.print(_("{head}, oldest run first:").format(head=head), style="dim")
        console.print(facts_table([(name(each.metric), course(each.values)) for each in found]))
    if len(courses) > MOST_COURSES:
        more = len(courses) - MOST_COURSES
        said = _("Not drawn: {count} more.")
        console.print(said.format(count=more), style="dim")


def drift_lines(found: Drifts) -> Iterator[str]:
    """A line a change, with what else was different."""
    for drift in found.measured:
        yield _measured(drift)
    for money in found.money:
        yield _money(money)


def _measured(drift: Drift) -> str:
    low, high = (f"{100 * (end - 1):+.1f}" for end in drift.ci95)
    said = _("Since {day} {words}: {metric} {change} % ({low} to {high}), {model}, {load}.").format(
        day=name(drift.since_at[:10]),
        words=change(drift.words),
        metric=drift.metric,
        change=f"{100 * (drift.ratio - 1):+.1f}",
        low=low,
        high=high,
        model=name(drift.model),
        load=sentence(drift.load),
    )
    return f"{said} {_also(drift.causes)}"


def _money(drift: MoneyDrift) -> str:
    said = [_pays_back(drift)]
    if drift.decision_before != drift.decision_after:
        said.append(
            _("the advice is {after}, not {before} any more").format(
                after=_decision(drift.decision_after), before=_decision(drift.decision_before)
            )
        )
    told = _("; ").join(said)
    if drift.prices:
        told = f"{told}: {_('; ').join(_price(price) for price in drift.prices)}"
    return f"{told}. {_also(drift.causes)}"


def _pays_back(drift: MoneyDrift) -> str:
    before = _("never paid back") if drift.months_before is None else months(drift.months_before)
    if drift.months_after is None:
        said = (
            _("This box no longer pays back against {api} (it took {before})")
            if drift.baseline
            else _("This box no longer pays back (it took {before})")
        )
        return said.format(api=name(drift.baseline or ""), before=months(drift.months_before))
    said = (
        _("This box pays back in {after} against {api} (before: {before})")
        if drift.baseline
        else _("This box pays back in {after} (before: {before})")
    )
    return said.format(
        after=months(drift.months_after), api=name(drift.baseline or ""), before=before
    )


def _decision(decision: str) -> str:
    return _(INSTEAD[decision]) if decision in INSTEAD else name(decision)


def _price(price: PriceChange) -> str:
    said = (
        _("{api} went from {before} to {after} per million tokens in/out as of {day}")
        if price.as_of
        else _("{api} went from {before} to {after} per million tokens in/out")
    )
    return said.format(
        api=name(price.name),
        before=_pair(price.input_before, price.output_before),
        after=_pair(price.input_after, price.output_after),
        day=name(price.as_of or ""),
    )


def _pair(input_usd: float | None, output_usd: float | None) -> str:
    return "/".join("–" if each is None else usd(each) for each in (input_usd, output_usd))


def _also(causes: Sequence[Cause]) -> str:
    if not causes:
        return _("Nothing else that is recorded changed.")
    parts = (
        f"{name(sentence(each.what))} {name(each.before, 40)} → {name(each.after, 40)}"
        for each in causes
    )
    return _("Changed too: {listed}.").format(listed=_(", ").join(parts))
