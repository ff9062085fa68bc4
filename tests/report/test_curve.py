"""The curve of both costs: on the screen, in order, and marked where the sides cross."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from advisor.report.curve import (
    COLUMNS,
    CROSSING,
    LABEL_COLUMNS,
    ROWS,
    Curve,
    Picture,
    drawn,
    in_a_sentence,
)

amounts = st.lists(st.floats(min_value=0, max_value=1e9), min_size=13, max_size=121)


def picture(box: list[float], api: list[float], crossing: float | None = None) -> Picture:
    return Picture(Curve("box", "green", box), Curve("API", "cyan", api), crossing)


def rows(shown: Picture) -> list[str]:
    return [line.plain for line in drawn(shown)]


@given(amounts, st.data())
def test_every_row_fits_and_both_sides_are_named(box: list[float], data: st.DataObject) -> None:
    api = data.draw(
        st.lists(st.floats(min_value=0, max_value=1e9), min_size=len(box), max_size=len(box))
    )
    found = rows(picture(box, api))
    assert len(found) == ROWS + 1
    assert max(map(cell_len, found)) <= 80
    text = "\n".join(found)
    assert "box" in text and "API" in text


@given(st.integers(min_value=1, max_value=23))
def test_the_crossing_stands_where_the_lines_meet(month: int) -> None:
    box = [100.0 * month] * 25
    api = [100.0 * each for each in range(25)]
    found = rows(picture(box, api, float(month)))
    marked = [(row, line.index(CROSSING)) for row, line in enumerate(found) if CROSSING in line]
    assert len(marked) == 1
    row, column = marked[0]
    assert column - LABEL_COLUMNS - 1 == round(month / 24 * (COLUMNS - 1))
    height = 1 - month / 24
    assert abs(row - height * (ROWS - 1)) <= 1


def test_the_dearer_side_ends_higher() -> None:
    found = rows(picture([50.0] * 13, [100.0 * each for each in range(13)]))
    api, box = (
        next(index for index, line in enumerate(found) if line.endswith(name))
        for name in ("API", "box")
    )
    assert api < box


def test_a_band_adds_dots_and_a_flat_zero_breaks_nothing() -> None:
    line = [10.0 * each for each in range(13)]
    edges = ([8.0 * each for each in range(13)], [12.0 * each for each in range(13)])
    with_band = Picture(Curve("box", "green", [60.0] * 13), Curve("API", "cyan", line, edges), 6.0)
    assert sum(map(dots, rows(with_band))) > sum(map(dots, rows(picture([60.0] * 13, line, 6.0))))
    assert rows(picture([0.0] * 13, [0.0] * 13))


def dots(text: str) -> int:
    return sum((ord(each) - 0x2800).bit_count() for each in text if 0x2800 <= ord(each) <= 0x28FF)


def test_a_sentence_says_what_the_picture_shows() -> None:
    never = in_a_sentence(picture([2000.0] * 13, [20.0 * each for each in range(13)]), "X", None)
    assert "$2,000 for the box, $240 for X" in never
    assert "never catches up with X within 12 months" in never
