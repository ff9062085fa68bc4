"""Does the page come to the same cent as Python, at a thousand points of many scenarios?"""

from __future__ import annotations

import copy
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from advice.every_cost import OPTIONAL, scenario
from real_browser import browser, page

from advisor.advice.action_costs import local_with_overflow_usd
from advisor.advice.actions_document import CandidatePart, RentedPart
from advisor.advice.advise import advise_on, ready
from advisor.advice.answer import answer
from advisor.advice.book import hosts_of_model, identity_of, lookup_in
from advisor.advice.candidate_part import candidate_parts
from advisor.advice.checks import verdict_of, wait_until_month
from advisor.advice.comparison import capacity_part, comparisons, electricity_part
from advisor.advice.document import Comparison
from advisor.advice.inputs import Inputs, Scenario
from advisor.advice.measured import MeasuredBox
from advisor.advice.rented_part import rented_parts
from advisor.advice.scenario import in_one_currency
from advisor.advice.situation import Situation
from advisor.documents import Unknowns, to_json
from advisor.economics.break_even import balance_usd
from advisor.economics.inputs import ApiPrice
from advisor.prices.book import PriceBook
from advisor.report.page.recompute import ENGINE, Part, part, script

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["browser", "page"]

CONFIGS = Path(__file__).parents[3] / "configs"
POINTS = 48
SEEDS = range(5)
CENT = 0.005
Tables = dict[str, Any]


def from_file(name: str) -> Tables:
    return tomllib.loads((CONFIGS / name).read_text(encoding="utf-8"))


def guide(**tables: Tables) -> Tables:
    """The guide's scenario with some keys of its tables otherwise; None takes one away."""
    found = from_file("guide.toml")
    for name, keys in tables.items():
        table = {**found.get(name, {}), **keys}
        found[name] = {key: value for key, value in table.items() if value is not None}
    return found


BY_POWER = {"electricity_usd_per_month": None}
SCENARIOS: dict[str, Tables] = {
    "guide": guide(),
    "maintenance": from_file("guide-maintenance.toml"),
    "every key": from_file("scenario-full.toml"),
    "growth": guide(usage={"growth_per_month": 0.06}, box=BY_POWER),
    "decline": guide(usage={"growth_per_month": -0.03}, horizon={"api_decline_per_year": 0.3}),
    "dearer": guide(box={"price_usd": 9000}, horizon={"api_decline_per_year": -0.4}),
    "discount and resale": guide(
        box={"resale_decline_per_year": 0.25, "setup_hours": 6, "spare_parts_usd_per_year": 90},
        maintenance={"hours_per_month": 1.5, "usd_per_hour": 80},
        horizon={"discount_rate_per_year": 0.12, "months": 36},
    ),
    "cached": guide(
        usage={"cached_input_share": 0.4, "cache_write_share": 0.1}, box={"cached_input_share": 0.5}
    ),
    "overflow": guide(box={**BY_POWER, "prefill_tok_per_s": 60, "decode_tok_per_s": 4}),
    "sensitive": guide(usage={"sensitive": True, "sensitive_share": 0.3}),
    "all sensitive": guide(usage={"sensitive": True, "stable": False}),
    "nobody maintains": guide(usage={"can_maintain": False}),
    "no rates": guide(box={**BY_POWER, "prefill_tok_per_s": None, "decode_tok_per_s": None}),
    "free": guide(box={"price_usd": 0, "electricity_usd_per_month": 0}),
    "of the book": {**guide(box=BY_POWER), "api": [{"name": "gpt-4o"}, {"name": "gpt-4o-mini"}]},
    "in another currency": guide(
        currency={
            "code": "TWD",
            "rate": [{"code": "TWD", "usd_per_unit": 0.031, "as_of": "2026-11-25"}],
        }
    ),
}


def with_every_cost(seed: int) -> Tables:
    """A scenario with half of all costs there are: lengths, hours, blocks, tiers, carbon …"""
    some = random.Random(seed).sample(OPTIONAL, k=len(OPTIONAL) // 2)
    found = scenario(frozenset(some) | {"api.batch"})
    if "request" in found["usage"]:
        found["usage"]["output_tokens_per_month"] = 4.5e6
    return found


OTHER_ACTIONS: Tables = {
    "rented": [
        {"name": "spot", "usd_per_hour": 0.9, "kind": "spot", "interrupted_share": 0.2},
        {"name": "kept", "usd_per_hour": 0.6, "kind": "reserved", "decode_tok_per_s": 90},
        {"name": "by day", "usd_per_hour": 2.5, "hours_per_month": 200, "prefill_tok_per_s": 900},
    ],
    "candidate": [
        {"name": "big", "price_usd": 6000, "active_power_w": 500, "idle_power_w": 60,
         "prefill_tok_per_s": 2500, "decode_tok_per_s": 260, "setup_hours": 5,
         "resale_decline_per_year": 0.3},
        {"name": "small", "price_usd": 700, "active_power_w": 90, "prefill_tok_per_s": 60,
         "decode_tok_per_s": 4, "idle_power_w": 8},
        {"name": "fixed bill", "price_usd": 1500, "electricity_usd_per_month": 12},
        {"name": "draws who knows", "price_usd": 1500},
    ],
}  # fmt: skip
SCENARIOS["other boxes and GPUs for rent"] = {
    **guide(box=BY_POWER, usage={"growth_per_month": 0.03}),
    **OTHER_ACTIONS,
}
SCENARIOS["the box's speed unknown, others for rent"] = {
    **guide(box={"prefill_tok_per_s": None, "decode_tok_per_s": None}),
    **OTHER_ACTIONS,
    "rented": [*OTHER_ACTIONS["rented"][1:], {"name": "on demand", "usd_per_hour": 0.4}],
}
SCENARIOS |= {f"every cost {seed}": with_every_cost(seed) for seed in SEEDS}


def situation_of(tables: Tables) -> Situation:
    book = PriceBook.load()
    return ready(
        Scenario(msgspec.convert(in_one_currency(tables), Inputs)),
        price_lookup=lookup_in(book),
        price_book_identity=identity_of(book),
    ).situation


def points_of(found: Part, seed: int) -> Iterator[dict[str, float | None]]:
    """Values of the controls anywhere between the ends of their sliders."""
    drawn = random.Random(seed)
    for _ in range(POINTS):
        values = dict(found.data["values"])
        for control in found.data["controls"]:
            part_of_way = drawn.random()
            least, most = control["least"], control["most"]
            values[control["key"]] = (
                least * (most / least) ** part_of_way
                if control["scale"] == "decades"
                else least + (most - least) * part_of_way
            )
        yield values


def at(tables: Tables, values: dict[str, float | None], today: Situation) -> Situation:
    """The scenario file that somebody would write who means these values."""
    file = copy.deepcopy(tables)
    now = today.inputs.usage
    volume = values["tokens_per_month"] / (now.input_tokens_per_month + now.output_tokens_per_month)
    for key in ("input_tokens_per_month", "output_tokens_per_month", "requests_per_month"):
        if key in file["usage"]:
            file["usage"][key] *= volume
    file["box"]["price_usd"] = values["box_price_usd"]
    if values["electricity_usd_per_month"] is not None:
        file["box"]["electricity_usd_per_month"] = values["electricity_usd_per_month"]
    elif values["usd_per_kwh"] is not None:
        file.setdefault("tariff", {})["usd_per_kwh"] = values["usd_per_kwh"]
    else:
        tariff = file["tariff"]
        for priced in (tariff, *tariff.get("band", ()), *tariff.get("block", ())):
            if "usd_per_kwh" in priced:
                priced["usd_per_kwh"] *= values["tariff_factor"]
    upkeep = file.setdefault("maintenance", {})
    upkeep["hours_per_month"] = values["maintenance_hours_per_month"]
    api = next((each for each in file["api"] if each.get("baseline")), file["api"][0])
    if "input_usd_per_mtok" not in api:
        return situation_of(file).at_price(values["api_price_factor"])
    for priced in (api, *api.get("tier", ()), *api.get("time", ()), *api.get("change", ())):
        for key in priced:
            if "usd" in key:
                priced[key] *= values["api_price_factor"]
    return situation_of(file)


def in_python(situation: Situation) -> dict[str, Any]:
    """What the page should come to, under its names."""
    outcome = situation.outcome()
    case = situation.inputs.case()
    compared = comparisons(situation, Unknowns())
    price = situation.baseline_price
    assert isinstance(price, ApiPrice)
    return {
        "decision": outcome.decision,
        "verdict": verdict_of(situation, outcome),
        "leaf": outcome.leaf,
        "provisional": outcome.provisional,
        "wait_until_month": wait_until_month(situation, outcome),
        "reversed_by": [
            each.name for each in compared if each.decision not in (outcome.decision, "measure")
        ],
        "capacity": msgspec.to_builtins(capacity_part(case, Unknowns())),
        "local_electricity_usd_per_month": electricity_part(case, Unknowns()).usd_per_month,
        "local_usd_12_months_with_overflow": local_with_overflow_usd(case, price),
        "comparisons": compared,
        "rented": rented_parts(situation, Unknowns()),
        "candidates": candidate_parts(situation, Unknowns()),
        "balance": balance_usd(case, price),
    }


def differs(ours: float | None, theirs: float | None, within: float) -> bool:
    if ours is None or theirs is None:
        return ours is not theirs
    return abs(ours - theirs) > within


def differences(page_says: dict[str, Any], python: dict[str, Any]) -> Iterator[str]:
    for key in (
        "decision", "verdict", "leaf", "provisional", "wait_until_month", "reversed_by",
    ):  # fmt: skip
        if page_says[key] != python[key]:
            yield f"{key}: {page_says[key]} != {python[key]}"
    for key, value in page_says["capacity"].items():
        expected = python["capacity"][key]
        if differs(value, expected, 1e-9 * (expected or 0)):
            yield f"{key}: {value} != {expected}"
    for key in ("local_electricity_usd_per_month", "local_usd_12_months_with_overflow"):
        if differs(page_says[key], python[key], CENT):
            yield f"{key}: {page_says[key]} != {python[key]}"
    curve = page_says["curve"]
    for month, (local, api, balance) in enumerate(
        zip(curve["local_usd"], curve["api_usd"], python["balance"], strict=True)
    ):
        if differs(local - api, balance, CENT):
            yield f"curve at {month}: {local} - {api} != {balance}"
    for here, there in zip(page_says["comparisons"], python["comparisons"], strict=True):
        yield from _in_comparison(here, there)
    for key in ("rented", "candidates"):
        for here, there in zip(page_says[key], python[key], strict=True):
            yield from _in_other(here, there)


def _in_other(here: dict[str, Any], there: RentedPart | CandidatePart) -> Iterator[str]:
    """Of what costs nothing known the page says no more than that."""
    costs = there.usd_per_month if isinstance(there, RentedPart) else there.local_usd_per_month
    if costs is None:
        assert here == {"name": there.name, "decision": None}
        return
    for key, value in here.items():
        expected = getattr(there, key)
        if isinstance(expected, str | bool | int) or expected is None:
            if value != expected:
                yield f"{there.name} {key}: {value} != {expected}"
        elif differs(value, expected, CENT if "usd" in key else 1e-6 * abs(expected)):
            yield f"{there.name} {key}: {value} != {expected}"


def _in_comparison(here: dict[str, Any], there: Comparison) -> Iterator[str]:
    for key, value in here.items():
        expected = getattr(there, key)
        if key in ("name", "decision"):
            if value != expected:
                yield f"{there.name} {key}: {value} != {expected}"
        elif key == "crossings":
            ours = [(each["month"], each["ahead"]) for each in value]
            theirs = [(each.month, each.ahead) for each in expected]
            if [each[1] for each in ours] != [each[1] for each in theirs] or any(
                differs(one[0], other[0], 1e-6) for one, other in zip(ours, theirs, strict=True)
            ):
                yield f"{there.name} crossings: {ours} != {theirs}"
        else:
            tokens = key == "break_even_tokens_per_month" and expected is not None
            if differs(value, expected, 1e-9 * expected if tokens else CENT):
                yield f"{there.name} {key}: {value} != {expected}"


def engine_at(page: Page, found: Part, points: list[dict[str, float | None]]) -> list[Any]:
    answers: list[Any] = page.evaluate(
        f"""([start, points]) => {{
            {script(ENGINE)}
            return points.map((values) => recompute(start, values));
        }}""",
        [found.data["start"], points],
    )
    return answers


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_page_says_what_python_says(page: Page, name: str) -> None:
    tables = SCENARIOS[name]
    today = situation_of(tables)
    found = part(answer(tables, origin=name))
    assert found is not None
    assert found.script
    points = list(points_of(found, seed=sum(map(ord, name))))
    said = engine_at(page, found, points)
    wrong = [
        (values, difference)
        for values, page_says in zip(points, said, strict=True)
        for difference in differences(page_says, in_python(at(tables, values, today)))
    ]
    assert not wrong, wrong[:3]


def test_there_are_a_thousand_points() -> None:
    assert len(SCENARIOS) * POINTS >= 1000


def test_what_was_measured_and_who_hosts_the_same_model_are_in_the_page(page: Page) -> None:
    book = PriceBook.load()
    measured = MeasuredBox(
        run_id="a-run",
        measured_on="a GPU",
        model_name="llama3.1:8b",
        server_kind="ollama",
        concurrency=16,
        synthetic=False,
        prefill_tok_per_s=2_400.0,
        decode_tok_per_s=310.0,
        active_power_w=330.0,
        idle_power_w=55.0,
    )
    hosts = hosts_of_model(book, "llama3.1:8b", input_tokens=6e6, output_tokens=6e6)
    assert hosts
    unstated = ("prefill_tok_per_s", "decode_tok_per_s", "active_power_w", "idle_power_w")
    tables = guide(box={**BY_POWER, **dict.fromkeys(unstated)})
    said = advise_on(
        ready(
            Scenario(msgspec.convert(tables, Inputs)),
            price_lookup=lookup_in(book),
            price_book_identity=identity_of(book),
            measured=measured,
            same_model_hosted=hosts,
        )
    )
    found = part(said)
    assert found is not None
    [here] = engine_at(page, found, [found.data["values"]])
    assert here["capacity"]["utilization"] == pytest.approx(said.capacity.utilization)
    assert [each["name"] for each in here["comparisons"]][-len(hosts) :] == [
        each.name for each in hosts
    ]
    for ours, theirs in zip(here["comparisons"], said.comparisons, strict=True):
        assert not list(_in_comparison(ours, theirs))


def test_the_command_itself_says_the_same_as_the_page(page: Page, tmp_path: Path) -> None:
    tables = SCENARIOS["maintenance"]
    found = part(msgspec.json.decode(to_json(answer(tables, origin="maintenance"))))
    assert found is not None
    values = {**found.data["values"], "tokens_per_month": 300e6, "maintenance_hours_per_month": 2.0}
    [said] = engine_at(page, found, [values])
    told = answer(
        tables,
        origin="maintenance",
        settings=[
            "usage.input_tokens_per_month=150e6",
            "usage.output_tokens_per_month=150e6",
            "maintenance.hours_per_month=2",
        ],
    )
    assert (said["decision"], said["verdict"]) == (told.decision, told.verdict)
    assert said["reversed_by"] == [each.name for each in told.reversed_by]
    assert said["local_usd_12_months_with_overflow"] == pytest.approx(
        told.local_usd_12_months_with_overflow, abs=CENT
    )
    for here, there in zip(said["comparisons"], told.comparisons, strict=True):
        assert not list(_in_comparison(here, there))
