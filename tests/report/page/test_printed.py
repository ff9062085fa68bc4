"""Is a report on paper whole: the decision first, no page blank, nothing cut or torn apart?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
import pytest
from real_models import missing
from test_report_page import everything

from advisor.report import language
from advisor.report.page.blocks import Page, Picture, Table
from advisor.report.page.browser import find_browser, pdf_of
from advisor.report.page.render import html_of
from advisor.report.page.view import page_of

SVG_TEXT = "{http://www.w3.org/2000/svg}text"
MARGIN_POINTS = 12 / 25.4 * 72
"""Of the sides; the style leaves 14 mm."""


MOST_KEPT_WHOLE = 11
"""Rows of a table that the style keeps on one page."""
TORNADO = 1
"""The chart that a list precedes in its section."""
MOST_PAGES = 7
"""Of a report that has everything, all that is folded laid open."""
LEAST_OF_A_PAGE = 120
"""Characters: more than the line at the end of a report."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A report, and of each page of its PDF the text without spaces and the grey of each point."""

    page: Page
    texts: tuple[str, ...]
    greys: tuple[np.ndarray, ...]


@pytest.fixture(scope="module", params=[language.ENGLISH, language.TAIWAN])
def printed(request: pytest.FixtureRequest) -> Iterator[Printed]:
    import pypdfium2

    if find_browser() is None:
        missing("no browser here to print with")
    language.use(request.param)
    try:
        page = page_of(everything())
        document = pypdfium2.PdfDocument(pdf_of(html_of(page)))
    finally:
        language.use(language.ENGLISH)
    texts, greys = [], []
    for sheet in document:
        texts.append(squeezed(sheet.get_textpage().get_text_range()))
        greys.append(sheet.render(grayscale=True).to_numpy().reshape(842, -1))
    yield Printed(page, tuple(texts), tuple(greys))
    document.close()


def squeezed(words: str) -> str:
    """Without spaces and hyphens: a reader of PDF takes some for those of a line's end."""
    return re.sub(r"[\s\x02\xad\ufffe-]", "", words)


def test_the_decision_and_the_three_numbers_are_on_the_first_page(printed: Printed) -> None:
    first = printed.texts[0]
    for words in (printed.page.answer, *(number.value for number in printed.page.numbers)):
        assert squeezed(words) in first


def test_no_page_is_blank_and_nothing_runs_over_the_edge(printed: Printed) -> None:
    assert 3 <= len(printed.greys) <= MOST_PAGES
    margin = int(MARGIN_POINTS)
    assert all(len(text) > LEAST_OF_A_PAGE for text in printed.texts)
    for grey in printed.greys:
        assert (grey < 128).any()
        assert (grey[:, :margin] == 255).all() and (grey[:, -margin:] == 255).all()


def on_one_page(printed: Printed, texts: Iterable[str]) -> bool:
    wanted = {squeezed(each) for each in texts}
    return any(all(each in text for each in wanted) for text in printed.texts)


def test_no_chart_is_torn_apart_or_from_its_caption_and_head(printed: Printed) -> None:
    drawn = 0
    for section in printed.page.sections:
        for block in section.blocks:
            if isinstance(block, Picture):
                root = ElementTree.fromstring(block.chart.wide)
                words = [each.text or "" for each in root.iter(SVG_TEXT)]
                assert len(words) > 5
                head = [] if drawn == TORNADO else [section.title]
                assert on_one_page(printed, [*words, block.caption, *head]), block.chart.id
                drawn += 1
    assert drawn == 3


def test_no_row_and_no_short_table_is_torn_apart_and_no_head_stands_alone(
    printed: Printed,
) -> None:
    tables = [
        block
        for section in printed.page.sections
        for block in section.blocks
        if isinstance(block, Table)
    ]
    assert len(tables) > 5 and any(len(table.rows) > MOST_KEPT_WHOLE for table in tables)
    for table in tables:
        if len(table.rows) <= MOST_KEPT_WHOLE:
            cells = (cell for row in table.rows for cell in row)
            assert on_one_page(printed, [table.caption, *table.heads, *cells]), table.caption
        for row in table.rows:
            assert on_one_page(printed, row), row
        heads = squeezed("".join(table.heads))
        assert not any(text.endswith(heads) for text in printed.texts), heads
