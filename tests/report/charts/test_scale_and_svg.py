"""Do charts stand where their numbers say, and is every text in them inert?"""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.report.charts.concurrency import Load, concurrency_chart
from advisor.report.charts.course import Point, Step, course_chart
from advisor.report.charts.cumulative import Curves, cumulative_chart, months_shown
from advisor.report.charts.energy import Use, energy_chart
from advisor.report.charts.ratios import Ratio, ratio_chart
from advisor.report.charts.scale import Scale, ticks, time_ticks
from advisor.report.charts.svg import Chart, standalone
from advisor.report.charts.tornado import Bar, tornado_chart

NASTY = '<script>alert(1)</script>\u202e"\x1b[31m' + "x" * 10_000
SVG = "{http://www.w3.org/2000/svg}"

amounts = st.floats(-1e7, 1e7, allow_nan=False)


@given(amounts, amounts, st.integers(2, 9))
def test_ticks_enclose_what_is_drawn_and_are_few(one: float, other: float, count: int) -> None:
    low, high = min(one, other), max(one, other)
    if high - low < 1e-3:
        return
    found = ticks(low, high, count)
    step = found[1] - found[0]
    assert found[0] <= low + 1e-6 * step and found[-1] >= high - 1e-6 * step
    assert len(found) <= count + 2


def test_a_scale_by_powers_puts_doublings_equally_far_apart() -> None:
    x = Scale(1, 16, 0, 400, log=True)
    assert [round(x(size)) for size in (1, 2, 4, 8, 16)] == [0, 100, 200, 300, 400]


@given(st.integers(0, 2_000_000_000), st.integers(0, 400_000_000), st.integers(3, 8))
def test_moments_of_an_axis_are_round_few_and_within(first: int, span: int, count: int) -> None:
    found, step = time_ticks(first, first + span, count)
    assert 1 <= len(found) <= count + 1
    assert all(each % step == 0 for each in found) or found == [first]
    assert all(first <= each <= first + span for each in found)


def circles(picture: str) -> list[tuple[float, float]]:
    """Where the dots are."""
    found = ElementTree.fromstring(picture).iter(f"{SVG}circle")
    return [(float(each.get("cx") or 0), float(each.get("cy") or 0)) for each in found]


def test_a_course_stands_at_its_moments_with_each_level_where_its_runs_are() -> None:
    days = [0, 1, 2, 6, 7, 8]
    points = [
        Point(86_400.0 * day, value)
        for day, value in zip(days, (100.0, 101.0, 100.0, 50.0, 50.5, 50.0), strict=True)
    ]
    picture = course_chart("course", "", points, [Step(3, "−50.0 %")], "").wide
    dots = circles(picture)
    gaps = [after[0] - before[0] for before, after in pairwise(dots)]
    assert gaps[2] / gaps[0] == pytest.approx(4, rel=0.01)
    root = ElementTree.fromstring(picture)
    levels = [each for each in root.iter(f"{SVG}line") if each.get("class") == "line-other"]
    assert len(levels) == 2
    for level, here in zip(levels, (dots[:3], dots[3:]), strict=True):
        assert (level.get("x1"), level.get("x2")) == (f"{here[0][0]:g}", f"{here[-1][0]:g}")
        heights = [y for _x, y in here]
        assert min(heights) <= float(level.get("y1") or 0) <= max(heights)
    assert "−50.0 %" in "".join(root.itertext())


def test_noise_is_not_drawn_as_change() -> None:
    points = [Point(float(day), 100 + 0.1 * (day % 2)) for day in range(10)]
    heights = [y for _x, y in circles(course_chart("course", "", points, [], "").wide)]
    assert max(heights) - min(heights) < 5


@given(st.floats(1.01, 500))
def test_twice_is_as_far_from_once_as_half_is(ratio: float) -> None:
    rows = [
        Ratio("more", ratio, (ratio, ratio), "better", "faster"),
        Ratio("less", 1 / ratio, (1 / ratio, 1 / ratio), "worse", "slower"),
    ]
    picture = ratio_chart("ratios", "", rows, "").wide
    (more, _y), (less, _z) = circles(picture)
    root = ElementTree.fromstring(picture)
    once = next(each for each in root.iter(f"{SVG}line") if each.get("class") == "axis")
    middle = float(once.get("x1") or 0)
    assert more - middle == pytest.approx(middle - less, abs=0.3)
    assert 0 < less < middle < more < 720


def curves(*, crossing: float | None = 6.0, name: str = "GPT-4") -> Curves:
    """A box of 1,000 that saves 100 a month and crosses at month 10, unless said otherwise."""
    months = range(61)
    return Curves(
        name,
        tuple(1000.0 + 50 * month for month in months),
        tuple(150.0 * month for month in months),
        tuple((900.0 + 40 * month, 1100.0 + 60 * month) for month in months),
        tuple((100.0 * month, 200.0 * month) for month in months),
        () if crossing is None else (crossing,),
    )


def every_chart(name: str) -> list[Chart]:
    return [
        cumulative_chart(curves(name=name), name),
        tornado_chart([Bar(name, name, name, -5.0, 20.0)], 3.0, name),
        concurrency_chart(
            [Load(1, 10, (9, 11), 100, 200), Load(8, 40, None, 300, None)], name, name
        ),
        energy_chart([Use(name, 3.0, 1.0), Use("2 streams", 2.0, None)], name, name),
        course_chart("course", name, [Point(0, 2.0), Point(9e5, 3.0)], [Step(1, name)], name),
        ratio_chart("ratios", name, [Ratio(name, 0.5, (0.0, 9e9), "worse", name)], name),
    ]


def test_every_chart_is_well_formed_named_and_described_and_no_text_acts() -> None:
    for chart in every_chart(NASTY):
        for picture in (chart.wide, chart.narrow, standalone(chart.wide)):
            root = ElementTree.fromstring(picture)
            ids = {each.get("id") for each in root.iter() if each.get("id")}
            assert set((root.get("aria-labelledby") or "").split()) <= ids
            assert root.find(f"{SVG}title") is not None and root.find(f"{SVG}desc") is not None
            assert not list(root.iter(f"{SVG}script"))
            assert "\u202e" not in picture and "\x1b" not in picture
            assert len(picture) < 40_000


def test_the_break_even_stands_where_both_curves_meet() -> None:
    chart = cumulative_chart(curves(crossing=10.0), "")
    root = ElementTree.fromstring(chart.wide)
    point = next(root.iter(f"{SVG}circle"))
    lines = {each.get("class"): each.get("d") for each in root.iter(f"{SVG}path")}

    def at_month_10(line: str | None) -> tuple[float, float]:
        pairs = re.findall(r"([\d.]+) ([\d.]+)", line or "")
        return float(pairs[10][0]), float(pairs[10][1])

    found = float(point.get("cx") or 0), float(point.get("cy") or 0)
    for side in ("line-local", "line-api"):
        there = at_month_10(lines[side])
        assert abs(there[0] - found[0]) <= 0.2 and abs(there[1] - found[1]) <= 0.2


def test_an_early_break_even_is_not_lost_in_a_long_horizon() -> None:
    assert months_shown(curves(crossing=3.9)) == 24
    assert months_shown(curves(crossing=25.0)) == 60
    assert months_shown(curves(crossing=None)) == 60


def test_equal_numbers_give_equal_bytes() -> None:
    assert every_chart("a") == every_chart("a")
