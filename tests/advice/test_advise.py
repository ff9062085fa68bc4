"""From a scenario file to the whole document."""

from __future__ import annotations

import tomllib
from decimal import Decimal as Exact
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from advisor.advice.advise import advise
from advisor.advice.document import Advice, Comparison
from advisor.advice.flow import Decision, Missing, Verdict
from advisor.advice.inputs import Scenario
from advisor.advice.measured import MeasuredBox
from advisor.advice.pricing import ListedPrice
from advisor.advice.scenario import parse_scenario, read_scenario
from advisor.documents import Unknown, to_json

CONFIGS = Path(__file__).parents[2] / "configs"
HOSTED = ListedPrice(
    "groq/open-model", 0.5, 0.8, None, status="current", as_of="2026-11-01", source="a book"
)


def no_price(name: str) -> ListedPrice | Unknown:
    return Unknown(f"no price is known for {name}")


def advice(scenario: Scenario, **options: Any) -> Advice:
    return advise(
        scenario,
        price_lookup=options.pop("price_lookup", no_price),
        price_book_identity="test book",
        **options,
    )


def guide(**changes: dict[str, Any]) -> Scenario:
    """The guide's scenario with tables changed key by key; a None takes the key away."""
    raw = tomllib.loads((CONFIGS / "guide.toml").read_text())
    for table, keys in changes.items():
        entries = raw.setdefault(table, {})
        for key, value in keys.items():
            if value is None:
                entries.pop(key, None)
            else:
                entries[key] = value
    return parse_scenario(raw)


def against(found: Advice, name: str) -> Comparison:
    return next(each for each in found.comparisons if each.name == name)


def test_the_guides_team() -> None:
    found = advice(read_scenario(CONFIGS / "guide.toml"))
    assert [each.name for each in found.comparisons] == [
        "GPT-4",
        "GPT-3.5 Turbo",
        "Claude 3.5 Sonnet",
        "Groq",
    ]
    assert [each.api_usd_per_month for each in found.comparisons] == pytest.approx(
        [540, 21, 108, 30]
    )
    gpt4 = against(found, "GPT-4")
    assert gpt4.local_usd_per_month == pytest.approx(30)
    assert gpt4.local_usd_12_months == pytest.approx(2360)
    assert gpt4.api_usd_12_months == pytest.approx(6480)
    assert against(found, "GPT-3.5 Turbo").api_usd_12_months == pytest.approx(252)
    assert gpt4.break_even_months_simple == pytest.approx(2000 / 510)
    assert gpt4.break_even_months_full == pytest.approx(2000 / 510)
    assert against(found, "Claude 3.5 Sonnet").break_even_months_simple == pytest.approx(2000 / 78)
    for name in ("GPT-3.5 Turbo", "Groq"):
        assert against(found, name).break_even_months_simple is None
        assert against(found, name).break_even_months_full is None
        assert not any(key.endswith("break_even_months_simple") for key in found.unknown)
    assert gpt4.local_usd_per_mtok == pytest.approx(3800 / 720)
    assert [each.break_even_tokens_per_month for each in found.comparisons[:3]] == pytest.approx(
        [2360e6 / 540, 2360e6 / 21, 2360e6 / 108]
    )
    assert found.capacity.utilization == pytest.approx(0.0236, abs=5e-5)
    assert (found.decision, found.verdict) == (Decision.LOCAL, Verdict.LOCAL)
    assert found.baseline == "GPT-4"
    assert {each.name for each in found.reversed_by} == {
        "GPT-3.5 Turbo",
        "Claude 3.5 Sonnet",
        "Groq",
    }
    assert [step.id for step in found.path] == [
        "usage",
        "stable",
        "sensitive",
        "maintain",
        "break_even",
        "fits",
    ]
    needed = {each.months: each.usd_per_mtok for each in found.prices_needed}
    assert needed[12.0] == pytest.approx(16.39, abs=0.005)
    assert needed[None] == pytest.approx(2.5)


def test_outside_maintenance_never_pays() -> None:
    found = advice(read_scenario(CONFIGS / "guide-maintenance.toml"))
    assert found.comparisons[0].local_usd_12_months == pytest.approx(26360)
    assert all(each.break_even_months_simple is None for each in found.comparisons)
    assert found.decision is Decision.API
    upkeep = found.regrets[1]
    assert upkeep.id == "box_nobody_maintains" and upkeep.applies and upkeep.avoided
    assert "$2,000 a month" in upkeep.why


def test_without_a_bill_the_powers_give_it() -> None:
    found = advice(guide(box={"electricity_usd_per_month": None}))
    hours = Exact(62000) / 3600
    kwh = (350 * hours + 60 * (730 - hours)) / 1000
    assert found.local_electricity.kwh_per_month == pytest.approx(float(kwh))
    assert found.local_electricity.usd_per_month == pytest.approx(float(kwh * Exact("0.15")))
    assert round(found.local_electricity.usd_per_month or 0, 2) == 7.32
    assert found.local_electricity.basis == "power_model"


def test_unknown_rates_give_an_upper_bound() -> None:
    found = advice(
        guide(
            box={
                "electricity_usd_per_month": None,
                "prefill_tok_per_s": None,
                "decode_tok_per_s": None,
            }
        )
    )
    assert found.local_electricity.upper_bound
    assert found.local_electricity.usd_per_month == pytest.approx(350 * 0.730 * 0.15)
    assert found.capacity.utilization is None and found.capacity.fits is None
    assert "capacity.utilization" in found.unknown
    assert {"capacity", "local_electricity"} <= {each.key for each in found.assumptions}
    assert found.decision is Decision.LOCAL


def test_unknown_power_is_measured_first() -> None:
    found = advice(guide(box={"electricity_usd_per_month": None, "active_power_w": None}))
    assert (found.decision, found.verdict) == (Decision.MEASURE, Verdict.MEASURE_FIRST)
    assert found.measure_first == (Missing.ELECTRICITY,)
    gpt4 = found.comparisons[0]
    assert gpt4.local_usd_per_month is None and gpt4.break_even_months_simple is None
    assert gpt4.api_usd_per_month == pytest.approx(540)
    assert "power" in found.unknown["comparisons[0].local_usd_per_month"]
    assert "power" in found.unknown["comparisons[0].break_even_months_simple"]
    assert found.recommendations == () and found.reversed_by == ()


def test_an_unpriced_baseline_yields_no_verdict() -> None:
    raw = tomllib.loads((CONFIGS / "guide.toml").read_text())
    raw["api"][0] = {"name": "No Such Model", "baseline": True}
    found = advice(parse_scenario(raw))
    assert found.decision is Decision.MEASURE
    assert found.comparisons[0].api_usd_per_month is None
    assert "No Such Model" in found.unknown["comparisons[0].api_usd_per_month"]
    assert against(found, "GPT-3.5 Turbo").api_usd_per_month == pytest.approx(21)
    raw["usage"]["output_tokens_per_month"] = raw["usage"]["input_tokens_per_month"] = 1000
    assert advice(parse_scenario(raw)).decision is Decision.MEASURE


def test_a_name_without_prices_is_looked_up_once_it_is_listed() -> None:
    asked = []

    def book(name: str) -> ListedPrice | Unknown:
        asked.append(name)
        return ListedPrice("GPT-4", 30, 60, None, "historic", "2026-11-01", "a book")

    raw = tomllib.loads((CONFIGS / "guide.toml").read_text())
    raw["api"] = [{"name": "gpt 4"}]
    found = advice(parse_scenario(raw), price_lookup=book)
    assert asked == ["gpt 4"]
    assert found.comparisons[0].name == "gpt 4"
    assert found.comparisons[0].api_usd_per_month == pytest.approx(540)
    assert found.comparisons[0].status == "historic"
    historic = next(each for each in found.assumptions if each.key == "api.gpt 4")
    assert historic.value == "historic" and "no longer" in historic.flips


def test_the_same_model_hosted_follows() -> None:
    found = advice(guide(), same_model_hosted=[HOSTED])
    last = found.comparisons[-1]
    assert (last.name, last.added, last.status) == ("groq/open-model", True, "current")
    assert last.api_usd_per_month == pytest.approx(7.8)
    assert found.baseline == "GPT-4"


def test_no_api_in_hand_takes_the_cheapest_current_host() -> None:
    dearer = ListedPrice("b/open-model", 1, 1, None, "current", None, "a book")
    historic = ListedPrice("c/open-model", 0.1, 0.1, None, "historic", None, "a book")
    scenario = parse_scenario({"box": {"electricity_usd_per_month": 5}}, guess_missing=True)
    found = advice(scenario, same_model_hosted=[dearer, historic, HOSTED])
    assert found.baseline == "groq/open-model"
    alone = advice(scenario)
    assert alone.baseline is None and alone.decision is Decision.MEASURE


def test_nothing_given_measures_first_and_says_from_where_on() -> None:
    scenario = parse_scenario(
        {
            "box": {"electricity_usd_per_month": 30},
            "api": [{"name": "GPT-4", "input_usd_per_mtok": 30, "output_usd_per_mtok": 60}],
        },
        guess_missing=True,
    )
    found = advice(scenario)
    assert found.decision is Decision.MEASURE and found.provisional is Decision.LOCAL
    assert found.measure_first == (Missing.USAGE, Missing.BOX_PRICE)
    guesses = {each.key: each for each in found.assumptions}
    assert guesses["box.price_usd"].value == 2000
    assert guesses["usage.input_tokens_per_month"].value == 6e6
    assert guesses["box.price_usd"].flips_at == pytest.approx(6120)
    assert found.comparisons[0].break_even_tokens_per_month == pytest.approx(2360e6 / 540)
    assert found.comparisons[0].highest_box_price_usd == pytest.approx(6120)
    assert "4.37 M" in found.summary and "$6,120" in found.summary


def test_flip_points_are_where_the_decision_turns() -> None:
    found = advice(guide())
    flips = {(each.key, each.direction): each for each in found.what_would_change_it}
    assert flips["usage.tokens_per_month", "below"].at == pytest.approx(2360e6 / 540)
    assert flips["api.GPT-4", "below"].at == pytest.approx(30 / 12 + 2000 / 144)
    assert flips["box.price_usd", "above"].at == pytest.approx(6120)
    assert flips["box.electricity_usd_per_month", "above"].at == pytest.approx(540 - 2000 / 12)
    full = flips["usage.tokens_per_month", "above"]
    assert full.decision is Decision.HYBRID
    assert full.at == pytest.approx(found.capacity.tokens_per_month)
    for price, decision in ((6119, Decision.LOCAL), (6121, Decision.API)):
        assert advice(guide(box={"price_usd": price})).decision is decision


def test_answers_that_would_turn_the_decision_are_listed() -> None:
    found = advice(guide()).answers_that_would_change_it
    assert {(each.key, each.now, each.decision_otherwise) for each in found} == {
        ("usage.stable", True, Decision.API),
        ("team.validating", False, Decision.API),
        ("usage.can_maintain", True, Decision.API),
    }
    unstable = advice(guide(usage={"stable": False})).answers_that_would_change_it
    assert [(each.key, each.decision_otherwise) for each in unstable] == [
        ("usage.stable", Decision.LOCAL),
        ("usage.sensitive", Decision.LOCAL),
    ]


def test_every_default_says_what_it_flips() -> None:
    found = advice(guide(usage={"stable": None, "sensitive": None, "can_maintain": None}))
    told = {each.key: each for each in found.assumptions}
    assert "becomes api" in told["usage.stable"].flips
    assert "becomes local" not in told["usage.sensitive"].flips
    assert "becomes api" in told["usage.can_maintain"].flips
    assert told["maintenance.hours_per_month"].flips_at == pytest.approx(540 - 2000 / 12 - 30)
    assert "nothing" in told["horizon.discount_rate_per_year"].flips
    assert told["horizon.months"].value == 60
    assert all(each.flips and each.source for each in found.assumptions)


def test_a_box_that_does_not_fit_is_a_hybrid_unless_the_data_are_sensitive() -> None:
    slower = advice(guide(box={"prefill_tok_per_s": 10.0, "decode_tok_per_s": 2.0}))
    assert slower.capacity.fits is False
    assert slower.capacity.utilization == pytest.approx((6e6 / 10 + 6e6 / 2) / 3600 / 730)
    assert (slower.decision, slower.verdict) == (Decision.HYBRID, Verdict.SPLIT_BASE_LOAD)
    split = slower.hybrid_splits[0]
    share = 1 / (slower.capacity.utilization or 1)
    assert split.local_share == pytest.approx(share)
    assert split.usd_12_months == pytest.approx(2360 + (1 - share) * 6480)
    assert {each.side for each in slower.recommendations} == {"local", "api"}
    private = advice(
        guide(box={"prefill_tok_per_s": 10.0, "decode_tok_per_s": 2.0}, usage={"sensitive": True})
    )
    assert private.decision is Decision.LOCAL


def test_sensitive_share_splits_and_prices_privacy() -> None:
    found = advice(guide(usage={"sensitive": True, "sensitive_share": 0.25}))
    assert (found.decision, found.verdict) == (Decision.HYBRID, Verdict.SPLIT_SENSITIVE)
    split = found.hybrid_splits[0]
    assert split.kind == "sensitive_local_rest_api"
    assert split.usd_12_months == pytest.approx(2360 + 0.75 * 6480)
    assert split.more_than_cheaper_pure_choice_usd == pytest.approx(0.75 * 6480)
    assert found.privacy_premium_usd_per_month == pytest.approx((2360 - 0.25 * 6480) / 12)
    regret = found.regrets[2]
    assert regret.applies and regret.avoided and "25%" in regret.why


def test_the_conflict_with_an_earlier_exit_is_the_third_regret() -> None:
    found = advice(guide(usage={"sensitive": True}, team={"validating": True}))
    assert found.decision is Decision.LOCAL
    assert found.overruled is not None and found.overruled.value == "unstable"
    assert "unstable" in found.regrets[2].why
    assert [each.id for each in found.exclusions] == ["validating"]


def test_growth_says_when_to_come_back() -> None:
    cheap = [{"name": "mid", "input_usd_per_mtok": 5, "output_usd_per_mtok": 15, "baseline": True}]
    raw = tomllib.loads((CONFIGS / "guide.toml").read_text())
    raw["api"] = cheap
    raw["usage"]["growth_per_month"] = 0.1
    found = advice(parse_scenario(raw))
    assert (found.decision, found.verdict) == (Decision.API, Verdict.WAIT_UNTIL)
    month = found.wait_until_month
    assert month is not None
    saving = [120 * 1.1**t - 30 for t in (month - 1, month)]
    assert 2000 / saving[0] >= 12 > 2000 / saving[1]
    assert found.regrets[0].applies and found.regrets[0].avoided is False


@pytest.mark.parametrize(
    ("team", "told"),
    [
        ({"avoid_technology": True}, "avoid_technology"),
        ({"budget_unlimited": True}, "budget_unlimited"),
        ({"performance_at_any_price": True}, "performance_at_any_price"),
        ({"validating": True}, "validating"),
    ],
)
def test_whom_the_guide_excludes_is_told(team: dict[str, bool], told: str) -> None:
    assert [each.id for each in advice(guide(team=team)).exclusions] == [told]


def test_rare_use_is_told_and_gets_a_free_tier() -> None:
    found = advice(
        guide(usage={"input_tokens_per_month": 100_000, "output_tokens_per_month": 100_000})
    )
    assert (found.decision, found.verdict) == (Decision.API, Verdict.API_FREE_TIER)
    assert [each.id for each in found.exclusions] == ["rare_use"]
    assert found.recommendations[0].free_tier


def test_no_use_at_all_is_an_answer() -> None:
    found = advice(guide(usage={"input_tokens_per_month": 0, "output_tokens_per_month": 0}))
    assert found.decision is Decision.API
    assert found.comparisons[0].local_usd_per_mtok is None
    assert "comparisons[0].local_usd_per_mtok" in found.unknown


MEASURED = MeasuredBox(
    run_id="run-1",
    measured_on="a test bench",
    model_name="model",
    server_kind="ollama",
    concurrency=16,
    synthetic=False,
    prefill_tok_per_s=2500.0,
    prefill_ci95=(2400.0, 2600.0),
    decode_tok_per_s=80.0,
    decode_ci95=(78.0, 82.0),
    active_power_w=300.0,
    idle_power_w=70.0,
    power_grade="estimated",
)


def test_a_measurement_fills_what_the_scenario_leaves_out() -> None:
    open_questions = {
        "electricity_usd_per_month": None,
        "prefill_tok_per_s": None,
        "decode_tok_per_s": None,
        "active_power_w": None,
        "idle_power_w": None,
    }
    found = advice(guide(box=open_questions), measured=MEASURED)
    assert found.basis == "measurement" and found.measured is not None
    assert len(found.measured.supplied) == 4 and found.measured.overruled == ()
    hours = 6e6 / 2500 / 3600 + 6e6 / 80 / 3600
    assert found.capacity.utilization == pytest.approx(hours / 730)
    watt_hours = 300 * hours + 70 * (730 - hours)
    assert found.local_electricity.kwh_per_month == pytest.approx(watt_hours / 1000)
    assert found.measured.decisions_in_ci95 == (Decision.LOCAL,) * 4
    power = next(each for each in found.assumptions if each.key == "box.active_power_w")
    assert power.source == "estimated, not metered"


def test_the_scenarios_word_stands_over_the_measurement() -> None:
    found = advice(guide(), measured=MEASURED)
    assert found.basis == "scenario" and found.measured is not None
    assert "box.decode_tok_per_s" in found.measured.overruled
    assert found.capacity.utilization == pytest.approx(0.0236, abs=5e-5)
    said = next(each for each in found.assumptions if each.key == "box.decode_tok_per_s")
    assert said.value == 100 and "80" in said.source


def test_equal_inputs_equal_bytes() -> None:
    path = CONFIGS / "guide.toml"
    assert to_json(advice(read_scenario(path))) == to_json(advice(read_scenario(path)))


def test_the_document_keeps_its_schema() -> None:
    schema = msgspec.json.schema(Advice)
    document = msgspec.json.decode(to_json(advice(guide(), same_model_hosted=[HOSTED])))
    jsonschema.validate(document, schema)
    assert document["schema"] == "advisor.advice/1"
    assert document["price_book"] == "test book"
    again = msgspec.json.decode(to_json(advice(guide())), type=Advice)
    assert again == advice(guide())


def test_regret_table_knows_its_best_action() -> None:
    table = advice(guide()).regret_table
    assert table is not None
    for column in range(len(table.scenarios)):
        assert min(action.regret_usd[column] for action in table.actions) == 0
    local = next(action for action in table.actions if action.action == "local")
    assert local.usd_12_months == pytest.approx([2360, 2360, 2360, 2360, 2720])
