"""The verdicts on whole documents: each with its number, none without a price, like with like."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from test_advise import HOSTED, MEASURED, advice, guide

from advisor.advice.flow import Decision, Verdict
from advisor.advice.pricing import ListedPrice
from advisor.advice.scenario import parse_scenario
from advisor.advice.summary import promised
from advisor.report.advice import show_advice

UPKEEP = "maintenance.usd_per_month"


def one_api(
    usage: dict[str, Any] | None = None, box: dict[str, Any] | None = None, **price: Any
) -> Any:
    return parse_scenario(
        {
            "usage": {
                "input_tokens_per_month": 6e6,
                "output_tokens_per_month": 6e6,
                **(usage or {}),
            },
            "box": {"price_usd": 2000, "electricity_usd_per_month": 30, **(box or {})},
            "api": [{"name": "mid", **price}],
        }
    )


def test_every_step_has_its_flip_point_or_the_reason_why_not() -> None:
    for scenario in (guide(), guide(usage={"can_maintain": False}), guide(usage={"stable": False})):
        found = advice(scenario)
        for index, step in enumerate(found.path):
            if step.flips_at is None:
                assert found.unknown[f"path[{index}].flips_at"]
            else:
                assert step.flips_key and step.flips_to not in (None, found.decision)


def test_the_flip_points_of_the_guides_team() -> None:
    steps = {step.id: step for step in advice(guide()).path}
    assert steps["usage"].flips_at == pytest.approx(2360e6 / 540)
    assert steps["usage"].flips_to is Decision.API
    assert (steps["break_even"].flips_key, steps["break_even"].flips_unit) == (
        UPKEEP,
        "USD a month",
    )
    assert steps["break_even"].flips_at == pytest.approx(540 - 2000 / 12 - 30)
    assert (steps["stable"].flips_at, steps["stable"].flips_to) == (False, Decision.API)
    assert steps["fits"].flips_to is Decision.HYBRID
    assert steps["fits"].flips_at == pytest.approx(advice(guide()).capacity.tokens_per_month)


@pytest.mark.parametrize("beyond", [0.999, 1.001])
def test_upkeep_turns_the_decision_where_it_says(beyond: float) -> None:
    found = advice(guide())
    upkeep = next(flip for flip in found.what_would_change_it if flip.key == UPKEEP)
    other = advice(guide(maintenance={"hours_per_month": 1, "usd_per_hour": upkeep.at * beyond}))
    assert (other.decision is Decision.API) == (beyond > 1)
    assert upkeep.direction == "above" and upkeep.now == 0


def test_thresholds_stand_in_the_scenario_with_their_source() -> None:
    patient = advice(guide(policy={"break_even_below_months": 3}))
    assert patient.decision is Decision.API
    step = next(each for each in patient.path if each.id == "break_even")
    assert (step.threshold, step.source) == (3, "the scenario's [policy]")
    assert "guide" in patient.path[0].source
    assumed = {each.key: each for each in patient.assumptions}
    assert "policy.break_even_below_months" not in assumed
    free_tier = assumed["policy.free_tier_below_tokens_per_month"]
    assert free_tier.value == 1e6 and "guide" in free_tier.source


def test_waiting_says_how_much_more_may_be_spent() -> None:
    """The box of $2,000 saves 120 * 1.1^t - 30 in month t; buy when that has covered its price."""
    scenario = one_api({"growth_per_month": 0.1}, input_usd_per_mtok=5, output_usd_per_mtok=15)
    found = advice(scenario)
    assert found.verdict is Verdict.WAIT_UNTIL and found.wait_until_month is not None
    missed, spent, month = 0.0, 0.0, 0
    while missed + 120 * 1.1**month - 30 < 2000:
        missed, spent = missed + 120 * 1.1**month - 30, spent + 120 * 1.1**month
        month += 1
    part = (2000 - missed) / (120 * 1.1**month - 30)
    spent += part * 120 * 1.1**month
    assert found.wait_until_spent_usd == pytest.approx(spent)
    rule = found.ski_rental
    assert rule is not None and rule.month == pytest.approx(month + part)
    assert f"Wait until you have spent ${spent:,.0f} more on mid" in found.summary
    assert f"at most {promised(rule.at_most_times_hindsight)} times" in found.summary
    assert 1 < rule.at_most_times_hindsight <= 2
    assert advice(guide()).wait_until_spent_usd is None


def test_a_box_that_is_owned_has_no_purchase_to_wait_for() -> None:
    scenario = one_api(
        {"growth_per_month": 0.1},
        {"already_owned": True},
        input_usd_per_mtok=5,
        output_usd_per_mtok=15,
    )
    found = advice(scenario)
    assert found.verdict is Verdict.WAIT_UNTIL
    assert found.ski_rental is None and found.wait_until_spent_usd is None
    assert "ski_rental" not in found.unknown
    assert f"From month {found.wait_until_month} on" in found.summary
    assert "spent" not in found.summary


def test_hybrid_says_which_split() -> None:
    slow = advice(guide(box={"prefill_tok_per_s": 10.0, "decode_tok_per_s": 2.0}))
    assert slow.verdict is Verdict.SPLIT_BASE_LOAD
    assert slow.best_split is not None and slow.best_split.uses == "hybrid"
    assert f"{slow.best_split.local_share:.0%} of the load on your own box" in slow.summary
    assert slow.best_split.local_share == pytest.approx(slow.hybrid_splits[0].local_share)
    assert slow.best_split.api_only_usd is not None
    saved = slow.best_split.api_only_usd - slow.best_split.usd
    assert f"over 60 months the split saves ${saved:,.0f} against GPT-4 alone" in slow.summary
    private = advice(guide(usage={"sensitive": True, "sensitive_share": 0.25}))
    assert private.verdict is Verdict.SPLIT_SENSITIVE
    assert "the 25% that must not leave" in private.summary


def test_privacy_has_its_premium_a_month() -> None:
    found = advice(
        guide(usage={"sensitive": True}, maintenance={"hours_per_month": 4, "usd_per_hour": 500})
    )
    assert found.verdict is Verdict.LOCAL_FOR_PRIVACY
    premium = (26360 - 6480) / 12
    assert found.privacy_premium_usd_per_month == pytest.approx(premium)
    assert f"${premium:,.0f} a month more than GPT-4" in found.summary


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"stable": False},
        {"can_maintain": False},
        {"input_tokens_per_month": 1e3, "output_tokens_per_month": 1e3},
        {"sensitive": True, "sensitive_share": 0.5},
    ],
)
def test_an_unpriced_model_never_yields_a_verdict(usage: dict[str, Any]) -> None:
    found = advice(one_api(usage))
    assert (found.decision, found.verdict) == (Decision.MEASURE, Verdict.MEASURE_FIRST)
    assert "what mid charges (its prices under [[api]])" in found.summary


def test_where_nothing_may_leave_no_price_is_needed_but_its_absence_is_told() -> None:
    found = advice(one_api({"sensitive": True}))
    assert found.verdict is Verdict.LOCAL_FOR_PRIVACY
    assert found.privacy_premium_usd_per_month is None
    assert "price is unknown" in found.unknown["privacy_premium_usd_per_month"]


def test_a_verdict_on_money_says_that_quality_is_not_weighed() -> None:
    assert "if its model does the work as well as GPT-4" in advice(guide()).summary
    late = advice(guide(box={"price_usd": 50_000}))
    assert "even if its model does the work as well" in late.summary


def test_the_same_open_model_comes_first_and_a_stronger_one_says_so() -> None:
    found = advice(guide(), measured=MEASURED, same_model_hosted=[HOSTED])
    assert found.summary.startswith(
        "Like with like (groq/open-model hosts the same open model): stay with the API"
    )
    assert "Against GPT-4, another model: Run it on your own box" in found.summary
    assert [each.same_open_model for each in found.comparisons] == [False] * 4 + [True]


def test_a_listed_api_that_serves_the_measured_model_is_known_as_the_same() -> None:

    measured = replace(MEASURED, model_name="llama3.1:8b")
    price = ListedPrice("llama-3.1-8b-instant", 40, 40, None, "current", "2026-11-01", "a book")
    scenario = parse_scenario(
        {
            "usage": {"input_tokens_per_month": 6e6, "output_tokens_per_month": 6e6},
            "box": {"price_usd": 2000},
            "api": [{"name": "llama-3.1-8b-instant"}],
        }
    )
    found = advice(scenario, price_lookup=lambda name: price, measured=measured)
    assert found.comparisons[0].same_open_model is True
    assert "as well as" not in found.summary and "Like with like" not in found.summary


def test_carbon_is_a_column_and_never_in_the_verdict() -> None:
    bill = {"electricity_usd_per_month": None}
    plain = advice(guide(box=bill))
    found = advice(guide(box=bill, carbon={"grid_g_per_kwh": 1e5, "source": "a grid"}))
    assert plain.carbon is None and found.carbon is not None
    kwh = found.local_electricity.kwh_per_month
    assert kwh and found.carbon.local_kg_co2e_per_month == pytest.approx(kwh * 100)
    assert found.carbon.api_kg_co2e_per_month is None
    assert found.unknown["carbon.api_kg_co2e_per_month"]
    assert (found.decision, found.verdict, found.summary) == (
        plain.decision,
        plain.verdict,
        plain.summary,
    )
    given_bill = advice(guide(carbon={"grid_g_per_kwh": 1e5}))
    assert given_bill.carbon is not None and given_bill.local_electricity.kwh_per_month is None
    assert given_bill.carbon.local_kg_co2e_per_month == found.carbon.local_kg_co2e_per_month
    no_power = advice(
        guide(box={"active_power_w": None, "idle_power_w": None}, carbon={"grid_g_per_kwh": 400})
    )
    assert no_power.carbon is not None and no_power.carbon.local_kg_co2e_per_month is None
    assert "powers" in no_power.unknown["carbon.local_kg_co2e_per_month"]


def test_every_crossing_is_listed_and_shown_where_savings_turn_round(
    capsys: pytest.CaptureFixture[str],
) -> None:
    raw = {
        "usage": {
            "input_tokens_per_month": 6e6,
            "output_tokens_per_month": 6e6,
            "growth_per_month": -0.1,
        },
        "box": {"price_usd": 2000, "electricity_usd_per_month": 100},
        "api": [{"name": "fading", "input_usd_per_mtok": 30, "output_usd_per_mtok": 60}],
    }
    found = advice(parse_scenario(raw))
    saved = [540 * 0.9**t - 100 for t in range(60)]
    owed = [2000 - sum(saved[:t]) for t in range(61)]
    turns = [t for t in range(60) if (owed[t] > 0) != (owed[t + 1] > 0)]
    crossings = found.comparisons[0].crossings
    assert [int(each.month) for each in crossings] == turns and len(turns) == 2
    assert [each.ahead for each in crossings] == ["local", "api"]
    show_advice(found)
    shown = " ".join(capsys.readouterr().out.split())
    assert "the box from month 6.37, the API from month 32.2" in shown
