"""Can somebody move the values of the page, by hand, by keyboard or on a phone, and be answered?"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from msgspec import UnsetType
from playwright.sync_api import expect
from real_browser import browser, page
from what_if_page import page_of

from advisor.advice.answer import answer
from advisor.advice.document import Advice
from advisor.report.language import ENGLISH, TAIWAN, use
from advisor.report.page.recompute import part

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["browser", "page"]

GUIDE = Path(__file__).parents[3] / "configs" / "guide.toml"
EVIL = "</script><script>window.hit = 1</script>\u202e\x1b[31m<!--"
Tables = dict[str, Any]


def guide(**tables: Any) -> Tables:
    return {**tomllib.loads(GUIDE.read_text(encoding="utf-8")), **tables}


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """Whatever the page asks for or complains about, which must be nothing."""
    heard: list[str] = []
    page.on("request", lambda request: heard.append(request.url))
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield heard
    assert heard == []


@pytest.fixture
def in_chinese() -> Iterator[None]:
    use(TAIWAN)
    yield
    use(ENGLISH)


@cache
def advice_of(tables: str, guess: bool) -> Advice:
    return answer(json.loads(tables), origin="a test", guess_missing=guess)


def opened(page: Page, tables: Tables, language: str = ENGLISH, *, guess: bool = False) -> None:
    found = part(advice_of(json.dumps(tables), guess))
    assert found is not None
    page.set_content(page_of(found, language))


def said(page: Page, kind: str) -> str:
    return page.locator(f"[data-{kind}]").inner_text()


def after(page: Page, key: str) -> str:
    return page.locator(f'[data-after="{key}"]').inner_text()


def write(page: Page, key: str, value: str) -> None:
    page.locator(f'[data-field="{key}"]').fill(value)


def test_the_page_begins_with_the_answer_of_the_report(page: Page, complaints: list[str]) -> None:
    opened(page, guide())
    assert said(page, "verdict") == (
        "Run it on the box: the box pays for itself in 3.92 months, under 12 months."
    )
    assert said(page, "changed") == "These are the values of the report."
    for key, shown in {
        "api_usd_per_month": "$540.00",
        "local_usd_12_months": "$2,360",
        "break_even_months_simple": "3.92 months",
        "break_even_tokens_per_month": "4.37 M tokens",
        "local_usd_per_mtok": "$5.28",
    }.items():
        assert after(page, key) == shown
        assert page.locator(f'[data-before="{key}"]').inner_text() == shown


def test_a_written_value_changes_the_answer_and_reset_takes_it_back(
    page: Page, complaints: list[str]
) -> None:
    opened(page, guide())
    write(page, "api_price_factor", "10")
    assert said(page, "verdict").startswith("Stay with the API: the box pays for itself in 83.3")
    assert after(page, "api_usd_per_month") == "$54.00"
    assert page.locator('[data-before="api_usd_per_month"]').inner_text() == "$540.00"
    assert "Prices of the API 10 % of today's" in said(page, "changed")
    page.get_by_role("button", name="Back to the report").click()
    assert said(page, "verdict").startswith("Run it on the box")
    assert page.locator('[data-field="api_price_factor"]').input_value() == "100"


def test_each_api_has_its_own_decision(page: Page, complaints: list[str]) -> None:
    opened(page, guide())
    rows = page.locator("[data-api]")
    assert [rows.nth(index).inner_text().split("\t")[-1] for index in range(4)] == [
        "Run it on the box",
        *["Stay with the API"] * 3,
    ]
    write(page, "tokens_per_month", "600")
    assert rows.nth(2).inner_text().split("\t") == [
        "Claude 3.5 Sonnet",
        "$5,400",
        "0.37 months",
        "Use both",
    ]


def test_gpus_for_rent_and_other_boxes_move_along(page: Page, complaints: list[str]) -> None:
    rented = [{"name": "<b>by the hour</b>", "usd_per_hour": 2.0}]
    candidate = [
        {"name": "big", "price_usd": 6000, "active_power_w": 500, "idle_power_w": 60},
        {"name": "unknown", "price_usd": 900},
    ]
    opened(page, guide(rented=rented, candidate=candidate))

    def row(kind: str, index: int) -> list[str]:
        return page.locator(f'[data-{kind}="{index}"] td').all_inner_texts()

    before = row("rented", 0), row("candidate", 0)
    assert page.locator('[data-rented="0"] th').inner_text() == "<b>by the hour</b>"
    assert row("candidate", 1) == ["unknown"] * 4
    write(page, "tokens_per_month", "60")
    after_it = row("rented", 0), row("candidate", 0)
    said = advice_of(json.dumps(guide(rented=rented, candidate=candidate)), guess=False)
    month = said.rented[0].usd_per_month
    assert month is not None
    assert [each[0] for each in before] != [each[0] for each in after_it]
    assert before[0][0] == f"${month:.2f}"
    assert after_it[0][0] == f"${5 * month:.2f}"
    assert (before[1][-1], after_it[1][-1]) == ("Stay with the API", "Run it on the box")
    assert not page.locator(".what-if-note").count()


def sure_guide() -> Tables:
    tables = guide(uncertainty={"scenarios": 5000})
    tables["box"]["price_usd"] = {"low": 1500, "high": 2500}
    tables["usage"]["output_tokens_per_month"] = {"median": 6e6, "factor": 2}
    return tables


def with_futures(page: Page, tables: Tables, language: str = ENGLISH) -> None:
    opened(page, tables, language)
    page.locator("[data-futures]").wait_for(state="visible")


def sure(page: Page, side: str, key: str) -> str:
    return page.locator(f'[data-sure-{side}="{key}"]').inner_text()


def choice(page: Page, row: int, cell: str) -> str:
    return page.locator(f'[data-choice="{row}"] [data-cell="{cell}"]').inner_text()


def test_chances_ranges_regrets_and_the_band_follow_the_sliders(
    page: Page, complaints: list[str]
) -> None:
    with_futures(page, sure_guide())
    assert sure(page, "before", "soon") == sure(page, "after", "soon") == "100%"
    before = {cell: choice(page, 0, cell) for cell in ("p10", "p50", "p90", "regret", "regret95")}
    band = page.locator("polygon.what-if-api-band").get_attribute("points")
    write(page, "api_price_factor", "10")
    assert sure(page, "before", "soon") == "100%"
    assert sure(page, "after", "soon") == "<1%"
    assert choice(page, 0, "chance") == "0%"
    assert all(choice(page, 0, cell) != said for cell, said in before.items())
    assert page.locator("polygon.what-if-api-band").get_attribute("points") != band
    assert "(" in page.locator("[data-curve]").get_attribute("aria-label")  # type: ignore[operator]
    page.get_by_role("button", name="Back to the report").click()
    assert {cell: choice(page, 0, cell) for cell in before} == before
    assert page.locator("polygon.what-if-api-band").get_attribute("points") == band
    note = page.locator(".what-if-note").inner_text()
    assert "the first 4,096 of the report's 5,000 futures" in note
    assert "by up to 1.6 percentage points" in note


def test_the_band_is_the_report_s_own_until_something_is_moved(
    page: Page, complaints: list[str]
) -> None:
    tables = sure_guide()
    with_futures(page, tables)
    part_ = advice_of(json.dumps(tables), guess=False).uncertainty
    assert not isinstance(part_, UnsetType)
    last = part_.cumulative[24]
    said = page.locator("[data-curve]").get_attribute("aria-label")
    assert said is not None
    for usd in (last.api_usd.p10, last.api_usd.p90, last.local_usd.p10, last.local_usd.p90):
        assert f"${usd:,.0f}" in said


def test_an_axe_finds_no_fault_with_the_futures(page: Page) -> None:
    with_futures(page, sure_guide())
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 375, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_names_of_choices_are_shown_and_do_nothing(page: Page, complaints: list[str]) -> None:
    tables = sure_guide()
    tables["api"] = [{"name": EVIL, "input_usd_per_mtok": 9, "output_usd_per_mtok": 9}]
    with_futures(page, tables)
    assert page.evaluate("window.hit") is None
    assert "</script>" in page.locator('[data-choice="0"] th').inner_text()


def test_a_record_that_does_not_hold_its_distributions_says_what_stays(
    page: Page, complaints: list[str]
) -> None:
    said = advice_of(json.dumps(sure_guide()), guess=False)
    assert not isinstance(said.uncertainty, UnsetType)
    inputs = [msgspec.structs.replace(each, parameters={}) for each in said.uncertainty.inputs]
    older = msgspec.structs.replace(
        said, uncertainty=msgspec.structs.replace(said.uncertainty, inputs=tuple(inputs))
    )
    found = part(older)
    assert found is not None
    page.set_content(page_of(found))
    note = page.locator(".what-if-note").inner_text()
    assert "stay as the report has them" in note
    assert "does not hold how its uncertain inputs are distributed" in note
    assert page.locator("[data-futures]").count() == 0
    write(page, "api_price_factor", "10")
    assert said_verdict(page).startswith("Stay with the API")


def said_verdict(page: Page) -> str:
    return said(page, "verdict")


def test_sliders_move_by_keyboard_and_take_the_field_with_them(
    page: Page, complaints: list[str]
) -> None:
    opened(page, guide())
    slider = page.locator('[data-slider="box_price_usd"]')
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator('[data-field="box_price_usd"]').input_value() == "2050"
    page.keyboard.press("ArrowLeft")
    assert said(page, "changed") == "These are the values of the report."
    page.keyboard.press("End")
    assert page.locator('[data-field="box_price_usd"]').input_value() == "20000"
    assert slider.get_attribute("aria-valuetext") == "20,000 USD"
    assert said(page, "verdict").startswith("Stay with the API")


def test_every_step_of_a_slider_is_another_value(page: Page, complaints: list[str]) -> None:
    opened(page, guide())
    seen = page.evaluate(
        """() => {
            const of = (kind) => document.querySelector(`[data-${kind}="tokens_per_month"]`);
            const [slider, field] = [of("slider"), of("field")];
            return Array.from({ length: 201 }, (_, position) => {
                slider.value = position;
                slider.dispatchEvent(new Event("input"));
                return field.value;
            });
        }"""
    )
    assert seen[0] == "0.12"
    assert seen[-1] == "1200"
    assert len(set(seen)) == 201


@pytest.mark.parametrize("value", ["-1", "0", "", "1e30"])
def test_what_no_scenario_could_hold_is_refused(
    page: Page, complaints: list[str], value: str
) -> None:
    opened(page, guide())
    before = said(page, "verdict")
    write(page, "tokens_per_month", value)
    field = page.locator('[data-field="tokens_per_month"]')
    assert field.get_attribute("aria-invalid") == "true"
    assert "Write a number above 0" in page.locator('[data-wrong="tokens_per_month"]').inner_text()
    assert said(page, "verdict") == before
    write(page, "tokens_per_month", "12")
    assert field.get_attribute("aria-invalid") == "false"


def test_the_verdict_is_read_aloud_once_the_value_rests(page: Page, complaints: list[str]) -> None:
    opened(page, guide())
    aloud = page.locator("[data-aloud]")
    assert aloud.get_attribute("aria-live") == "polite"
    expect(aloud).to_be_empty()
    write(page, "box_price_usd", "9000")
    expect(aloud).to_have_text(said(page, "verdict"))


def test_the_curve_says_where_both_costs_meet(page: Page, complaints: list[str]) -> None:
    opened(page, guide())
    curve = page.get_by_role("img", name="Cost so far over 24 months")
    assert "break-even, month 3.92" in curve.text_content()
    write(page, "api_price_factor", "0.1")
    assert "break-even" not in page.locator("[data-curve]").text_content()
    assert after(page, "break_even_months_simple") == "never"
    assert after(page, "break_even_months_full") == "not in 60 months"
    assert after(page, "break_even_tokens_per_month") == "at no volume that it can serve"


def test_nobody_is_shut_out(page: Page) -> None:
    opened(page, guide())
    write(page, "box_price_usd", "-3")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_phone_shows_it_without_moving_sideways(page: Page, complaints: list[str]) -> None:
    page.set_viewport_size({"width": 375, "height": 700})
    opened(page, guide())
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_names_are_shown_and_do_nothing(page: Page, complaints: list[str]) -> None:
    apis = [
        {"name": EVIL, "input_usd_per_mtok": 9, "output_usd_per_mtok": 9},
        {"name": "x" * 200, "input_usd_per_mtok": 9, "output_usd_per_mtok": 9},
    ]
    page.set_viewport_size({"width": 375, "height": 700})
    opened(page, guide(api=apis))
    assert page.evaluate("window.hit") is None
    assert "</script>" in page.locator("[data-api='0'] th").inner_text()
    assert "\u202e" not in page.locator(".what-if").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_it_speaks_chinese_and_the_currency_of_the_report(
    page: Page, complaints: list[str], in_chinese: None
) -> None:
    rate = {"code": "TWD", "usd_per_unit": 0.03125, "as_of": "2026-11-25"}
    opened(page, guide(currency={"code": "TWD", "rate": [rate]}), TAIWAN)
    assert said(page, "verdict") == "在工作站上執行：工作站 3.92 個月回本，不到 12 個月。"
    assert page.locator('[data-field="box_price_usd"]').input_value() == "64000"
    assert after(page, "api_usd_per_month") == "$17,280"
    write(page, "box_price_usd", "32000")
    assert after(page, "break_even_months_simple") == "1.96 個月"


def test_where_figures_are_assumed_it_still_says_measure_first(
    page: Page, complaints: list[str]
) -> None:
    box = {"electricity_usd_per_month": 30}
    opened(page, {"box": box, "api": guide()["api"]}, guess=True)
    assert said(page, "verdict") == (
        "Measure first: the box pays for itself in 3.92 months, under 12 months; "
        "if the assumed figures are right: Run it on the box."
    )
