"""Do the pages draw what they say: costs, loads, energy, changes and differences?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import pytest
from dashboard_at import GUIDE, UNKIND, dashboard_at
from made_up_latest import energy, made_up, spread, stage
from real_browser import browser

from advisor.advice.answer import answer
from advisor.advice.scenario import read_tables
from advisor.bench.document import Stage
from advisor.bench.interval import Rate
from advisor.history.record import Run
from advisor.history.store import RunStore

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]

CHANGED_ON = 11
PAGES = {
    "/": ["cumulative"],
    "/runs/run-20": ["cumulative", "concurrency", "energy", "tornado"],
    "/what-if?run=run-20&usage.input_tokens_per_month=20M": ["cumulative", "tornado"],
    "/compare?side=run-05&side=run-15": ["ratios-0", "ratios-1"],
    "/drift": ["course-0", "course-1", "course-2", "course-3"],
}
SHAPES = [
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    {"viewport": {"width": 375, "height": 800}, "color_scheme": "dark", "locale": "zh-TW"},
]


def stages_at(level: float) -> tuple[Stage, Stage]:
    """One stream, then sixteen that together write ten times as much."""
    many = Rate(value=10 * level, ci95=(9.5 * level, 10.5 * level))
    return (
        stage(level, energy=energy(j_per_output_token=90 / level)),
        stage(level / 2, concurrency=16, output_tok_per_s=many, ttft_ms=spread(900.0)),
    )


def run_of(day: int, **given: object) -> Run:
    """A sixth slower from a day on, with a wobble that is no change."""
    level = (60.0 if day < CHANGED_ON else 50.0) + 0.1 * (day % 3)
    return made_up(
        f"run-{day:02d}",
        *stages_at(level),
        started_at=f"2026-11-{day:02d}T03:00:00+00:00",
        **given,
    )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A history with a change in it, the newest run with advice that has a band."""
    store = RunStore(tmp_path_factory.mktemp("charts"))
    for day in range(1, 20):
        store.save(run_of(day))
    tables = read_tables(GUIDE)
    tables["usage"] |= {"output_tokens_per_month": {"median": 6e6, "factor": 2}}
    tables["uncertainty"] = {"scenarios": 300}
    advised = run_of(20, advice=answer(tables, origin="the guide"))
    store.save(msgspec.structs.replace(advised, said=tables))
    with dashboard_at(store) as url:
        yield url


@pytest.fixture(scope="module", params=SHAPES, ids=["desktop", "phone"])
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(**request.param)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_draws_its_charts_within_its_policy_for_everybody(
    opened: Page, url: str, path: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text))
    opened.goto(url + path)
    charts = opened.locator("svg.chart:visible")
    width = opened.viewport_size["width"] if opened.viewport_size else 0
    kind = "wide" if width > 640 else "narrow"
    names = charts.evaluate_all("all => all.map(e => e.getAttribute('aria-labelledby'))")
    assert [name.split()[0] for name in names] == [f"{id_}-{kind}-title" for id_ in PAGES[path]]
    for box in (charts.nth(at).bounding_box() for at in range(charts.count())):
        assert box is not None and box["width"] > 250 and box["height"] > 90
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.evaluate("document.querySelectorAll('[style], main script').length") == 0
    found = Axe().run(opened).response["violations"]
    assert not found, [(each["id"], each["nodes"][0]["html"]) for each in found]
    assert complaints == []


def test_no_text_of_a_chart_runs_out_of_its_picture(opened: Page, url: str) -> None:
    for path in PAGES:
        opened.goto(url + path)
        out = opened.locator("svg.chart:visible").evaluate_all(
            """charts => charts.flatMap(chart => {
                const all = chart.getBoundingClientRect();
                return [...chart.querySelectorAll('text')].filter(text => {
                    const box = text.getBoundingClientRect();
                    return box.left < all.left - 1 || box.right > all.right + 1
                        || box.bottom > all.bottom + 1 || box.top < all.top - 1;
                }).map(text => text.textContent);
            })"""
        )
        assert out == [], path


def test_colours_follow_the_scheme(browser: Browser, url: str) -> None:
    seen = []
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(f"{url}/drift")
        words, line = page.locator("svg.chart:visible").first.evaluate(
            "e => ['text', '.line-run'].map(s => getComputedStyle(e.querySelector(s)))"
            ".map((s, i) => i ? s.stroke : s.fill)"
        )
        seen.append((words, line))
        assert words != "rgb(0, 0, 0)" and line.startswith("rgb(")
        page.close()
    assert seen[0] != seen[1]


def test_the_change_is_marked_where_it_was(browser: Browser, url: str) -> None:
    page = browser.new_page()
    page.goto(f"{url}/drift")
    chart = page.locator("svg.chart:visible").first
    marks = chart.locator("line.mark").evaluate_all("all => all.map(e => e.x1.baseVal.value)")
    dots = chart.locator("circle.local").evaluate_all("all => all.map(e => e.cx.baseVal.value)")
    assert len(dots) == 20 and len(marks) == 1
    assert dots[CHANGED_ON - 2] < marks[0] < dots[CHANGED_ON - 1]
    said = re.search(r"−(\d+\.\d) %", chart.text_content() or "")
    assert said is not None and 16 < float(said[1]) < 17.5
    page.close()


def test_unkind_names_are_inert_in_charts(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = RunStore(tmp_path_factory.mktemp("unkind"))
    named = {"model": UNKIND, "workload": UNKIND, "machine": UNKIND[:150]}
    for day in range(1, 13):
        store.save(run_of(day, **named))
    page = browser.new_page(viewport={"width": 375, "height": 800})
    acted: list[str] = []
    page.on("dialog", lambda dialog: (acted.append(dialog.message), dialog.dismiss()))
    with dashboard_at(store) as url:
        for path in ("/drift", "/compare?side=run-01&side=run-12", "/runs/run-12"):
            page.goto(url + path)
            assert page.locator("svg.chart").count() > 0
            assert page.locator("main script, main img").count() == 0
            assert page.evaluate("document.documentElement.scrollWidth") <= 375
            seen = page.content()
            assert "\u202e" not in seen and "\x1b" not in seen
    page.close()
    assert acted == []
