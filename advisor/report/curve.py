"""When does the box catch up? Both costs so far, month by month, in a few rows of characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import UnsetType
from rich.cells import cell_len

from advisor.report.console import is_plain
from advisor.report.language import _
from advisor.report.text import months, name, usd

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from advisor.advice.document import Advice, Comparison
    from advisor.advice.uncertainty_document import BreakEvenSpread

ROWS = 8
COLUMNS = 54
LABEL_COLUMNS = 12
LEAST_MONTHS = 12
DOTS_DOWN, DOTS_ACROSS = 4, 2
"""Of a character: braille has four rows and two columns."""
_BLANK = 0x2800
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
CROSSING = "╋"
EVERY = 3
"""The edges of a band have one dot in so many."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A side's cost by the end of month 0, 1, … and the P10 and P90 of it where they are known."""

    label: str
    style: str
    usd: Sequence[float]
    edges: tuple[Sequence[float], ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """Both curves over the same months, and the month in which they cross, if they do."""

    box: Curve
    api: Curve
    crossing_month: float | None

    @property
    def months(self) -> int:
        return len(self.box.usd) - 1

    @property
    def top_usd(self) -> float:
        drawn = [each for curve in (self.box, self.api) for each in (curve.usd, *curve.edges)]
        return max(map(max, drawn))


def show_curve(console: Console, advice: Advice) -> None:
    """Prints both cumulative costs with the crossing marked; plainly a sentence says the same."""
    baseline = next((each for each in advice.comparisons if each.baseline), None)
    picture = _picture(advice, baseline)
    if picture is None or baseline is None:
        return
    console.print()
    spread = _spread(advice)
    if is_plain():
        console.print(in_a_sentence(picture, name(baseline.name, 40), spread))
        return
    console.print(_("What both have cost so far"), style="bold")
    for line in drawn(picture):
        console.print(line, soft_wrap=True)
    console.print(_caption(picture, name(baseline.name, 30), spread), style="dim")


def _picture(advice: Advice, baseline: Comparison | None) -> Picture | None:
    """The months that show the crossing best: twice as many as it takes, all where it is never."""
    part = advice.cumulative
    if part is None or baseline is None or len(part.api_usd) < LEAST_MONTHS:
        return None
    crossing, last = baseline.break_even_months_full, len(part.api_usd) - 1
    if crossing is not None:
        last = min(last, max(LEAST_MONTHS, round(2 * crossing)))
    until = slice(last + 1)
    bands: tuple[tuple[Sequence[float], ...], ...] = ((), ())
    if not isinstance(advice.uncertainty, UnsetType) and advice.uncertainty.cumulative:
        by_month = advice.uncertainty.cumulative[until]
        bands = tuple(
            (tuple(each.p10 for each in side), tuple(each.p90 for each in side))
            for side in (
                [month.local_usd for month in by_month],
                [month.api_usd for month in by_month],
            )
        )
    return Picture(
        box=Curve(_("box"), "green", part.local_usd[until], bands[0]),
        api=Curve(_("API"), "cyan", part.api_usd[until], bands[1]),
        crossing_month=crossing,
    )


def _spread(advice: Advice) -> BreakEvenSpread | None:
    if isinstance(advice.uncertainty, UnsetType):
        return None
    part = advice.uncertainty
    return next((each for each in part.break_even if each.api == part.baseline), None)


def drawn(picture: Picture) -> Iterator[Text]:
    """The rows: amounts at the left, each curve's name at its end, months below."""
    from rich.text import Text

    cells, styles = _cells(picture)
    ends = _end_labels(picture)
    top = usd(round(picture.top_usd))
    for row in range(ROWS):
        amount = top if row == 0 else usd(0) if row == ROWS - 1 else ""
        line = Text(f"{amount:>{LABEL_COLUMNS}} ")
        for column in range(COLUMNS):
            line.append(cells[row][column], style=styles[row][column])
        for curve in ends.get(row, ()):
            line.append(f" {curve.label}", style=curve.style)
        yield line
    yield Text(" " * (LABEL_COLUMNS + 1) + _months_line(picture), style="dim")


def in_a_sentence(picture: Picture, api: str, spread: BreakEvenSpread | None) -> str:
    """What the picture says, for who does not see it."""
    told = _(
        "Spent after {months} months, counting what the box would sell for: {box} for the box, "
        "{bill} for {api}."
    ).format(
        months=picture.months, box=usd(picture.box.usd[-1]), bill=usd(picture.api.usd[-1]), api=api
    )
    return f"{told} {_caption(picture, api, spread)}"


def _caption(picture: Picture, api: str, spread: BreakEvenSpread | None) -> str:
    if picture.crossing_month is None:
        said = _("The box never catches up with {api} within {months} months.").format(
            api=api, months=picture.months
        )
    else:
        said = _("The box has caught up with {api} after {months} (growth and resale counted).")
        said = said.format(api=api, months=months(picture.crossing_month))
    if spread is None:
        return said
    low, high = (_("never") if each is None else f"{each:.1f}" for each in _ends(spread))
    ranged = _("P10 to P90: {low} to {high} months.").format(low=low, high=high)
    return f"{said} {ranged}"


def _ends(spread: BreakEvenSpread) -> tuple[float | None, float | None]:
    return spread.p10_months, spread.p90_months


def _cells(picture: Picture) -> tuple[list[list[str]], list[list[str]]]:
    """The characters and their styles: edges of the bands first, the curves over them."""
    bits = [[0] * COLUMNS for _row in range(ROWS)]
    styles = [[""] * COLUMNS for _row in range(ROWS)]
    for curve in (picture.api, picture.box):
        for edge in curve.edges:
            _draw(bits, styles, _dots(edge, picture), f"dim {curve.style}", every=EVERY)
    for curve in (picture.api, picture.box):
        _draw(bits, styles, _dots(curve.usd, picture), curve.style)
    cells = [[chr(_BLANK + each) if each else " " for each in row] for row in bits]
    at = picture.crossing_month
    if at is not None and at <= picture.months:
        column = round(at / picture.months * (COLUMNS - 1))
        height = _at(picture.api.usd, at)
        row = _row_of(height, picture.top_usd) // DOTS_DOWN
        cells[row][column], styles[row][column] = CROSSING, "bold"
    return cells, styles


def _draw(
    bits: list[list[int]],
    styles: list[list[str]],
    dots: Sequence[int],
    style: str,
    every: int = 1,
) -> None:
    """Sets one dot a column of dots, and those between neighbours so that a slope has no holes."""
    for across, down in enumerate(dots):
        if across % every:
            continue
        before = dots[across - 1] if across and every == 1 else down
        low, high = sorted((before, down))
        for each in range(low if low == down else low + 1, high + 1 if high == down else high):
            row, column = each // DOTS_DOWN, across // DOTS_ACROSS
            bits[row][column] |= _BITS[each % DOTS_DOWN][across % DOTS_ACROSS]
            styles[row][column] = style


def _dots(values: Sequence[float], picture: Picture) -> list[int]:
    """For each column of dots how far down the curve is."""
    across = COLUMNS * DOTS_ACROSS
    return [
        _row_of(_at(values, column / (across - 1) * picture.months), picture.top_usd)
        for column in range(across)
    ]


def _at(values: Sequence[float], month: float) -> float:
    before = min(int(month), len(values) - 1)
    after = min(before + 1, len(values) - 1)
    return values[before] + (values[after] - values[before]) * (month - before)


def _row_of(value: float, top: float) -> int:
    highest = ROWS * DOTS_DOWN - 1
    share = max(0.0, min(1.0, value / top)) if top > 0 else 0.0
    return round((1 - share) * highest)


def _end_labels(picture: Picture) -> dict[int, list[Curve]]:
    found: dict[int, list[Curve]] = {}
    for curve in sorted((picture.box, picture.api), key=lambda each: -each.usd[-1]):
        row = _row_of(curve.usd[-1], picture.top_usd) // DOTS_DOWN
        found.setdefault(row, []).append(curve)
    return found


def _months_line(picture: Picture) -> str:
    """Months under the picture: the first, the crossing and the last, as far as there is room."""
    last = _("month {month}").format(month=picture.months)
    line = "0".ljust(COLUMNS - cell_len(last)) + last
    at = picture.crossing_month
    if at is None or at > picture.months:
        return line
    told = f"{at:.1f}"
    start = round(at / picture.months * (COLUMNS - 1)) - len(told) // 2
    room = line[start - 1 : start + len(told) + 1]
    if start < 1 or room.strip():
        return line
    return line[:start] + told + line[start + len(told) :]
