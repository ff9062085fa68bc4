"""Do the pages show what the history and the engine say?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import requests
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from dashboard_at import GUIDE, dashboard_at, some_runs
from hypothesis import given, settings
from hypothesis import strategies as some
from made_up_latest import made_up

import advisor.web.dashboard
from advisor.advice.answer import answer
from advisor.advice.scenario import read_tables
from advisor.errors import InputError
from advisor.history.store import RunStore, Wanted
from advisor.report.charts.sparkline import sparkline
from advisor.report.text import usd
from advisor.web.dashboard.paging import page_of

ROOM = Path(advisor.web.dashboard.__file__).parent
CATALOGUE = ROOM.parents[1] / "report" / "language" / "zh_Hant_TW" / "dashboard.po"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    return some_runs(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def url(store: RunStore) -> Iterator[str]:
    with dashboard_at(store) as url:
        yield url


def text_of(answer: requests.Response) -> str:
    """What a reader sees of a page, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def shown(url: str, status: int = 200, **asked: str) -> str:
    answer = requests.get(url, params=asked, timeout=60)
    assert answer.status_code == status, answer.text
    return text_of(answer)


def test_the_first_page_has_the_answer_and_the_newest_numbers(url: str) -> None:
    page = shown(url)
    assert "Run it on your own box" in page
    assert "$540 a month" in page and "3.92 months" in page
    assert "56 tok/s" in page and "51 to 56 over 5 runs" in page


def test_an_empty_history_says_what_to_do(tmp_path: Path) -> None:
    with dashboard_at(RunStore(tmp_path)) as url:
        assert "Nothing was measured yet" in shown(url)
        assert "Nothing was measured yet." in shown(f"{url}/history")
        for path in ("/drift", "/what-if", "/compare", "/prices", "/measure"):
            shown(url + path)


def test_a_run_shows_its_numbers_its_energy_with_the_grade_and_its_advice(url: str) -> None:
    page = shown(f"{url}/runs/run-5")
    for said in ("56 ±0", "1.5", "grade counter", "Claude 3.5 Sonnet", "25.6", "GPT-4"):
        assert said in page
    assert "the box was busy" in shown(f"{url}/runs/skip-1")
    assert "Did you mean run-5?" in shown(f"{url}/runs/run-55", 404)


def test_the_history_is_filtered(url: str) -> None:
    assert "2026-11-05 03:00 UTC" in shown(f"{url}/history", kind="run")
    assert "2026-11-04" not in shown(f"{url}/history", kind="run")
    assert "No run is like that." in shown(f"{url}/history", model="nothing like it")
    assert "is no date" in shown(f"{url}/history", 400, since="yesterday")


def test_two_runs_are_compared(url: str) -> None:
    answer = requests.get(f"{url}/compare?side=run-1&side=run-4", timeout=60)
    assert "54 tok/s 1.06×" in text_of(answer)
    page = requests.get(f"{url}/compare?side=run-1&side=/etc/passwd", timeout=60)
    assert page.status_code == 404


def test_drift_lists_the_series(url: str) -> None:
    page = shown(f"{url}/drift")
    assert "No change shown over 5 runs." in page
    assert "smollm2, Q4_0, ollama" in page
    assert "One stream writes (tok/s), 1 stream" in page
    assert "5 runs, between 51 and 56 tok/s; the newest 56." in page


@pytest.mark.parametrize(
    "changes",
    [
        {"usage.output_tokens_per_month": "50M"},
        {"usage.stable": "false"},
        {"box.price_usd": "9000", "tariff.usd_per_kwh": "0.3"},
        {"maintenance.hours_per_month": "4", "maintenance.usd_per_hour": "500"},
    ],
)
def test_what_if_is_computed_by_the_engine(
    url: str, store: RunStore, changes: dict[str, str]
) -> None:
    run = store.load("run-5")
    meant = answer(
        read_tables(GUIDE),
        origin="a test",
        machine=run.machine,
        bench=run.bench,
        settings=[f"{key}={value}" for key, value in changes.items()],
    )
    page = shown(f"{url}/what-if", run="run-5", **{"usage.input_tokens_per_month": "6M"}, **changes)
    assert meant.summary in page
    baseline = next(each for each in meant.comparisons if each.baseline)
    assert baseline.api_usd_12_months is not None
    assert usd(baseline.api_usd_12_months) in page


def test_what_if_against_an_api_of_ones_own(url: str) -> None:
    asked = {"api": "My API", "input_usd_per_mtok": "1", "output_usd_per_mtok": "2"}
    page = shown(f"{url}/what-if", run="run-5", **asked)
    assert "API a month $540 $18" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"usage.output_tokens_per_month": "many"},
        {"box.price_usd": "-5"},
        {"horizon.months": "1e400"},
        {"api": "no-such-api-anywhere", "input_usd_per_mtok": "1"},
    ],
)
def test_a_wrong_what_if_says_so_and_keeps_what_was_typed(url: str, wrong: dict[str, str]) -> None:
    answer = requests.get(
        f"{url}/what-if",
        params={"run": "run-5", "usage.input_tokens_per_month": "6M", **wrong},
        timeout=60,
    )
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    for value in wrong.values():
        assert f'value="{value}"' in answer.text


def test_prices_are_found(url: str) -> None:
    assert "openai/gpt-4o-mini" in shown(f"{url}/prices", q="gpt-4o-mini")
    assert "No price is like that." in shown(f"{url}/prices", q="zzzzzz")


@settings(max_examples=15, deadline=None)
@given(some.lists(some.integers(0, 3), min_size=1, max_size=12), some.integers(1, 4))
def test_the_pages_of_a_history_are_its_runs_in_order(
    tmp_path_factory: pytest.TempPathFactory, minutes: list[int], size: int
) -> None:
    """Also where many runs started in the same moment."""
    store = RunStore(tmp_path_factory.mktemp("paged"))
    for number, minute in enumerate(minutes):
        started_at = f"2026-11-01T03:0{minute}:00+00:00"
        store.save(made_up(f"r{number:02}", started_at=started_at))
    found, after = [], None
    while True:
        page = page_of(store, Wanted(), after, size)
        assert len(page.runs) <= size
        found += [run.id for run in page.runs]
        after = page.after
        if after is None:
            break
    assert found == [run.id for run in store.history().runs]


@pytest.mark.parametrize("after", ["x", "~", "1e9~a", "9" * 30 + "~a", "١~a"])
def test_a_page_that_is_none_is_refused(store: RunStore, after: str) -> None:
    with pytest.raises(InputError):
        page_of(store, Wanted(), after, 3)


@given(some.lists(some.floats(-1e9, 1e9), max_size=80), some.text(max_size=30))
def test_a_sparkline_stays_within_its_space(values: list[float], title: str) -> None:
    drawn = sparkline(values, title)
    assert bool(drawn) == (len(values) > 1)
    points = re.findall(r'points="([^"]*)"', drawn)
    for x, y in (pair.split(",") for pair in points[0].split()) if points else ():
        assert 0 <= float(x) <= 240 and 0 <= float(y) <= 48


def test_every_message_is_translated_and_none_is_stale() -> None:
    said = set()
    for path in ROOM.rglob("*"):
        method = {".py": "python", ".html": "jinja2.ext:babel_extract"}.get(path.suffix)
        if method is not None:
            with path.open("rb") as file:
                words = {"_": None, "ngettext": (1, 2)}
                said |= {found[1] for found in extract(method, file, keywords=words)}
    with CATALOGUE.open("rb") as file:
        translated = {each.id: each for each in read_po(file, locale="zh_Hant_TW") if each.id}
    assert said == set(translated)
    for message in translated.values():
        first = message.id if isinstance(message.id, str) else message.id[0]
        text = message.string if isinstance(message.string, str) else message.string[0]
        assert set(re.findall(r"{\w+}", first)) == set(re.findall(r"{\w+}", text)), first
        assert text and "權杖" not in text and not message.fuzzy


def test_pages_are_in_chinese(url: str) -> None:
    page = shown(f"{url}/runs/run-5", lang="zh-TW")
    for said in ("在工作站上執行", "API 帳單", "回本月數", "三種後悔"):
        assert said in page
