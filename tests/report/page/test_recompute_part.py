"""When does a page have values to move, and what does it say where it has none?"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from advisor.advice.answer import answer
from advisor.advice.document import Advice
from advisor.documents import to_json
from advisor.report.page.recompute import Part, part

CONFIGS = Path(__file__).parents[3] / "configs"


def advice(**tables: Any) -> Advice:
    guide = tomllib.loads((CONFIGS / "guide.toml").read_text(encoding="utf-8"))
    return answer({**guide, **tables}, origin="a test")


def part_of(document: Any) -> Part:
    found = part(document)
    assert found is not None
    return found


def keys(found: Part) -> list[str]:
    return [each["key"] for each in found.data["controls"]]


def test_a_document_from_a_file_gives_the_part_of_the_advice_in_memory() -> None:
    said = advice()
    read = json.loads(to_json(said))
    assert part_of(read) == part_of(said) == part_of({"schema": "advisor.run/1", "advice": read})


def test_without_an_advice_there_is_no_part() -> None:
    assert part({"schema": "advisor.bench/1"}) is None
    assert part({"schema": "advisor.run/1", "advice": None}) is None


def test_only_what_moves_something_can_be_moved() -> None:
    every = ["tokens_per_month", "api_price_factor", "electricity_usd_per_month", "box_price_usd"]
    assert keys(part_of(advice())) == every
    by_power = {"price_usd": 2000, "active_power_w": 300, "idle_power_w": 40}
    upkeep = {"usd_per_hour": 50}
    assert keys(part_of(advice(box=by_power, maintenance=upkeep))) == [
        "tokens_per_month",
        "api_price_factor",
        "usd_per_kwh",
        "box_price_usd",
        "maintenance_hours_per_month",
    ]
    blocks = {"block": [{"up_to_kwh": 100, "usd_per_kwh": 0.1}, {"usd_per_kwh": 0.2}]}
    assert "tariff_factor" in keys(part_of(advice(box=by_power, tariff=blocks)))


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ({"box": {"price_usd": 2000}}, "box.active_power_w is known"),
        (
            {"usage": {"input_tokens_per_month": 0, "output_tokens_per_month": 0}},
            "no tokens are used",
        ),
    ],
)
def test_where_nothing_can_be_recomputed_it_says_why(tables: Any, reason: str) -> None:
    found = part_of(advice(**tables))
    assert reason in found.markup
    assert "hidden" not in found.markup
    assert (found.data, found.script) == ({}, "")


def test_numbers_that_come_out_otherwise_are_not_recomputed() -> None:
    document = json.loads(to_json(advice()))
    document["comparisons"][2]["api_usd_12_months"] += 0.01
    assert "works the numbers of this report out differently" in part_of(document).markup


def test_an_older_price_book_gives_way_to_the_prices_that_the_report_prints() -> None:
    said = advice(api=[{"name": "gpt-4o", "baseline": True}])
    older = msgspec.structs.replace(said, price_book="a book of last year")
    now, then = (part_of(each).data["start"]["apis"][0]["price"] for each in (said, older))
    for key in ("input_usd_per_mtok", "output_usd_per_mtok", "cached_input_usd_per_mtok"):
        assert now[key] == then[key]


def test_neither_script_nor_style_holds_anything_of_the_document() -> None:
    one = advice(api=[{"name": "One", "input_usd_per_mtok": 1, "output_usd_per_mtok": 2}])
    here, there = part_of(one), part_of(advice())
    assert (here.script, here.style) == (there.script, there.style)
    assert here.data != there.data


def futures_in(**tables: Any) -> Any:
    return part_of(advice(uncertainty={"scenarios": 5000}, **tables)).data["start"]["futures"]


def test_the_futures_are_a_few_kilobytes_whatever_their_number() -> None:
    ranges = {"price_usd": {"low": 1500, "high": 2500}, "electricity_usd_per_month": 30}
    found = futures_in(box=ranges)
    assert (found["count"], found["of"]) == (4096, 5000)
    assert len(json.dumps(found)) < 10_000
    long = futures_in(box=ranges, horizon={"months": 600})
    assert long["count"] * 600 <= 1_000_000 < (long["count"] + 1) * 600


def test_a_range_around_nothing_cannot_be_scaled_and_it_is_said() -> None:
    upkeep = {"hours_per_month": {"p10": 0, "p50": 0, "p90": 2}, "usd_per_hour": 50}
    found = part_of(advice(maintenance=upkeep, uncertainty={"scenarios": 500}))
    assert found.data["start"]["futures"] is None
    assert "maintenance.hours_per_month is uncertain around 0" in found.markup
