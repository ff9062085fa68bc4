"""How is a week at the box shown? Its hours as a picture, then who is late and what must go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.text import number, safe, tokens

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from advisor.advice.capacity_document import BandSidePart, QueueingPart, ServedPart

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LEVELS = "▁▂▃▄▅▆▇█"
IDLE, OVER = "·", "!"
LEAST_SHOWN = 0.01
MOST_CLASSES = 5
_SCALE = f"{IDLE} under 1 %   ▁ to █ in eighths of what it can do   {OVER} more than it can do"


def show_capacity(part: QueueingPart) -> None:
    """Prints the part: the week, who is late, what goes to the API, the months ahead."""
    console = result_console()
    console.print("The week at this box", style="bold")
    week_picture(console, part.utilization_by_hour)
    console.print()
    console.print(facts_table(_facts(part)))
    if len(part.hours) > 1:
        console.print(_classes(part))
    if len(part.months) > 1 or part.busiest_month:
        console.print(_months(part))
    console.print()
    console.print(f"Why the three differ: {safe(part.why_they_differ)}.", style="dim")
    if part.assumptions:
        console.print(f"Assumed: {safe('; '.join(part.assumptions))}.", style="dim")


def week_picture(console: Console, utilization: Sequence[float]) -> None:
    """A line a day with one character an hour, readable without colour."""
    console.print("     0     6     12    18", style="dim")
    for day, label in enumerate(DAYS):
        line = _coloured(utilization[day * 24 : (day + 1) * 24])
        console.print(f"{label}  ", end="", style="dim")
        console.print(line)
    console.print(_SCALE, style="dim")


def mark(utilization: float) -> str:
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
        return "never"
    parts = []
    for ranges, days in by_day.items():
        names = ",".join(
            DAYS[a] if b == a + 1 else f"{DAYS[a]}-{DAYS[b - 1]}" for a, b in _runs(days)
        )
        clock = ",".join(f"{a:02d}-{b:02d}" for a, b in ranges)
        parts.append(names if ranges == ((0, 24),) else f"{names} {clock}")
    return "; ".join(parts) if len(parts) < 3 else f"{parts[0]}; {len(parts) - 1} more"


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
        line.append(mark(value), style="dim" if value < LEAST_SHOWN else style)
    return line


def _facts(part: QueueingPart) -> list[tuple[str, str]]:
    load = f"{tokens(part.requests_per_month)} requests a month, the busiest hour "
    mean, peak = _share(part.utilization_mean), _share(part.utilization_peak_hour)
    rows = [
        ("Load", f"{load}{number(part.peak_to_mean)} times the mean"),
        ("Utilization", f"{mean} on average, {peak} in the busiest hour"),
    ]
    here = ServedLine(part.wait_p95_ms, part.ttft_p95_ms, part.request_p95_ms)
    if "wait_p95_ms" in part.unknown:
        rows.append(("All here", safe(part.unknown["wait_p95_ms"])))
    else:
        rows.append(("All here", here.text() + _within(part.share_within_slo)))
    if part.band is not None:
        rows += [
            ("If slower", _band_side(part.band.slow)),
            ("If faster", _band_side(part.band.fast)),
        ]
    if part.slo:
        rows.append(("SLO", _slo(part)))
    if part.largest_requests_per_month is not None:
        rows.append(("Within it", _largest(part)))
    kept = part.with_overflow
    if kept is not None and part.overflow_share_peak > 0:
        line = ServedLine(kept.wait_p95_ms, kept.ttft_p95_ms, kept.request_p95_ms)
        rows.append(("With an API", line.text() + _within(kept.share_within_slo)))
    rows.append(("To the API", _overflow(part)))
    return rows


class ServedLine:
    """The slowest twentieth's wait, first token and whole time."""

    def __init__(self, wait_ms: float | None, ttft_ms: float | None, whole_ms: float | None):
        self.parts = (("wait", wait_ms), ("first token", ttft_ms), ("whole", whole_ms))

    def text(self) -> str:
        """`P95 wait 0 ms, first token 310 ms, whole 12.4 s`."""
        known = [f"{label} {_time(ms)}" for label, ms in self.parts if ms is not None]
        return f"P95 {', '.join(known)}" if known else "too few requests to tell"


def _band_side(side: BandSidePart) -> str:
    """The same at an end of the benchmark's intervals."""
    if side.why_unknown is not None:
        return safe(side.why_unknown)
    line = ServedLine(side.wait_p95_ms, None, side.request_p95_ms)
    return line.text() + _within(side.share_within_slo)


def _slo(part: QueueingPart) -> str:
    assert part.slo is not None
    promises = []
    if part.slo.ttft_p95_ms is not None:
        promises.append(f"first token within {_time(part.slo.ttft_p95_ms)}")
    if part.slo.request_s is not None:
        promises.append(f"all within {_time(part.slo.request_s * 1e3)}")
    text = f"95 % of requests: {' and '.join(promises)}" if promises else "no promise"
    if part.slo.queue_limit is not None:
        text += f"; at most {part.slo.queue_limit} may wait"
    return text


def _largest(part: QueueingPart) -> str:
    largest = part.largest_requests_per_month or 0.0
    if largest == 0:
        return "no load: even a request alone is late too often"
    text = f"up to {tokens(largest)} requests a month without an API"
    if part.first_month_outside_slo is None:
        return f"{text}, kept in every month ahead"
    if part.first_month_outside_slo == 0:
        return f"{text}, so not today"
    return f"{text}, outgrown in month {part.first_month_outside_slo}"


def _overflow(part: QueueingPart) -> str:
    volume = part.overflow_input_tokens_per_month + part.overflow_output_tokens_per_month
    why = "to keep the SLO" if part.with_overflow else "hour by hour"
    text = f"{_share(part.overflow_share_peak)} {why} ({tokens(volume)} tokens a month)"
    if part.with_overflow:
        text += f", {_share(part.overflow_share_by_hour)} by hours alone"
    return f"{text}, {_share(part.overflow_share_smooth)} if spread evenly"


def _classes(part: QueueingPart) -> Table:
    heads = ("requests/h", "busy", "P95 wait", "P95 TTFT", "in SLO", "to API")
    table = columns_table("hours", *heads, right=heads)
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
        table.caption = f"and {left} quieter groups of hours"
    return table


def _months(part: QueueingPart) -> Table:
    heads = ("requests", "busy", "at the peak", "to API", "by hours", "if even")
    table = columns_table("month", *heads, right=heads)
    labelled = [(str(load.month), load) for load in part.months]
    if part.busiest_month:
        labelled.append(("busiest of the year", part.busiest_month))
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
    return "" if share is None else f"; {_share(share)} in time"


def _maybe(value: float | None) -> str:
    return "–" if value is None else _share(value)


def _cell(ms: float | None) -> str:
    return "–" if ms is None else _time(ms)


def _time(ms: float) -> str:
    if ms >= 60_000:
        return f"{number(ms / 60_000)} min"
    return f"{number(ms / 1e3)} s" if ms >= 1000 else f"{number(ms)} ms"
