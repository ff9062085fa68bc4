"""Are ranges and distributions taken out of a scenario, and nonsense refused by its key?"""

from __future__ import annotations

import copy
import math
from typing import Any

import msgspec
import pytest

from advisor.advice.inputs import ApiTable
from advisor.advice.measured import MeasuredBox
from advisor.advice.pricing import baseline_index, price_apis
from advisor.advice.scenario import parse_scenario
from advisor.advice.simulated_plan import plan_of
from advisor.advice.uncertain import (
    Uncertain,
    measured_distributions,
    take_uncertain,
)
from advisor.advice.uncertain_forms import distribution_of
from advisor.advice.uncertainty import draw, uncertainty
from advisor.advice.uncertainty_document import UncertaintyPart
from advisor.documents import Unknown
from advisor.economics.simulation.distributions import Lognormal, Normal, Quantiles, Uniform
from advisor.economics.simulation.plan import Plan
from advisor.economics.simulation.sampling import Correlation
from advisor.errors import InputError
from advisor.report.uncertainty import show_uncertainty

TABLES: dict[str, Any] = {
    "usage": {
        "input_tokens_per_month": {"median": 6e6, "factor": 2},
        "output_tokens_per_month": 6e6,
        "growth_per_month": {"mean": 0.01, "sd": 0.02},
    },
    "box": {
        "price_usd": 2000,
        "prefill_tok_per_s": 3000,
        "decode_tok_per_s": {"p10": 80, "p50": 100, "p90": 110},
        "active_power_w": 350,
        "idle_power_w": {"low": 40, "mode": 60, "high": 90},
    },
    "api": [
        {
            "name": "Claude 3.5 Sonnet",
            "input_usd_per_mtok": {"low": 2, "high": 4},
            "output_usd_per_mtok": 15,
        }
    ],
    "uncertainty": {"scenarios": 20000, "seed": 3},
}


def plan_and_uncertain(tables: dict[str, Any]) -> tuple[Plan, Uncertain]:
    plain, uncertain = take_uncertain(tables)
    inputs = parse_scenario(plain).inputs
    apis = price_apis(inputs, Unknown)
    plan = plan_of(inputs, apis, baseline_index(inputs, apis))
    assert isinstance(plan, Plan)
    return plan, uncertain


def test_distributions_are_taken_out_and_their_medians_left_in_place() -> None:
    before = copy.deepcopy(TABLES)
    tables, found = take_uncertain(TABLES)
    assert before == TABLES
    inputs = parse_scenario(tables).inputs
    assert inputs.usage.input_tokens_per_month == 6e6
    assert inputs.box.decode_tok_per_s == 100
    assert inputs.api == (
        ApiTable(name="Claude 3.5 Sonnet", input_usd_per_mtok=3.0, output_usd_per_mtok=15),
    )
    assert found.distributions["usage.input_tokens_per_month"] == Lognormal(6e6, 2, 0, 1e15)
    assert found.distributions["api.Claude 3.5 Sonnet.input_usd_per_mtok"] == Uniform(2, 4)
    assert (found.scenarios, found.seed) == (20000, 3)


def test_a_scenario_without_distributions_stays_as_it_is() -> None:
    plain = {"usage": {"stable": True}, "api": [{"name": "GPT-4"}], "team": {"needs": ["offline"]}}
    assert take_uncertain(plain) == (plain, Uncertain())


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("box.price_usd", {"low": 3000, "high": 2000}, "box.price_usd: low 3000 is above high"),
        ("box.price_usd", {"low": 1, "mode": 9, "high": 2}, "mode 9 is above high 2"),
        ("box.price_usd", {"p10": 5, "p50": 4, "p90": 9}, "p10 5 is above p50 4"),
        ("box.price_usd", {"mean": 2000, "sd": -1}, "box.price_usd.sd: -1 is below 0"),
        ("box.price_usd", {"mean": math.nan, "sd": 1}, "box.price_usd.mean: is not a finite"),
        ("box.price_usd", {"low": 0, "high": math.inf}, "box.price_usd.high: is not a finite"),
        ("box.price_usd", {"low": 0, "high": 1e308}, "box.price_usd.high: 1e\\+308 is not within"),
        ("box.price_usd", {"low": -5, "high": 9}, "box.price_usd.low: -5 is not within 0"),
        ("box.price_usd", {"low": True, "high": 9}, "box.price_usd.low: a distribution needs num"),
        ("box.price_usd", {"low": 1}, "box.price_usd: {low} is no distribution"),
        ("box.price_usd", {"median": 2000, "factor": 0.5}, "box.price_usd.factor: 0.5 is below 1"),
        ("box.price_usd", {"median": 0, "factor": 2}, "box.price_usd.median: a lognormal"),
        ("box.price_usd", {"low": 10**400, "high": 9}, "box.price_usd.low: is not a finite"),
        ("usage.cached_input_share", {"median": 2, "factor": 2}, "share.median: 2 is not within"),
        ("usage.growth_per_month", {"mean": -1, "sd": 1}, "growth_per_month.mean: -1 is not"),
        ("usage.stable", {"low": 0, "high": 1}, "usage.stable: cannot be uncertain"),
        ("horizon.months", {"low": 12, "high": 60}, "horizon.months: cannot be uncertain"),
        ("uncertainty.scenarios", 5, "uncertainty.scenarios: is not a whole number from"),
        ("uncertainty.seed", -1, "uncertainty.seed: is not a whole number"),
        ("uncertainty.sead", 1, "unknown key 'uncertainty.sead'"),
        ("uncertainty.correlation", [{"between": ["a"], "rank": 1}], "needs two keys"),
    ],
)
def test_nonsense_is_refused_by_its_key(key: str, value: object, said: str) -> None:
    tables = copy.deepcopy(TABLES)
    table, _, field = key.partition(".")
    tables.setdefault(table, {})[field] = value
    with pytest.raises(InputError, match=said):
        take_uncertain(tables, origin="file.toml")


def test_a_band_without_a_name_cannot_be_uncertain() -> None:
    tables = copy.deepcopy(TABLES)
    tables["tariff"] = {"band": [{"days": "daily", "usd_per_kwh": {"low": 0.1, "high": 0.2}}]}
    with pytest.raises(InputError, match=r"tariff.band.usd_per_kwh: an entry without a name"):
        take_uncertain(tables)


def test_volume_and_peak_are_correlated_where_it_is_stated() -> None:
    tables = copy.deepcopy(TABLES)
    tables["arrivals"] = {"peak_to_mean": {"low": 1, "high": 5}}
    tables["uncertainty"]["volume_peak_correlation"] = 0.4
    _, found = take_uncertain(tables)
    assert found.correlations == (
        Correlation("usage.input_tokens_per_month", "arrivals.peak_to_mean", 0.4),
    )


def test_an_interval_of_the_benchmark_enters_with_its_ends_at_95_percent() -> None:
    measured = MeasuredBox(
        run_id="r",
        measured_on="CPU",
        model_name="m",
        server_kind=None,
        concurrency=1,
        synthetic=False,
        prefill_tok_per_s=3000,
        prefill_ci95=(2900, 3100),
        decode_tok_per_s=100,
        decode_ci95=(90, 105),
    )
    found = measured_distributions(measured, ("box.decode_tok_per_s",))
    assert list(found) == ["box.decode_tok_per_s"]
    import numpy as np

    assert found["box.decode_tok_per_s"].quantile(np.array([0.025, 0.5, 0.975])) == pytest.approx(
        [90, 100, 105]
    )
    assert isinstance(found["box.decode_tok_per_s"], Quantiles)


def test_a_normal_is_cut_at_the_keys_bounds() -> None:
    found = distribution_of("usage.growth_per_month", {"mean": 0.03, "sd": 0.05})
    assert isinstance(found, Normal)
    assert (found.mean, found.sd, found.most) == (0.03, 0.05, 1.0)
    assert -1 < found.least < -0.999


def test_the_part_of_the_document_is_the_same_for_the_same_seed_and_complete() -> None:
    plan, uncertain = plan_and_uncertain(TABLES)
    part = uncertainty(plan, uncertain, draw(plan, uncertain))
    document = msgspec.json.encode(part)
    again = uncertainty(plan, uncertain, draw(plan, uncertain))
    assert msgspec.json.encode(again) == document
    assert msgspec.json.decode(document, type=UncertaintyPart) == part
    assert [each.action for each in part.actions] == ["api:Claude 3.5 Sonnet", "local", "hybrid"]
    assert sum(each.cheapest_probability for each in part.actions) == pytest.approx(1)
    assert len(part.tornado) == len(uncertain.distributions)
    swings = [bar.swing_usd for bar in part.tornado]
    assert swings == sorted(swings, reverse=True)
    break_even = part.break_even[0]
    assert break_even.p10_months is not None
    assert break_even.p50_months is not None
    assert break_even.p10_months < break_even.p50_months
    assert part.taken_as_certain == ()


def test_nothing_uncertain_gives_one_answer_and_names_what_is_taken_as_certain() -> None:
    tables = copy.deepcopy(TABLES)
    plain, _ = take_uncertain(tables)
    plan, uncertain = plan_and_uncertain(plain)
    part = uncertainty(plan, uncertain, draw(plan, uncertain))
    assert part.saving_usd.p10 == part.saving_usd.p90 == part.saving_at_medians_usd
    assert part.tornado == ()
    assert part.taken_as_certain == ("the volume of tokens", "its growth", "API prices to come")


def test_an_input_that_no_cost_depends_on_is_said_to_move_nothing() -> None:
    tables = copy.deepcopy(TABLES)
    tables["usage"]["sensitive_share"] = {"low": 0.2, "high": 0.4}
    plan, uncertain = plan_and_uncertain(tables)
    part = uncertainty(plan, uncertain, draw(plan, uncertain))
    assert [each.key for each in part.inputs if not each.moves_costs] == ["usage.sensitive_share"]
    assert "usage.sensitive_share" not in [bar.key for bar in part.tornado]


def test_what_is_shown_fits_80_columns_and_tells_the_chances(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan, uncertain = plan_and_uncertain(TABLES)
    show_uncertainty(uncertainty(plan, uncertain, draw(plan, uncertain)))
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "within 12 months" in shown
    assert "never" in shown
    assert "usage.growth_per_month: -0.0156 to 0.0356" in shown
    assert "┃" in shown
