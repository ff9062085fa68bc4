"""Every number that the advice explains, computed again from what it prints."""

from __future__ import annotations

import ast
import json
import math
import operator
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.advice.advise import advise_on, ready
from advisor.advice.answer import answer
from advisor.advice.asked_document import Explanation
from advisor.advice.document import Advice
from advisor.advice.explain import explain
from advisor.advice.pricing import ListedPrice
from advisor.advice.scenario import parse_scenario, read_tables
from advisor.documents import Unknown, to_json

CONFIGS = Path(__file__).parents[2] / "configs"
HOSTED = ListedPrice("groq/open-model", 0.5, 0.8, None, "current", "2026-11-01", "a book")

OPERATORS: dict[type, Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Gt: operator.gt,
}
CALLS: dict[str, Any] = {"min": min, "max": max, "sum": math.fsum, "range": range, "int": int}


def evaluate(formula: str, names: dict[str, Any]) -> Any:
    """What the formula says, by a little evaluator that knows nothing of the advisor."""
    return _of(ast.parse(formula, mode="eval").body, names)


def _of(node: ast.AST, names: dict[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return names[name]
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_of(left, names), _of(right, names))
        case ast.UnaryOp(operand=operand):
            return -_of(operand, names)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return OPERATORS[type(op)](_of(left, names), _of(right, names))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _of(body if _of(test, names) else orelse, names)
        case ast.Subscript(value=value, slice=index):
            return _of(value, names)[_of(index, names)]
        case ast.Call(func=ast.Name(id=call), args=arguments):
            return CALLS[call](*(_of(each, names) for each in arguments))
        case ast.GeneratorExp(elt=elt, generators=[each]):
            assert isinstance(each.target, ast.Name)
            inner = ({**names, each.target.id: item} for item in _of(each.iter, names))
            return [
                _of(elt, bound) for bound in inner if all(_of(test, bound) for test in each.ifs)
            ]
    raise AssertionError(ast.dump(node))


def computed_again(line: Explanation) -> Any:
    """The line's value from its formula and its inputs alone."""
    assert line.formula is not None
    names: dict[str, Any] = {each.name: each.value for each in line.inputs}
    assert len(names) == len(line.inputs), f"{line.id} names two inputs alike"
    if isinstance(line.value, tuple):
        return [evaluate(line.formula, {**names, "t": t}) for t in range(len(line.value))]
    return evaluate(line.formula, names)


def size_of(line: Explanation) -> float:
    """The largest amount that goes into a line: what rounding is to be held against."""
    values = [
        number
        for each in line.inputs
        for number in (each.value if isinstance(each.value, tuple) else (each.value,))
    ]
    return max(map(abs, values), default=0.0)


def check(lines: tuple[Explanation, ...]) -> None:
    known = {line.id: line for line in lines}
    for line in lines:
        for each in line.inputs:
            assert each.source, each
            source = each.source.removeprefix("computed: ")
            if source in known:
                assert known[source].value == each.value
        if line.value is None or line.formula is None:
            assert line.note, line.id
            continue
        money = line.unit == "USD" or line.id.endswith(("month", "_full"))
        rounding = 1e-12 * size_of(line) * 60 if money else 0.0
        assert computed_again(line) == pytest.approx(line.value, rel=1e-9, abs=max(rounding, 1e-12))


def no_price(name: str) -> ListedPrice | Unknown:
    return Unknown(f"no price is known for {name}")


def explained(tables: dict[str, Any]) -> tuple[Advice, tuple[Explanation, ...]]:
    start = ready(
        parse_scenario(tables),
        price_lookup=no_price,
        price_book_identity="a book",
        same_model_hosted=[HOSTED],
    )
    advice = advise_on(start)
    return advice, explain(advice, start)


def amounts(least: float, most: float) -> st.SearchStrategy[float]:
    return st.floats(least, most, allow_nan=False)


tokens = st.one_of(st.just(0.0), amounts(1e3, 1e10))
scenarios = st.fixed_dictionaries(
    {
        "usage": st.fixed_dictionaries(
            {
                "input_tokens_per_month": tokens,
                "output_tokens_per_month": tokens,
                "cached_input_share": amounts(0, 1),
                "sensitive_share": amounts(0, 1),
                "growth_per_month": amounts(-0.1, 0.15),
                "sensitive": st.booleans(),
            }
        ),
        "box": st.fixed_dictionaries(
            {"price_usd": st.one_of(st.just(0.0), amounts(1, 50_000))},
            optional={
                "resale_decline_per_year": amounts(0, 1),
                "prefill_tok_per_s": amounts(10, 1e5),
                "decode_tok_per_s": amounts(1, 1e4),
                "active_power_w": amounts(100, 5000),
                "idle_power_w": amounts(1, 100),
                "powered_hours_per_month": amounts(1, 744),
                "wall_factor": amounts(1, 2),
                "electricity_usd_per_month": amounts(0, 1000),
            },
        ),
        "tariff": st.fixed_dictionaries({}, optional={"usd_per_kwh": amounts(0, 1)}),
        "maintenance": st.fixed_dictionaries(
            {"hours_per_month": amounts(0, 20), "usd_per_hour": amounts(0, 200)}
        ),
        "horizon": st.fixed_dictionaries(
            {
                "months": st.integers(1, 72),
                "discount_rate_per_year": amounts(0, 0.3),
                "api_decline_per_year": amounts(-0.2, 0.8),
            }
        ),
        "api": st.lists(
            st.fixed_dictionaries(
                {"input_usd_per_mtok": amounts(0, 100), "output_usd_per_mtok": amounts(0, 100)},
                optional={"cached_input_usd_per_mtok": amounts(0, 100)},
            ),
            min_size=1,
            max_size=2,
        ).map(lambda apis: [{"name": f"API {n}", **api} for n, api in enumerate(apis)]),
        "carbon": st.fixed_dictionaries(
            {},
            optional={
                "grid_g_per_kwh": amounts(0, 1000),
                "told": amounts(0, 1000).map(
                    lambda grams: [{"name": "API 0", "g_co2e_per_mtok": grams}]
                ),
            },
        ),
    }
)


@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(scenarios)
def test_every_explained_number_follows_from_what_is_printed(tables: dict[str, Any]) -> None:
    _, lines = explained(tables)
    check(lines)


@pytest.mark.parametrize("name", ["guide", "guide-maintenance", "scenario-full"])
def test_the_ready_made_scenarios_can_be_computed_again(name: str) -> None:
    advice = answer(read_tables(CONFIGS / f"{name}.toml"), origin=name, explain=True)
    assert not isinstance(advice.explain, msgspec.UnsetType)
    check(advice.explain)


NOT_COMPUTED = {
    "utilization": "explained under capacity",
    "months": "the question, not an answer",
    "grid_g_per_kwh": "the scenario's own word",
}


def numbers_of(part: Any, at: str) -> list[str]:
    """The paths of every field that may hold a computed number."""
    found = []
    for field in msgspec.structs.fields(type(part)):
        value = getattr(part, field.name)
        path = f"{at}{field.name}"
        if isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
            for index, each in enumerate(value):
                found += numbers_of(each, f"{path}[{index}].")
        elif "float" in str(field.type) or "int |" in str(field.type):
            found.append(path)
    return found


@pytest.mark.parametrize("sensitive", [True, False])
def test_no_number_of_a_comparison_goes_without_its_formula(sensitive: bool) -> None:
    tables = read_tables(CONFIGS / "scenario-full.toml")
    tables["usage"]["sensitive"] = sensitive
    tables["usage"]["growth_per_month"] = 0.05
    tables["api"].append({"name": "unpriced"})
    advice, lines = explained(tables)
    explained_ids = {line.id for line in lines}
    wanted = [
        path
        for part, at in (
            *((each, f"comparisons[{n}].") for n, each in enumerate(advice.comparisons)),
            *((each, f"hybrid_splits[{n}].") for n, each in enumerate(advice.hybrid_splits)),
            *((each, f"prices_needed[{n}].") for n, each in enumerate(advice.prices_needed)),
            (advice.local_electricity, "local_electricity."),
            (advice.ski_rental, "ski_rental."),
            (advice.best_split, "best_split."),
            (advice.capacity, "capacity."),
        )
        for path in numbers_of(part, at)
    ]
    assert len(wanted) > 50
    missing = [
        path
        for path in [*wanted, "local_maintenance_usd_per_month"]
        if path not in explained_ids and path.rsplit(".", 1)[-1] not in NOT_COMPUTED
    ]
    assert missing == []
    if sensitive:
        assert "privacy_premium_usd_per_month" in explained_ids


def test_an_input_says_whether_it_was_said_assumed_or_looked_up() -> None:
    tables = read_tables(CONFIGS / "guide.toml")
    tables["api"].append({"name": "openai/gpt-4o"})
    advice = answer(tables, origin="a test", explain=True)
    assert not isinstance(advice.explain, msgspec.UnsetType)
    by_id = {line.id: line for line in advice.explain}
    bill = {each.name: each for each in by_id["comparisons[0].api_usd_per_month"].inputs}
    assert bill["input_tokens_per_month"].source == "the scenario"
    assert bill["cached_input_share"].source == "default"
    assert bill["cached_input_usd_per_mtok"].source == "default: the input price"
    assert bill["input_usd_per_mtok"].unit == "USD per million tokens"
    looked_up = by_id["comparisons[4].input_usd_per_mtok"].inputs[0].source
    assert looked_up.startswith("price book: current, as of 20")
    limit = by_id["comparisons[0].highest_box_price_usd"].inputs[0].source
    assert "guide" in limit


def test_without_the_question_there_is_no_explanation() -> None:
    tables = read_tables(CONFIGS / "guide.toml")
    plain = answer(tables, origin="a test")
    asked = answer(tables, origin="a test", explain=True)
    assert "explain" not in msgspec.json.decode(msgspec.json.encode(plain))
    assert msgspec.structs.replace(asked, explain=msgspec.UNSET) == plain


WITHOUT_A_LINE = {
    r"cumulative\.(local|api)_usd\[\]": "the sums whose first crossing `..._full` explains",
    r"inputs\..*": "what the scenario says",
    r"assumptions\[\]\..*": "what the scenario leaves out, and what stands in",
    r"path\[\]\.(value|threshold|flips_now)": "explained where it is computed",
    r"what_would_change_it\[\]\.now": "today's input",
    r"prices_needed\[\]\.months": "the question, not an answer",
    r"carbon\.(grid_g_per_kwh|usd_per_tonne|usd_per_kwh)": "the scenario's own word",
    r"carbon\.actions\[\]\.usd_per_month": "the carbon of that action at the scenario's own price",
}


@pytest.mark.parametrize("name", ["guide", "guide-maintenance", "scenario-full"])
def test_every_number_of_the_document_has_a_line_or_a_reason(name: str) -> None:
    advice = answer(read_tables(CONFIGS / f"{name}.toml"), origin=name, explain=True)
    document = json.loads(to_json(advice))
    lines = {each["id"] for each in document.pop("explain")}
    paths = [path for path in places_of_numbers(document) if path not in lines]
    bare = {
        re.sub(r"\[\d+\]", "[]", path)
        for path in paths
        if re.sub(r"\[\d+\]$", "", path) not in lines
    }
    assert len(lines) > 50
    assert [p for p in sorted(bare) if not any(re.fullmatch(e, p) for e in WITHOUT_A_LINE)] == []


def places_of_numbers(node: Any, at: str = "") -> list[str]:
    if isinstance(node, dict):
        return [p for k, v in node.items() for p in places_of_numbers(v, f"{at}.{k}".strip("."))]
    if isinstance(node, list):
        return [p for n, v in enumerate(node) for p in places_of_numbers(v, f"{at}[{n}]")]
    return [at] if isinstance(node, int | float) and not isinstance(node, bool) else []


def test_a_flip_point_shows_both_sides_and_lies_between_them() -> None:
    advice = answer(read_tables(CONFIGS / "guide.toml"), origin="the guide", explain=True)
    assert not isinstance(advice.explain, msgspec.UnsetType)
    lines = {each.id: each for each in advice.explain}
    policy = advice.inputs.policy.break_even_below_months
    for index, flip in enumerate(advice.what_would_change_it):
        line = lines[f"what_would_change_it[{index}].at"]
        assert line.note is not None and f", {flip.decision} at " in line.note
        before = lines.get(f"what_would_change_it[{index}].break_even_months_before")
        there = lines.get(f"what_would_change_it[{index}].break_even_months_there")
        if flip.key == "maintenance.usd_per_month":
            assert before is not None and there is not None
            assert isinstance(before.value, float) and isinstance(there.value, float)
            assert before.value < policy <= there.value
