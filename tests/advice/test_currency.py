"""Is money in another currency at the edges only, at a rate that the answer names?"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec import UnsetType

from advisor.advice.answer import answer
from advisor.advice.currency import codes_without_rate, with_rates
from advisor.advice.document import Advice
from advisor.advice.scenario import read_tables
from advisor.cli.main import advisor
from advisor.documents import to_json
from advisor.errors import InputError
from advisor.prices.currencies.document import Rate
from advisor.prices.currencies.keep import keep_rates
from advisor.report.advice import show_advice
from advisor.report.advice_asked import show_asked

CONFIGS = Path(__file__).parents[2] / "configs"
BANK = {"code": "TWD", "usd_per_unit": 0.03125, "as_of": "2026-11-25", "source": "your bank"}
SHOWN_IN_TWD = {"code": "TWD", "rate": [BANK]}
KEPT = Rate(code="EUR", usd_per_unit=1.25, as_of="2026-11-20", source="the ECB")


def advice(file: str = "guide", **more: Any) -> Advice:
    tables = {**read_tables(CONFIGS / f"{file}.toml"), **more}
    return answer(tables, origin=file, what_if=("usage.growth_per_month=0.1",))


def numbers(value: Any) -> Any:
    """A document without its texts and without what says which currency they are in."""
    if isinstance(value, dict):
        return {
            key: numbers(inner)
            for key, inner in value.items()
            if key != "currency" and not isinstance(inner, str)
        }
    if isinstance(value, list):
        return [numbers(inner) for inner in value if not isinstance(inner, str)]
    return value


def test_the_numbers_of_the_document_stay_in_usd() -> None:
    plain, shown = (
        json.loads(to_json(advice(**more))) for more in ({}, {"currency": SHOWN_IN_TWD})
    )
    assert numbers(plain) == numbers(shown)
    assert "currency" not in plain
    assert shown["currency"] == {
        "code": "TWD",
        "per_usd": 32.0,
        "as_of": "2026-11-25",
        "source": "your bank",
    }


@pytest.mark.parametrize("file", ["guide", "guide-maintenance", "scenario-full"])
def test_every_amount_that_is_shown_is_in_the_currency(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    uncertain = {"horizon": {"discount_rate_per_year": {"low": 0.0, "high": 0.1}}}
    found = advice(file, currency=SHOWN_IN_TWD, **uncertain)
    show_advice(found)
    show_asked(found)
    text = capsys.readouterr().out
    assert "NT$17,280" in text
    assert not re.search(r"(?<!NT)\$", text)
    assert max(map(len, text.splitlines())) <= 80
    for part in text.split("Prices: ")[1:]:
        assert part.count("1 USD = 32 TWD on 2026-11-25 (your bank)") == 1


def test_ranges_may_be_in_another_currency() -> None:
    tables = read_tables(CONFIGS / "guide.toml")
    tables["currency"] = {"rate": [BANK]}
    tables["box"] = {**tables["box"], "price_usd": {"low": "48000 TWD", "high": "80000 TWD"}}
    found = answer(tables, origin="guide")
    assert found.inputs.box.price_usd == 2000
    assert not isinstance(found.uncertainty, UnsetType)
    (price,) = (each for each in found.uncertainty.inputs if each.key == "box.price_usd")
    assert (price.values.p10, price.values.p90) == pytest.approx((1600, 2400))


@pytest.mark.parametrize(
    ("currency", "says"),
    [
        ({"code": "EUR"}, "advisor prices currency EUR --fetch"),
        ({"code": "NTD"}, "'NTD' is no currency"),
        ({"code": "twd"}, "currency.code"),
        ({"code": "XYZ", "rate": [{**BANK, "code": "XYZ"}]}, "'XYZ' is no currency"),
        ({"rate": [{**BANK, "code": "USD"}]}, "a USD is one USD"),
        ({"code": "TWD", "rate": [{**BANK, "usd_per_unit": 0}]}, "usd_per_unit"),
        ({"code": "TWD", "rate": [{**BANK, "usd_per_unit": -1}]}, "usd_per_unit"),
        ({"code": "TWD", "rate": [{**BANK, "usd_per_unit": 1e300}]}, "usd_per_unit"),
        ({"code": "TWD", "rate": [{**BANK, "usd_per_unit": float("nan")}]}, "usd_per_unit"),
        ({"code": "TWD", "rate": [{**BANK, "usd_per_unit": float("inf")}]}, "usd_per_unit"),
        ({"code": "TWD", "rate": [{**BANK, "usd_per_unit": {"low": 1, "high": 2}}]}, "a number"),
        ({"code": "TWD", "rate": [{**BANK, "as_of": "2026-02-30"}]}, "as_of"),
        ({"code": "TWD", "rate": BANK}, "currency.rate"),
    ],
)
def test_a_currency_that_makes_no_sense_is_refused(currency: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as caught:
        advice(currency=currency)
    assert says in str(caught.value)


def test_only_currencies_that_are_named_want_a_rate() -> None:
    tables = {
        "box": {"price_usd": "60000 TWD"},
        "api": [{"name": "400 CHF", "output_usd_per_mtok": {"low": "1 JPY", "high": "2 JPY"}}],
        "currency": {"code": "GBP", "rate": [{"code": "JPY"}]},
    }
    assert set(codes_without_rate(tables, "currency.code=SEK")) >= {"GBP", "TWD", "SEK"}
    assert "JPY" not in codes_without_rate(tables)
    assert codes_without_rate({"currency": {"code": "USD"}}) == ()
    filled = with_rates(tables, [KEPT])
    assert [rate["code"] for rate in filled["currency"]["rate"]] == ["JPY", "EUR"]
    assert len(tables["currency"]["rate"]) == 1


def run(*arguments: str) -> tuple[str, BaseException | None]:
    done = CliRunner().invoke(advisor, ["advise", *arguments])
    return done.stdout, done.exception


def test_a_kept_rate_is_used_and_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))
    scenario = ("--scenario", str(CONFIGS / "guide.toml"))
    _, error = run(*scenario, "--currency", "EUR")
    assert isinstance(error, InputError) and "no rate for EUR" in str(error)
    keep_rates(tmp_path, [KEPT])
    shown, _ = run(*scenario, "--currency", "eur")
    assert "€432 a month" in shown
    assert "1 USD = 0.8 EUR on 2026-11-20 (the ECB)" in shown
    document = json.loads(run(*scenario, "--currency", "EUR", "--json")[0])
    rates = document["inputs"]["currency"]["rate"]
    assert [(rate["code"], rate["source"]) for rate in rates] == [("EUR", "the ECB")]
    named = answer(
        with_rates({**read_tables(CONFIGS / "guide.toml"), "currency": {"code": "EUR"}}, [KEPT]),
        origin="guide",
    )
    assert json.loads(to_json(named)) == document
    settings = ("--set", "box.price_usd=1600 EUR")
    assert json.loads(run(*scenario, *settings, "--json")[0])["inputs"]["box"]["price_usd"] == 2000


def test_a_rate_of_the_scenario_outranks_a_kept_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))
    keep_rates(tmp_path, [KEPT])
    file = tmp_path / "own.toml"
    own = '[currency]\ncode = "EUR"\n[[currency.rate]]\ncode = "EUR"\nusd_per_unit = 1.0\n'
    guide = (CONFIGS / "guide.toml").read_text(encoding="utf-8")
    file.write_text(f'{guide}\n{own}as_of = "2026-11-01"\n', encoding="utf-8")
    document = json.loads(run("--scenario", str(file), "--json")[0])
    assert document["currency"]["as_of"] == "2026-11-01"
    assert len(document["inputs"]["currency"]["rate"]) == 1
