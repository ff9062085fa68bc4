"""What do the pictures share? A key above, a frame with its axes, and a unit below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from advisor.report.charts.scale import Scale, ticks
from advisor.report.charts.svg import Frame, columns, legend, line, rows, text, width_px

ROW_PX = 44
BELOW_PX = 52
"""Under a frame, for the values of its axis and their unit."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Values that an axis names, with their words; it reaches from the first to the last."""

    marks: tuple[float, ...]
    words: tuple[str, ...]

    @property
    def left_px(self) -> float:
        """Where a frame begins that has these words before it."""
        return 16 + max(width_px(each) for each in self.words)


@dataclass(frozen=True, slots=True)
class Bars:
    """Rows under one another over one axis, with their key and unit already drawn."""

    frame: Frame
    x: Scale
    drawn: str

    def top(self, index: int) -> float:
        """Of a row."""
        return self.frame.top + ROW_PX * index


def axis_of(low: float, high: float, count: int, shown: Callable[[float], str]) -> Axis:
    """About `count` round values that enclose both."""
    marks = ticks(low, high, count)
    return Axis(marks, tuple(shown(mark) for mark in marks))


def key_above(entries: Sequence[tuple[str, str]], width: int) -> tuple[str, float]:
    """The key, and where a frame under it begins."""
    drawn, lines = legend(entries, 8, 18, width - 8) if entries else ("", 0)
    return drawn, 14 + 20.0 * lines


def upright(axis: Axis, frame: Frame) -> tuple[Scale, str]:
    """Heights in a frame, and the faint lines that name them."""
    y = Scale(axis.marks[0], axis.marks[-1], frame.bottom, frame.top)
    named = zip(axis.marks, axis.words, strict=True)
    return y, rows(((y(mark), words) for mark, words in named), frame)


def bars(
    axis: Axis,
    entries: Sequence[tuple[str, str]],
    unit: str,
    count: int,
    width: int,
    *,
    right_px: float = 0,
    log: bool = False,
) -> Bars:
    """The ground for `count` rows; at least `right_px` stay free beside it."""
    key, top = key_above(entries, width)
    left, right = (max(24, width_px(words) / 2 + 4) for words in (axis.words[0], axis.words[-1]))
    bottom = top + ROW_PX * count + 6
    frame = Frame(left, top, width - max(right, right_px), bottom)
    x = Scale(axis.marks[0], axis.marks[-1], frame.left, frame.right, log=log)
    named = zip(axis.marks, axis.words, strict=True)
    drawn = [
        key,
        *(line(x(mark), frame.top, x(mark), frame.bottom, "grid") for mark in axis.marks),
        columns(((x(mark), words) for mark, words in named), frame),
        unit_below(frame, unit),
    ]
    return Bars(frame, x, "".join(drawn))


def unit_below(frame: Frame, unit: str) -> str:
    """What the values of the lower axis are."""
    return text((frame.left + frame.right) / 2, frame.bottom + 40, unit, "unit", "middle")


def spaced(named: Sequence[tuple[float, str]], least_px: float) -> list[tuple[float, str]]:
    """Those names of an axis that do not run into the one before."""
    kept: list[tuple[float, str]] = []
    for place, words in named:
        if not kept or place - kept[-1][0] >= least_px:
            kept.append((place, words))
    return kept
