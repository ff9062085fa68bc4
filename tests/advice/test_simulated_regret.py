"""Waiting, measuring and splitting in the advice: as a hand-written loop says, and as they must."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from advisor.advice.answer import answer
from advisor.advice.document import Advice
from advisor.advice.flow import Verdict
from advisor.advice.learning import Scenarios
from advisor.advice.pricing import price_apis
from advisor.advice.regret_document import MeasurementPart, RegretPart, WorthPart
from advisor.advice.scenario import parse_scenario
from advisor.advice.simulated_plan import plan_of
from advisor.advice.simulated_regret import LOGS, Futures, worth_in_words
from advisor.advice.uncertain import take_uncertain
from advisor.cli.advise import advise
from advisor.documents import Unknown, to_json
from advisor.economics.candidates import Candidate
from advisor.economics.flows import Flows, api_flows, local_flows, rented_flows
from advisor.economics.inputs import ApiPrice, Box, Case
from advisor.economics.simulation.engine import simulate
from advisor.economics.simulation.plan import Plan
from advisor.economics.simulation.sampling import Sampler
from advisor.economics.split import BestSplit, best_split, box_costs
from advisor.economics.work import work_by_month
from advisor.errors import InputError
from advisor.prices.money import Currency
from advisor.report.advice import show_advice

UNCERTAIN: dict[str, Any] = {
    "usage": {
        "input_tokens_per_month": 6e6,
        "output_tokens_per_month": {"median": 6e6, "factor": 3},
        "growth_per_month": {"mean": 0.0, "sd": 0.02},
    },
    "box": {
        "price_usd": {"low": 3500, "high": 4500},
        "resale_decline_per_year": {"low": 0.3, "high": 0.6},
        "prefill_tok_per_s": 3000,
        "decode_tok_per_s": {"low": 50, "high": 120},
        "active_power_w": {"low": 250, "high": 500},
        "idle_power_w": 60,
    },
    "horizon": {"months": 24, "discount_rate_per_year": {"low": 0.02, "high": 0.1}},
    "api": [
        {"name": "Mid", "input_usd_per_mtok": {"low": 3, "high": 5}, "output_usd_per_mtok": 20},
        {"name": "Other", "input_usd_per_mtok": 4, "output_usd_per_mtok": 22},
    ],
    "rented": [{"name": "hourly", "usd_per_hour": 6.0, "source": "a test"}],
    "uncertainty": {"scenarios": 10_000, "seed": 5},
}


TODAY = ("api:Mid", "api:Other", "local", "rented:hourly", "hybrid")


def asked(tables: dict[str, Any], **more: Any) -> Advice:
    return answer(tables, origin="a test", **more)


def part_of(tables: dict[str, Any]) -> RegretPart:
    found = asked(tables).simulated_regret
    assert found is not UNSET
    return found


def with_keys(tables: dict[str, Any], **changes: dict[str, Any]) -> dict[str, Any]:
    return {**tables, **{name: {**tables[name], **keys} for name, keys in changes.items()}}


def test_acting_later_costs_what_a_loop_over_the_months_says() -> None:
    """Each scenario by the scalar economics: the API's months, then the action's own."""
    tables, uncertain = take_uncertain(UNCERTAIN)
    inputs = parse_scenario(tables).inputs
    aged = Box(9000, resale_by_age=((12.0, 0.8), (24.0, 0.1)), electricity_usd_per_month=20)
    found = plan_of(inputs, price_apis(inputs, Unknown), 0)
    assert isinstance(found, Plan)
    plan = replace(found, candidates=(Candidate("big", replace(aged, setup_usd=100.0)),))
    sampler = Sampler(uncertain.distributions, seed=5)
    count = 15
    draws = sampler.draw(0, count)
    today = simulate(plan, sampler, count).costs_usd
    futures = Futures(plan, sampler, Scenarios(draws, tuple(draws), 5), today)
    for months in (1, 6, 23):
        later = futures.later_usd(months)
        for scenario in range(count):
            at = {key: float(values[scenario]) for key, values in draws.items()}
            by_hand = list(acted_later(plan, drawn_case(inputs.case(), at), at, months))
            assert later[:, scenario].tolist() == pytest.approx(by_hand, rel=1e-9)


def acted_later(plan: Plan, case: Case, at: dict[str, float], months: int) -> Iterator[float]:
    """What each action costs that follows so many months at the API, one month after the other."""
    whole = case.horizon.months
    input_usd = at["api.Mid.input_usd_per_mtok"]
    mid = ApiPrice(input_usd, 20, input_usd)
    bills = api_flows(case, mid).monthly_usd
    candidate = replace(case, box=plan.candidates[0].box)
    work, costs = work_by_month(case, mid), box_costs(case)
    assert not isinstance(work, Unknown) and not isinstance(costs, Unknown)
    split = []
    for each in work:
        best = best_split([each], replace(costs, capital_usd=0.0), [1.0])
        assert isinstance(best, BestSplit)
        split.append(best.usd)
    running = {
        "api:Mid": (bills, None),
        "api:Other": (api_flows(case, ApiPrice(4, 22, 4)).monthly_usd, None),
        "local": (monthly(local_flows(case, mid)), case.box),
        "candidate:big": (monthly(local_flows(candidate, mid)), candidate.box),
        "rented:hourly": (monthly(rented_flows(case, plan.rented[0])), None),
        "hybrid": (tuple(split), case.box),
    }
    worth = (1 + at["horizon.discount_rate_per_year"]) ** (-1 / 12)
    for action in plan.actions:
        after, box = running[action]
        paid = [*bills[:months], *after[months:]]
        usd = sum(usd * worth ** (t + 1) for t, usd in enumerate(paid))
        if box is not None:
            usd += box.capital_usd * worth**months - box.resale_usd(whole - months) * worth**whole
        yield usd


def monthly(flows: Flows | Unknown) -> tuple[float, ...]:
    assert isinstance(flows, Flows)
    return flows.monthly_usd


def drawn_case(case: Case, at: dict[str, float]) -> Case:
    usage = replace(
        case.usage,
        output_tokens_per_month=at["usage.output_tokens_per_month"],
        growth_per_month=at["usage.growth_per_month"],
    )
    box = replace(
        case.box,
        price_usd=at["box.price_usd"],
        resale_decline_per_year=at["box.resale_decline_per_year"],
        decode_tok_per_s=at["box.decode_tok_per_s"],
        active_power_w=at["box.active_power_w"],
    )
    rate = at["horizon.discount_rate_per_year"]
    horizon = replace(case.horizon, discount_rate_per_year=rate)
    return replace(case, usage=usage, box=box, horizon=horizon)


def test_waiting_and_measuring_stand_in_the_advice_with_their_worth() -> None:
    part = part_of(UNCERTAIN)
    waits = [f"wait {each}" for each in ("1 month", "3 months", "6 months")]
    assert [each.action for each in part.actions] == [*TODAY, *waits]
    assert [each.action for each in part.waiting] == waits
    by_action = {each.action: each for each in part.actions}
    today = min(each.mean_cost_usd for each in part.actions[: len(TODAY)])
    for each in part.waiting:
        assert each.net.usd == pytest.approx(each.information.usd - each.delay_usd, abs=1e-6)
        assert each.net.usd == pytest.approx(today - each.mean_cost_usd, abs=1e-6)
        assert by_action[each.action].mean_cost_usd == pytest.approx(each.mean_cost_usd)
        assert each.information.usd > 0
    learnt = [each.information.usd for each in part.waiting]
    assert learnt[0] < learnt[1] < learnt[2]
    measured = {each.what: each for each in part.measurements}
    assert set(measured) == {
        "a month of logs",
        "a benchmark of the box",
        "a power meter at the box",
    }
    for each in part.measurements:
        assert 0 <= each.worth.usd <= part.perfect_information.usd
        assert each.net_usd == pytest.approx(each.worth.usd - each.cost_usd)
    logs = measured["a month of logs"]
    assert logs.keys == ("usage.output_tokens_per_month",)
    assert logs.cost_usd == max(part.waiting[0].delay_usd, 0.0)
    assert logs.worth.usd > measured["a power meter at the box"].worth.usd
    assert part.unknown == {}


def test_steadier_use_makes_a_month_of_logs_worth_more() -> None:
    def worth(monthly_cv: float) -> float:
        part = part_of(with_keys(UNCERTAIN, usage={"monthly_cv": monthly_cv}))
        logs = next(each for each in part.measurements if each.what == LOGS)
        assert logs.error_share == monthly_cv
        return logs.worth.usd

    assert worth(0.05) > worth(0.5) > worth(3.0)


def test_certain_use_needs_no_logs() -> None:
    certain = with_keys(UNCERTAIN, usage={"output_tokens_per_month": 6e6, "growth_per_month": 0.0})
    assert LOGS not in {each.what for each in part_of(certain).measurements}


def test_an_owned_box_waits_for_no_purchase_and_private_data_for_no_api() -> None:
    owned = part_of(with_keys(UNCERTAIN, box={"already_owned": True}))
    assert owned.waiting == () and "owned" in owned.unknown["waiting"]
    assert all(each.cost_usd == 0 for each in owned.measurements)
    assert owned.measurements
    private = part_of(with_keys(UNCERTAIN, usage={"sensitive": True}))
    assert private.waiting == private.measurements == ()
    assert "must not leave" in private.unknown["waiting"]


def test_a_short_horizon_and_few_scenarios_are_told_as_they_are() -> None:
    short = with_keys(UNCERTAIN, horizon={"months": 2}, uncertainty={"scenarios": 100})
    part = part_of(short)
    assert [each.action for each in part.waiting] == ["wait 1 month"]
    assert part.scenarios == 100


def test_the_same_scenario_gives_the_same_bytes() -> None:
    assert to_json(asked(UNCERTAIN)) == to_json(asked(UNCERTAIN))


def test_the_summary_says_what_is_worth_measuring() -> None:
    """A cheap API and a dear box: almost all depends on use, and a month's delay costs little."""
    tables = with_keys(UNCERTAIN, usage={"monthly_cv": 0.1})
    found = asked(tables)
    assert found.simulated_regret is not UNSET
    logs = next(each for each in found.simulated_regret.measurements if each.what == LOGS)
    assert logs.net_usd > 0
    assert f"measuring pays: a month of logs is worth ${logs.worth.usd:,.0f}" in found.summary
    assert "measuring pays" not in asked(with_keys(tables, usage={"monthly_cv": 5.0})).summary


def test_measure_first_says_what_a_month_of_logs_is_worth() -> None:
    """Nobody told the use: the guide's stands in, with the range of the guide's own teams."""
    tables = {
        "box": {"price_usd": 6000, "electricity_usd_per_month": 30},
        "api": [{"name": "Mid", "input_usd_per_mtok": 3, "output_usd_per_mtok": 15}],
        "horizon": {"months": 36},
    }
    found = asked(tables, guess_missing=True)
    assert found.verdict is Verdict.MEASURE_FIRST
    assert found.uncertainty is not UNSET
    assert {each.key: each.values.p90 for each in found.uncertainty.inputs} == {
        "usage.input_tokens_per_month": 25e6,
        "usage.output_tokens_per_month": 25e6,
    }
    assert found.summary.startswith("Measure first: what is missing is how many tokens")
    assert "A month of logs is worth $" in found.summary


@pytest.mark.parametrize(
    ("worth", "error", "cost", "told"),
    [
        (50.0, 1.0, 0.0, "a month of logs is worth $50"),
        (50.0, 1.0, 10.0, "a month of logs is worth $50 and costs $10 of delay"),
        (50.0, 30.0, 0.0, None),
        (5.0, 0.1, 0.0, None),
        (50.0, 1.0, 60.0, None),
    ],
)
def test_only_what_pays_for_certain_is_told(
    worth: float, error: float, cost: float, told: str | None
) -> None:
    part = part_of(with_keys(UNCERTAIN, uncertainty={"scenarios": 100}))
    cheapest = msgspec.structs.replace(part.actions[0], mean_cost_usd=1000.0)
    one = MeasurementPart(
        what=LOGS,
        keys=("usage",),
        error_share=0.2,
        worth=WorthPart(usd=worth, standard_error_usd=error),
        cost_usd=cost,
        net_usd=worth - cost,
    )
    made = msgspec.structs.replace(part, actions=(cheapest,), measurements=(one,))
    assert worth_in_words(made, Currency().text) == told


def amounts(least: float, most: float) -> st.SearchStrategy[float]:
    return st.floats(least, most, allow_nan=False)


teams = st.fixed_dictionaries(
    {
        "usage": st.fixed_dictionaries(
            {
                "input_tokens_per_month": amounts(1e4, 5e8),
                "output_tokens_per_month": amounts(1e4, 5e8),
                "growth_per_month": amounts(-0.1, 0.1),
            }
        ),
        "box": st.fixed_dictionaries(
            {
                "price_usd": amounts(0, 10_000),
                "resale_decline_per_year": amounts(0, 1),
                "setup_usd": amounts(0, 500),
                "prefill_tok_per_s": amounts(100, 1e4),
                "decode_tok_per_s": amounts(5, 1e3),
                "active_power_w": amounts(100, 1000),
                "idle_power_w": amounts(1, 100),
                "powered_hours_per_month": amounts(10, 744),
            }
        ),
        "maintenance": st.fixed_dictionaries(
            {"hours_per_month": amounts(0, 4), "usd_per_hour": amounts(0, 100)}
        ),
        "horizon": st.fixed_dictionaries(
            {
                "months": st.integers(1, 60),
                "discount_rate_per_year": amounts(0, 0.3),
                "api_decline_per_year": amounts(0, 0.6),
            }
        ),
        "api": st.fixed_dictionaries(
            {"input_usd_per_mtok": amounts(0, 30), "output_usd_per_mtok": amounts(0, 60)}
        ).map(lambda api: [{"name": "one", **api}]),
    }
)


@settings(deadline=None, max_examples=30)
@given(teams)
def test_the_split_in_the_advice_costs_no_more_than_the_better_pure_action(
    tables: dict[str, Any],
) -> None:
    """The box's cost over the horizon is the API's less what the comparison says it gains."""
    found = asked(tables)
    split, compared = found.best_split, found.comparisons[0]
    assert split is not None and split.api_only_usd is not None
    assert compared.net_present_value_usd is not None
    box = split.api_only_usd - compared.net_present_value_usd
    rounding = 1e-9 * (abs(box) + split.api_only_usd + 1.0)
    assert split.usd <= min(split.api_only_usd, box) + rounding
    assert split.local_first_usd == pytest.approx(box, rel=1e-9, abs=rounding)


@pytest.mark.parametrize("peak", [None, 3.0])
def test_the_split_is_the_hybrid_of_the_simulated_futures(peak: float | None) -> None:
    """At the medians, where some of the work does not fit, and more of it at the busiest hours."""
    tables: dict[str, Any] = {
        "usage": {"input_tokens_per_month": 6e6, "output_tokens_per_month": 90e6},
        "box": {
            "price_usd": 2000,
            "prefill_tok_per_s": 3000,
            "decode_tok_per_s": 25,
            "active_power_w": 350,
            "idle_power_w": 60,
        },
        "horizon": {"months": 24, "discount_rate_per_year": 0.05},
        "api": [{"name": "one", "input_usd_per_mtok": 3, "output_usd_per_mtok": 15}],
        "arrivals": {} if peak is None else {"peak_to_mean": peak},
    }
    inputs = parse_scenario(tables).inputs
    plan = plan_of(inputs, price_apis(inputs, Unknown), 0)
    assert isinstance(plan, Plan)
    costs = simulate(plan, Sampler({}, seed=0), 1).costs_usd[:, 0].tolist()
    split = asked(tables).best_split
    assert split is not None and split.uses == "hybrid"
    assert dict(zip(plan.actions, costs, strict=True)) == {
        "api:one": pytest.approx(split.api_only_usd),
        "local": pytest.approx(split.local_first_usd),
        "hybrid": pytest.approx(split.usd),
    }


def test_a_split_that_cannot_be_found_says_why() -> None:
    tables: dict[str, Any] = {
        "usage": {"input_tokens_per_month": 0, "output_tokens_per_month": 0},
        "box": {"price_usd": 2000, "electricity_usd_per_month": 20},
        "api": [{"name": "one", "input_usd_per_mtok": 3, "output_usd_per_mtok": 15}],
    }
    assert "nothing to split" in asked(tables).unknown["best_split"]
    used = with_keys(tables, usage={"output_tokens_per_month": 6e6})
    assert "decode_tok_per_s" in asked(used).unknown["best_split"]
    fast = with_keys(used, box={"prefill_tok_per_s": 1000, "decode_tok_per_s": 10})
    assert asked(fast).best_split is not None
    crowded = with_keys(fast, usage={"sensitive": True, "output_tokens_per_month": 60e6})
    assert "sensitive work" in asked(crowded).unknown["best_split"]
    uneven = {**fast, "arrivals": {"peak_to_mean": 168}}
    assert "peak_to_mean" in asked(uneven).unknown["best_split"]


def test_a_split_is_found_by_the_kind_of_request() -> None:
    """Long questions are cheap at the API and dear on the box; short ones the other way round."""
    tables: dict[str, Any] = {
        "usage": {
            "input_tokens_per_month": 101e6,
            "output_tokens_per_month": 20e6,
            "request": [
                {"share": 0.5, "input_tokens": 10_000, "output_tokens": 20},
                {"share": 0.5, "input_tokens": 100, "output_tokens": 1980},
            ],
        },
        "box": {
            "price_usd": 1000,
            "prefill_tok_per_s": 100,
            "decode_tok_per_s": 30,
            "active_power_w": 700,
            "idle_power_w": 10,
        },
        "horizon": {"months": 36},
        "api": [{"name": "one", "input_usd_per_mtok": 0.1, "output_usd_per_mtok": 8}],
    }
    split = asked(tables).best_split
    assert split is not None and split.uses == "hybrid"
    shares = {each.name: each.local_share for each in split.by_class}
    assert shares == {"requests of 10,000 tokens": 0.0, "requests of 100 tokens": 1.0}
    assert split.saved_usd > 0


def test_the_report_shows_waiting_measuring_and_the_split_in_eighty_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_advice(asked(UNCERTAIN))
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    for words in (
        "wait 3 months",
        "a month of logs",
        "If use may end",
        "Best split",
        "3 months, then",
    ):
        assert words in text
    certain = with_keys(
        UNCERTAIN,
        usage={"output_tokens_per_month": 6e6, "growth_per_month": 0.0},
        box={
            "price_usd": 4000,
            "resale_decline_per_year": 1,
            "decode_tok_per_s": 80,
            "active_power_w": 300,
        },
        horizon={"discount_rate_per_year": 0},
    )
    certain["api"] = [{"name": "Mid", "input_usd_per_mtok": 4, "output_usd_per_mtok": 20}]
    show_advice(asked(certain))
    text = capsys.readouterr().out
    assert "Over 24 months" in text and "If use may end" in text and "Best split" in text
    assert "If you turn out to be wrong" not in text


def test_the_command_gives_the_same_document(tmp_path: Any) -> None:
    file = tmp_path / "team.toml"
    file.write_text(
        "[usage]\ninput_tokens_per_month = 6e6\n"
        "output_tokens_per_month = { median = 6e6, factor = 3 }\nmonthly_cv = 0.1\n"
        "[box]\nprice_usd = 2000\nelectricity_usd_per_month = 30\n"
        '[[api]]\nname = "Mid"\ninput_usd_per_mtok = 3\noutput_usd_per_mtok = 15\n'
        "[uncertainty]\nscenarios = 2000\n"
    )
    ran = CliRunner().invoke(advise, ["--scenario", str(file), "--json"])
    assert ran.exit_code == 0, ran.output
    document = json.loads(ran.output)
    part = document["simulated_regret"]
    assert [each["months"] for each in part["waiting"]] == [1, 3, 6]
    assert part["measurements"][0]["error_share"] == 0.1
    assert document["ski_rental"]["still_to_spend_usd"] == part["ski_rental"]["still_to_spend_usd"]
    bad = file.read_text().replace("monthly_cv = 0.1", "monthly_cv = -1")
    file.write_text(bad)
    refused = CliRunner().invoke(advise, ["--scenario", str(file)])
    assert isinstance(refused.exception, InputError)
    assert "usage.monthly_cv" in str(refused.exception)
