"""What does measured use say in a scenario file? The `[usage]` table as TOML, with its reasons.

Growth that the months do not show to differ from none is written as 0: a horizon of years would
otherwise raise noise to a power. Keys that this version's `advise` does not read yet stand as
comments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from advisor.errors import InputError
from advisor.usage.document import Usage

WEEKDAYS, WEEKEND = range(5), range(5, 7)
MOST_GROWTH = 1.0


def scenario_toml(usage: Usage, accepted: Collection[str]) -> str:
    """The table; `accepted` are the dotted keys that a scenario may hold. Raises InputError where
    the records cannot tell a month's use."""
    monthly = usage.monthly
    if monthly is None:
        raise InputError(
            "no scenario from this usage", why=usage.unknown.get("monthly", "no month is known")
        )
    span = f"{usage.first_day} to {usage.last_day}, {usage.time_zone}"
    sources = ", ".join(origin.source for origin in usage.sources)
    lines = [
        f"# From {_comment(sources)}, {span}.",
        f"# A month is {monthly.basis}.",
        "# advisor advise --scenario THIS --box-price-usd 2000 --api NAME",
        "[usage]",
        f"input_tokens_per_month = {monthly.input_tokens}",
        f"output_tokens_per_month = {monthly.output_tokens}",
        f"cached_input_share = {monthly.cached_input_share:.4f}",
    ]
    newer = [("cache_write_share", f"{monthly.cache_write_share:.4f}")]
    if monthly.requests is not None:
        newer.append(("requests_per_month", str(monthly.requests)))
    if usage.steadiness is not None and usage.steadiness.monthly_cv is not None:
        newer.append(("monthly_cv", f"{usage.steadiness.monthly_cv:.4f}"))
    for key, value in newer:
        lines.append(_if_read(f"usage.{key}" in accepted, f"{key} = {value}"))
    lines += [*_growth(usage), *_stable(usage)]
    for key, block in (("usage.hours", _hours(usage)), ("usage.request", _requests(usage))):
        is_read = any(each.startswith(f"{key}.") for each in accepted)
        lines += ["", *(_if_read(is_read, line) for line in block)] if block else []
    return "\n".join(lines) + "\n"


def _if_read(is_read: bool, line: str) -> str:
    return line if is_read else f"# {line}"


def _comment(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def _growth(usage: Usage) -> Iterator[str]:
    growth = usage.growth
    if growth is None:
        yield f"# growth_per_month: unknown, {usage.unknown.get('growth', '')}"
        return
    low, high = growth.ci95
    told = (
        f"{{mean = {growth.per_month:.4f}, sd = {growth.sd:.4f}}} from {growth.months} full "
        f"months, 95 % {low:+.1%} to {high:+.1%}"
    )
    if low <= 0 <= high:
        yield f"growth_per_month = 0.0  # not shown to differ from none: {told}"
        return
    value = min(growth.per_month, MOST_GROWTH)
    yield f"growth_per_month = {value:.4f}  # {told}"


def _stable(usage: Usage) -> Iterator[str]:
    steady = usage.steadiness
    if steady is None or steady.stable is None:
        yield f"# stable: unknown, {usage.unknown.get('steadiness', '')}"
        return
    swing = steady.weekly_cv if steady.weekly_cv is not None else steady.monthly_cv
    yield (
        f"stable = {str(steady.stable).lower()}  # weeks swing by {swing:.0%}, "
        f"unstable above {steady.unstable_above:.0%}"
    )


def _hours(usage: Usage) -> list[str]:
    if usage.week is None:
        return []
    lines = []
    for days, start, end, share in bands(usage.week.shares):
        lines += [
            "[[usage.hours]]",
            f'days = "{days}"; from = "{start:02}:00"; to = "{end:02}:00"; share = {share:.4f}',
        ]
    return [part for line in lines for part in line.split("; ")]


def bands(shares: Sequence[float]) -> list[tuple[str, int, int, float]]:
    """The week in few bands: days, from hour, to hour, share; the shares sum to 1.

    On weekdays the busy hours are those that together exceed the mean the most (the largest sum of
    a contiguous part of the excess); what is before and after them are bands of their own.
    """
    by_hour = [sum(shares[24 * day + hour] for day in WEEKDAYS) for hour in range(24)]
    start, end = _busiest(by_hour)
    spans = [("mon-fri", a, b) for a, b in ((0, start), (start, end), (end, 24)) if a < b]
    parts = [sum(by_hour[a:b]) for _, a, b in spans]
    parts.append(sum(shares[24 * day + hour] for day in WEEKEND for hour in range(24)))
    spans.append(("sat,sun", 0, 24))
    return [(*span, share) for span, share in zip(spans, _summing_to_one(parts, 4), strict=True)]


def _busiest(by_hour: Sequence[float]) -> tuple[int, int]:
    mean = sum(by_hour) / 24
    spans = [(a, b) for a in range(24) for b in range(a + 1, 25)]
    return max(spans, key=lambda span: sum(by_hour[span[0] : span[1]]) - mean * (span[1] - span[0]))


def _requests(usage: Usage) -> list[str]:
    if usage.lengths is None:
        return []
    classes = usage.lengths.classes
    shares = _summing_to_one([each.share for each in classes], 6)
    lines = []
    for each, share in zip(classes, shares, strict=True):
        lines += [
            "[[usage.request]]",
            f"share = {share:.6f}",
            f"input_tokens = {round(each.input_tokens)}",
            f"output_tokens = {round(each.output_tokens)}",
        ]
    return lines


def _summing_to_one(shares: Sequence[float], digits: int) -> list[float]:
    """The shares rounded, the largest so that together they are one."""
    rounded = [round(share, digits) for share in shares]
    largest = rounded.index(max(rounded))
    rounded[largest] = round(rounded[largest] + 1 - sum(rounded), digits)
    return rounded
