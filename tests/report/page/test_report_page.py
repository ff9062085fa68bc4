"""Is the page whole, safe, accessible, and does it say what its documents say?"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "history"))

from made_up_runs import made_up, single
from real_browser import browser, page  # noqa: F401

from advisor.advice.answer import answer
from advisor.advice.document import Advice
from advisor.advice.scenario import read_tables
from advisor.report import language
from advisor.report.page.markdown import escaped, markdown_of
from advisor.report.page.numbers_csv import csv_of
from advisor.report.page.render import html_of
from advisor.report.page.subject import Subject
from advisor.report.page.view import page_of
from advisor.report.page.write import what_if_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LONGEST_API_NAME = 200
"""Of a scenario; a model's name has no bound, for a server tells it."""
CONFIGS = Path(__file__).parents[3] / "configs"
NASTY = (
    "<script>alert(1)</script>\u202egnp.exe\x1b[31m `x` [a](javascript:alert(1)) |" + "n" * 10_000
)


def advice_of(name: str | None = None, **usage: object) -> Advice:
    """The guide's scenario with a range in it, its baseline under that name."""
    tables = read_tables(CONFIGS / "guide.toml")
    tables["usage"] |= usage
    tables["uncertainty"] = {"scenarios": 500}
    advice = answer(tables, origin="the guide")
    if name is None:
        return advice
    text = msgspec.json.encode(advice).decode()
    bounded = json.dumps(name[:LONGEST_API_NAME])[1:-1]
    return msgspec.json.decode(text.replace("GPT-4", bounded), type=Advice)


def measured(name: str = "smollm2") -> Subject:
    stages = tuple(single(100.0 / n, concurrency=n) for n in (1, 4, 16))
    run = made_up("20261128T200000Z-abc123", 100.0, stages=stages)
    assert run.bench is not None
    model = msgspec.structs.replace(run.bench.model, name=name, digest=name)
    bench = msgspec.structs.replace(run.bench, model=model, warnings=(name,))
    return Subject(run.machine, bench, None, "0.1.0")


def everything(name: str | None = None) -> Subject:
    """A measurement, a machine and advice with a band, all names as told."""
    found = measured(name or "smollm2")
    spread = {"output_tokens_per_month": {"median": 6e6, "factor": 2}}
    return Subject(found.machine, found.bench, advice_of(name, **spread), "0.1.0", name)


def written(subject: Subject) -> str:
    return html_of(page_of(subject), what_if_of(subject))


@pytest.fixture(scope="module")
def whole() -> str:
    return written(everything())


def test_the_decision_comes_first_then_three_numbers_then_the_depth(whole: str) -> None:
    places = [
        whole.index(words)
        for words in (
            "Run it on the box</h1>",
            'class="numbers"',
            'id="cost"',
            'id="what-if"',
            'id="change"',
            'id="speed"',
            'id="machine"',
            'id="assumptions"',
            'id="reproduce"',
        )
    ]
    assert places == sorted(places)
    assert whole.count('class="value"') == 3
    assert len(whole.encode()) < 1_000_000


def test_the_report_says_what_the_advice_says() -> None:
    subject = Subject(None, None, advice_of())
    page_ = page_of(subject)
    assert [each.value for each in page_.numbers] == ["$540 a month", "$30 a month", "3.9 months"]
    assert [chart.id for chart in page_.charts()] == ["cumulative"]
    text = markdown_of(page_)
    assert "| month | This box | GPT-4 |" in text
    assert "| 12 | \\$2,360 | \\$6,480 |" in text


def test_curves_meet_where_the_full_break_even_is_and_end_at_the_net_present_value() -> None:
    growing = {"growth_per_month": 0.03, "output_tokens_per_month": {"low": 2e6, "high": 9e6}}
    advice = advice_of(None, **growing)
    baseline = next(each for each in advice.comparisons if each.baseline)
    assert advice.cumulative is not None
    balance = [
        local - api
        for local, api in zip(advice.cumulative.local_usd, advice.cumulative.api_usd, strict=True)
    ]
    month = baseline.break_even_months_full
    assert month is not None
    first = int(month)
    there = balance[first] + (month - first) * (balance[first + 1] - balance[first])
    assert there == pytest.approx(0, abs=1e-6)
    assert -balance[-1] == pytest.approx(baseline.net_present_value_usd)
    assert not isinstance(advice.uncertainty, msgspec.UnsetType)
    band = advice.uncertainty.cumulative
    assert len(band) == len(balance)
    last = advice.cumulative.api_usd[-1]
    assert band[-1].api_usd.p10 < last < band[-1].api_usd.p90
    assert band[0].local_usd.p10 == band[0].local_usd.p90 == 2000


def test_a_measurement_alone_is_a_report_too() -> None:
    page_ = page_of(measured())
    assert page_.tone == "plain"
    assert "100 tok/s" in [each.value for each in page_.numbers]
    assert [chart.id for chart in page_.charts()] == ["concurrency"]
    command = next(line for line in markdown_of(page_).splitlines() if line.startswith("advisor "))
    assert "--concurrency 1,4,16" in command and "--model smollm2" in command


def test_an_older_record_has_no_curve_and_says_so() -> None:
    older = msgspec.structs.replace(advice_of(), cumulative=None)
    assert "earlier version" in markdown_of(page_of(Subject(None, None, older)))


def test_the_browser_asks_for_nothing_and_finds_no_fault(
    page: Page,  # noqa: F811
    tmp_path: Path,
    whole: str,
) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    file = tmp_path / "report.html"
    file.write_text(whole, encoding="utf-8")
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    assert said == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_no_violation_and_nothing_runs_out_sideways(
    browser: Browser,  # noqa: F811
    whole: str,
    scheme: str,
    width: int,
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        bypass_csp=True,
    )
    try:
        opened = context.new_page()
        opened.set_content(whole)
        opened.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(opened)
        assert found.violations_count == 0, found.generate_report()
    finally:
        context.close()


def test_names_of_others_are_inert_and_break_no_layout(page: Page, tmp_path: Path) -> None:  # noqa: F811
    content = written(everything(NASTY))
    assert "\u202e" not in content and "\x1b" not in content
    assert len(content.encode()) < 1_000_000
    spoke: list[str] = []
    page.on("dialog", lambda dialog: (spoke.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: spoke.append(message.text))
    page.set_viewport_size({"width": 375, "height": 800})
    file = tmp_path / "nasty.html"
    file.write_text(content, encoding="utf-8")
    page.goto(file.as_uri())
    assert spoke == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    scripts = page.evaluate(
        "[...document.querySelectorAll('script')].map(e => e.type || 'its own')"
    )
    assert scripts in (["application/json", "its own"], [])
    assert page.evaluate("document.querySelectorAll('[onclick],[onload],[style]').length") == 0


def test_the_policy_lets_only_its_own_script_run(page: Page, tmp_path: Path, whole: str) -> None:  # noqa: F811
    foreign = whole.replace("</main>", "<script>document.title = 'foreign'</script></main>")
    file = tmp_path / "foreign.html"
    file.write_text(foreign, encoding="utf-8")
    page.goto(file.as_uri())
    assert page.title() != "foreign"


def test_what_is_folded_on_the_screen_is_printed(page: Page, whole: str) -> None:  # noqa: F811
    page.set_content(whole)
    page.emulate_media(media="print")
    tables = page.locator("details table")
    assert tables.count() >= 2
    for index in range(tables.count()):
        assert tables.nth(index).evaluate("e => e.checkVisibility({contentVisibilityAuto: true})")
        whole_, table = (
            each.nth(index).bounding_box()["height"]  # type: ignore[index]
            for each in (page.locator("details"), tables)
        )
        assert whole_ > table > 25


def test_markdown_stays_text_whatever_a_name_holds() -> None:
    text = markdown_of(page_of(everything(NASTY)))
    outside = re.sub(r"```sh.*?```", "", text, flags=re.S)
    assert "<script>" not in outside
    assert not re.search(r"(?<!\\)\[a\]\(", outside)
    assert escaped("a | b_c @me #1 https://x.example") == (
        "a \\| b\\_c \\@me \\#1 https\u200b://x.example"
    )


def test_a_cell_cannot_be_a_formula_in_a_spreadsheet() -> None:
    advice = advice_of("=cmd|' /C calc'!A0")
    lines = csv_of(Subject(None, None, advice)).splitlines()
    assert lines[0] == "part,of,at,metric,value,low,high"
    assert not any(cell.startswith("=") for line in lines for cell in line.split(","))
    assert any(",12,cost_usd,2360" in line for line in lines)


def test_it_is_shown_in_traditional_chinese() -> None:
    language.use(language.TAIWAN)
    try:
        shown = written(everything())
    finally:
        language.use(language.ENGLISH)
    assert '<html lang="zh-Hant-TW">' in shown
    for words in ("成本隨時間的變化", "什麼會改變答案", "如何重現", "從現在起的月數"):
        assert words in shown
    assert "權杖" not in shown and "Cost over time" not in shown


def test_equal_documents_give_equal_bytes(whole: str) -> None:
    assert written(everything()) == whole
