"""The simulated futures in the advice: where something is uncertain, and only where true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from made_up_curve import made_up_bench
from msgspec import UNSET
from test_measurement import POINT, WITH_CARD, bench

from advisor.advice.answer import answer
from advisor.advice.document import Advice
from advisor.advice.pricing import price_apis
from advisor.advice.scenario import parse_scenario
from advisor.advice.uncertain import take_uncertain
from advisor.cli.advise import advise
from advisor.cli.schema import json_schema
from advisor.documents import Unknown, to_json
from advisor.economics.api_cost import api_usd
from advisor.economics.flows import api_flows, local_flows
from advisor.economics.inputs import ApiPrice
from advisor.errors import InputError

CERTAIN: dict[str, Any] = {
    "usage": {"input_tokens_per_month": 6e6, "output_tokens_per_month": 6e6},
    "box": {"price_usd": 2000, "electricity_usd_per_month": 30},
    "horizon": {"months": 36, "discount_rate_per_year": 0.05},
    "api": [{"name": "Dear", "input_usd_per_mtok": 3, "output_usd_per_mtok": 15}],
}
UNCERTAIN: dict[str, Any] = {
    **CERTAIN,
    "usage": {
        "input_tokens_per_month": {"low": 3e6, "high": 9e6},
        "output_tokens_per_month": {"median": 6e6, "factor": 2},
    },
    "uncertainty": {"scenarios": 5000, "seed": 3},
}


def asked(tables: dict[str, Any], **more: Any) -> Advice:
    return answer(tables, origin="a test", **more)


def test_an_uncertain_scenario_says_how_sure_it_is_and_what_being_wrong_costs() -> None:
    advice = asked(UNCERTAIN)
    certain = asked(CERTAIN)
    assert advice.decision is certain.decision
    assert advice.comparisons == certain.comparisons
    part, regret = advice.uncertainty, advice.simulated_regret
    assert part is not UNSET
    assert regret is not UNSET
    assert (part.scenarios, part.seed, part.months, part.baseline) == (5000, 3, 36, "Dear")
    assert {each.key for each in part.inputs} == {
        "usage.input_tokens_per_month",
        "usage.output_tokens_per_month",
    }
    assert [each.action for each in part.actions] == ["api:Dear", "local"]
    assert sum(each.cheapest_probability for each in part.actions) == pytest.approx(1)
    within = part.break_even[0]
    assert within.p50_months is not None
    assert certain.comparisons[0].break_even_months_full == pytest.approx(
        within.p50_months, rel=0.1
    )
    assert 0 < regret.knowing[0].worth.usd <= regret.perfect_information.usd
    assert regret.knowing[0].keys == ("usage.output_tokens_per_month",)


def test_the_not_yet_bought_rule_is_the_break_even_in_spending() -> None:
    advice = asked(UNCERTAIN)
    assert advice.simulated_regret is not UNSET
    rule = advice.simulated_regret.ski_rental
    assert rule is not None
    bill = api_usd(advice.inputs.case().usage, ApiPrice(3, 15, 3), advice.inputs.case().horizon)
    assert rule.month == pytest.approx(2000 / (bill - 30))
    assert rule.still_to_spend_usd == pytest.approx(bill * 2000 / (bill - 30))
    owned = asked({**UNCERTAIN, "box": {**UNCERTAIN["box"], "already_owned": True}})
    assert owned.simulated_regret is not UNSET
    assert owned.simulated_regret.ski_rental is None


def test_a_certain_scenario_is_as_before() -> None:
    document = json.loads(to_json(asked(CERTAIN)))
    assert "uncertainty" not in document
    assert "simulated_regret" not in document
    assert "uncertainty" not in document["unknown"]


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    assert to_json(asked(UNCERTAIN)) == to_json(asked(UNCERTAIN))
    other = {**UNCERTAIN, "uncertainty": {"scenarios": 5000, "seed": 4}}
    assert asked(other).uncertainty != asked(UNCERTAIN).uncertainty


@pytest.mark.parametrize(
    "more",
    [
        {"box": {**CERTAIN["box"], "setup_usd": 300}},
        {"tariff": {"usd_per_month": 9}, "box": {"price_usd": 2000, "active_power_w": 300}},
        {"maintenance": {"usd_per_hour": 50}, "box": {**CERTAIN["box"], "setup_hours": 8}},
        {
            "api": [
                {
                    **CERTAIN["api"][0],
                    "batch_input_usd_per_mtok": 1,
                    "batch_output_usd_per_mtok": 7,
                }
            ],
            "usage": {**UNCERTAIN["usage"], "batch_share": 0.5},
        },
        {"box": {**CERTAIN["box"], "resale": [{"age_months": 36, "share": 0.4}]}},
    ],
    ids=["set-up", "standing charge", "set-up hours", "batch", "resale by age"],
)
def test_every_kind_of_cost_is_held(more: dict[str, Any]) -> None:
    tables = {**UNCERTAIN, **more}
    advice = asked(tables)
    part = advice.uncertainty
    assert part is not UNSET
    at_medians, _ = take_uncertain(tables)
    case = advice.inputs.case()
    price = price_apis(parse_scenario(at_medians).inputs, Unknown)[0].price
    assert isinstance(price, ApiPrice)
    local = local_flows(case, price)
    assert not isinstance(local, Unknown)
    saving = api_flows(case, price).total_usd(case.horizon) - local.total_usd(case.horizon)
    assert part.saving_at_medians_usd == pytest.approx(saving, rel=1e-8)


def test_without_a_price_there_is_nothing_to_simulate() -> None:
    tables = {**UNCERTAIN, "api": [{"name": "ollama/llama3.1:8b"}]}
    advice = asked(tables)
    assert advice.uncertainty is UNSET
    assert "no price" in advice.unknown["uncertainty"]


def test_what_if_takes_the_place_of_a_distribution() -> None:
    advice = asked(UNCERTAIN, what_if=["usage.output_tokens_per_month=20e6"])
    assert advice.what_if is not UNSET
    assert advice.what_if.after.api_usd_per_month == pytest.approx(3 * 6 + 15 * 20)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{ low = 3, high = 2 }", "usage.input_tokens_per_month"),
        ("{ low = 3 }", "usage.input_tokens_per_month"),
        ("{ mean = 1, sd = -1 }", "usage.input_tokens_per_month"),
        ("{ low = nan, high = 2 }", "usage.input_tokens_per_month"),
    ],
)
def test_a_distribution_that_is_none_is_said(written: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(
        f"[usage]\ninput_tokens_per_month = {written}\noutput_tokens_per_month = 1e6\n"
        '[box]\nprice_usd = 1\n[[api]]\nname = "x"\ninput_usd_per_mtok = 1\n'
        "output_usd_per_mtok = 1\n"
    )
    done = CliRunner().invoke(advise, ["--scenario", str(file)])
    assert isinstance(done.exception, InputError)
    assert said in str(done.exception)
    assert done.stdout == ""


def test_the_document_keeps_to_its_schema() -> None:
    jsonschema.validate(json.loads(to_json(asked(UNCERTAIN))), json_schema("advisor.advice/1"))


def test_it_is_shown_in_80_columns(tmp_path: Path) -> None:
    file = tmp_path / "uncertain.toml"
    file.write_text(
        "[usage]\ninput_tokens_per_month = { low = 3e6, high = 9e6 }\n"
        "output_tokens_per_month = 6e6\n[box]\nprice_usd = 2000\n"
        "electricity_usd_per_month = 30\n"
        '[[api]]\nname = "Dear"\ninput_usd_per_mtok = 3\noutput_usd_per_mtok = 15\n'
    )
    shown = CliRunner().invoke(advise, ["--scenario", str(file)]).stdout
    assert max(len(line) for line in shown.splitlines()) <= 80
    for expected in ("How sure is it?", "Pays back:", "What knowing more is worth", "buy when you"):
        assert expected in shown


ARRIVING: dict[str, Any] = {
    "usage": {**CERTAIN["usage"], "requests_per_month": 40_000},
    "slo": {"ttft_p95_ms": 2000},
    "arrivals": {"peak_to_mean": 3},
}


def test_a_measured_box_says_how_it_serves_the_work_as_it_comes() -> None:
    box = {"price_usd": 2000}
    measured = {"machine": WITH_CARD, "bench": made_up_bench(measured_on="RTX, vllm")}
    advice = asked({**CERTAIN, **ARRIVING, "box": box}, **measured)
    part = advice.queueing
    assert part is not UNSET
    assert part.run_id == measured["bench"].id
    assert part.peak_to_mean == pytest.approx(3)
    assert part.slo is not None
    assert 0 < part.utilization_mean < part.utilization_peak_hour
    jsonschema.validate(json.loads(to_json(advice)), json_schema("advisor.advice/1"))
    silent = asked({**CERTAIN, "box": box}, **measured)
    assert silent.queueing is UNSET


def test_without_a_measurement_or_requests_it_says_what_is_missing() -> None:
    advice = asked({**CERTAIN, **ARRIVING})
    assert advice.queueing is UNSET
    assert "advisor bench" in advice.unknown["queueing"]
    advice = asked({**CERTAIN, "slo": {"request_s": 5}})
    assert "requests_per_month" in advice.unknown["queueing"]


def test_a_benchmarks_intervals_are_uncertain_by_themselves() -> None:
    tables = {**CERTAIN, "box": {"price_usd": 2000, "active_power_w": 400, "idle_power_w": 60}}
    advice = asked(tables, machine=WITH_CARD, bench=bench("RTX, ollama", POINT))
    assert advice.uncertainty is not UNSET
    assert {each.key for each in advice.uncertainty.inputs} == {
        "box.prefill_tok_per_s",
        "box.decode_tok_per_s",
    }


def rows(tables: dict[str, Any]) -> list[str]:
    part = asked(tables).uncertainty
    assert part is not UNSET
    return [each.action for each in part.actions]


def test_rented_gpus_candidates_and_the_hybrid_are_rows_where_their_costs_are_known() -> None:
    box = {
        "price_usd": {"low": 1000, "high": 3000},
        "active_power_w": 300,
        "idle_power_w": 50,
        "prefill_tok_per_s": 3000,
        "decode_tok_per_s": 100,
    }
    more = {
        "rented": [{"name": "L4", "usd_per_hour": 0.8}],
        "candidate": [
            {"name": "big", "price_usd": 9000, "active_power_w": 700},
            {"name": "without power", "price_usd": 9000},
        ],
    }
    every = ["api:Dear", "local", "candidate:big", "rented:L4", "hybrid"]
    assert rows({**CERTAIN, "box": box, **more}) == every
    sensitive = {**CERTAIN["usage"], "sensitive": True}
    assert rows({**CERTAIN, "box": box, **more, "usage": sensitive}) == every[:-1]
    blocks = {"block": [{"usd_per_kwh": 0.1, "up_to_kwh": 100}, {"usd_per_kwh": 0.3}]}
    assert rows({**CERTAIN, "box": box, **more, "tariff": blocks}) == every[:-1]
    lengths = {
        **CERTAIN["usage"],
        "request": [
            {"share": 0.5, "input_tokens": 100, "output_tokens": 200},
            {"share": 0.5, "input_tokens": 300, "output_tokens": 200},
        ],
    }
    assert rows({**CERTAIN, "box": box, "usage": lengths}) == ["api:Dear", "local", "hybrid"]
    peak = {"peak_to_mean": 3}
    assert rows({**CERTAIN, "box": box, "usage": lengths, "arrivals": peak}) == every[:2]
    no_rates = {key: value for key, value in box.items() if "tok_per_s" not in key}
    assert rows({**CERTAIN, "box": no_rates, **more}) == ["api:Dear", "local", "candidate:big"]


def test_a_peak_that_the_hours_contradict_is_an_error() -> None:
    hours = [{"days": "mon-fri", "from": "09:00", "to": "17:00", "share": 1.0}]
    tables = {**UNCERTAIN, "usage": {**UNCERTAIN["usage"], "hours": hours}}
    with pytest.raises(InputError, match=r"arrivals.peak_to_mean: is 2, and the busiest hour"):
        asked({**tables, "arrivals": {"peak_to_mean": 2}})
    assert asked({**tables, "arrivals": {"peak_to_mean": 6}}).uncertainty is not UNSET
