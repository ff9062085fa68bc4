"""How is said what changed on a machine?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from advisor.report.console import result_console
from advisor.report.text import months, name, safe, usd

if TYPE_CHECKING:
    from advisor.history.drift.document import Cause, Drift, Drifts, MoneyDrift, PriceChange


def show_drifts(found: Drifts) -> None:
    """Prints every change, or that none is shown."""
    console = result_console()
    lines = list(drift_lines(found))
    for line in lines:
        console.print(safe(line))
    if not lines:
        runs = "one run" if found.runs == 1 else f"{found.runs} runs"
        console.print(f"No change shown over {runs}.")


def drift_lines(found: Drifts) -> Iterator[str]:
    """A line a change, with what else was different."""
    for drift in found.measured:
        yield _measured(drift)
    for money in found.money:
        yield _money(money)


def _measured(drift: Drift) -> str:
    low, high = (f"{100 * (end - 1):+.1f}" for end in drift.ci95)
    return (
        f"Since {name(drift.since_at[:10])} {drift.words}: {drift.metric} "
        f"{100 * (drift.ratio - 1):+.1f} % ({low} to {high}), {name(drift.model)}, {drift.load}"
        f"{_also(drift.causes)}"
    )


def _money(drift: MoneyDrift) -> str:
    against = f" against {name(drift.baseline)}" if drift.baseline else ""
    if drift.months_after is None:
        said = f"This box no longer pays back{against} (it took {months(drift.months_before)})"
    else:
        before = "never paid back" if drift.months_before is None else months(drift.months_before)
        said = f"This box pays back in {months(drift.months_after)}{against} (before: {before})"
    if drift.decision_before != drift.decision_after:
        said += f"; the advice is {drift.decision_after}, not {drift.decision_before} any more"
    prices = "; ".join(_price(price) for price in drift.prices)
    return f"{said}{f': {prices}' if prices else ''}{_also(drift.causes)}"


def _price(price: PriceChange) -> str:
    since = f" as of {name(price.as_of)}" if price.as_of else ""
    return (
        f"{name(price.name)} went from {_pair(price.input_before, price.output_before)} to "
        f"{_pair(price.input_after, price.output_after)} per million tokens in/out{since}"
    )


def _pair(input_usd: float | None, output_usd: float | None) -> str:
    return "/".join("–" if each is None else usd(each) for each in (input_usd, output_usd))


def _also(causes: Sequence[Cause]) -> str:
    if not causes:
        return ". Nothing else that is recorded changed."
    parts = (
        f"{name(each.what)} {name(each.before, 40)} → {name(each.after, 40)}" for each in causes
    )
    return f". Changed too: {', '.join(parts)}."
