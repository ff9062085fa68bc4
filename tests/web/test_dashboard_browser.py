"""Does a real browser find the pages usable by everybody, and unkind names inert?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from dashboard_at import UNKIND, dashboard_at, some_runs
from made_up_latest import guides_advice, made_up, stage
from real_browser import browser, page
from test_dashboard_measuring import STAND_IN

from advisor.history.record import Run
from advisor.history.store import RunStore

sys.path.insert(0, str(Path(__file__).parents[1] / "history"))

from whole_run import whole_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser", "page"]

PAGES = {
    "home": "/",
    "history": "/history",
    "run": "/runs/run-5",
    "skipped": "/runs/skip-1",
    "compare": "/compare?side=run-1&side=run-4",
    "drift": "/drift",
    "what-if": "/what-if?run=run-5&usage.input_tokens_per_month=60M",
    "prices": "/prices?q=llama-3.1-8b",
    "measure": "/measure",
    "login": "/login",
    "error": "/runs/none-such",
}
SHAPES: dict[str, dict[str, Any]] = {
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 800}, "locale": "zh-TW"},
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("dashboard")
    program = folder / "stand_in.py"
    program.write_text(STAND_IN)
    store = some_runs(folder / "data")
    with (
        pytest.MonkeyPatch.context() as patch,
        dashboard_at(store, program=(sys.executable, str(program))) as url,
    ):
        patch.setenv("STAND_IN_TOLD", str(folder / "told.json"))
        yield url


@pytest.mark.parametrize("shape", SHAPES)
def test_every_page_is_usable_by_everybody(browser: Browser, url: str, shape: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(**SHAPES[shape])
    page, axe = context.new_page(), Axe()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for name, path in PAGES.items():
        page.goto(url + path)
        found = axe.run(page).response["violations"]
        assert not found, (name, [(each["id"], each["nodes"][0]["html"]) for each in found])
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, f"{name} scrolls sideways by {wider}"
    context.close()
    assert [each for each in complaints if "404" not in each] == []


def test_it_is_used_by_keyboard_alone(page: Page, url: str) -> None:
    page.goto(url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.goto(f"{url}/history")
    page.get_by_role("checkbox").nth(0).focus()
    page.keyboard.press("Space")
    page.get_by_role("checkbox").nth(1).focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Compare the chosen runs").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare?**")
    assert page.locator("tbody tr").count() > 1


def test_the_other_language_is_the_same_page(page: Page, url: str) -> None:
    page.goto(f"{url}/history?model=smol")
    page.get_by_role("link", name="繁體中文").click()
    assert page.get_by_label("模型").input_value() == "smol"
    page.goto(f"{url}/drift")
    assert page.locator("h1").text_content() == "什麼變了"


def test_a_measurement_is_watched_and_stopped(page: Page, url: str) -> None:
    page.goto(f"{url}/measure")
    page.get_by_label("Streams at once").fill("1,4")
    page.get_by_role("button", name="Start").click()
    page.locator("[data-phase]", has_text="Measures").wait_for()
    page.locator("[data-line][points*=' ']").wait_for(state="attached")
    assert page.locator("[data-said] li").text_content() == "begins <b>"
    assert float(page.locator("[data-rate]").text_content() or "0") >= 40
    page.get_by_role("button", name="Stop, and keep what was measured").click()
    page.get_by_text("The measurement was stopped.").wait_for()
    page.get_by_role("link", name="See what was measured").click()
    assert page.url.endswith("/runs/run-1")


def unkind_run() -> Run:
    """A record in which every text that may be chosen is unkind."""
    fixed = {"id": "whole-1", "started_at": "2026-11-09T03:00:00+00:00", "kind": "run"}
    run = whole_run(lambda of, field: fixed.get(field, UNKIND) if of == "Run" else UNKIND)
    kind = msgspec.structs.replace(run, advice=guides_advice(), said={}, tags=())
    return msgspec.structs.replace(kind, kind="run")


def test_unkind_names_are_inert_on_every_page(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = RunStore(tmp_path_factory.mktemp("unkind"))
    named = {"model": UNKIND, "workload": UNKIND, "machine": UNKIND}
    for number in range(2):
        started_at = f"2026-11-0{number + 1}T03:00:00+00:00"
        store.save(made_up(f"r-{number}", stage(50.0), started_at=started_at, **named))
    store.save(unkind_run())
    store.tag("r-1", UNKIND[:90])
    store.annotate("r-1", UNKIND[:900])
    with dashboard_at(store) as url:
        context = browser.new_context(viewport={"width": 375, "height": 800})
        page = context.new_page()
        acted: list[str] = []
        page.on("dialog", lambda dialog: (acted.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda asked: None if asked.url.startswith(url) else acted.append("out"))
        for path in (
            "/",
            "/history",
            "/runs/r-1",
            "/runs/whole-1",
            "/compare?side=r-0&side=r-1",
            "/drift",
            "/what-if?run=r-1",
            *(f"/{each}={UNKIND[:80]}" for each in ("prices?q", "history?model", "compare?side")),
            f"/runs/{UNKIND[:60].replace('/', '%2F')}",
        ):
            page.goto(url + path.replace("#", "%23"))
            seen = page.locator("body").inner_text()
            assert "\x1b" not in seen and "\u202e" not in seen, path
            assert page.locator("main script, main img").count() == 0, path
            wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wider <= 0, path
            assert len(seen) < 60_000, path
        context.close()
    assert acted == []
