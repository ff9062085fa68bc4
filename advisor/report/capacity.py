"""How is a week at the box shown? Its hours as a picture, then who is late and what must go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, facts_table, is_plain, result_console
from advisor.report.language import _, sentence
from advisor.report.text import number, safe, tokens
from advisor.report.week import DAYS, week_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from advisor.advice.capacity_document import BandSidePart, QueueingPart, ServedPart

LEVELS = "▁▂▃▄▅▆▇█"
IDLE, OVER = "·", "!"
LEAST_SHOWN = 0.01
MOST_CLASSES = 5


def show_capacity(part: QueueingPart) -> None:
    """Prints the part: the week, who is late, what goes to the API, the months ahead."""
    console = result_console()
    console.print(_("The week at this box"), style="bold")
    show_week(console, part.utilization_by_hour)
    console.print()
    console.print(facts_table(_facts(part)))
    if len(part.hours) > 1:
        console.print(_classes(part))
    if len(part.months) > 1 or part.busiest_month:
        console.print(_months(part))
    console.print()
    console.print(
        _("Why the three differ: {reason}.").format(reason=safe(sentence(part.why_they_differ))),
        style="dim",
    )
    if part.assumptions:
        console.print(
            _("Assumed: {listed}.").format(
                listed=safe(_("; ").join(map(sentence, part.assumptions)))
            ),
            style="dim",
        )


def show_week(console: Console, utilization: Sequence[float]) -> None:
    """A line a day with one character an hour, readable without colour; plainly in words."""
    days = [utilization[day * 24 : (day + 1) * 24] for day in range(7)]
    if is_plain():
        console.print(facts_table((_(DAYS[day]), _day(hours)) for day, hours in enumerate(days)))
        return
    for line in week_lines([_coloured(hours) for hours in days]):
        console.print(line)
    scale = (
        " ".join([IDLE, _("under 1 %")]),
        _("▁ to █ in eighths of what it can do"),
        " ".join([OVER, _("more than it can do")]),
    )
    console.print("   ".join(scale), style="dim")


def _day(hours: Sequence[float]) -> str:
    """A day's busiest hour, and how many hours ask for more than the box can do."""
    peak = max(range(len(hours)), key=lambda hour: hours[hour])
    said = _("busiest from {hour} on, {share}").format(
        hour=f"{peak:02d}:00", share=_share(hours[peak])
    )
    over = sum(each > 1 for each in hours)
    if not over:
        return said
    return _("{said}; {hours} hours ask for more than it can do").format(said=said, hours=over)


def hour_mark(utilization: float) -> str:
    """One hour's character."""
    if utilization > 1:
        return OVER
    if utilization < LEAST_SHOWN:
        return IDLE
    return LEVELS[min(7, int(utilization * 8))]


def hours_in_words(hours: Sequence[int]) -> str:
    """`Mon-Fri 09-18` for hours of the week; several ranges are joined, the longest list cut."""
    by_day: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for day in range(7):
        of_day = [hour % 24 for hour in hours if hour // 24 == day]
        if of_day:
            by_day.setdefault(tuple(_runs(of_day)), []).append(day)
    if not by_day:
        return _("never")
    parts = []
    for ranges, days in by_day.items():
        names = ",".join(
            _(DAYS[a]) if b == a + 1 else f"{_(DAYS[a])}-{_(DAYS[b - 1])}" for a, b in _runs(days)
        )
        clock = ",".join(f"{a:02d}-{b:02d}" for a, b in ranges)
        parts.append(names if ranges == ((0, 24),) else f"{names} {clock}")
    if len(parts) < 3:
        return _("; ").join(parts)
    return _("{first}; {count} more").format(first=parts[0], count=len(parts) - 1)


def _runs(values: Sequence[int]) -> list[tuple[int, int]]:
    """Consecutive numbers as (first, last + 1)."""
    runs: list[tuple[int, int]] = []
    for value in sorted(values):
        if runs and runs[-1][1] == value:
            runs[-1] = runs[-1][0], value + 1
        else:
            runs.append((value, value + 1))
    return runs


def _coloured(hours: Sequence[float]) -> Text:
    from rich.text import Text

    line = Text()
    for value in hours:
        style = "red" if value > 1 else "yellow" if value > 0.7 else "green"
        line.append(hour_mark(value), style="dim" if value < LEAST_SHOWN else style)
    return line


def _facts(part: QueueingPart) -> list[tuple[str, str]]:

    mean, peak = _share(part.utilization_mean), _share(part.utilization_peak_hour)
    rows = [
        (
            _("Load"),
            _("{requests} requests a month, the busiest hour {peak} times the mean").format(
                requests=tokens(part.requests_per_month), peak=number(part.peak_to_mean)
            ),
        ),
        (
            _("Utilization"),
            _("{mean} on average, {peak} in the busiest hour").format(mean=mean, peak=peak),
        ),
    ]
    here = ServedLine(part.wait_p95_ms, part.ttft_p95_ms, part.request_p95_ms)
    if "wait_p95_ms" in part.unknown:
        rows.append((_("All here"), safe(sentence(part.unknown["wait_p95_ms"]))))
    else:
        rows.append((_("All here"), here.text() + _within(part.share_within_slo)))
    if part.band is not None:
        rows += [
            (_("If slower"), _band_side(part.band.slow)),
            (_("If faster"), _band_side(part.band.fast)),
        ]
    if part.slo:
        rows.append(("SLO", _slo(part)))
    if part.largest_requests_per_month is not None:
        rows.append((_("Within it"), _largest(part)))
    kept = part.with_overflow
    if kept is not None and part.overflow_share_peak > 0:
        line = ServedLine(kept.wait_p95_ms, kept.ttft_p95_ms, kept.request_p95_ms)
        rows.append((_("With an API"), line.text() + _within(kept.share_within_slo)))
    rows.append((_("To the API"), _overflow(part)))
    return rows


class ServedLine:
    """The slowest twentieth's wait, first token and whole time."""

    def __init__(self, wait_ms: float | None, ttft_ms: float | None, whole_ms: float | None):
        self.parts = ((_("wait"), wait_ms), (_("first token"), ttft_ms), (_("whole"), whole_ms))

    def text(self) -> str:
        """`P95 wait 0 ms, first token 310 ms, whole 12.4 s`."""
        known = [f"{label} {_time(ms)}" for label, ms in self.parts if ms is not None]
        return f"P95 {_(', ').join(known)}" if known else _("too few requests to tell")


def _band_side(side: BandSidePart) -> str:
    """The same at an end of the benchmark's intervals."""
    if side.why_unknown is not None:
        return safe(sentence(side.why_unknown))
    line = ServedLine(side.wait_p95_ms, None, side.request_p95_ms)
    return line.text() + _within(side.share_within_slo)


def _slo(part: QueueingPart) -> str:
    assert part.slo is not None
    promises = []
    if part.slo.ttft_p95_ms is not None:
        promises.append(_("first token within {time}").format(time=_time(part.slo.ttft_p95_ms)))
    if part.slo.request_s is not None:
        promises.append(_("all within {time}").format(time=_time(part.slo.request_s * 1e3)))
    text = (
        _("95 % of requests: {promises}").format(promises=_(" and ").join(promises))
        if promises
        else _("no promise")
    )
    if part.slo.queue_limit is not None:
        text = _("{text}; at most {count} may wait").format(text=text, count=part.slo.queue_limit)
    return text


def _largest(part: QueueingPart) -> str:
    largest = part.largest_requests_per_month or 0.0
    if largest == 0:
        return _("no load: even a request alone is late too often")
    text = _("up to {largest} requests a month without an API").format(largest=tokens(largest))
    if part.first_month_outside_slo is None:
        return _("{text}, kept in every month ahead").format(text=text)
    if part.first_month_outside_slo == 0:
        return _("{text}, so not today").format(text=text)
    return _("{text}, outgrown in month {month}").format(
        text=text, month=part.first_month_outside_slo
    )


def _overflow(part: QueueingPart) -> str:
    volume = part.overflow_input_tokens_per_month + part.overflow_output_tokens_per_month
    said = (
        _(
            "{share} to keep the SLO ({volume} tokens a month), {by_hour} by hours alone, "
            "{smooth} if spread evenly"
        )
        if part.with_overflow
        else _("{share} hour by hour ({volume} tokens a month), {smooth} if spread evenly")
    )
    return said.format(
        share=_share(part.overflow_share_peak),
        volume=tokens(volume),
        by_hour=_share(part.overflow_share_by_hour),
        smooth=_share(part.overflow_share_smooth),
    )


def _classes(part: QueueingPart) -> Table:
    heads = (_("requests/h"), _("busy"), _("P95 wait"), "P95 TTFT", _("in SLO"), _("to API"))
    table = columns_table(_("hours"), *heads, right=heads)
    for each in part.hours[:MOST_CLASSES]:
        served: ServedPart | None = each.served
        table.add_row(
            hours_in_words(each.hours),
            number(each.requests_per_hour),
            _share(each.utilization),
            _cell(served.wait_p95_ms if served else None),
            _cell(served.ttft_p95_ms if served else None),
            _maybe(served.share_within_slo if served else None),
            _maybe(each.overflow_share),
        )
    left = len(part.hours) - MOST_CLASSES
    if left > 0:
        table.caption = _("and {left} quieter groups of hours").format(left=left)
    return table


def _months(part: QueueingPart) -> Table:
    heads = (_("requests"), _("busy"), _("at the peak"), _("to API"), _("by hours"), _("if even"))
    table = columns_table(_("month"), *heads, right=heads)
    labelled = [(str(load.month), load) for load in part.months]
    if part.busiest_month:
        labelled.append((_("busiest of the year"), part.busiest_month))
    for label, load in labelled:
        table.add_row(
            label,
            tokens(load.requests_per_month),
            _share(load.utilization_mean),
            _share(load.utilization_peak_hour),
            _share(load.overflow_share_peak),
            _share(load.overflow_share_by_hour),
            _share(load.overflow_share_smooth),
        )
    return table


def _share(value: float) -> str:
    if 0 < value < 0.001:
        return "<0.1 %"
    return f"{number(value * 100)} %"


def _within(share: float | None) -> str:
    return "" if share is None else _("; {share} in time").format(share=_share(share))


def _maybe(value: float | None) -> str:
    return "–" if value is None else _share(value)


def _cell(ms: float | None) -> str:
    return "–" if ms is None else _time(ms)


def _time(ms: float) -> str:
    if ms >= 60_000:
        return _("{minutes} min").format(minutes=number(ms / 60_000))
    return f"{number(ms / 1e3)} s" if ms >= 1000 else f"{number(ms)} ms"
