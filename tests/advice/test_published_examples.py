"""Do other people's worked examples come out here as they printed them, or do we say why not?

One file an example under `published/`: its source, what it states, the case as a scenario (or as a
call into the economics), and its figures. Every figure is also worked out by hand in the file, from
the source's inputs alone (`by_hand`); `as` turns ours into the source's unit; `places` is the
precision it was printed with; `theirs` is the source's own way where its meaning differs from ours.
`needs` names the keys or modules that a case waits for: it is skipped until they exist and fails
from then on, until the marker is taken out.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import operator
import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from advisor.advice.answer import answer
from advisor.advice.scenario import known_keys
from advisor.documents import to_json

PUBLISHED = Path(__file__).parent / "published"
DOCS = Path(__file__).parents[2] / "docs" / "examples.md"
FILES = sorted(PUBLISHED.glob("*.toml"))

OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}


@lru_cache
def example(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}-{number}")
        for path in FILES
        for number, case in enumerate(example(path)["case"], start=1)
    ]


def worked_out(text: str, ours: float | None = None) -> float:
    """The value of plain arithmetic, in which `ours` stands for our figure."""

    def value(node: ast.AST) -> float:
        match node:
            case ast.Expression(body=body):
                return value(body)
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id="ours") if ours is not None:
                return ours
            case ast.UnaryOp(op=op, operand=operand):
                return OPERATORS[type(op)](value(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return OPERATORS[type(op)](value(left), value(right))
        raise ValueError(f"no arithmetic: {ast.dump(node)}")

    return value(ast.parse(text, mode="eval"))


def is_known(need: str) -> bool:
    if need.startswith("module "):
        try:
            return importlib.util.find_spec(need.removeprefix("module ")) is not None
        except ModuleNotFoundError:
            return False
    return need in known_keys()


def walk(document: Any, path: str) -> Any:
    for step in path.split("."):
        if step.isdigit():
            document = document[int(step)]
        else:
            document = document[step] if isinstance(document, dict) else getattr(document, step)
    return document


def called(figure: dict[str, Any]) -> Any:
    module, _, name = figure["call"].partition(":")
    result = getattr(importlib.import_module(module), name)(*figure["arguments"])
    return walk(result, figure["result"]) if "result" in figure else result


def as_printed(value: float | None, figure: dict[str, Any]) -> bool:
    """Whether a value rounds to what the source printed; None is never."""
    published = figure["published"]
    if value is None or published == "never":
        return value is None and published == "never"
    half = 0.5 * 10.0 ** -figure["places"]
    return bool(abs(value - published) <= half * (1 + 1e-9))


@pytest.mark.parametrize("case", cases())
def test_a_published_example_comes_out_as_by_hand(case: dict[str, Any]) -> None:
    needs = case.get("needs", [])
    missing = [need for need in needs if not is_known(need)]
    if missing:
        pytest.skip(f"waits for {', '.join(missing)}")
    assert not needs, f"known by now: take {needs} out of `needs`"
    found = None
    if "scenario" in case:
        found = json.loads(to_json(answer(case["scenario"], origin=case["name"])))
    for figure in case["figure"]:
        ours = called(figure) if "call" in figure else walk(found, figure["at"])
        if figure["by_hand"] == "never":
            assert ours is None, figure["what"]
            continue
        assert ours is not None, figure["what"]
        value = worked_out(figure.get("as", "ours"), float(ours))
        assert value == pytest.approx(worked_out(figure["by_hand"]), rel=1e-9), figure["what"]


@pytest.mark.parametrize("case", cases())
def test_a_published_figure_follows_from_its_inputs_or_the_reason_is_given(
    case: dict[str, Any],
) -> None:
    for figure in case["figure"]:
        text = figure.get("theirs", figure["by_hand"])
        value = None if text == "never" else worked_out(text)
        follows = figure.get("follows", True)
        assert as_printed(value, figure) is follows, f"{figure['what']}: {value}"
        if not follows or "theirs" in figure:
            assert figure["why"], figure["what"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_names_its_source_and_stands_in_the_table(path: Path) -> None:
    source = example(path)["source"]
    for key in ("address", "title", "author", "date", "read"):
        assert source[key], key
    assert example(path)["stated"]
    text = DOCS.read_text(encoding="utf-8")
    assert source["address"] in text
    assert path.stem in text


def test_there_are_ten_examples_and_more() -> None:
    assert len(FILES) >= 10
    doubtful = [
        path
        for path in FILES
        if any(
            not figure.get("follows", True)
            for case in example(path)["case"]
            for figure in case["figure"]
        )
    ]
    assert doubtful, "some published examples do not follow from their inputs"
