"""Do the futures of the page come to what Python simulates, wherever the controls stand?

Money agrees to a cent on a million dollars, chances to the last future.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from advice.every_cost import OPTIONAL, UNCERTAIN, put, scenario, settable
from real_browser import browser, page
from test_recompute_agrees import BY_POWER, OTHER_ACTIONS, Tables, guide, points_of

from advisor.advice.advise import ready
from advisor.advice.answer import answer
from advisor.advice.book import identity_of, lookup_in
from advisor.advice.scenario import parse_scenario
from advisor.advice.simulated_plan import plan_of
from advisor.advice.uncertain import take_uncertain
from advisor.advice.uncertainty import draw, uncertainty
from advisor.advice.uncertainty_document import Spread
from advisor.economics.regret import regret_summary
from advisor.economics.simulation.cumulative import cumulative_band
from advisor.economics.simulation.plan import Plan
from advisor.prices.book import PriceBook
from advisor.report.page.recompute import ENGINE, FUTURES, Part, part, script

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["browser", "page"]

POINTS = 5
DRAWN = 617
SEEDS = range(12)
NEVER = 1e9
VOLUME = {"median": 6e6, "factor": 2}
Values = dict[str, float | None]
Numbers = dict[str, float]


def ranged(tables: Tables, ranges: Tables, **uncertainty: Any) -> Tables:
    """The scenario with ranges in place of some of its numbers, by their dotted keys."""
    found = copy.deepcopy(tables)
    for key, value in ranges.items():
        found.setdefault(key.partition(".")[0], {})
        put(found, key, value)
    found["uncertainty"] = {"scenarios": DRAWN, **uncertainty}
    return found


def with_every_range(seed: int) -> Tables:
    """Half of all costs there are, and half of their numbers as ranges."""
    chosen = random.Random(seed)
    has = set(chosen.sample(OPTIONAL, k=len(OPTIONAL) // 2))
    plain = scenario(frozenset(has - {"carbon"} if "box.bill" in has else has))
    keys = settable(plain)
    if "request" in plain["usage"]:
        plain["usage"]["output_tokens_per_month"] = 4.5e6
        keys -= {f"usage.{way}_tokens_per_month" for way in ("input", "output")}
    keys = sorted(keys)
    ranges = {}
    for key in chosen.sample(keys, k=len(keys) // 2):
        low, high = UNCERTAIN[key]
        ranges[key] = {"low": low, "high": high}
    return ranged(plain, ranges, seed=seed)


WORKING_HOURS = [
    {"days": "mon-fri", "from": "08:00", "to": "18:00", "share": 0.8},
    {"days": "sat,sun", "from": "08:00", "to": "12:00", "share": 0.2},
]
SLOW = {**BY_POWER, "prefill_tok_per_s": 60, "decode_tok_per_s": 4}
SCENARIOS: dict[str, Tables] = {
    "one range": ranged(guide(), {"usage.output_tokens_per_month": VOLUME}),
    "every kind of distribution": ranged(
        guide(box=BY_POWER),
        {
            "usage.input_tokens_per_month": {"low": 2e6, "high": 9e6},
            "usage.output_tokens_per_month": {"low": 2e6, "mode": 5e6, "high": 9e6},
            "usage.growth_per_month": {"mean": 0.02, "sd": 0.02},
            "usage.cached_input_share": {"mean": 0.3, "sd": 0.3},
            "box.price_usd": {"p10": 1500, "p50": 2000, "p90": 2600},
            "box.decode_tok_per_s": {"median": 90, "factor": 1.5},
            "horizon.api_decline_per_year": {"low": 0.0, "high": 0.4},
        },
    ),
    "what the sliders move is uncertain": ranged(
        guide(
            box={**BY_POWER, "resale_decline_per_year": 0.3},
            tariff={"usd_per_kwh": 0.2},
            horizon={"discount_rate_per_year": 0.08, "months": 36},
        ),
        {
            "tariff.usd_per_kwh": {"p10": 0.1, "p50": 0.2, "p90": 0.5},
            "maintenance.hours_per_month": {"low": 0.5, "high": 3},
            "maintenance.usd_per_hour": {"mean": 60, "sd": 10},
            "box.price_usd": {"low": 1500, "mode": 1800, "high": 4000},
            "api.GPT-4.input_usd_per_mtok": {"low": 5, "high": 30},
            "api.GPT-4.output_usd_per_mtok": {"median": 40, "factor": 1.4},
        },
    ),
    "a bill that is uncertain": ranged(
        guide(), {"box.electricity_usd_per_month": {"p10": 20, "p50": 30, "p90": 55}}
    ),
    "inputs that rise together": ranged(
        guide(box=SLOW),
        {
            "usage.input_tokens_per_month": VOLUME,
            "usage.output_tokens_per_month": VOLUME,
            "usage.growth_per_month": {"low": -0.04, "high": 0.05},
        },
        correlation=[
            {
                "between": ["usage.input_tokens_per_month", "usage.output_tokens_per_month"],
                "rank": 0.8,
            },
            {"between": ["usage.input_tokens_per_month", "usage.growth_per_month"], "rank": -0.4},
        ],
    ),
    "other boxes and GPUs for rent": ranged(
        {**guide(box=BY_POWER), **OTHER_ACTIONS},
        {
            "usage.output_tokens_per_month": {"median": 60e6, "factor": 3},
            "rented.kept.usd_per_hour": {"low": 0.3, "high": 0.9},
            "candidate.big.price_usd": {"low": 4000, "high": 8000},
            "box.wall_factor": {"low": 1.0, "high": 1.2},
        },
    ),
    "hours of the week and a peak": ranged(
        {
            **guide(box=SLOW, usage={"hours": WORKING_HOURS}, arrivals={"peak_to_mean": 5.0}),
            **OTHER_ACTIONS,
        },
        {"usage.growth_per_month": {"low": -0.03, "high": 0.06}},
    ),
    "a peak that nobody knows": ranged(
        guide(box=SLOW, usage={"hours": WORKING_HOURS}),
        {
            "arrivals.peak_to_mean": {"low": 3.5, "high": 7.0},
            "usage.output_tokens_per_month": VOLUME,
        },
        volume_peak_correlation=0.5,
    ),
    "in another currency": ranged(
        guide(
            currency={
                "code": "TWD",
                "rate": [{"code": "TWD", "usd_per_unit": 0.031, "as_of": "2026-11-25"}],
            }
        ),
        {"box.price_usd": {"low": "50000 TWD", "high": "90000 TWD"}},
    ),
    **{f"every range {seed}": with_every_range(seed) for seed in SEEDS},
}


def times(value: Any, factor: float) -> Any:
    """A number, or each of a range's, times `factor`."""
    if isinstance(value, dict):
        return {
            word: each if word == "factor" else times(each, factor) for word, each in value.items()
        }
    if isinstance(value, str):
        number, unit = value.split()
        return f"{float(number) * factor!r} {unit}"
    return value * factor


def multiply(table: Tables, key: str, factor: float) -> None:
    if table.get(key) is not None:
        table[key] = times(table[key], factor)


def at(tables: Tables, values: Values, reported: Values) -> Tables:
    """The scenario file of somebody who means these values: every range is moved whole."""
    file = copy.deepcopy(tables)

    def factor(key: str) -> float:
        now, then = values[key], reported[key]
        assert now is not None
        assert then
        return now / then

    for key in ("input_tokens_per_month", "output_tokens_per_month", "requests_per_month"):
        multiply(file["usage"], key, factor("tokens_per_month"))
    if reported["box_price_usd"]:
        multiply(file["box"], "price_usd", factor("box_price_usd"))
    if values["electricity_usd_per_month"] is not None:
        multiply(file["box"], "electricity_usd_per_month", factor("electricity_usd_per_month"))
    tariff = file.setdefault("tariff", {})
    if values["usd_per_kwh"] is not None:
        tariff.setdefault("usd_per_kwh", reported["usd_per_kwh"])
        multiply(tariff, "usd_per_kwh", factor("usd_per_kwh"))
    else:
        for priced in (tariff, *tariff.get("band", ()), *tariff.get("block", ())):
            multiply(priced, "usd_per_kwh", factor("tariff_factor"))
    upkeep = file.setdefault("maintenance", {})
    if reported["maintenance_hours_per_month"]:
        multiply(upkeep, "hours_per_month", factor("maintenance_hours_per_month"))
    api = next((each for each in file["api"] if each.get("baseline")), file["api"][0])
    for priced in (api, *api.get("tier", ()), *api.get("time", ()), *api.get("change", ())):
        for key in priced:
            if "usd" in key:
                multiply(priced, key, factor("api_price_factor"))
    return file


def numbers(kind: str, spread: Spread) -> Numbers:
    return {f"{kind} P10": spread.p10, f"{kind} P50": spread.p50, f"{kind} P90": spread.p90}


def in_python(tables: Tables, futures: int) -> Numbers:
    """What the engine of the command says of the first futures of this scenario."""
    book = PriceBook.load()
    plain, stated = take_uncertain({**tables, "uncertainty": {**tables["uncertainty"]}})
    start = ready(
        parse_scenario(plain),
        price_lookup=lookup_in(book),
        price_book_identity=identity_of(book),
    ).situation
    plan = plan_of(start.inputs, start.apis, start.baseline)
    assert isinstance(plan, Plan)
    assert stated.scenarios == futures
    drawn = draw(plan, stated)
    said = uncertainty(plan, stated, drawn)
    regret = regret_summary(drawn.result.costs_usd)
    band = cumulative_band(plan, drawn.sampler, futures)
    paid = next(each for each in said.break_even if each.api == said.baseline)
    found = {
        **numbers("saving", said.saving_usd),
        "chance that the box saves": said.local_saves_probability,
        "chance of never": paid.never_probability,
        "chance within 12 months": paid.within_12_months_probability,
        "months P10": NEVER if paid.p10_months is None else paid.p10_months,
        "months P50": NEVER if paid.p50_months is None else paid.p50_months,
        "months P90": NEVER if paid.p90_months is None else paid.p90_months,
    }
    for row, each in enumerate(said.actions):
        found |= {
            **numbers(each.action, each.usd),
            f"{each.action} mean": each.mean_usd,
            f"{each.action} chance": each.cheapest_probability,
            f"{each.action} expected regret": regret.expected_usd[row],
            f"{each.action} p95 regret": regret.p95_usd[row],
            f"{each.action} worst regret": regret.worst_usd[row],
        }
    for month, (local, api) in enumerate(zip(band.local_usd, band.api_usd, strict=True)):
        found |= {
            f"local P10 at {month}": local[0],
            f"local P90 at {month}": local[2],
            f"api P10 at {month}": api[0],
            f"api P90 at {month}": api[2],
        }
    return found


def in_the_page(said: Any) -> Numbers:
    """The same numbers, under the same names, of what the page's own engine returned."""

    def spread(kind: str, values: list[float | None]) -> Numbers:
        return {
            f"{kind} {name}": NEVER if value is None else value
            for name, value in zip(("P10", "P50", "P90"), values, strict=True)
        }

    found = {
        **spread("saving", said["saving_usd"]),
        "chance that the box saves": said["local_saves_probability"],
        "chance of never": said["never_probability"],
        "chance within 12 months": said["within_12_months_probability"],
        **spread("months", said["break_even_months"]),
    }
    for each in said["actions"]:
        found |= {
            **spread(each["action"], each["usd"]),
            f"{each['action']} mean": each["mean_usd"],
            f"{each['action']} chance": each["cheapest_probability"],
            f"{each['action']} expected regret": each["expected_regret_usd"],
            f"{each['action']} p95 regret": each["p95_regret_usd"],
            f"{each['action']} worst regret": each["worst_regret_usd"],
        }
    for side in ("local", "api"):
        for month, (low, high) in enumerate(said["band"][f"{side}_usd"]):
            found |= {f"{side} P10 at {month}": low, f"{side} P90 at {month}": high}
    return found


def differences(page_says: Numbers, python: Numbers) -> Iterator[str]:
    assert page_says.keys() == python.keys()
    largest = max(abs(value) for key, value in python.items() if "months" not in key)
    for key, expected in python.items():
        money = not key.startswith(("chance", "months")) and not key.endswith("chance")
        within = 1e-8 * max(largest, 1.0) if money else 1e-7 * max(1.0, expected)
        if abs(page_says[key] - expected) > within:
            yield f"{key}: {page_says[key]} != {expected}"


def futures_at(page: Page, found: Part, points: list[Values]) -> list[Any]:
    """What the page's script says of the futures; null where it says never."""
    said: list[Any] = page.evaluate(
        f"""([start, points]) => {{
            {script(ENGINE, FUTURES)}
            const drawn = drawnFutures(start);
            const plain = (key, value) => (value === Infinity ? null : value);
            const found = points.map((values) => {{
                const followed = follow(start, drawn, values);
                const band = bandOf(followed, drawn.time, start.plan.horizon.months);
                return {{ ...spreadOf(start, drawn, followed), band }};
            }});
            return JSON.parse(JSON.stringify(found, plain));
        }}""",
        [found.data["start"], points],
    )
    return said


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_page_simulates_what_python_simulates(page: Page, name: str) -> None:
    tables = SCENARIOS[name]
    found = part(answer(tables, origin=name))
    assert found is not None
    assert found.data["start"]["futures"]["count"] == DRAWN, found.markup
    reported = found.data["values"]
    points = [reported, *list(points_of(found, seed=sum(map(ord, name))))[: POINTS - 1]]
    said = futures_at(page, found, points)
    wrong = [
        (values, difference)
        for values, page_says in zip(points, said, strict=True)
        for difference in differences(
            in_the_page(page_says), in_python(at(tables, values, reported), DRAWN)
        )
    ]
    assert not wrong, wrong[:5]
