"""Is carbon a column for every action, with its source, or a reason for what nobody tells?"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.advice.answer import answer
from advisor.advice.carbon_document import ActionCarbon, CarbonPart
from advisor.advice.document import Advice
from advisor.advice.scenario import read_tables
from advisor.errors import InputError
from advisor.report.advice import show_advice

GUIDE = read_tables(Path(__file__).parents[2] / "configs" / "guide.toml")
GRID = {"grid_g_per_kwh": 500, "source": "a grid", "as_of": "2026"}
TOLD = {"name": "GPT-4", "g_co2e_per_mtok": 400, "source": "a report", "as_of": "2025"}
RENTED = {"name": "H100", "usd_per_hour": 2.5}
KWH = (350 * (6e6 / 3000 + 6e6 / 100) / 3600 + 60 * (730 - (6e6 / 3000 + 6e6 / 100) / 3600)) / 1000


def advice(carbon: dict[str, Any], **changes: dict[str, Any]) -> Advice:
    tables = copy.deepcopy(GUIDE)
    for table, keys in changes.items():
        tables[table] = {**tables.get(table, {}), **keys}
    return answer({**tables, "rented": [RENTED], "carbon": carbon}, origin="guide")


def part(found: Advice) -> CarbonPart:
    assert found.carbon is not None
    return found.carbon


def action(found: Advice, name: str) -> tuple[int, ActionCarbon]:
    actions = part(found).actions
    index = [each.action for each in actions].index(name)
    return index, actions[index]


def test_every_action_has_its_place() -> None:
    found = advice({**GRID, "told": [TOLD]})
    assert [each.action for each in part(found).actions] == [
        "local",
        "api:GPT-4",
        "api:GPT-3.5 Turbo",
        "api:Claude 3.5 Sonnet",
        "api:Groq",
        "rented:H100",
    ]
    _, local = action(found, "local")
    assert local.kwh_per_month == pytest.approx(KWH)
    assert local.g_co2e_per_month == pytest.approx(KWH * 500)
    assert local.g_co2e_per_mtok == pytest.approx(KWH * 500 / 12)
    assert (local.source, local.as_of) == ("a grid", "2026")
    _, api = action(found, "api:GPT-4")
    assert (api.g_co2e_per_month, api.g_co2e_per_mtok) == (4800, 400)
    assert (api.source, api.as_of) == ("a report", "2025")
    assert part(found).api_kg_co2e_per_month == 4.8


@pytest.mark.parametrize("name", ["api:Groq", "rented:H100"])
def test_what_nobody_tells_is_null_with_its_reason(name: str) -> None:
    found = advice(GRID)
    index, untold = action(found, name)
    for key in ("kwh_per_month", "g_co2e_per_month", "g_co2e_per_mtok"):
        assert getattr(untold, key) is None
        assert found.unknown[f"carbon.actions[{index}].{key}"]


def test_a_figure_alone_makes_a_column_too() -> None:
    found = advice({"told": [{**TOLD, "name": "H100"}]})
    assert action(found, "rented:H100")[1].g_co2e_per_month == 4800
    assert action(found, "local")[1].g_co2e_per_month is None
    assert "grid_g_per_kwh" in found.unknown["carbon.actions[0].g_co2e_per_month"]


def test_tokens_are_counted_as_the_apis_model_writes_them() -> None:
    tables = copy.deepcopy(GUIDE)
    tables["api"][0].update(output_token_ratio=1.5, reasoning_tokens_per_output_token=1.0)
    found = answer({**tables, "carbon": {"told": [TOLD]}}, origin="guide")
    _, api = action(found, "api:GPT-4")
    assert api.g_co2e_per_month == pytest.approx(400 * (6 + 6 * 1.5 * 2))
    assert api.g_co2e_per_mtok == pytest.approx(api.g_co2e_per_month / 12)


def test_tokens_that_overflow_are_not_the_boxs() -> None:
    found = advice(GRID, box={"decode_tok_per_s": 1.0})
    _, local = action(found, "local")
    overflow = found.capacity.overflow_share
    assert overflow and local.kwh_per_month == pytest.approx(350 * 730 / 1000)
    assert local.g_co2e_per_mtok == pytest.approx(350 * 730 / 1000 * 500 / (12 * (1 - overflow)))


def test_without_idle_power_it_is_an_upper_bound() -> None:
    local = action(advice(GRID, box={"idle_power_w": None}), "local")[1]
    assert local.upper_bound and local.kwh_per_month == pytest.approx(350 * 730 / 1000)


@settings(deadline=None, max_examples=10)
@given(st.floats(0, 1e5), st.floats(0, 1e5))
def test_grams_grow_with_the_grid_and_decide_nothing(one: float, other: float) -> None:
    low, high = sorted((one, other))
    less, more = advice({"grid_g_per_kwh": low}), advice({"grid_g_per_kwh": high})
    grams = [action(each, "local")[1].g_co2e_per_month or 0.0 for each in (less, more)]
    assert grams[0] <= grams[1]
    assert (less.decision, less.comparisons) == (more.decision, more.comparisons)


@pytest.mark.parametrize(
    ("carbon", "says"),
    [
        ({"grid_g_per_kwh": float("nan")}, "carbon.grid_g_per_kwh"),
        ({"grid_g_per_kwh": 1e300}, "carbon.grid_g_per_kwh"),
        ({"told": [{**TOLD, "g_co2e_per_mtok": -1}]}, "carbon.told.g_co2e_per_mtok (entry 1)"),
        ({"told": [{**TOLD, "g_co2e_per_mtok": float("inf")}]}, "carbon.told.g_co2e_per_mtok"),
        ({"told": [{**TOLD, "name": "GPT-5"}]}, "no [[api]] and no [[rented]] is called 'GPT-5'"),
        ({"told": [TOLD, TOLD]}, "'GPT-4' is listed twice"),
        ({"told": [{"name": "GPT-4"}]}, "g_co2e_per_mtok"),
    ],
)
def test_carbon_that_makes_no_sense_is_refused(carbon: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as caught:
        advice(carbon)
    assert says in str(caught.value)


def test_it_is_shown_beside_the_costs(capsys: pytest.CaptureFixture[str]) -> None:
    evil = {**TOLD, "source": "a \x1b[31mreport"}
    show_advice(advice({**GRID, "told": [evil]}))
    text = capsys.readouterr().out
    rows = {line.strip(" *").split("  ")[0]: line for line in text.splitlines()}
    assert rows["GPT-4"].endswith("4.8 kg ")
    assert rows["Groq"].rstrip().endswith("?")
    assert rows["this box"].rstrip().endswith("24.4 kg")
    told = " ".join(text.split())
    assert "this box 2,033 g (500 g/kWh, a grid, 2026)" in told
    assert "GPT-4 400 g (a \N{REPLACEMENT CHARACTER}[31mreport, 2025)" in told
    assert "Not part of the verdict" in told and "\x1b" not in text
    show_advice(advice({}))
    assert "CO2e" not in capsys.readouterr().out
