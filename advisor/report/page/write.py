"""Which files does a report become, and what is said of each?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.documents import write_whole
from advisor.errors import InputError
from advisor.report.charts.svg import Chart, standalone
from advisor.report.page.blocks import Page
from advisor.report.page.browser import find_browser, pdf_of, png_of
from advisor.report.page.markdown import markdown_of
from advisor.report.page.numbers_csv import csv_of
from advisor.report.page.render import html_of
from advisor.report.page.subject import Subject
from advisor.report.page.view import page_of

if TYPE_CHECKING:
    from advisor.report.page.recompute import Part

READABLE = 0o644
_SIZE = re.compile(r'width="(\d+)(?:\.\d+)?" height="(\d+)')


@dataclass(frozen=True, slots=True)
class Targets:
    """The files asked for, and the folder for pictures."""

    html: Path | None = None
    markdown: Path | None = None
    csv: Path | None = None
    pdf: Path | None = None
    charts: Path | None = None

    @property
    def any(self) -> bool:
        return any((self.html, self.markdown, self.csv, self.pdf, self.charts))


def write_report(subject: Subject, targets: Targets) -> Iterator[tuple[Path, int]]:
    """Writes each and yields it with its size in bytes. Raises InputError for a place that cannot
    be written, AdvisorError for a PDF without a browser."""
    page = page_of(subject)
    if targets.html is not None:
        yield _written(targets.html, html_of(page, what_if_of(subject)).encode())
    if targets.markdown is not None:
        yield _written(targets.markdown, markdown_of(page).encode())
    if targets.csv is not None:
        yield _written(targets.csv, csv_of(subject).encode("utf-8-sig"))
    if targets.pdf is not None:
        yield _written(targets.pdf, pdf_of(html_of(page)))
    if targets.charts is not None:
        yield from _charts(page, targets.charts)


def what_if_of(subject: Subject) -> Part | None:
    """The part of the page that recomputes the answer, where there is advice."""
    from advisor.report.page.recompute import part

    return None if subject.advice is None else part(subject.advice)


def _charts(page: Page, folder: Path) -> Iterator[tuple[Path, int]]:
    """Every chart as SVG, and as PNG where a browser is there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make {folder}", why=error.strerror or str(error)) from error
    drawable = find_browser() is not None
    for chart in page.charts():
        svg = standalone(chart.wide)
        yield _written(folder / f"{chart.id}.svg", svg.encode())
        if drawable:
            yield _written(folder / f"{chart.id}.png", _png(chart, svg))


def _png(chart: Chart, svg: str) -> bytes:
    size = _SIZE.search(svg)
    if size is None:
        raise ValueError(f"the chart {chart.id} has no size")
    return png_of(svg, int(size[1]), int(size[2]) + 1)


def _written(path: Path, content: bytes) -> tuple[Path, int]:
    try:
        write_whole(path, content, mode=READABLE)
    except OSError as error:
        raise InputError(
            f"cannot write {path}",
            why=error.strerror or str(error),
            remedy="Name a file in a folder that exists and that you may write to.",
        ) from error
    return path, len(content)
