"""Is carbon a column for every action, with its source, or a reason for what nobody tells?"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UnsetType
from test_explain import check, explained

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


POWERED = {**GUIDE, "box": {**GUIDE["box"]}}
del POWERED["box"]["electricity_usd_per_month"]
USD_PER_TONNE = 250.0
EACH_TOLD = [
    {"name": api["name"], "g_co2e_per_mtok": 200.0 * number}
    for number, api in enumerate(GUIDE["api"])
]
WEIGHED = {**GRID, "usd_per_tonne": USD_PER_TONNE, "told": EACH_TOLD}
TARIFFS: list[dict[str, Any]] = [
    {"usd_per_kwh": 0.2, "usd_per_month": 3.0},
    {
        "usd_per_kwh": 0.1,
        "band": [{"days": "mon-fri", "from": "08:00", "to": "20:00", "usd_per_kwh": 0.3}],
    },
    {"block": [{"up_to_kwh": 30, "usd_per_kwh": 0.05}, {"usd_per_kwh": 0.2}]},
]


def raised_by_hand(tables: dict[str, Any]) -> dict[str, Any]:
    """The scenario with the carbon's cost written into each price of it."""
    hand = copy.deepcopy(tables)
    tariff = hand["tariff"]
    for prices in (*tariff.get("band", []), *tariff.get("block", [])):
        prices["usd_per_kwh"] += 500 * USD_PER_TONNE / 1e6
    if "block" not in tariff:
        tariff["usd_per_kwh"] = tariff.get("usd_per_kwh", 0.15) + 500 * USD_PER_TONNE / 1e6
    for number, api in enumerate(hand["api"]):
        for key in ("input_usd_per_mtok", "output_usd_per_mtok"):
            api[key] += 200 * number * USD_PER_TONNE / 1e6
    return hand


@pytest.mark.parametrize("tariff", TARIFFS)
def test_weighing_is_what_raising_each_price_by_hand_is(tariff: dict[str, Any]) -> None:
    hours = [
        {"days": "daily", "from": "09:00", "to": "18:00", "share": 0.8},
        {"days": "daily", "from": "00:00", "to": "24:00", "share": 0.2},
    ]
    tables = copy.deepcopy({**POWERED, "tariff": tariff})
    tables["usage"].update(hours=hours, growth_per_month=0.02)
    weighed = answer({**tables, "carbon": WEIGHED}, origin="guide")
    by_hand = answer(raised_by_hand(tables), origin="guide")
    for one, other in zip(weighed.comparisons, by_hand.comparisons, strict=True):
        for key in (
            "api_usd_per_month",
            "local_usd_per_month",
            "api_usd_12_months",
            "local_usd_12_months",
            "break_even_months_full",
            "break_even_tokens_per_month",
        ):
            assert getattr(one, key) == pytest.approx(getattr(other, key))
    assert weighed.decision == by_hand.decision


def test_the_carbons_cost_is_named() -> None:
    plain = answer({**POWERED, "carbon": {**WEIGHED, "usd_per_tonne": 0}}, origin="guide")
    weighed = answer({**POWERED, "carbon": WEIGHED}, origin="guide")
    _, local = action(weighed, "local")
    before, after = plain.comparisons[3], weighed.comparisons[3]
    assert before.local_usd_per_month is not None and local.usd_per_month is not None
    assert after.local_usd_per_month == pytest.approx(
        before.local_usd_per_month + local.usd_per_month
    )
    assert local.usd_per_month == pytest.approx(KWH * 0.5 * 0.25)
    api = action(weighed, "api:Groq")[1].usd_per_month
    assert api == pytest.approx(12 * 600 * 250 / 1e6)
    assert after.api_usd_per_month == pytest.approx((before.api_usd_per_month or 0) + (api or 0))
    assert after.notes == ("each price holds $0.15 per million tokens for carbon at $250 a tonne",)
    assert before.notes == weighed.comparisons[0].notes == ()
    assert (part(weighed).usd_per_tonne, part(weighed).usd_per_kwh) == (250, 0.125)


def test_it_can_turn_the_verdict() -> None:
    dirty = [{"name": api["name"], "g_co2e_per_mtok": 0} for api in GUIDE["api"]]
    carbon = {"grid_g_per_kwh": 1000, "usd_per_tonne": 1e4, "told": dirty}
    tables = {**POWERED, "carbon": carbon}
    found = answer(tables, origin="guide", what_if=("carbon.usd_per_tonne=0",))
    assert found.decision.value == "api"
    assert not isinstance(found.what_if, UnsetType)
    assert found.what_if.after.decision.value == "local"


@pytest.mark.parametrize(
    ("carbon", "box", "says"),
    [
        ({"usd_per_tonne": 100}, {}, "carbon.grid_g_per_kwh"),
        ({**GRID, "usd_per_tonne": 100}, {}, "nobody tells what 'GPT-4' emits"),
        (WEIGHED, {"electricity_usd_per_month": 30}, "box.electricity_usd_per_month"),
        ({**WEIGHED, "usd_per_tonne": -1}, {}, "carbon.usd_per_tonne"),
        ({**WEIGHED, "usd_per_tonne": float("nan")}, {}, "carbon.usd_per_tonne"),
    ],
)
def test_carbon_weighs_on_both_sides_or_on_none(
    carbon: dict[str, Any], box: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError) as caught:
        answer({**POWERED, "box": {**POWERED["box"], **box}, "carbon": carbon}, origin="guide")
    assert says in str(caught.value)


@pytest.mark.parametrize("tariff", TARIFFS)
def test_what_weighs_is_explained(tariff: dict[str, Any]) -> None:
    tables = copy.deepcopy({**POWERED, "tariff": tariff, "carbon": WEIGHED})
    tables["usage"]["hours"] = [{"days": "daily", "from": "09:00", "to": "18:00", "share": 1}]
    tables["api"][1].update(batch_input_usd_per_mtok=0.5, batch_output_usd_per_mtok=1)
    tables["usage"]["batch_share"] = 0.5
    _, lines = explained(tables)
    check(lines)
    ids = {line.id for line in lines}
    assert {"carbon.usd_per_kwh", "carbon.actions[0].usd_per_month"} <= ids


def test_the_simulated_futures_weigh_it_as_the_comparison_does() -> None:
    found = []
    for carbon in (WEIGHED, {**WEIGHED, "usd_per_tonne": 0}):
        tables = copy.deepcopy({**POWERED, "carbon": carbon})
        tables["tariff"] = {"usd_per_kwh": {"low": 0.1, "high": 0.3}}
        advice = answer(tables, origin="guide")
        assert not isinstance(advice.uncertainty, UnsetType)
        baseline = next(each for each in advice.comparisons if each.baseline)
        assert baseline.net_present_value_usd is not None
        assert advice.uncertainty.saving_at_medians_usd == pytest.approx(
            baseline.net_present_value_usd, rel=1e-6
        )
        found.append(baseline.net_present_value_usd)
    assert abs(found[0] - found[1]) > 1


def test_what_weighs_is_said_in_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    show_advice(answer({**POWERED, "carbon": WEIGHED}, origin="guide"))
    text = " ".join(capsys.readouterr().out.split())
    assert "It weighs at $250 a tonne: $6.10 of this box, $0 of GPT-4" in text
    assert "Not part of the verdict" not in text


def test_records_of_before_the_column_are_still_read() -> None:
    old = (
        b'{"grid_g_per_kwh":400.0,"source":"a grid","as_of":"","local_kg_co2e_per_month":19.5,'
        b'"api_kg_co2e_per_month":null}'
    )
    read = msgspec.json.decode(old, type=CarbonPart)
    assert (read.local_kg_co2e_per_month, read.actions, read.usd_per_tonne) == (19.5, (), 0.0)
